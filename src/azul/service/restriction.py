"""What a principal may see, by the plug-in.

Each function of the service that reads data wants to be told, so that none can forget it. What is done later on
somebody's behalf has to ask anew then, or to keep the `Restriction`.
"""
from collections.abc import Collection, Mapping
from typing import Any

from azul.errors import ConfigurationError
from azul.index.accumulate import Each, Every, Frequent, Single
from azul.index.fields import FieldType, IndexedField, Schema
from azul.index.principals import Principal
from azul.plugin import Plugin
from azul.service.filters import term
from azul.service.query import Restriction

MAX_VALUES = 500
"""In all fields together. Each is followed by a clause of the query. Of these the engine takes a thousand, those of the
caller's filters included, in which each range is two."""

MAX_LENGTH = 900
"""Bytes of a value. The engine refuses ranges with ends of a thousand; and the time to make one from its ends grows
faster than they do."""

_COMPLETE = Each, Every, Single, Frequent
"""Accumulators that keep all values. One that leaves some out makes an entity look as if it was none of theirs."""

UNRESTRICTED = Restriction({})
"""What those may see whom nobody restricts."""


def restriction(plugin: Plugin, principal: Principal | None) -> Restriction:
    """
    :raises ConfigurationError: if the plug-in says what makes no sense; nothing must be seen then
    """
    allowed: Any = plugin.restriction(principal)
    try:
        if not isinstance(allowed, Mapping):
            raise ValueError(f'it is no mapping, but {type(allowed).__name__}')
        fields = {name: _field(plugin.schema, name) for name in allowed}
        terms = {fields[name].path: _terms(fields[name], values) for name, values in allowed.items()}
        if sum(map(len, terms.values())) > MAX_VALUES:
            raise ValueError(f'it has more than {MAX_VALUES} values')
    except ValueError as error:
        raise ConfigurationError(f'Plug-in {plugin.name!r}', [f'restriction: {error}']) from None
    return Restriction(terms)


def _field(schema: Schema, name: Any) -> IndexedField:
    field = schema.external_field.get(name)
    if field is None:
        raise ValueError(f'{name!r:.60} is not the external name of a field that all entity types have')
    if field.type is FieldType.RANGE:
        raise ValueError(f'{name!r} is a range: ranges have no terms')
    assert field.inner is not None, name
    accumulate, = (each.accumulate for each in schema.inner_entity[field.inner].fields if each.name == field.field)
    for entity_type in schema.entity_types:
        if field.inner not in entity_type.verbatim and not isinstance(accumulate, _COMPLETE):
            raise ValueError(f'aggregates of {entity_type.name} do not have all values of {name!r}')
    return field


def _terms(field: IndexedField, values: Any) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Collection):
        raise ValueError(f'{field.name!r} has no collection of values, but {type(values).__name__}')
    return sorted({_term(field, value) for value in values})


def _term(field: IndexedField, value: Any) -> str:
    try:
        if value is not None and not isinstance(value, str):
            raise ValueError(f'{type(value).__name__} is no text')
        indexed = term(field.type, value)
        if len(indexed.encode()) > MAX_LENGTH:
            raise ValueError(f'a value has more than {MAX_LENGTH} bytes: {indexed:.60}')
        return indexed
    except ValueError as error:
        raise ValueError(f'{field.name!r}: {error}') from None
