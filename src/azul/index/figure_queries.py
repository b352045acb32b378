"""The figures of the summary: what is asked of the engine, and how its answers are read."""
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from azul.index import terms
from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.figures import Breakdown, DistinctTotal, SummaryItem, SumTotal, Terms, Total
from azul.index.terms import Term

MAX_DISTINCT = 40_000
"""So many distinct values are counted one by one; above, the engine estimates."""

DISTINCT_PAGE = 10_000

UNREAD = 'aggregations.values.buckets.key'
"""What no figure needs of an answer: distinct values, which are only counted, and make most of it."""


class Figure(Protocol):

    @property
    def body(self) -> JSON:
        """The request, but for the query."""

    def read(self, response: JSON) -> tuple[Any, bool]:
        """Its value, and whether that is exact."""

    def next(self, response: JSON) -> 'Figure | None':
        """What is to be asked next, so that the value gets exact; None if that is all."""


class _Single:
    """One that is asked for once."""

    def next(self, response: JSON) -> Figure | None:
        return None


@dataclass(frozen=True)
class _Count(_Single):
    @property
    def body(self) -> JSON:
        return {'size': 0, 'track_total_hits': True}

    def read(self, response: JSON) -> tuple[int, bool]:
        return response['hits']['total']['value'], True


@dataclass(frozen=True)
class _Sum(_Single):
    field: IndexedField

    @property
    def body(self) -> JSON:
        return _body({'sum': _sum(self.field)})

    def read(self, response: JSON) -> tuple[float, bool]:
        return float(response['aggregations']['sum']['value']), True


@dataclass(frozen=True)
class Listed(_Single):
    """One that has a value for each term of a field."""
    field: IndexedField

    @property
    def body(self) -> JSON:
        return _body({'terms': terms.aggregation(self.field)})

    def read(self, response: JSON) -> tuple[list[Any], bool]:
        return [term.term for term in self.terms(response)], not self.beyond(response)

    def terms(self, response: JSON) -> list[Term]:
        return terms.read(response['aggregations']['terms'])

    def beyond(self, response: JSON) -> int:
        """How often entities have other terms."""
        return terms.beyond(response['aggregations']['terms'])

    def numbers(self, term: Term) -> tuple[float, ...]:
        """What is said of a term: how many entities have it, and their sum if there is one."""
        return term.count,


@dataclass(frozen=True)
class _Breakdown(Listed):
    item: Breakdown
    summed: IndexedField

    @property
    def body(self) -> JSON:
        return _body({'terms': {**terms.aggregation(self.field), 'aggs': {'sum': _sum(self.summed)}}})

    def read(self, response: JSON) -> tuple[list[JSON], bool]:
        item = self.item
        rows = [
            {
                item.term: [term.term] if item.wrapped else term.term,
                item.count: term.count,
                item.total: self.numbers(term)[1]
            }
            for term in self.terms(response) if item.nulls or term.term is not None
        ]
        return rows, not self.beyond(response)

    def numbers(self, term: Term) -> tuple[float, ...]:
        number = int if self.item.number == 'int' else float
        return term.count, number(term.bucket['sum']['value'])


@dataclass(frozen=True)
class _Distinct:
    """The number of distinct values, read page by page, and an estimate for the case that there are very many.

    :param after: the last value that was read; None on the first page
    :param counted: the number of values that were read
    """
    field: IndexedField
    after: str | int | None = None
    counted: int = 0

    @property
    def body(self) -> JSON:
        # The sub-field without the sentinel for null, because null is not counted
        path = self.field.value_path
        after = {} if self.after is None else {'after': {'value': self.after}}
        return _body({
            'values': {'composite': {'sources': [{'value': {'terms': {'field': path}}}], 'size': DISTINCT_PAGE,
                                     **after}},
            'estimate': {'cardinality': {'field': path, 'precision_threshold': MAX_DISTINCT}},
        })

    def read(self, response: JSON) -> tuple[int, bool]:
        if self._is_last(response):
            return self._counted(response), True
        return max(self._counted(response), self._estimate(response)), False

    def next(self, response: JSON) -> '_Distinct | None':
        """None also if there are so many that reading on is no use."""
        counted, estimate = self._counted(response), self._estimate(response)
        if self._is_last(response) or counted > MAX_DISTINCT or estimate > 2 * MAX_DISTINCT:
            return None
        return _Distinct(self.field, response['aggregations']['values']['after_key']['value'], counted)

    def _counted(self, response: JSON) -> int:
        return self.counted + self._on_page(response)

    def _is_last(self, response: JSON) -> bool:
        return self._on_page(response) < DISTINCT_PAGE

    def _on_page(self, response: JSON) -> int:
        # Where something is not to be sent, the engine does not send what is empty either.
        return len(response['aggregations'].get('values', {}).get('buckets', ()))

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
            return Listed(fields[item.field])
        case Breakdown():
            return _Breakdown(fields[item.field], item, fields[item.summed])


def _body(aggregations: JSON) -> JSON:
    return {'size': 0, 'track_total_hits': False, 'aggs': aggregations}


def _sum(field: IndexedField) -> JSON:
    return {'sum': {'field': field.value_path}}
