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

from azul.errors import StoreError

REPLICA = {'replica': 'aws'}

TIMEOUT = (10, 40)
"""Seconds, to connect and between two packets."""

PATIENCE = 60
"""Seconds that one call may take, waiting included. The queue does the rest."""

MAX_REDIRECTS = 5
"""Redirects in a row that do not ask us to wait."""

RETRIED = {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
           HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}

_NEXT = re.compile(r"""<([^>]*)>\s*;\s*rel\s*=\s*["']?next["']?""")


@dataclass(frozen=True)
class Http:
    session: requests.Session
    endpoint: str
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)

    def call(self, method: str, path: str, parameters: Mapping[str, str] | None = None, json: Any = None
             ) -> requests.Response:
        """
        :param path: below the endpoint
        :raises StoreError: if the answer is not a success; its `status` is that of the answer, if there was one
        """
        return self._patiently(method, self.endpoint + path, {**REPLICA, **(parameters or {})}, json=json)

    def pages(self, path: str, parameters: Mapping[str, str]) -> Iterator[Any]:
        """The pages of an answer, following the `Link` headers."""
        response = self.call('GET', path, parameters)
        while True:
            try:
                yield orjson.loads(response.content)
            except orjson.JSONDecodeError as error:
                raise StoreError(f'{path}: damaged answer') from error
            following = _NEXT.search(response.headers.get('Link', ''))
            if response.status_code != HTTPStatus.PARTIAL_CONTENT or following is None:
                return
            response = self._patiently('GET', urljoin(response.url, following.group(1)), {})

    def download(self, path: str, parameters: Mapping[str, str], limit: int) -> bytes | None:
        """
        :return: None if the content has more bytes than the limit; what is beyond it is not read
        """
        response = self._patiently('GET', self.endpoint + path, {**REPLICA, **parameters}, stream=True)
        with response:
            if int(response.headers.get('Content-Length', 0)) > limit:
                return None
            content = bytearray()
            try:
                for chunk in response.iter_content(1024 * 1024):
                    content += chunk
                    if len(content) > limit:
                        return None
            except requests.RequestException as error:
                raise StoreError(f'{path}: the answer broke off') from error
            return bytes(content)

    def _patiently(self, method: str, url: str, parameters: Mapping[str, str], **options: Any) -> requests.Response:
        """Follow redirects, wait as long as we are asked to, and come again where that may help."""
        deadline = self.clock() + PATIENCE
        redirects, failures = 0, 0
        while True:
            response = self._once(method, url, parameters, **options)
            status = response.status_code
            if response.ok and not response.is_redirect:
                return response
            response.close()
            pause = _retry_after(response)
            if response.is_redirect:
                url, parameters = urljoin(response.url, response.headers['Location']), {}
                redirects += pause is None
                again = redirects <= MAX_REDIRECTS
            else:
                failures += 1
                again = status in RETRIED and method != 'PUT'
                pause = 2.0 ** failures if pause is None else pause
            if not again or self.clock() + (pause or 0) > deadline:
                raise StoreError(f'{method} {_without_query(url)}: status {status}', status)
            self.sleep(pause or 0)

    def _once(self, method: str, url: str, parameters: Mapping[str, str], **options: Any) -> requests.Response:
        try:
            return self.session.request(method, url, params=parameters, allow_redirects=False, timeout=TIMEOUT,
                                        **options)
        except requests.RequestException as error:
            # The text of the error may have the query in it, and that the signature of a storage service.
            raise StoreError(f'{method} {_without_query(url)}: {type(error).__name__}') from error


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get('Retry-After', '')
    return float(text) if re.fullmatch(r'[0-9]+(\.[0-9]+)?', text) else None


def _without_query(url: str) -> str:
    return url.partition('?')[0]
