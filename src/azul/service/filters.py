"""Filters: parsed from JSON, checked against the declared fields, and what the engine is asked in their place.

The form is `{facet: {relation: [value, …]}, …}`. An entity passes if it passes the filters of all facets:

    is                            any value of the field is one of the values, null among them
    within, contains, intersects  for each pair `[min, max]`, any range of the field is within it, contains it, or has
                                  a part of it; both ends are included, one may be null, an open end

`is` is for all fields, but for a range it only knows null. The other relations are for ranges alone.
"""
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from elasticsearch_dsl import Q, Search
from elasticsearch_dsl.query import Query

from azul.errors import BadRequest
from azul.http import NotJSON, parse_json
from azul.http.declared import Document
from azul.index.bundle import JSON
from azul.index.documents import indexable
from azul.index.fields import FieldType, IndexedField
from azul.index.mapping import NULL_TERM
from azul.index.shapes import BOOLEAN, INTEGER, NULL, NUMBER, STRING, either, listed, nullable, one_of
from azul.service.query import Refinement

RANGE_RELATIONS = ('within', 'contains', 'intersects')
MAX_VALUES = 10_000
"""That many values a filter may have; the engine would take some more."""
MAX_RANGES = 100
"""That many ranges; each is a clause of the query, of which the engine takes a thousand in all."""

_WHOLE_NUMBER = re.compile(r'-?[0-9]{1,19}')


@dataclass(frozen=True)
class TermFilter:
    """
    :param terms: as the engine indexes them, null as `NULL_TERM`
    """
    field: IndexedField
    terms: Sequence[str]

    @property
    def query(self) -> Query:
        return Q('terms', **{self.field.path: list(self.terms)})


@dataclass(frozen=True)
class NoRangeFilter:
    """Holds where the field has no range. A null is not indexed there, other than for terms."""
    field: IndexedField

    @property
    def query(self) -> Query:
        return Q('bool', must_not=[Q('exists', field=self.field.path)])


@dataclass(frozen=True)
class RangeFilter:
    """
    :param ranges: pairs of the least and the greatest value, None for an open end
    """
    field: IndexedField
    relation: str
    ranges: Sequence[tuple[float | None, float | None]]

    @property
    def query(self) -> Query:
        return Q('bool', filter=[
            Q('range', **{self.field.path: {
                **{bound: end for bound, end in zip(('gte', 'lte'), ends, strict=True) if end is not None},
                'relation': self.relation
            }})
            for ends in self.ranges
        ])


Filter = TermFilter | NoRangeFilter | RangeFilter
Filters = Mapping[str, Filter]  # by the external names of the fields


def narrowed(filters: Iterable[Filter]) -> Refinement:
    """A step that leaves only what passes all of the filters."""
    def step(search: Search) -> Search:
        for each in filters:
            search = search.filter(each.query)
        return search

    return step


def parameter(fields: Mapping[str, IndexedField], aliases: Mapping[str, str], title: str) -> Document:
    """
    The filters as a parameter of a request.

    :param fields, aliases: as in `parse`
    :param title: of its shape
    """
    return Document(_DESCRIPTION, lambda: _shape(fields, aliases, title))


_DESCRIPTION = (
    'Which entities: those that pass the filters of all facets. Each is a relation and a list of values. `is` holds if '
    'any value of the entity is one of those in the list, null standing for "not specified". The others are relations '
    'of ranges to pairs of a minimum and a maximum, both included; one of them may be null, an open end, and the '
    'minimum must not be greater than the maximum.'
)


def _shape(fields: Mapping[str, IndexedField], aliases: Mapping[str, str], title: str) -> JSON:
    names = [*fields, *(alias for alias, name in aliases.items() if name in fields)]
    return {
        'title': title,
        'type': 'object',
        'properties': {name: _relations_shape(fields[aliases.get(name, name)]) for name in names},
        'additionalProperties': False,
    }


def _relations_shape(field: IndexedField) -> JSON:
    values: dict[FieldType, JSON] = {
        FieldType.BOOLEAN: either(BOOLEAN, one_of(['true', 'false'])),
        FieldType.INTEGER: either(INTEGER, {**STRING, 'pattern': f'^{_WHOLE_NUMBER.pattern}$'}),
    }
    if field.type is FieldType.RANGE:
        # Of two nulls the engine would not look at the relation at all.
        pair = {**listed(nullable(NUMBER)), 'minItems': 2, 'maxItems': 2, 'contains': NUMBER}
        relations = {'is': {**listed(NULL), 'minItems': 1, 'maxItems': MAX_VALUES},
                     **{relation: {**listed(pair), 'maxItems': MAX_RANGES} for relation in RANGE_RELATIONS}}
    else:
        relations = {'is': {**listed(nullable(values.get(field.type, STRING))), 'maxItems': MAX_VALUES}}
    return {'type': 'object', 'properties': relations, 'minProperties': 1, 'maxProperties': 1,
            'additionalProperties': False}


def parse(text: str, fields: Mapping[str, IndexedField], aliases: Mapping[str, str]) -> Filters:
    """
    :param text: JSON; an empty text filters nothing
    :param fields: those that may be filtered by, by their external names
    :param aliases: more names for some of them
    :raises BadRequest: naming the first facet at fault, and what would have been possible in its place
    """
    try:
        described = parse_json(text or '{}')
    except NotJSON:
        raise BadRequest('Malformed filters parameter') from None
    except ValueError as error:
        raise BadRequest(f'Malformed filters parameter: {error}') from None
    if not isinstance(described, dict):
        raise BadRequest('Malformed filters parameter: must be an object with a member for each facet')
    filters: dict[str, Filter] = {}
    for name, relations in described.items():
        field = fields.get(aliases.get(name, name))
        if field is None:
            raise BadRequest(f'Unable to filter by undefined facet {name:.100}.', sorted({*fields, *aliases}))
        if field.name in filters:
            raise BadRequest(f'Malformed filters parameter: facet {field.name} is given twice, once as {name}')
        filters[field.name] = _filter(name, field, relations)
    return filters


def relations(field: IndexedField) -> Sequence[str]:
    """Those that a filter may have to the values of a field."""
    return ('is', *RANGE_RELATIONS) if field.type is FieldType.RANGE else ('is',)


def _filter(name: str, field: IndexedField, described: Any) -> Filter:
    possible = relations(field)
    if not isinstance(described, dict) or len(described) != 1:
        raise BadRequest(f'Malformed filters parameter: facet {name} must have an object with one relation', possible)
    (relation, values), = described.items()
    if relation not in possible:
        raise BadRequest(f'Malformed filters parameter: unknown relation {relation:.100} for facet {name}', possible)
    if not isinstance(values, list):
        raise BadRequest(f'Malformed filters parameter: relation {relation} of facet {name} must have a list')
    most = MAX_RANGES if relation in RANGE_RELATIONS else MAX_VALUES
    if len(values) > most:
        raise BadRequest(f'Malformed filters parameter: facet {name} has more than {most} values')
    try:
        if relation in RANGE_RELATIONS:
            return RangeFilter(field, relation, [_range(value) for value in values])
        elif field.type is FieldType.RANGE:
            return _no_range(field, values)
        else:
            return TermFilter(field, [term(field.type, value) for value in values])
    except ValueError as error:
        raise BadRequest(f'Malformed filters parameter: facet {name}: {error}') from None


def term(field_type: FieldType, value: Any) -> str:
    """The value as the engine indexes it."""
    match field_type, value:
        case _, None:
            return NULL_TERM
        case FieldType.STRING, str():
            return str(indexable(value))
        case FieldType.BOOLEAN, True | 'true':
            return 'true'
        case FieldType.BOOLEAN, False | 'false':
            return 'false'
        # A bool is an int to Python, but not to anyone else.
        case FieldType.INTEGER, int() | float() if not isinstance(value, bool) and value == int(value):
            return str(int(value))
        case FieldType.INTEGER, str() if _WHOLE_NUMBER.fullmatch(value):
            return str(int(value))
    raise ValueError(f'{_shown(value)} is neither null nor a value of type {field_type.value}')


def _no_range(field: IndexedField, values: Sequence[Any]) -> NoRangeFilter:
    if not values or any(value is not None for value in values):
        raise ValueError('a range can only be null')
    return NoRangeFilter(field)


def _range(value: Any) -> tuple[float | None, float | None]:
    match value:
        case [low, high] if all(end is None or (isinstance(end, int | float) and not isinstance(end, bool))
                                for end in (low, high)):
            if low is not None and high is not None and low > high:
                raise ValueError(f'{_shown(value)}: the minimum is greater than the maximum')
            if low is None and high is None:
                # The engine would not look at the relation at all.
                raise ValueError(f'{_shown(value)}: one end must be given')
            return low, high
    raise ValueError(f'{_shown(value)} is no pair of a minimum and a maximum, numbers or null')


def _shown(value: Any) -> str:
    return f'{orjson.dumps(value).decode():.100}'
