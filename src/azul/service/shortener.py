"""Short URLs: objects of a bucket that is a website, each of which redirects to the URL that it stands for."""
import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from azul.errors import AzulError, BadRequest, Conflict
from azul.http import Parameters
from azul.http.declared import Text, parsed
from azul.index.bundle import JSON

if TYPE_CHECKING:
    from azul.aws.objects import Bucket

MAX_URL = 2000
"""Characters. The store takes 2 KB of a location."""

MAX_ATTEMPTS = 10

MIN_KEY = 3
"""Characters of a key, unless there are others that begin with the same."""

PARAMETERS: Parameters = {'url': Text('What is to be shortened.', at_most=MAX_URL)}

_HOST = re.compile(r'[a-z0-9.-]+')

_IN_URLS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


@dataclass(frozen=True)
class Shortener:
    """
    :param bucket: its name is the host of short URLs
    :param hosts: of URLs that may be shortened, with all hosts below them
    """
    bucket: 'Bucket'
    hosts: Sequence[str]

    def shorten(self, given: Mapping[str, str]) -> JSON:
        """
        The short URL for a URL, the same one each time.

        :param given: the `PARAMETERS`
        :raises BadRequest: if it must not be shortened
        """
        if 'url' not in given:
            raise BadRequest('`url` must be given in the request body')
        url = parsed(given, PARAMETERS)['url']
        require_host(url, self.hosts)
        for key in keys(url):
            if self._stored(key, url) == url.encode():
                # A website of the object store has no certificate.
                return {'url': f'http://{self.bucket.name}/{key}'}
        raise AzulError('Could not create shortened URL: all of its keys are taken')

    def _stored(self, key: str, url: str) -> bytes:
        """What the object has in the end: the URL, unless there was another one before."""
        for _ in range(MAX_ATTEMPTS):
            if self.bucket.write(key, url.encode(), None, redirect=url) is not None:
                return url.encode()
            stored = self.bucket.read(key)
            if stored is not None:
                return stored.body
            # Somebody is about to write it. To take a longer key now would make two short URLs of one.
        raise Conflict(f'object {key}: others are always about to write it')


def keys(url: str) -> Iterator[str]:
    """Those that the short URL may have, the shortest first."""
    digest = hashlib.sha1(url.encode(), usedforsecurity=False).digest()
    text = base64.urlsafe_b64encode(digest).decode()
    for length in range(MIN_KEY, len(text) + 1):
        yield text[:length]


def require_host(url: str, hosts: Sequence[str]) -> None:
    """
    Else anybody could hand out links that look like ours and lead to a place of theirs.

    :raises BadRequest: unless the URL is one of HTTPS at one of the hosts or below it, and nothing but that
    """
    if _IN_URLS.fullmatch(url) is None:
        raise BadRequest('Invalid URL given: it has characters that URLs do not have')
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadRequest('Invalid URL given') from None
    if parts.scheme != 'https':
        raise BadRequest('Invalid URL given: it must begin with https://')
    # All of it: that leaves no room for users, ports, addresses and whatever readers do not agree about.
    host = parts.netloc.lower()
    known = any(host == each or host.endswith(f'.{each}') for each in hosts)
    if not known or _HOST.fullmatch(host) is None or '..' in host or host.startswith(('.', '-')):
        raise BadRequest('Invalid URL given: its host is none of those that may be shortened', hosts)
