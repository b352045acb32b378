"""All of an index, page by page, in bounded memory."""
from collections.abc import Iterator, Sequence
from typing import Any

from azul.engine import Engine
from azul.index.bundle import JSON

PAGE = 500


def scan(engine: Engine, index: str, query: JSON, sort: Sequence[str], size: int = PAGE,
         source: bool = True) -> Iterator[JSON]:
    """
    The hits of a query, in order. What is written meanwhile may or may not be among them, but nothing else is missed.

    :param sort: names of fields of which each combination of values occurs once
    :param source: whether hits have their `_source`, or just `sort`, the values of these fields
    """
    after: list[Any] = []
    while True:
        body = {'query': query, 'sort': list(sort), 'size': size, 'track_total_hits': False,
                **({} if source else {'_source': False}), **({'search_after': after} if after else {})}
        hits = engine.search(index, body)['hits']['hits']
        yield from hits
        if len(hits) < size:
            return
        after = hits[-1]['sort']


def terms(engine: Engine, index: str, field: str, query: JSON | None = None, size: int = 2 * PAGE) -> Iterator[str]:
    """The distinct values of a keyword field, sorted."""
    after: JSON = {}
    while True:
        composite = {'size': size, 'sources': [{'value': {'terms': {'field': field}}}], **after}
        body = {'size': 0, 'query': query or {'match_all': {}}, 'track_total_hits': False,
                'aggs': {'values': {'composite': composite}}}
        found = engine.search(index, body)['aggregations']['values']
        yield from (bucket['key']['value'] for bucket in found['buckets'])
        if 'after_key' not in found:
            return
        after = {'after': found['after_key']}
