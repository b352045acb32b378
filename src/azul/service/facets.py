"""Facets: how many entities have each term of a field.

The count of a term is the number of hits if the term alone was chosen in its facet, all other facets staying as they
are. So a facet is counted among the entities that pass the filters of all facets but its own. Facets without a filter
of their own are counted together, among the entities that pass all filters.

Together means with one another's filters, and up to six in one search. The engine allows so many terms in a search that
six facets never have more; it counts searches side by side; and it counts many facets at once more slowly than one
after the other. A facet that has details may have more terms than that even by itself. The engine then refuses, and the
details are left out.

Where a facet has more terms than are listed, another search counts the entities that have none of the listed ones: the
engine only tells how often the others occur, which is more if entities have several.
"""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from azul.service.filters import Filter, Filters, narrowed
from azul.service.query import Refinement

MAX_BUCKETS = 65_535
"""So many terms the engine allows in a search, those of details included, unless it is set up otherwise."""

MAX_PREFIX = 100
"""Characters. The engine takes regular expressions of a thousand."""


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
class Counting:
    """
    A search that counts some facets.

    :param filters: of the entities that are counted
    """
    facets: Sequence[Facet]
    filters: Sequence[Filter]

    def __call__(self, search: Search) -> Search:
        """The step. The search answers with counts only."""
        # As objects of the library, so many aggregations take longer to make than all the rest of a query.
        aggregations = {facet.field.name: facet.aggregation for facet in self.facets}
        return narrowed(self.filters)(search).extra(size=0, track_total_hits=True, aggs=aggregations)

    def response(self, answer: JSON) -> dict[str, JSON]:
        """The terms of each facet, by its name."""
        total = answer['hits']['total']['value']
        return {facet.field.name: facet.response(answer['aggregations'][facet.field.name], total)
                for facet in self.facets}

    def unlisted(self, answer: JSON) -> Iterator[tuple[str, Refinement]]:
        """The names of the facets of which not all terms are listed, each with a search for what it leaves out."""
        for facet in self.facets:
            query = facet.unlisted(answer['aggregations'][facet.field.name])
            if query is not None:
                yield facet.field.name, self._left_out(query)

    def _left_out(self, query: Query) -> Refinement:
        return lambda search: narrowed(self.filters)(search).filter(query).extra(size=0, track_total_hits=True)


def countings(facets: Sequence[Facet], filters: Filters, max_buckets: int) -> Iterator[Counting]:
    """
    The searches for facets.

    :param filters: those of all facets
    :param max_buckets: so many terms the engine allows in a search. Only of facets with details there may be more.
    """
    together: list[Facet] = []
    for facet in facets:
        others = [each for name, each in filters.items() if name != facet.field.name]
        if len(others) < len(filters) or (facet.details and facet.detailed):
            yield Counting([facet], others)
        else:
            together.append(facet)
    most = max(1, max_buckets // terms.MAX_TERMS)
    for start in range(0, len(together), most):
        yield Counting(together[start:start + most], list(filters.values()))


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
