"""Files of the data store: it does not hand them out itself, but says where they can be had, now or later."""
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from azul.dss.http import Http, retry_after
from azul.errors import StoreError, brief

REMEMBERED = ('replica', 'version', 'token')
"""What the data store wants to be told when it is asked again."""

MAX_TOKEN = 2000
"""Characters. Whatever the data store says has to fit the URLs of those who ask us."""


class Ready(NamedTuple):
    """
    :param url: of the content, at a storage service, good for a while
    """
    url: str


class Pending(NamedTuple):
    """
    :param parameters: what to ask again with
    :param pause: seconds to wait before that; None if the data store does not say
    """
    parameters: Mapping[str, str]
    pause: float | None


Place = Ready | Pending


class Facts(NamedTuple):
    """
    :param size: in bytes; None, like the other, if the data store does not tell
    """
    size: int | None
    sha256: str | None


def place(http: Http, uuid: str, parameters: Mapping[str, str]) -> Place:
    """
    :raises StoreError: see `DssClient.place`
    """
    response, detail = http.once('GET', _path(uuid), parameters)
    status = response.status_code
    if not response.is_redirect:
        raise StoreError(f'file {uuid}: status {status}{detail}', status)
    target = _joined(response.url, response.headers['Location'])
    # Of those who are to wait only the query matters, as nobody goes there; stores do not always know their own host.
    itself = urlsplit(target).path.endswith(_path(uuid))
    if status == HTTPStatus.MOVED_PERMANENTLY and itself:
        return Pending(_remembered(target), retry_after(response))
    if status == HTTPStatus.MOVED_PERMANENTLY or itself:
        raise StoreError(f'file {uuid}: damaged answer, status {status} and a location that makes no sense with it')
    return Ready(_storage(target, http.endpoint))


def facts(http: Http, uuid: str, version: str | None) -> Facts:
    """
    :raises StoreError: see `DssClient.facts`
    """
    response, detail = http.once('HEAD', _path(uuid), {} if version is None else {'version': version})
    # Those who follow redirects may get one to the content, which comes with the same headers.
    if response.status_code != HTTPStatus.OK and not response.is_redirect:
        raise StoreError(f'file {uuid}: status {response.status_code}{detail}', response.status_code)
    size = response.headers.get('X-DSS-SIZE', '')
    return Facts(int(size) if size.isascii() and size.isdigit() else None, response.headers.get('X-DSS-SHA256'))


def _path(uuid: str) -> str:
    return f'/files/{quote(uuid, safe="")}'


def _remembered(url: str) -> Mapping[str, str]:
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    for name in REMEMBERED:
        if len(found.get(name, ())) > 1 or len(found.get(name, [''])[0]) > MAX_TOKEN:
            raise StoreError(f'damaged answer: {name} is repeated in the location, or too long')
    return {name: found[name][0] for name in REMEMBERED if name in found}


def _storage(url: str, endpoint: str) -> str:
    """
    :raises StoreError: unless it is a URL that can be handed on to anybody
    """
    parts = urlsplit(url)
    # A store on a laptop does without encryption.
    schemes = {'https', urlsplit(endpoint).scheme}
    if not (parts.scheme in schemes and parts.hostname and '@' not in parts.netloc
            and all('!' <= each <= '~' for each in url)):
        raise StoreError(f'damaged answer: a location of scheme {brief(parts.scheme)} at {brief(parts.hostname)}')
    return url


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        raise StoreError('damaged answer: a location that is no URL') from None
