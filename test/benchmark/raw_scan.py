"""What it takes to read documents and do nothing with them, as a measure for what does something."""
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import elasticsearch

from azul.engine.connection import OrjsonSerializer

KEEP = '10m'


@dataclass(frozen=True)
class Search:
    """
    :param endpoint: `host:port` of the engine
    :param source: what is read of each document
    :param size: documents of a page
    :param ordered: whether they come in the order of their ids, as in a manifest, or in the one that costs least
    """
    endpoint: str
    index: str
    source: Sequence[str]
    size: int
    ordered: bool = True


@dataclass(frozen=True)
class Scan:
    """
    :param documents: that were read
    :param bundles: that these are in, added up
    """
    seconds: float
    documents: int
    bundles: int


def scan(search: Search) -> Scan:
    """Of all live documents, in a new process: what others keep in memory slows down who parses JSON."""
    with ProcessPoolExecutor(1, get_context('spawn')) as pool:
        return pool.submit(_scan, search).result()


def _scan(search: Search) -> Scan:
    host, port = search.endpoint.rsplit(':', 1)
    client = elasticsearch.Elasticsearch([{'host': host, 'port': int(port)}], timeout=60, max_retries=0,
                                         serializer=OrjsonSerializer())
    client.info()
    documents = bundles = 0
    started = time.perf_counter()
    for hits in _pages(client, search):
        documents += len(hits)
        bundles += sum(len(hit['_source']['bundles']) for hit in hits)
    return Scan(time.perf_counter() - started, documents, bundles)


def _pages(client: elasticsearch.Elasticsearch, search: Search) -> Iterator[list[Any]]:
    body = {'query': {'term': {'live': True}}, '_source': search.source, 'size': search.size,
            'sort': ['entity_id' if search.ordered else '_doc']}

    def call(method: str, path: str, body: Any = None, **params: str) -> Any:
        return client.transport.perform_request(method, path, body=body, params=params)

    if client.info()['version'].get('distribution') == 'opensearch':
        point = call('POST', f'/{search.index}/_search/point_in_time', keep_alive=KEEP)['pit_id']
        body |= {'pit': {'id': point, 'keep_alive': KEEP}, 'track_total_hits': False}
        while hits := call('POST', '/_search', body)['hits']['hits']:
            yield hits
            body['search_after'] = hits[-1]['sort']
        call('DELETE', '/_search/point_in_time', {'pit_id': [point]})
    else:
        answer = call('POST', f'/{search.index}/_search', body, scroll=KEEP)
        while hits := answer['hits']['hits']:
            yield hits
            answer = call('POST', '/_search/scroll', {'scroll_id': answer['_scroll_id'], 'scroll': KEEP})
        call('DELETE', '/_search/scroll', {'scroll_id': [answer['_scroll_id']]})
