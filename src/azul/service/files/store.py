"""Where the data store has a file: the waiting, and what goes wrong there."""
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from azul.dss.client import DssClient
from azul.dss.files import Facts, Ready
from azul.errors import BadRequest, NotFound, RequestError, StoreError, StoreTimeout
from azul.http import RETRY_AFTER

log = logging.getLogger(__name__)

TIMEOUT = (3.0, 5.0)
"""Seconds that the data store may take for an answer: to connect, and between two packets."""

HOLD = 20
"""Seconds from the request on for which an answer is held back for those who would rather wait than ask again. After
these there may be another call, and the gateway gives up after 29."""

GROWTH = 1.3
"""How much longer each pause is than the one before, until it is as long as the data store wants it to be."""

MAX_PAUSE = 60
"""Seconds"""

MAX_REQUESTS = 200
"""After that many the data store is not going to have the file."""


class StoreFault(RequestError):
    """The data store's fault, of which callers are told, as they can only come again.

    :param status: 502 for an answer that makes no sense, 503 for one that asks to come again, 504 for none in time
    """

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status, self.headers = status, {'Retry-After': str(RETRY_AFTER)}
        self.code = {HTTPStatus.BAD_GATEWAY: 'BadGatewayError',
                     HTTPStatus.SERVICE_UNAVAILABLE: 'ServiceUnavailableError',
                     HTTPStatus.GATEWAY_TIMEOUT: 'GatewayTimeoutError'}[status]


@dataclass(frozen=True)
class Later:
    """
    :param parameters: what to ask the data store with then
    :param requests: how often it has been asked
    :param pause: seconds to wait before it is asked again, one at least
    """
    parameters: Mapping[str, str]
    requests: int
    pause: int


@dataclass(frozen=True)
class FileStore:
    client: DssClient
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def place(self, uuid: str, parameters: Mapping[str, str], requests: int, until: float) -> Ready | Later:
        """
        Where a file can be had. What the data store wants to be told the next time is added to the parameters, unless
        they have it already but for its token.

        :param requests: how often it has been asked already
        :param until: what the clock says when the caller does not want to wait any longer
        :raises NotFound: if it does not have the file
        :raises BadRequest: if it does not like what it is told
        :raises StoreFault: in all other cases
        """
        while True:
            with _told(uuid):
                found = self.client.place(uuid, parameters)
            if isinstance(found, Ready):
                return found
            token = {'token': found.parameters['token']} if 'token' in found.parameters else {}
            parameters = {**found.parameters, **parameters, **token}
            pause = _pause(requests, found.pause)
            requests += 1
            if requests >= MAX_REQUESTS:
                raise StoreFault(HTTPStatus.GATEWAY_TIMEOUT, f'The data store takes too long to provide file {uuid}.')
            left = max(0.0, until - self.clock())
            self.sleep(min(pause, left))
            if pause > left:
                return Later(parameters, requests, max(1, round(pause - left)))

    def facts(self, uuid: str, version: str | None) -> Facts:
        """
        :raises RequestError: likewise
        """
        with _told(uuid):
            return self.client.facts(uuid, version)


def connect(endpoint: str) -> FileStore:
    # A lambda has one thread, but on the laptop each caller has one.
    return FileStore(DssClient.connect(endpoint, workers=32, timeout=TIMEOUT))


def _pause(requests: int, wanted: float | None) -> int:
    """The pause before the next request, shorter than wanted at first: small files are ready at once."""
    return max(1, int(min(GROWTH ** min(requests, MAX_REQUESTS), MAX_PAUSE if wanted is None else wanted, MAX_PAUSE)))


@contextmanager
def _told(uuid: str) -> Iterator[None]:
    """What goes wrong in the data store, as callers are told of it."""
    try:
        yield
    except StoreError as error:
        match error.status:
            case HTTPStatus.NOT_FOUND:
                raise NotFound(f'The data store does not have file {uuid}.') from error
            case HTTPStatus.BAD_REQUEST:
                raise BadRequest(f'The data store refuses the request for file {uuid}: `token` or `version` may be '
                                 'none of its own.') from error
            case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.GATEWAY_TIMEOUT | HTTPStatus.TOO_MANY_REQUESTS:
                fault = StoreFault(HTTPStatus.SERVICE_UNAVAILABLE, 'The data store asks to come again later.')
            case None if isinstance(error, StoreTimeout):
                fault = StoreFault(HTTPStatus.GATEWAY_TIMEOUT, 'The data store does not answer in time.')
            case _:
                fault = StoreFault(HTTPStatus.BAD_GATEWAY, 'The data store cannot be reached, or its answer makes no '
                                                           'sense.')
        log.warning('The data store failed us', exc_info=True)
        raise fault from error
