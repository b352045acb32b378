"""The figures of the summary, as a plug-in declares them."""
from dataclasses import dataclass
from typing import Literal

from azul.index.bundle import JSON
from azul.index.contradictions import repeated, term_faults
from azul.index.fields import FieldType, Schema
from azul.index.misfits import Faults
from azul.index.shapes import COUNT, INTEGER, NUMBER, STRING, closed, listed, nullable


@dataclass(frozen=True)
class Total:
    """A figure of the summary: the number of entities of a type."""
    name: str
    entity_type: str

    @property
    def shape(self) -> JSON:
        return COUNT


@dataclass(frozen=True)
class DistinctTotal:
    """A figure of the summary: the number of distinct values of a field, nulls not counted."""
    name: str
    entity_type: str
    field: str

    @property
    def shape(self) -> JSON:
        return COUNT


@dataclass(frozen=True)
class SumTotal:
    """A figure of the summary: the sum of a numeric field, unknown values left out."""
    name: str
    entity_type: str
    field: str

    @property
    def shape(self) -> JSON:
        return NUMBER


@dataclass(frozen=True)
class Terms:
    """A list in the summary: the values of a field, null among them, the most frequent first."""
    name: str
    entity_type: str
    field: str

    @property
    def shape(self) -> JSON:
        return listed(nullable(STRING))


@dataclass(frozen=True)
class Breakdown:
    """A table in the summary: for each value of a field the number of entities and the sum of a numeric field.

    :param term, count, total: keys in the rows
    :param summed: external name of the field that is summed up
    :param nulls: whether null has a row
    :param wrapped: whether the row gives the value as a list of one
    :param number: the type of the sum
    """
    name: str
    entity_type: str
    field: str
    term: str
    count: str
    total: str
    summed: str
    nulls: bool
    wrapped: bool = False
    number: Literal['int', 'float'] = 'int'

    @property
    def shape(self) -> JSON:
        term = nullable(STRING) if self.nulls else STRING
        return listed(closed({
            self.term: {**listed(term), 'minItems': 1, 'maxItems': 1} if self.wrapped else term,
            self.count: COUNT,
            self.total: INTEGER if self.number == 'int' else NUMBER,
        }))


SummaryItem = Total | DistinctTotal | SumTotal | Terms | Breakdown

INEXACT = 'inexact'
"""The member of the answer that names the figures which are not exact."""


def figure_faults(schema: Schema, item: SummaryItem) -> Faults:
    if item.entity_type not in schema.entity_type:
        yield f'no entity type {item.entity_type!r}'
    if item.name == INEXACT:
        yield 'the name is reserved'
    listed = item.field if isinstance(item, DistinctTotal | Terms | Breakdown) else None
    summed = item.summed if isinstance(item, Breakdown) else item.field if isinstance(item, SumTotal) else None
    if listed is not None:
        yield from term_faults(schema, listed)
    if summed is not None:
        field = schema.external_field.get(summed)
        if field is None:
            yield f'{summed!r} is not the external name of a field'
        elif field.type is not FieldType.INTEGER:
            yield f'{summed!r} is no number, so there is no sum of it'
    for name in filter(None, (listed, summed)):
        if item.entity_type in schema.entity_type and name in schema.external_field:
            field = schema.external_field[name]
            if not schema.has(item.entity_type, field.inner, field.field):
                yield f'documents of {item.entity_type!r} do not have {name!r}'
    if isinstance(item, Breakdown):
        yield from repeated('key', (item.term, item.count, item.total))
