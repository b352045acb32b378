"""Tokens: by which those who wait for a manifest ask again. Nobody else can make one."""
import base64
import binascii
import hmac
import secrets
from typing import NamedTuple

import orjson

from azul.aws.secrets import Secret
from azul.errors import BadRequest, SecretError
from azul.index.bundle import JSON

INVALID = 'Invalid token given'


class Token(NamedTuple):
    """
    :param job: key of the job
    :param number: how often the caller has asked again
    """
    job: str
    number: int


class Tokens:
    """
    :param secret: `{"key": …}`
    """

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def render(self, token: Token) -> str:
        """
        :raises SecretError: if there is no key, as do all
        """
        body = orjson.dumps([*token])
        return f'{_text(body)}.{_text(self._seal(body))}'

    def parse(self, text: str) -> Token:
        """
        :raises BadRequest: if it is none of ours, or has been changed
        """
        try:
            body, seal = (base64.b64decode(_padded(part), b'-_', validate=True) for part in text.split('.'))
        except (ValueError, binascii.Error):
            raise BadRequest(INVALID) from None
        if not hmac.compare_digest(seal, self._seal(body)):
            raise BadRequest(INVALID)
        return Token(*orjson.loads(body))

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(_key(self._secret.read()).encode(), body, 'sha256')


def generated() -> JSON:
    """A value for the secret: a new key."""
    return {'key': secrets.token_urlsafe(32)}


def _key(value: JSON) -> str:
    key = value.get('key')
    if not isinstance(key, str) or len(key) < 32:
        raise SecretError('the secret of tokens has no key')
    return key


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip('=')


def _padded(text: str) -> bytes:
    return text.encode() + b'=' * (-len(text) % 4)
