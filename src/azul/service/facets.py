"""Facets: how many entities have each term of a field.

The count of a term is the number of hits if the term alone was chosen in its facet, all other facets staying as they
are. So a facet is counted among the entities that pass the filters of all facets but its own. Facets without a filter
of their own are counted together, among the entities that pass all filters.
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch_dsl import A, Search
from elasticsearch_dsl.aggs import Agg

from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.mapping import NULL_TERM
from azul.service.filters import Filters, all_of, narrowed

MAX_TERMS = 10_000
"""A facet has that many terms, and says how often entities have others."""

_SHARED = '*'
"""The aggregation of the facets without a filter of their own. No name of a field is like that."""


@dataclass(frozen=True)
class Facet:
    """
    :param details: fields of which each term lists the values that occur together with it
    """
    field: IndexedField
    details: Sequence[IndexedField] = ()

    @property
    def aggregation(self) -> Agg:
        aggregation = A('terms', field=self.field.path, size=MAX_TERMS)
        for detail in self.details:
            aggregation.bucket(detail.name, 'terms', field=detail.path, size=MAX_TERMS)
        return aggregation

    def terms(self, aggregation: JSON) -> list[JSON]:
        """The terms, the most frequent first, among equals in alphabetical order, null last."""
        terms = [self._term(bucket) for bucket in aggregation['buckets']]
        return sorted(terms, key=lambda term: (-term['count'], term['term'] is None, term['term'] or ''))

    def _term(self, bucket: JSON) -> JSON:
        details = {
            detail.name: sorted(inner['key'] for inner in bucket[detail.name]['buckets'] if inner['key'] != NULL_TERM)
            for detail in self.details
        }
        return {'term': term_of(bucket['key']), 'count': bucket['doc_count'], **details}

    def response(self, aggregation: JSON, total: int) -> JSON:
        """
        :param total: the number of entities that were counted
        """
        response = {'terms': self.terms(aggregation), 'total': total, 'type': 'terms'}
        beyond = aggregation['sum_other_doc_count']
        return {**response, 'otherDocCount': beyond} if beyond else response


def term_of(key: str) -> str | None:
    """What the key of a bucket is to the caller: the sentinel must not leave the service."""
    return None if key == NULL_TERM else key


@dataclass(frozen=True)
class Facets:
    """
    :param facets: in the order of the answer
    """
    facets: Sequence[Facet]
    filters: Filters

    def __call__(self, search: Search) -> Search:
        """The step. The search answers with counts only."""
        names = {facet.field.name for facet in self.facets}
        filters = {name: each for name, each in self.filters.items() if name in names}
        # What is no facet concerns all facets alike, and what is left out first need not be counted.
        search = narrowed(each for name, each in self.filters.items() if name not in names)(search)
        search = search.extra(size=0, track_total_hits=False)
        for scope, facets in self._scopes().items():
            counted = all_of(each for name, each in filters.items() if name != scope)
            scoped = search.aggs.bucket(scope, 'filter', counted)
            for facet in facets:
                scoped.bucket(facet.field.name, facet.aggregation)
        return search

    def response(self, aggregations: Mapping[str, Any]) -> JSON:
        """The member `termFacets`."""
        by_name = {
            facet.field.name: facet.response(aggregations[scope][facet.field.name], aggregations[scope]['doc_count'])
            for scope, facets in self._scopes().items() for facet in facets
        }
        return {facet.field.name: by_name[facet.field.name] for facet in self.facets}

    def _scopes(self) -> Mapping[str, Iterable[Facet]]:
        """The facets that are counted among the same entities, by the one whose filter is left out."""
        scopes: dict[str, list[Facet]] = {}
        for facet in self.facets:
            scopes.setdefault(facet.field.name if facet.field.name in self.filters else _SHARED, []).append(facet)
        return scopes
