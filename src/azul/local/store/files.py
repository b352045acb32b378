"""Files: where they are, and what is in them."""
import json
from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from azul.index.bundle import BundleFQID
from azul.local.store.bundles import CREATOR, content_url
from azul.local.store.problem import Problem, illegal, not_found
from azul.local.store.request import flag, link
from azul.local.store.store import Store

HEADERS = {
    'X-DSS-VERSION': 'version',
    'X-DSS-CONTENT-TYPE': 'content-type',
    'X-DSS-SIZE': 'size',
    'X-DSS-CRC32C': 'crc32c',
    'X-DSS-S3-ETAG': 's3_etag',
    'X-DSS-SHA1': 'sha1',
    'X-DSS-SHA256': 'sha256'
}
"""Members of the manifest entry"""

DISPOSITION = 'response-content-disposition'


def routes(store: Store) -> Blueprint:
    files = Blueprint('files', __name__)

    @files.get('/v1/files/<uuid>')
    def file(uuid: str) -> Response:
        if flag('directurl'):
            raise illegal('This store has no direct URLs')
        found = store.contents.file(uuid, request.args.get('version'))
        if found is None:
            raise not_found('Cannot find file!')
        described = {name: str(found.entry[member]) for name, member in HEADERS.items() if found.entry.get(member)}
        headers = {'X-DSS-CREATOR-UID': str(CREATOR), **described}
        if request.method == 'HEAD':
            return Response(headers=headers)
        setting, waits = store.knobs.setting, _waits()
        if waits < setting.redirects:
            token = link({'token': json.dumps({'waits': waits + 1})})
            return Response(status=301, headers={'Location': token, 'Retry-After': str(setting.retry_after)})
        disposition = request.args.get('content_disposition')
        parameters = '' if disposition is None else '?' + urlencode({DISPOSITION: disposition})
        return Response(status=302, headers={'Location': content_url(found) + parameters, **headers})

    @files.get('/blob/<fqid>/<path:name>')
    def blob(fqid: str, name: str) -> Response:
        """As from a storage service behind the store: of all that is said here, nothing is in the store's manner."""
        try:
            bundle = store.contents.bundle(BundleFQID.parse(fqid))
        except ValueError:
            bundle = None
        found = None if bundle is None else bundle.files.get(name)
        if found is None:
            raise NotFound
        content = found.content()
        if request.method == 'GET':
            if store.knobs.take('corrupted'):
                content = _corrupted(content)
            if store.knobs.take('truncated'):
                content = _truncated(content, found.size)
        headers = {'Content-Length': str(found.size)}
        if DISPOSITION in request.args:
            headers['Content-Disposition'] = request.args[DISPOSITION]
        return Response(content, content_type='binary/octet-stream', headers=headers)

    return files


def _waits() -> int:
    """How often the client waited for the file already, which it tells us by what we gave it."""
    token = request.args.get('token')
    try:
        return 0 if token is None else int(json.loads(token)['waits'])
    except (ValueError, TypeError, KeyError):
        raise Problem(400, 'illegal_token', 'The token is none of ours') from None


def _corrupted(content: Iterator[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(content):
        yield chunk if number else bytes(byte ^ 1 for byte in chunk[:1]) + chunk[1:]


def _truncated(content: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size // 2
    for chunk in content:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return
