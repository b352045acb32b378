"""Signatures of notifications: HTTP Signatures with HMAC over the headers `Date` and `Digest`.

The data store signs with a library that leaves to the receiver what makes a signature worth something: that the digest
is that of the body, that both headers are signed, and that the date is not an old one. All of that is checked here.
"""
import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from azul.errors import Unauthorized

MAX_SKEW = timedelta(minutes=5)

ALGORITHM = 'hmac-sha256'

_PARAMETER = re.compile(r'([A-Za-z]+)="([^"]*)"')


def sign(body: bytes, key_id: str, key: str, now: datetime) -> dict[str, str]:
    """
    :param now: the time, with its zone
    :return: the headers that a request with this body gets
    """
    headers = {'date': format_datetime(now.astimezone(UTC), usegmt=True), 'digest': _digest(body)}
    signature = base64.b64encode(_mac(key, headers, ['date', 'digest'])).decode()
    return {
        'Date': headers['date'],
        'Digest': headers['digest'],
        'Authorization': f'Signature keyId="{key_id}",algorithm="{ALGORITHM}",headers="date digest",'
                         f'signature="{signature}"'
    }


def key_id(headers: Mapping[str, str]) -> str:
    """The id of the key that a request claims to be signed with.

    :raises Unauthorized: if it is not signed
    """
    return _parameters(_lower(headers))['keyId']


def verify(headers: Mapping[str, str], body: bytes, keys: Mapping[str, str], now: datetime) -> None:
    """
    :param headers: of the request; the case of their names does not matter
    :param keys: the ones to accept, by id
    :param now: the time, with its zone
    :raises Unauthorized: if the request is not signed with one of the keys, or not now, or not with this body. Which of
                          these it is, is not for the caller to know.
    """
    lower = _lower(headers)
    parameters = _parameters(lower)
    signed = parameters['headers'].split()
    key = keys.get(parameters['keyId'])
    genuine = (
        key is not None
        and parameters['algorithm'] == ALGORITHM
        and {'date', 'digest'} <= set(signed) <= lower.keys()
        and hmac.compare_digest(lower['digest'].encode(), _digest(body).encode())
        and abs(_date(lower['date']) - now) <= MAX_SKEW
        and hmac.compare_digest(_decode(parameters['signature']), _mac(key, lower, signed))
    )
    if not genuine:
        raise _refusal()


def _refusal() -> Unauthorized:
    return Unauthorized('Invalid authorization credentials')


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parameters(headers: Mapping[str, str]) -> Mapping[str, str]:
    scheme, _, text = headers.get('authorization', '').partition(' ')
    parameters = dict(_PARAMETER.findall(text))
    # The parameters as a whole must be what the data store sends: nothing between them, nothing missing or twice.
    expected = {'keyId', 'algorithm', 'headers', 'signature'}
    rendered = ','.join(f'{name}="{value}"' for name, value in _PARAMETER.findall(text))
    if scheme != 'Signature' or parameters.keys() != expected or rendered != text.replace('", ', '",'):
        raise _refusal()
    return parameters


def _digest(body: bytes) -> str:
    return f'SHA-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}'


def _date(text: str) -> datetime:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        raise _refusal() from None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refusal() from None


def _mac(key: str, headers: Mapping[str, str], names: list[str]) -> bytes:
    signed = '\n'.join(f'{name}: {headers[name]}' for name in names)
    return hmac.digest(key.encode(), signed.encode(), 'sha256')
