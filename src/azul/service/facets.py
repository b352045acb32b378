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

from azul.index import terms
from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.mapping import NULL_TERM
from azul.service.filters import Filters, all_of, narrowed

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
        aggregation = A(terms.aggregation(self.field))
        for detail in self.details:
            aggregation.bucket(detail.name, A(terms.aggregation(detail)))
        return aggregation

    def terms(self, aggregation: JSON) -> list[JSON]:
        """In the order of `azul.index.terms.read`."""
        return [{'term': term.term, 'count': term.count, **self._details(term.bucket)}
                for term in terms.read(aggregation)]

    def _details(self, bucket: Mapping[str, Any]) -> JSON:
        return {
            detail.name: sorted(inner['key'] for inner in bucket[detail.name]['buckets'] if inner['key'] != NULL_TERM)
            for detail in self.details
        }

    def response(self, aggregation: JSON, total: int) -> JSON:
        """
        :param total: the number of entities that were counted
        """
        response = {'terms': self.terms(aggregation), 'total': total, 'type': 'terms'}
        beyond = terms.beyond(aggregation)
        return {**response, 'otherDocCount': beyond} if beyond else response


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
