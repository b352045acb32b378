"""Bundles, one by one and all of them."""
from itertools import islice
from urllib.parse import quote

from flask import Blueprint, Response, request

from azul.index.bundle import JSON, BundleFQID
from azul.local.store.contents import StoredFile
from azul.local.store.problem import Problem, illegal, not_found
from azul.local.store.request import flag, link, page, per_page
from azul.local.store.store import Store, version_now

CREATOR = 8008


def routes(store: Store) -> Blueprint:
    bundles = Blueprint('bundles', __name__, url_prefix='/v1/bundles')

    @bundles.get('/<uuid>')
    def one(uuid: str) -> Response:
        if flag('directurls') and flag('presignedurls'):
            raise Problem(400, 'only_one_urltype', 'Choose one of directurls and presignedurls')
        version = request.args.get('version') or max(store.folder.versions(uuid), default='')
        fqid = BundleFQID(uuid, version)
        bundle = store.contents.bundle(fqid) if store.folder.is_live(fqid) else None
        if bundle is None:
            raise not_found('Cannot find bundle!')
        start = request.args.get('start_at', '0')
        if not start.isascii() or not start.isdigit():
            raise illegal('start_at is not a number')
        end = int(start) + per_page(500, store.knobs.setting.per_page)
        entries = bundle.manifest[int(start):end]
        if flag('directurls'):
            raise illegal('This store has no direct URLs')
        if flag('presignedurls'):
            entries = [{**entry, 'url': content_url(bundle.files[entry['name']])} if bundle.has(entry) else entry
                       for entry in entries]
        content = {'bundle': {'uuid': uuid, 'version': version, 'creator_uid': CREATOR, 'files': entries}}
        following = {'start_at': str(end), 'version': version} if end < len(bundle.manifest) else None
        return page(content, 'bundle.files', following, "'")

    @bundles.get('/all')
    def every() -> Response:
        size = per_page(100, store.knobs.setting.per_page)
        prefix = request.args.get('prefix', '')
        after = request.args.get('search_after')
        found = list(islice(store.folder.live(prefix, _after(after) if after else None), size))
        content: JSON = {
            'object': 'list',
            'bundles': [fqid._asdict() for fqid in found],
            'dss_api': f'{request.host_url}v1',
            'per_page': size,
            'page_count': len(found),
            'search_prefix': f'bundles/{prefix}',
            'event_timestamp': version_now(),
            'has_more': len(found) == size
        }
        following = {'search_after': f'bundles/{found[-1]}'} if len(found) == size else None
        if following is not None:
            content.update(following, link=link(following))
        return page(content, 'bundles', following, "'")

    @bundles.delete('/<uuid>')
    def delete(uuid: str) -> JSON:
        """With a version, only that; the body, a reason, is not asked for here."""
        deleted = store.folder.delete(uuid, request.args.get('version'))
        if not deleted:
            raise not_found('Cannot find bundle!')
        for fqid in deleted:
            store.notify(fqid, deleted=True)
        return {}

    return bundles


def content_url(file: StoredFile) -> str:
    return f'{request.host_url}blob/{file.fqid}/{quote(file.entry["name"])}'


def _after(key: str) -> BundleFQID:
    try:
        return BundleFQID.parse(key.removeprefix('bundles/'))
    except ValueError as error:
        raise illegal(f'search_after: {error}') from error
