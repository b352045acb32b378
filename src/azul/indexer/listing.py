"""Which bundles the data store has, asked for in one of several ways."""
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import orjson

from azul.errors import ConfigurationError
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.scan import slices

MAX_PARTITION = 4
"""Digits. 65,536 lists are more than any data store is worth."""

_UUID = '00000000-0000-0000-0000-000000000000'
_FIRST_DASH = _UUID.index('-')


class Catalogue(Protocol):
    """What we ask of the data store; `azul.dss.client` answers it."""

    def list_bundles(self, prefix: str = '') -> Iterable[BundleFQID]: ...

    def search(self, es_query: JSON) -> Iterable[BundleFQID]: ...


@dataclass(frozen=True)
class Listing:
    """
    :param prefix: of the uuids of the bundles to list, in lower case
    :param partition: so many more digits are appended to the prefix, and the lists for all of them are asked for side
                      by side
    :param es_query: the bundles that a search finds, rather than those of a prefix; as in a subscription
    :param workers: how many lists are asked for at once
    :raises ConfigurationError: if these are malformed or contradict each other
    """
    store: Catalogue
    prefix: str = ''
    partition: int = 0
    es_query: JSON | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if faults := list(self._faults()):
            raise ConfigurationError('List of bundles', faults)

    def _faults(self) -> Iterator[str]:
        pattern = ''.join('-' if digit == '-' else '[0-9a-f]' for digit in _UUID[:len(self.prefix)])
        if len(self.prefix) > len(_UUID) or re.fullmatch(pattern, self.prefix) is None:
            yield f'{self.prefix!r:.100} is not how a uuid begins, in lower case'
        if not 0 <= self.partition <= MAX_PARTITION:
            yield f'partitions are made by 0 to {MAX_PARTITION} digits, not by {self.partition}'
        elif self.partition and len(self.prefix) + self.partition > _FIRST_DASH:
            yield f'prefix and partition together have more than {_FIRST_DASH} digits'
        if self.es_query is not None:
            if self.prefix or self.partition:
                yield 'there is either a query, or a prefix and partitions'
            if not isinstance(self.es_query.get('query'), dict):
                yield 'the query must be an object with an object `query`'

    def bundles(self) -> Iterator[BundleFQID]:
        """All versions of the bundles, each once, in any order; those that the data store calls deleted excepted."""
        if self.es_query is not None:
            yield from self.store.search(_undeleted(self.es_query))
        elif not self.partition:
            yield from self.store.list_bundles(self.prefix)
        else:
            prefixes = (self.prefix + ''.join(digits) for digits in product('0123456789abcdef', repeat=self.partition))
            with ThreadPoolExecutor(self.workers) as pool:
                # A few at a time, because a pool takes all that it is given, and does it, whatever fails.
                for some in slices(prefixes, 4 * self.workers):
                    for part in pool.map(lambda prefix: list(self.store.list_bundles(prefix)), some):
                        yield from part


def parse_query(text: str) -> JSON:
    """
    :raises ConfigurationError: if it is not a JSON object
    """
    try:
        query: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError('Query', [f'not JSON: {error}']) from None
    if not isinstance(query, dict):
        raise ConfigurationError('Query', ['must be a JSON object'])
    return query


def _undeleted(es_query: JSON) -> JSON:
    """Unlike a list, a search finds what the data store has left of deleted bundles, too."""
    deleted = {'term': {'admin_deleted': True}}
    return {**es_query, 'query': {'bool': {'must': [es_query['query']], 'must_not': [deleted]}}}
