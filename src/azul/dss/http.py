"""How the data store speaks HTTP: it makes callers wait by redirects, and hands out long answers in pages."""
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

import orjson
import requests

from azul.errors import StoreError, StoreTimeout, brief

REPLICA = {'replica': 'aws'}

TIMEOUT = (10, 40)
"""Seconds, to connect and between two packets."""

PATIENCE = 60
"""Seconds that one call may take, waiting included. The queue does the rest."""

MIN_PAUSE = 0.05
"""Seconds, for a data store that asks us to come back at once."""

MAX_EXPLANATION = 64 * 1024
"""Bytes of an error that are read."""

MAX_REDIRECTS = 5
"""Redirects that do not ask us to wait."""

RETRIED = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
           HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Http:
    session: requests.Session
    endpoint: str
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)
    timeout: tuple[float, float] = TIMEOUT

    def call(self, method: str, path: str, parameters: Mapping[str, str] | None = None, json: Any = None
             ) -> requests.Response:
        """
        :param path: below the endpoint
        :raises StoreError: if the answer is not a success; its `status` is that of the data store's answer, if it was
                            the data store who answered and not a storage service that it referred us to
        """
        return self._patiently(method, self.endpoint + path, {**REPLICA, **(parameters or {})}, json=json)

    def once(self, method: str, path: str, parameters: Mapping[str, str]) -> tuple[requests.Response, str]:
        """
        What the data store says to that, without going where it says or coming again, for those who have no time.

        :return: the answer, without its body; and what that explains, to be appended to an error message
        :raises StoreError: if there is none
        """
        response = self._once(method, self.endpoint + path, {**REPLICA, **parameters}, stream=True)
        return response, self._finish(response)

    def pages(self, path: str, parameters: Mapping[str, str], method: str = 'GET', json: Any = None) -> Iterator[Any]:
        """The pages of an answer, following the `Link` headers.

        :param json: the body that is sent for each page
        """
        response = self.call(method, path, parameters, json)
        seen = set()
        while True:
            yield decoded(response)
            if response.status_code != HTTPStatus.PARTIAL_CONTENT:
                return
            # This understands both kinds of quotes, and the data store uses both.
            link = response.links.get('next', {}).get('url')
            # Not following it would pass a part for the whole.
            if link is None or link in seen:
                raise StoreError(f'{path}: damaged answer, there is more but no link to it')
            seen.add(link)
            response = self._patiently(method, urljoin(response.url, link), {}, json=json)

    def download(self, path: str, parameters: Mapping[str, str], limit: int) -> bytes | None:
        """
        :return: None if the content has more bytes than the limit; what is beyond it is not read
        """
        # Compressed content has another length than the one that is announced.
        headers = {'Accept-Encoding': 'identity'}
        url = self.endpoint + path
        with self._patiently('GET', url, {**REPLICA, **parameters}, stream=True, headers=headers) as response:
            announced = response.headers.get('Content-Length', '')
            if announced.isdecimal() and int(announced) > limit:
                return None
            content = bytearray()
            try:
                for chunk in response.iter_content(1024 * 1024):
                    content += chunk
                    if len(content) > limit:
                        return None
            except requests.RequestException as error:
                raise StoreError(f'{path}: the answer broke off, {type(error).__name__}') from None
            # The library notices only in answers without a length when they break off.
            if announced.isdecimal() and 'Content-Encoding' not in response.headers and len(content) < int(announced):
                raise StoreError(f'{path}: the answer broke off after {len(content)} of {announced} bytes')
            return bytes(content)

    def _patiently(self, method: str, url: str, parameters: Mapping[str, str], **options: Any) -> requests.Response:
        """Follow redirects, wait as long as we are asked to, and come again where that may help."""
        deadline = self.clock() + PATIENCE
        redirects, failures = 0, 0
        while True:
            response = self._once(method, url, parameters, **options)
            status = response.status_code
            if status < HTTPStatus.MULTIPLE_CHOICES:
                return response
            detail = self._finish(response)
            pause = retry_after(response)
            if response.is_redirect:
                url, parameters = urljoin(response.url, response.headers['Location']), {}
                redirects += pause is None
                again = redirects <= MAX_REDIRECTS
            else:
                failures += 1
                again = status in RETRIED and method != 'PUT'
                pause = 2.0 ** failures if pause is None else pause
            # To come back earlier than we are asked to would only make it worse.
            if not again or self.clock() + (pause or 0) > deadline:
                ours = response.url.startswith(self.endpoint + '/')
                raise StoreError(f'{method} {_without_query(response.url)}: status {status}{detail}',
                                 status if ours else None)
            if pause is not None:
                self.sleep(max(pause, MIN_PAUSE))

    def _once(self, method: str, url: str, parameters: Mapping[str, str], **options: Any) -> requests.Response:
        try:
            return self.session.request(method, url, params=parameters, allow_redirects=False, timeout=self.timeout,
                                        **options)
        except requests.RequestException as error:
            kind = StoreTimeout if isinstance(error, requests.Timeout) else StoreError
            # Without the error itself: its text may have the query in it, and that the signature of a storage service.
            raise kind(f'{method} {_without_query(url)}: {type(error).__name__}') from None
        except ValueError:
            # The library looks at locations that it is not to follow, and does not expect what is no URL.
            raise StoreError(f'{method} {_without_query(url)}: damaged answer, its location is no URL') from None

    @staticmethod
    def _finish(response: requests.Response) -> str:
        """Read the rest of an answer that is not the one we want, without which its connection cannot be used again.

        :return: what it says, to be appended to an error message
        """
        try:
            body = next(response.iter_content(MAX_EXPLANATION), b'')
        except requests.RequestException:
            body = b''
        finally:
            response.close()
        try:
            title = orjson.loads(body)['title']
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return ''
        return f', {brief(title)}'


def decoded(response: requests.Response) -> Any:
    """
    :raises StoreError: if the answer is not JSON
    """
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise StoreError(f'{_without_query(response.url)}: damaged answer') from None


def retry_after(response: requests.Response) -> float | None:
    """
    :return: None if we are not asked to wait
    """
    text = response.headers.get('Retry-After', '')
    # By the standard it may also be a date. The data store never gives one.
    return float(text) if re.fullmatch(r'[0-9]{1,9}(\.[0-9]{1,9})?', text, re.ASCII) else None


def _without_query(url: str) -> str:
    return url.partition('?')[0]
