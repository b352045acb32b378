"""The answer to `/repository/summary`: figures about all entities that pass the filters.

Each figure is a search of its own, all are sent at once. What cannot be exact, or has been cut off, is named in the
member `inexact`, which is not there otherwise.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from elasticsearch_dsl import Search

from azul.engine import Engine
from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.figures import INEXACT, SummaryItem
from azul.naming import Naming
from azul.plugin import Breakdown, DistinctTotal, Plugin, SumTotal, Terms, Total
from azul.service import filters
from azul.service.facets import Facet, term_of
from azul.service.filters import Filters, narrowed
from azul.service.indices import resolved
from azul.service.query import composed

PARAMETERS = ('filters',)

MAX_DISTINCT = 40_000
"""So many distinct values are counted one by one; above, the engine estimates."""

DISTINCT_PAGE = 10_000


class Figure(Protocol):
    """One member of the answer."""

    def __call__(self, search: Search) -> Search:
        """The step."""

    def read(self, response: JSON) -> tuple[Any, bool]:
        """Its value, and whether that is exact."""


@dataclass(frozen=True)
class _Count:
    def __call__(self, search: Search) -> Search:
        return search.extra(size=0, track_total_hits=True)

    def read(self, response: JSON) -> tuple[int, bool]:
        return response['hits']['total']['value'], True


@dataclass(frozen=True)
class _Sum:
    field: IndexedField

    def __call__(self, search: Search) -> Search:
        search = search.extra(size=0, track_total_hits=False)
        search.aggs.metric('sum', 'sum', field=self.field.value_path)
        return search

    def read(self, response: JSON) -> tuple[float, bool]:
        return float(response['aggregations']['sum']['value']), True


@dataclass(frozen=True)
class _Terms:
    field: IndexedField

    def __call__(self, search: Search) -> Search:
        search = search.extra(size=0, track_total_hits=False)
        search.aggs['terms'] = Facet(self.field).aggregation
        return search

    def read(self, response: JSON) -> tuple[list[str | None], bool]:
        terms = response['aggregations']['terms']
        return [term['term'] for term in Facet(self.field).terms(terms)], not terms['sum_other_doc_count']


@dataclass(frozen=True)
class _Breakdown:
    item: Breakdown
    field: IndexedField
    summed: IndexedField

    def __call__(self, search: Search) -> Search:
        search = search.extra(size=0, track_total_hits=False)
        aggregation = Facet(self.field).aggregation
        aggregation.metric('sum', 'sum', field=self.summed.value_path)
        search.aggs['terms'] = aggregation
        return search

    def read(self, response: JSON) -> tuple[list[JSON], bool]:
        item, terms = self.item, response['aggregations']['terms']
        number = int if item.number == 'int' else float
        sums = {term_of(bucket['key']): number(bucket['sum']['value']) for bucket in terms['buckets']}
        rows = [
            {
                item.term: [row['term']] if item.wrapped else row['term'],
                item.count: row['count'],
                item.total: sums[row['term']]
            }
            for row in Facet(self.field).terms(terms) if item.nulls or row['term'] is not None
        ]
        return rows, not terms['sum_other_doc_count']


@dataclass(frozen=True)
class _Distinct:
    """The number of distinct values, read page by page, and an estimate for the case that there are very many.

    :param after: the last value that was read; None on the first page
    :param counted: the number of values that were read
    """
    field: IndexedField
    after: str | int | None = None
    counted: int = 0

    def __call__(self, search: Search) -> Search:
        search = search.extra(size=0, track_total_hits=False)
        # The sub-field without the sentinel for null, because null is not counted
        source = {'value': {'terms': {'field': self.field.value_path}}}
        after = {} if self.after is None else {'after': {'value': self.after}}
        search.aggs.bucket('values', 'composite', sources=[source], size=DISTINCT_PAGE, **after)
        search.aggs.metric('estimate', 'cardinality', field=self.field.value_path, precision_threshold=MAX_DISTINCT)
        return search

    def read(self, response: JSON) -> tuple[int, bool]:
        if self._is_last(response):
            return self._counted(response), True
        return max(self._counted(response), self._estimate(response)), False

    def next(self, response: JSON) -> '_Distinct | None':
        """The search for the next page; None after the last one, and if there are so many that reading on is no use."""
        counted, estimate = self._counted(response), self._estimate(response)
        if self._is_last(response) or counted > MAX_DISTINCT or estimate > 2 * MAX_DISTINCT:
            return None
        return _Distinct(self.field, response['aggregations']['values']['after_key']['value'], counted)

    def _counted(self, response: JSON) -> int:
        return self.counted + len(response['aggregations']['values']['buckets'])

    def _is_last(self, response: JSON) -> bool:
        return len(response['aggregations']['values']['buckets']) < DISTINCT_PAGE

    def _estimate(self, response: JSON) -> int:
        estimate: int = response['aggregations']['estimate']['value']
        return estimate


def figure(item: SummaryItem, fields: Mapping[str, IndexedField]) -> Figure:
    """
    :param fields: those of the entity type that the item is about, by their external names
    """
    match item:
        case Total():
            return _Count()
        case DistinctTotal():
            return _Distinct(fields[item.field])
        case SumTotal():
            return _Sum(fields[item.field])
        case Terms():
            return _Terms(fields[item.field])
        case Breakdown():
            return _Breakdown(item, fields[item.field], fields[item.summed])


@dataclass(frozen=True)
class Summary:
    engine: Engine
    naming: Naming
    plugin: Plugin

    def summary(self, parameters: Mapping[str, str]) -> JSON:
        """
        The figures that the plug-in declares, in its order.

        :param parameters: some of `PARAMETERS`. A filter must be by a field that all entity types have of which there
                           are figures, because it holds for all figures.
        :raises BadRequest: as in `filters.parse`
        """
        wanted = filters.parse(parameters.get('filters', ''), self._fields, self.plugin.aliases)
        results = self._results(wanted)
        summary = {item.name: results[item][0] for item in self.plugin.summary}
        inexact = [item.name for item in self.plugin.summary if not results[item][1]]
        return {**summary, INEXACT: inexact} if inexact else summary

    def _results(self, wanted: Filters) -> Mapping[SummaryItem, tuple[Any, bool]]:
        """The value of each figure, and whether it is exact."""
        schema, items = self.plugin.schema, self.plugin.summary
        indices = resolved(self.engine, self.naming, {item.entity_type for item in items})
        figures = {item: figure(item, schema.indexed_fields(item.entity_type)) for item in items}
        results: dict[SummaryItem, tuple[Any, bool]] = {}
        while figures:
            responses = self.engine.msearch(
                (indices[item.entity_type], composed(narrowed(wanted.values()), each))
                for item, each in figures.items()
            )
            unfinished: dict[SummaryItem, Figure] = {}
            for (item, each), response in zip(figures.items(), responses, strict=True):
                results[item] = each.read(response)
                if isinstance(each, _Distinct) and (following := each.next(response)) is not None:
                    unfinished[item] = following
            figures = unfinished
        return results

    @cached_property
    def _fields(self) -> Mapping[str, IndexedField]:
        entity_types = {item.entity_type for item in self.plugin.summary}
        by_type = [self.plugin.schema.indexed_fields(entity_type) for entity_type in entity_types]
        return {
            name: field for fields in by_type for name, field in fields.items() if all(name in each for each in by_type)
        }
