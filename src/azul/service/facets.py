"""Facets: how many entities have each term of a field.

The count of a term is the number of hits if the term alone was chosen in its facet, all other facets staying as they
are. So a facet is counted among the entities that pass the filters of all facets but its own. Facets without a filter
of their own are counted together, among the entities that pass all filters.

As a rule, one search counts all facets. The engine allows so many terms in a search that it would be rare for facets to
have more, and so few that a few facets could. It then refuses, and `Facets.plans` has searches for fewer facets each.

Where a facet has more terms than are listed, another search counts the entities that have none of the listed ones: the
engine only tells how often the others occur, which is more if entities have several.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch_dsl import Q, Search
from elasticsearch_dsl.query import Query

from azul.http import Parameters
from azul.http.declared import Choices, Text
from azul.index import terms
from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.mapping import NULL_TERM
from azul.index.terms import INCOMPLETE
from azul.service.filters import Filters, all_of, narrowed
from azul.service.query import Step

MAX_BUCKETS = 65_535
"""So many terms the engine allows in a search, those of details included, unless it is set up otherwise."""

MAX_PREFIX = 100
"""Characters. The engine takes regular expressions of a thousand."""

_SHARED = '*'
"""The aggregation of the facets without a filter of their own. No name of a field is like that."""


@dataclass(frozen=True)
class Facet:
    """
    :param details: fields of which each term lists the values that occur together with it
    :param detailed: whether to do so; else each term says that it does not
    :param prefix: only terms that begin with it are counted, in upper or lower case
    """
    field: IndexedField
    details: Sequence[IndexedField] = ()
    detailed: bool = True
    prefix: str = ''

    @property
    def aggregation(self) -> JSON:
        aggregation = terms.aggregation(self.field, self.prefix)
        details = {detail.name: terms.aggregation(detail) for detail in self.details if self.detailed}
        return {**aggregation, 'aggs': details} if details else aggregation

    def terms(self, aggregation: JSON) -> list[JSON]:
        """In the order of `azul.index.terms.read`."""
        read = terms.read(aggregation)
        if not self.details:
            return [{'term': term.term, 'count': term.count} for term in read]
        return [{'term': term.term, 'count': term.count, **self._details(term.bucket)} for term in read]

    def _details(self, bucket: Mapping[str, Any]) -> JSON:
        listed = {
            detail.name: sorted(inner['key'] for inner in bucket[detail.name]['buckets'] if inner['key'] != NULL_TERM)
            for detail in self.details if self.detailed
        }
        incomplete = [
            detail.name for detail in self.details if not self.detailed or terms.beyond(bucket[detail.name])
        ]
        return {**listed, INCOMPLETE: incomplete} if incomplete else listed

    def response(self, aggregation: JSON, total: int) -> JSON:
        """
        :param total: the number of entities that were counted
        """
        return {'terms': self.terms(aggregation), 'total': total, 'type': 'terms'}

    def unlisted(self, aggregation: JSON) -> Query | None:
        """What has none of the terms that are listed, but others; None if all terms are listed."""
        if not terms.beyond(aggregation):
            return None
        path = self.field.path
        return Q('bool',
                 filter=[Q('regexp', **{path: terms.pattern(self.prefix)})] if self.prefix else [],
                 must_not=[Q('terms', **{path: [bucket['key'] for bucket in aggregation['buckets']]})])


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
        # As objects of the library, so many aggregations take longer to make than all the rest of a query.
        aggregations = {
            scope: {
                'filter': all_of(each for name, each in filters.items() if name != scope).to_dict(),
                'aggs': {facet.field.name: facet.aggregation for facet in facets}
            } for scope, facets in self._scopes().items()
        }
        return search.extra(size=0, track_total_hits=False, **({'aggs': aggregations} if aggregations else {}))

    def plans(self, max_buckets: int) -> Iterator[Sequence['Facets']]:
        """
        The same facets, in one search or in several. Each plan asks for less in a search than the one before, and the
        last one for no more than the engine allows, whatever is indexed.

        :param max_buckets: so many terms the engine allows in a search
        """
        if not self.facets:
            yield []  # there is nothing to be asked, and an answer to that would have to be waited for
            return
        yield [self]
        detailed = [facet for facet in self.facets if facet.details]
        plain = [facet for facet in self.facets if not facet.details]
        most = max(1, max_buckets // terms.MAX_TERMS)
        yield [*self._apart(detailed, 1), *self._apart(plain, most)]
        yield list(self._apart([replace(facet, detailed=False) for facet in self.facets], most))

    def _apart(self, facets: Sequence[Facet], most: int) -> Iterator['Facets']:
        for start in range(0, len(facets), most):
            yield replace(self, facets=facets[start:start + most])

    def response(self, aggregations: Mapping[str, Any]) -> JSON:
        """The terms of each facet, by its name."""
        by_name = {
            facet.field.name: facet.response(aggregations[scope][facet.field.name], aggregations[scope]['doc_count'])
            for scope, facets in self._scopes().items() for facet in facets
        }
        return {facet.field.name: by_name[facet.field.name] for facet in self.facets}

    def unlisted(self, aggregations: Mapping[str, Any]) -> Iterator[tuple[str, Step]]:
        """The names of the facets of which not all terms are listed, each with a search for what it leaves out."""
        for scope, facets in self._scopes().items():
            for facet in facets:
                query = facet.unlisted(aggregations[scope][facet.field.name])
                if query is not None:
                    yield facet.field.name, self._counting(facet.field.name, query)

    def _counting(self, name: str, query: Query) -> Step:
        others = [each for other, each in self.filters.items() if other != name]
        return lambda search: narrowed(others)(search).filter(query).extra(size=0, track_total_hits=True)

    def _scopes(self) -> Mapping[str, Iterable[Facet]]:
        """The facets that are counted among the same entities, by the one whose filter is left out."""
        scopes: dict[str, list[Facet]] = {}
        for facet in self.facets:
            scopes.setdefault(facet.field.name if facet.field.name in self.filters else _SHARED, []).append(facet)
        return scopes


def parameters(declared: Sequence[str]) -> Parameters:
    """
    Those by which callers choose among facets.

    :param declared: the names of all facets
    """
    return {
        'facets': Choices('Names of the facets to be counted: all unless it is given, none if it is empty.',
                          declared, what='facet'),
        'facetPrefix': Text('Only terms that begin with it are counted, in upper or lower case.', at_most=MAX_PREFIX),
    }
