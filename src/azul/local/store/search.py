"""Search, as far as it can be done without a search engine."""
import re
from collections import defaultdict
from contextlib import suppress
from itertools import islice

import orjson
from flask import Blueprint, Response, request

from azul.index.bundle import JSON, BundleFQID
from azul.local.store.bundles import CREATOR
from azul.local.store.problem import Problem, illegal
from azul.local.store.query import admits
from azul.local.store.request import body, page, per_page
from azul.local.store.store import Store


def routes(store: Store) -> Blueprint:
    search = Blueprint('search', __name__)

    @search.post('/v1/search')
    def results() -> Response:
        es_query = body().get('es_query')
        if not isinstance(es_query, dict) or not isinstance(es_query.get('query', {}), dict):
            raise Problem(400, 'elasticsearch_bad_request', 'es_query must be an object with an object query')
        output_format = request.args.get('output_format', 'summary')
        if output_format not in ('summary', 'raw'):
            raise illegal('output_format must be summary or raw')
        raw = output_format == 'raw'
        size = per_page(10 if raw else 100, store.knobs.setting.per_page)
        before = _before()
        hits = [fqid for fqid in reversed(store.folder.all()) if admits(es_query, fqid, store.folder.is_deleted(fqid))]
        found = list(islice((fqid for fqid in hits if before is None or fqid < before), size))
        content = {'es_query': es_query, 'total_hits': len(hits),
                   'results': [_result(store, fqid, raw) for fqid in found]}
        # Whether there is more is not looked up: a full page is followed by another one, which may be empty.
        following = {'search_after': f'{found[-1].uuid},{found[-1].version}',
                     'per_page': str(size), 'output_format': output_format} if len(found) == size else None
        return page(content, 'results', following, '"')

    return search


def _before() -> BundleFQID | None:
    after = request.args.get('search_after')
    if after is None:
        return None
    uuid, _, version = after.partition(',')
    if not uuid or not version:
        raise illegal('search_after must be uuid and version, separated by a comma')
    return BundleFQID(uuid, version)


def _result(store: Store, fqid: BundleFQID, raw: bool) -> JSON:
    replica = request.args['replica']
    result: JSON = {
        'bundle_fqid': str(fqid),
        'bundle_url': f'{request.host_url}v1/bundles/{fqid.uuid}?version={fqid.version}&replica={replica}',
        'search_score': None
    }
    if raw:
        result['metadata'] = _tombstone(fqid) if store.folder.is_deleted(fqid) else _document(store, fqid)
    return result


def _tombstone(fqid: BundleFQID) -> JSON:
    return {'email': 'nobody@example.com', 'reason': 'deleted', 'admin_deleted': True, 'uuid': fqid.uuid,
            'manifest': {'version': fqid.version}}


def _document(store: Store, fqid: BundleFQID) -> JSON:
    """What a real store has its search engine index."""
    bundle = store.contents.bundle(fqid)
    assert bundle is not None
    files = defaultdict(list)
    for name, file in bundle.files.items():
        if file.path is not None:
            # project_0.json goes under project_json
            key = re.sub(r'_\d+\.', '.', name).replace('.', '_')
            with suppress(orjson.JSONDecodeError):
                content = orjson.loads(file.path.read_bytes())
                files[key].append(content)
    return {'manifest': {'format': '0.0.1', 'version': fqid.version, 'files': bundle.manifest, 'creator_uid': CREATOR},
            'state': 'new', 'uuid': fqid.uuid, 'shape_descriptor': None, 'files': files}
