"""The way through the bundles of the entities that were asked for, for tables that have their rows bundle by bundle."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from azul.engine.view import View
from azul.index.bundle import JSON
from azul.index.fields import BUNDLE_UUID

PAGE = 1000
"""Bundles that are looked up at a time. The engine looks at all entities for each page."""


@dataclass(frozen=True)
class Walk:
    """
    :param bundles: the next ones in the order of their uuids, each with how many of the entities are in it
    :param after: the last one that was looked up; None if there are no others
    """
    bundles: list[tuple[str, int]]
    after: str | None

    @classmethod
    def resume(cls, view: View, index: str, query: JSON, memo: JSON | None) -> Self:
        """
        :param index: of the entities
        :param memo: what was remembered of the way; None at its beginning
        """
        if memo is not None and (memo['bundles'] or memo['after'] is None):
            return cls(**memo)
        values: JSON = {'sources': [{'uuid': {'terms': {'field': BUNDLE_UUID.path}}}], 'size': PAGE}
        if memo is not None:
            values['after'] = {'uuid': memo['after']}
        answer = view.search(index, {'query': query, 'size': 0, 'aggs': {'bundles': {'composite': values}}})
        buckets = answer['aggregations']['bundles']['buckets']
        found = [(bucket['key']['uuid'], bucket['doc_count']) for bucket in buckets]
        return cls(found, found[-1][0] if len(found) == PAGE else None)

    def beyond(self, number: int) -> JSON | None:
        """
        What to remember once the next bundles, so many, have been passed.

        :return: None if there are no others
        """
        left = self.bundles[number:]
        return {'bundles': left, 'after': self.after} if left or self.after is not None else None


def counts(view: View, index: str, query: JSON, bundles: Sequence[str]) -> Mapping[str, int]:
    """
    How many entities are in each of some bundles; those with none are left out.

    :param query: which entities
    """
    if not bundles:
        return {}
    wanted = {'bool': {'filter': [query, {'terms': {BUNDLE_UUID.path: list(bundles)}}]}}
    counted = {'terms': {'field': BUNDLE_UUID.path, 'include': list(bundles), 'size': len(bundles)}}
    answer = view.search(index, {'query': wanted, 'size': 0, 'aggs': {'bundles': counted}})
    return {bucket['key']: bucket['doc_count'] for bucket in answer['aggregations']['bundles']['buckets']}
