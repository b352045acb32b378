"""Signing of requests that `requests` sends."""
from collections.abc import Callable
from datetime import UTC, datetime

from requests import PreparedRequest
from requests.auth import AuthBase

from azul.dss import signature


class SignatureAuth(AuthBase):
    """For the `auth` parameter of `requests`: signs the body as `azul.dss.signature` describes."""

    def __init__(self, key_id: str, key: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._key_id, self._key, self._now = key_id, key, now

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b''
        if isinstance(body, str):
            body = body.encode()
        assert isinstance(body, bytes), 'cannot sign a stream'
        request.headers.update(signature.sign(body, self._key_id, self._key, self._now()))
        return request
