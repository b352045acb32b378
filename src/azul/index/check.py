"""What is wrong with declarations, and with documents that do not keep to them: each fault a sentence naming its place.

    misfits     values that are not of the type of the attribute that holds them, in a tree of dataclasses
    schema      declarations of documents that contradict each other, or that the engine would not take
    documents   contributions that are not made of what is declared, aggregates that the engine would not take
"""
import re
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from azul.index.accumulate import Accumulator, Frequent, Single, Sum, sort_key
from azul.index.bundle import LONG
from azul.index.documents import Aggregate, Contribution
from azul.index.fields import EntityType, Field, FieldType, InnerEntity, Schema

Faults = Iterator[str]

EXTERNAL_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_-]*')
"""External names are members of the engine's objects, where a dot would be a path, and parts of URLs."""

ENTITY_TYPE_NAME = re.compile(r'[a-z][a-z0-9_]*')
"""Entity types are parts of the names of indices and routes."""


def repeated(what: str, names: Iterable[str]) -> Faults:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f'{what} {name!r} is declared twice'
        seen.add(name)


def misfits(place: str, value: Any, hint: Any) -> Faults:
    """
    :param place: what to call the value
    :param hint: its type as annotated: a class, a union, a literal, a homogeneous tuple, a mapping or a callable
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        fits = True
    elif origin in (Union, types.UnionType):
        fits = any(not list(misfits(place, value, each)) for each in arguments)
        for each in arguments:
            if not fits and isinstance(each, type) and is_dataclass(each) and isinstance(value, each):
                yield from misfits(place, value, each)  # it is one of the right kind, but wrong within
                return
    elif origin is Literal:
        fits = value in arguments
    elif origin is Callable or hint is Accumulator:
        fits = callable(value)
    elif origin is tuple:
        fits = isinstance(value, tuple)
        for number, each in enumerate(value if fits else ()):
            yield from misfits(f'{place}[{getattr(each, "name", number)}]', each, arguments[0])
    elif origin is Mapping:
        fits = isinstance(value, Mapping)
        for key, each in (value if fits else {}).items():
            yield from misfits(f'a key of {place}', key, arguments[0])
            yield from misfits(f'{place}[{key!r}]', each, arguments[1])
    else:
        fits = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
        if fits and is_dataclass(hint):
            for name, annotated in get_type_hints(type(value)).items():
                yield from misfits(f'{place}.{name}', getattr(value, name), annotated)
    if not fits:
        yield f'{place}: {value!r:.60} is not {getattr(hint, "__name__", hint) if origin is None else hint}'


def schema_faults(schema: Schema) -> Faults:
    yield from repeated('entity type', (entity_type.name for entity_type in schema.entity_types))
    yield from repeated('inner entity', (inner.name for inner in schema.inner_entities))
    yield from repeated('external name', ['entryId', 'bundleUuid', 'bundleVersion',
                                          *(field.name for field in schema.contents_fields)])
    if not schema.entity_types:
        yield 'there is no entity type'
    external = {field.name for field in schema.contents_fields}
    for inner in schema.inner_entities:
        yield from _inner_entity_faults(schema, inner)
        for field in inner.fields:
            yield from (f'field {inner.name}.{field.name}: {fault}' for fault in _field_faults(inner, field, external))
    for entity_type in schema.entity_types:
        yield from (f'entity type {entity_type.name!r}: {fault}' for fault in _entity_type_faults(schema, entity_type))


def _inner_entity_faults(schema: Schema, inner: InnerEntity) -> Faults:
    names = [field.name for field in inner.fields]
    yield from (f'inner entity {inner.name!r}: {fault}' for fault in repeated('field', names))
    yield from (f'inner entity {inner.name!r}: {fault}'
                for fault in repeated('key in hits', (field.hit for field in inner.fields if field.hit is not None)))
    for role, name in ('key', inner.key), ('group_by', inner.group_by):
        if name is not None and name not in names:
            yield f'inner entity {inner.name!r}: {role} {name!r} is not one of its fields'
    verbatim = any(inner.name in entity_type.verbatim for entity_type in schema.entity_types)
    if not verbatim and all(field.accumulate is None for field in inner.fields):
        yield f'inner entity {inner.name!r}: nothing of it would be in any aggregate'


def _field_faults(inner: InnerEntity, field: Field, external: Collection[str]) -> Faults:
    accumulate = field.accumulate
    if field.external is not None and EXTERNAL_NAME.fullmatch(field.external) is None:
        yield f'external name {field.external!r} must match {EXTERNAL_NAME.pattern}'
    if field.type is FieldType.OBJECT and field.external is not None:
        yield 'an object cannot have an external name'
    if isinstance(accumulate, Single) and inner.group_by != field.name:
        yield 'only the field that groups are made by has a single value'
    if isinstance(accumulate, Sum) and field.type is not FieldType.INTEGER:
        yield 'there is no sum of what is no number'
    if ' at 0x' in repr(accumulate):
        yield ('the representation of its accumulator differs from process to process, and with it the fingerprint; '
               'make it a frozen dataclass')
    for name in getattr(accumulate, 'key', ()):
        if name not in {field.name for field in inner.fields}:
            yield f'its accumulator counts over {name!r}, which is not a field of the inner entity'
    for name in field.term_details:
        if name not in external:
            yield f'its detail {name!r} is not an external name'


def _entity_type_faults(schema: Schema, entity_type: EntityType) -> Faults:
    if ENTITY_TYPE_NAME.fullmatch(entity_type.name) is None:
        yield f'the name must match {ENTITY_TYPE_NAME.pattern}'
    for inner in entity_type.verbatim:
        if inner not in schema.inner_entity:
            yield f'no inner entity {inner!r} to leave verbatim'
    sort = schema.indexed_fields(entity_type.name).get(entity_type.sort)
    if sort is None:
        yield f'sort {entity_type.sort!r} is not an external name'
    elif not sort.sortable:
        yield f'sort {entity_type.sort!r} is a range, and ranges have no order'
    keys = []
    for section in entity_type.sections:
        if section.inner not in schema.inner_entity:
            yield f'a section shows {section.inner!r}, which is no inner entity'
            continue
        inner_entity = schema.inner_entity[section.inner]
        keys.append(section.key or inner_entity.hit)
        fields = {field.name for field in inner_entity.fields}
        link = () if section.link is None else (section.link.uuid, section.link.version)
        for column in [*(section.columns or {}).values(), *link]:
            if column not in fields:
                yield f'a section shows {section.inner}.{column}, which is no field'
    yield from repeated('section', keys)


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
    return all(each is None or _IS_OF_TYPE[field.type](each) for each in values)


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
