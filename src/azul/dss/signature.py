"""Signatures of notifications, by the draft “Signing HTTP Messages” as the data store speaks it::

    Date: Sun, 22 Nov 2026 10:42:20 GMT
    Digest: SHA-256=<base64 of the SHA-256 of the body>
    Authorization: Signature keyId="…",algorithm="hmac-sha256",headers="date digest",signature="<base64>"

Signed is one line `name: value` per name in `headers`, in that order, names in lower case, without a final line feed.
Under the name `(request-target)` signers may cover method and path, too. The data store does not, so a signature for
one route may be good for another: use a key for one route only.
"""
import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from azul.errors import Unauthorized

MAX_SKEW = timedelta(minutes=5)
"""How old a signature may be, and how far ahead of ours the clock of the signer. Bounds the time for a replay."""

_DATE = '%a, %d %b %Y %H:%M:%S GMT'
_SIGNED = ('date', 'digest')
_TARGET = '(request-target)'
_PARAMETER = r'([A-Za-z]+)="([^"]*)"'
_AUTHORIZATION = re.compile(rf'Signature\s+({_PARAMETER}(?:\s*,\s*{_PARAMETER})*)\s*')


def sign(body: bytes, key_id: str, key: str, now: datetime) -> dict[str, str]:
    """
    The headers that prove a body to be ours.

    :param key_id: tells the receiver which key it is, without quotes in it
    :param now: the time, with its zone
    """
    headers = {'Date': now.astimezone(UTC).strftime(_DATE), 'Digest': _digest(body)}
    signature = _signature({name.lower(): value for name, value in headers.items()}, _SIGNED, key)
    parameters = {'keyId': key_id,
                  'algorithm': 'hmac-sha256',
                  'headers': ' '.join(_SIGNED),
                  'signature': signature}
    rendered = ','.join(f'{name}="{value}"' for name, value in parameters.items())
    return {**headers, 'Authorization': f'Signature {rendered}'}


def key_id(headers: Mapping[str, str]) -> str:
    """
    The id of the key that a request claims to be signed with. Nothing is proven by that.

    :param headers: names in any case
    :raises Unauthorized: if the request is not signed, or in a way that is not understood
    """
    return _parameters(_lower(headers))['keyId']


def verify(target: str, headers: Mapping[str, str], body: bytes, keys: Mapping[str, str], now: datetime) -> None:
    """
    Return if a request was signed with one of the keys, recently, and has the body and the target that were signed.

    :param target: of the request as its sender sees it: method in lower case, space, path with the query
    :param headers: names in any case
    :param keys: by key id
    :param now: the time, with its zone
    :raises Unauthorized: if not, whatever is wrong, with the same text
    """
    # A header may have the name of the target, but it is not what the request is for.
    headers = {**_lower(headers), _TARGET: target}
    parameters = _parameters(headers)
    names = parameters['headers'].split()
    key = keys.get(parameters['keyId'])
    # `date` and `digest` must be signed, not just there.
    if key is None or not set(_SIGNED) <= set(names) or not set(names) <= headers.keys():
        raise _unauthorized()
    genuine = _equal(_signature(headers, names, key), parameters['signature'])
    if not (genuine and _equal(_digest(body), headers['digest']) and abs(_date(headers['date']) - now) <= MAX_SKEW):
        raise _unauthorized()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parameters(headers: Mapping[str, str]) -> dict[str, str]:
    match = _AUTHORIZATION.fullmatch(headers.get('authorization', ''))
    pairs = re.findall(_PARAMETER, match[1]) if match else []
    parameters = dict(pairs)
    # A second parameter of the same name is a way to make two readers see two things.
    if parameters.keys() != {'keyId', 'algorithm', 'headers', 'signature'} or len(pairs) != len(parameters):
        raise _unauthorized()
    # The algorithm is ours to choose, not the sender's.
    if parameters['algorithm'] != 'hmac-sha256':
        raise _unauthorized()
    return parameters


def _signature(headers: Mapping[str, str], names: Sequence[str], key: str) -> str:
    lines = '\n'.join(f'{name}: {headers[name]}' for name in names)
    return base64.b64encode(hmac.digest(_bytes(key), _bytes(lines), 'sha256')).decode()


def _digest(body: bytes) -> str:
    return 'SHA-256=' + base64.b64encode(hashlib.sha256(body).digest()).decode()


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise _unauthorized() from None


def _equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(_bytes(expected), _bytes(given))


def _bytes(text: str) -> bytes:
    # A header may hold whatever bytes a sender likes, and a server may hand them on as lone surrogates.
    return text.encode(errors='surrogatepass')


def _unauthorized() -> Unauthorized:
    return Unauthorized('Invalid authorization credentials', 'Signature')
