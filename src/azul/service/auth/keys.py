"""The public keys of an issuer, kept for a while, because there are many more tokens than keys.

Anybody can make us look for a key, by a token that claims to be signed with it. So what we do not find is not looked
for again at once, and neither is it if the issuer does not answer.
"""
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Lock
from typing import Generic, TypeVar

import orjson
import requests

from azul.errors import IssuerError
from azul.index.bundle import JSON

MAX_AGE = 3600
"""Seconds for which keys are good that the issuer does not list any more."""

MIN_AGE = 10
"""Seconds for which the issuer is not asked again, whatever is missing. Tokens with a new key may be refused for so
long, and all tokens if it did not answer and there are no keys."""

TIMEOUT = (3, 3)
"""Seconds, to connect and between two packets."""

NEVER = float('-inf')

Key = TypeVar('Key')


class Keys(Generic[Key]):
    """Safe to share between threads.

    :param fetch: the keys of the issuer by their ids; raises `IssuerError`
    """

    def __init__(self, fetch: Callable[[], Mapping[str, Key]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._keys: Mapping[str, Key] = {}
        self._fault = ''
        self._fetched_at = self._asked_at = NEVER
        self._one_at_a_time = Lock()

    def key(self, key_id: str) -> Key | None:
        """
        :return: None if the issuer has no such key
        :raises IssuerError: if that cannot be found out, or could not a moment ago
        """
        # Those who look for what is known do not wait for those who look for what is not.
        known = self._known(key_id)
        if known is not None:
            return known
        with self._one_at_a_time:
            # Those who waited have what the first of them was answered.
            if self._known(key_id) is None and self._clock() - self._asked_at > MIN_AGE:
                self._ask()
            known = self._known(key_id)
            if known is None and self._fault:
                raise IssuerError(self._fault)
            return known

    def _known(self, key_id: str) -> Key | None:
        return self._keys.get(key_id) if self._clock() - self._fetched_at <= MAX_AGE else None

    def _ask(self) -> None:
        try:
            self._keys, self._fault = self._fetch(), ''
            self._fetched_at = self._clock()
        except IssuerError as error:
            self._fault = str(error)
        finally:
            self._asked_at = self._clock()


def fetched(url: str) -> JSON:
    """
    The JSON object at a URL.

    :raises IssuerError: if there is none
    """
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxies, no credentials of the machine that we happen to run on
            response = session.get(url, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise IssuerError(f'{url}: {type(error).__name__}') from None
    if response.status_code != HTTPStatus.OK:
        raise IssuerError(f'{url}: status {response.status_code}')
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise IssuerError(f'{url}: damaged answer, it is no JSON object')
    return found
