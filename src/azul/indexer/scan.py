"""All there is, part by part, in bounded memory."""
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

import orjson

from azul.engine import Engine
from azul.index.bundle import JSON

T = TypeVar('T')

FIRST, LARGEST, GROWTH = 200, 1000, 4
"""Hits of a page: of the first one, at most, and how many times as many as on the one before."""

BYTES = 4 * 1024 * 1024
"""Of a page, as JSON. As objects they take some five times as much, and the engine has to hold them, too."""


def slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time; the last slice may have less."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part


def scan(engine: Engine, index: str, query: JSON, sort: Sequence[str], source: bool = True) -> Iterator[JSON]:
    """The hits of a query, see `pages`."""
    return chain.from_iterable(pages(engine, index, query, sort, source=source))


def pages(engine: Engine, index: str, query: JSON, sort: Sequence[str], source: bool = True, first: int = FIRST,
          largest: int | None = None) -> Iterator[list[JSON]]:
    """
    The hits of a query, in order. What is written meanwhile may or may not be among them, but nothing else is missed.

    Pages have as many hits as fit some megabytes, going by those of the page before.

    :param sort: names of fields of which each combination of values occurs once
    :param source: whether hits have their `_source`, or just `sort`, the values of these fields
    :param first: the number of hits of the first page
    :param largest: the greatest number of hits of any other; by default `LARGEST`
    """
    largest = largest or LARGEST
    size = first if source else largest
    after: list[Any] = []
    while True:
        body = {'query': query, 'sort': list(sort), 'size': size, 'track_total_hits': False,
                **({} if source else {'_source': False}), **({'search_after': after} if after else {})}
        hits = engine.search(index, body)['hits']['hits']
        yield hits
        if len(hits) < size:
            return
        after = hits[-1]['sort']
        if source:
            fitting = BYTES * len(hits) // sum(len(orjson.dumps(hit['_source'])) for hit in hits)
            size = max(1, min(fitting, GROWTH * size, largest))


def terms(engine: Engine, index: str, field: str, size: int = LARGEST) -> Iterator[tuple[str, int]]:
    """The distinct values of a keyword field, sorted, and how many documents have each."""
    after: JSON = {}
    while True:
        composite = {'size': size, 'sources': [{'value': {'terms': {'field': field}}}], **after}
        body = {'size': 0, 'track_total_hits': False, 'aggs': {'values': {'composite': composite}}}
        found = engine.search(index, body)['aggregations']['values']
        yield from ((bucket['key']['value'], bucket['doc_count']) for bucket in found['buckets'])
        if 'after_key' not in found:
            return
        after = {'after': found['after_key']}


def count(engine: Engine, index: str, query: JSON) -> int:
    """How many documents a query finds."""
    total: int = engine.search(index, {'query': query, 'size': 0, 'track_total_hits': True})['hits']['total']['value']
    return total
