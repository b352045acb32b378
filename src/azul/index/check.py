"""What is wrong with documents: contributions that are not as declared, aggregates that the engine would not take.

Each fault is a sentence that names its place.
"""
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azul.index.accumulate import Frequent, sort_key
from azul.index.bundle import LONG
from azul.index.documents import Aggregate, Contribution
from azul.index.fields import Field, FieldType, Member, Schema
from azul.index.misfits import Faults


def contribution_faults(schema: Schema, contribution: Contribution) -> Faults:
    """What the worker, the engine or the aggregation would stumble over, or silently leave out."""
    if contribution.entity.entity_type not in schema.entity_type:
        yield f'{contribution.entity}: no such entity type'
    for name, entities in contribution.contents.items():
        if name not in schema.inner_entity:
            yield f'{contribution.entity}: no inner entity {name!r}'
            continue
        if not _is_list_of_objects(entities):
            yield f'{contribution.entity}: {name!r} is not a list of objects'
            continue
        inner = schema.inner_entity[name]
        fields = {field.name: field for field in inner.fields}
        for entity in entities:
            if entity.get(inner.key) is None:
                yield f'{contribution.entity}: an entity in {name!r} lacks its key, {inner.key!r}'
            for field, value in entity.items():
                if field not in fields:
                    yield f'{contribution.entity}: {name}.{field} is not declared'
                elif not _holds(fields[field], value):
                    yield (f'{contribution.entity}: {name}.{field} is not of type {fields[field].type.value}: '
                           f'{value!r:.60}')
        keys = [sort_key(entity.get(inner.key)) for entity in entities]
        if len(set(keys)) < len(keys):
            yield f'{contribution.entity}: two entities in {name!r} have the same {inner.key!r}'


def aggregate_faults(schema: Schema, aggregate: Aggregate) -> Faults:
    """What the engine would refuse of the part that is indexed."""
    for name, indexed in schema.indexed_fields(aggregate.entity.entity_type).items():
        for value in [] if indexed.inner is None else indexed.values(aggregate.contents):
            if value is None:
                continue
            if not _IS_OF_TYPE[indexed.type](value):
                yield f'{aggregate.entity}: {name!r} is not of type {indexed.type.value}: {value!r:.60}'
            elif indexed.type is FieldType.INTEGER and not -LONG <= value < LONG:
                yield f'{aggregate.entity}: {name!r} has more than 64 bits: {value}'


def _holds(field: Field, value: Any) -> bool:
    if isinstance(field.accumulate, Frequent):  # counts its terms: {term: weight}
        weights = value if isinstance(value, dict) else {None: None} if value is not None else {}
        return all(isinstance(term, str) and _is_number(weight) for term, weight in weights.items())
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    return all(each is None or _is(field, each) for each in values)


def _is(declared: Field | Member, value: Any) -> bool:
    """Whether it is a value of what is declared. An object whose members are not is one like any other."""
    if declared.type is not FieldType.OBJECT or not declared.members:
        return _IS_OF_TYPE[declared.type](value)
    members = {member.name: member for member in declared.members}
    return isinstance(value, dict) and value.keys() <= members.keys() and all(
        each is None or (_is_list_of(members[name], each) if members[name].many else _is(members[name], each))
        for name, each in value.items()
    )


def _is_list_of(member: Member, value: Any) -> bool:
    return isinstance(value, list) and all(each is None or _is(member, each) for each in value)


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {'gte', 'lte'}:
        return False
    ends = [end for end in (value['gte'], value['lte']) if end is not None]
    return all(map(_is_number, ends)) and ends == sorted(ends)


_IS_OF_TYPE: Mapping[FieldType, Callable[[Any], bool]] = {
    FieldType.STRING: lambda value: isinstance(value, str),
    FieldType.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    FieldType.BOOLEAN: lambda value: isinstance(value, bool),
    FieldType.RANGE: _is_range,
    FieldType.OBJECT: lambda value: True,
}
