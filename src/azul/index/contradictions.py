"""What is wrong with declarations of documents: where they contradict each other, or the engine would not take them."""
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from azul.index.accumulate import Count, Frequent, Single, Sum
from azul.index.fields import (
    BUNDLE_UUID,
    BUNDLE_VERSION,
    ENTRY_ID,
    EntityType,
    Field,
    FieldType,
    FileLink,
    InnerEntity,
    Member,
    Schema,
    Section,
)
from azul.index.misfits import Check, Faults
from azul.index.terms import INCOMPLETE

EXTERNAL_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_-]*')
"""External names are members of the engine's objects, where a dot would be a path, and parts of URLs."""

ENTITY_TYPE_NAME = re.compile(r'[a-z][a-z0-9_]{0,59}')
"""Entity types are parts of the names of indices and routes. The engine takes 255 bytes for all of an index's name."""

RESERVED_NAMES = (ENTRY_ID.name, BUNDLE_UUID.name, BUNDLE_VERSION.name)
"""External names that all entity types have, or all that list their bundles."""

RESERVED_KEYS = ('entryId', 'bundles')
"""What hits have beside their sections."""

TERM_KEYS = ('term', 'count', INCOMPLETE)
"""What the terms of facets have beside their details."""


def repeated(what: str, names: Iterable[str]) -> Faults:
    seen: set[str] = set()
    for name in names:
        if not name:
            yield f'{what}: the name is empty'
        elif name in seen:
            yield f'{what} {name!r} is declared twice'
        seen.add(name)


def term_faults(schema: Schema, name: str) -> Faults:
    """Why the engine cannot list the terms of what has this external name."""
    field = schema.external_field.get(name)
    if field is None:
        yield f'{name!r} is not the external name of a field'
    elif field.type is FieldType.RANGE:
        yield f'{name!r} is a range: ranges have no terms'


def takes(function: Callable[..., Any], arguments: int) -> bool:
    """Whether a function can be called with so many arguments, as far as it says."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # some that are built in do not say
        return True
    try:
        signature.bind(*[None] * arguments)
    except TypeError:
        return False
    return True


def schema_checks(place: str, schema: Schema) -> Iterator[Check]:
    """
    :param place: what to call the schema
    """
    yield place, _name_faults(schema)
    for inner in schema.inner_entities:
        within = f'{place}.inner_entities[{inner.name}]'
        yield within, _prefixed(f'inner entity {inner.name!r}', _inner_entity_faults(schema, inner))
        for field in inner.fields:
            yield (f'{within}.fields[{field.name}]',
                   _prefixed(f'field {inner.name}.{field.name}', _field_faults(schema, inner, field)))
    for entity_type in schema.entity_types:
        yield (f'{place}.entity_types[{entity_type.name}]',
               _prefixed(f'entity type {entity_type.name!r}', _entity_type_faults(schema, entity_type)))


def _prefixed(what: str, faults: Faults) -> Faults:
    return (f'{what}: {fault}' for fault in faults)


def _name_faults(schema: Schema) -> Faults:
    yield from repeated('entity type', (entity_type.name for entity_type in schema.entity_types))
    yield from repeated('inner entity', (inner.name for inner in schema.inner_entities))
    yield from repeated('external name', [*RESERVED_NAMES, *(field.name for field in schema.contents_fields)])
    if not schema.entity_types:
        yield 'there is no entity type'
    if not schema.inner_entities:
        yield 'there is no inner entity'


def _inner_entity_faults(schema: Schema, inner: InnerEntity) -> Faults:
    fields = {field.name: field for field in inner.fields}
    yield from repeated('field', (field.name for field in inner.fields))
    yield from repeated('key in hits', (field.hit for field in inner.fields if field.hit is not None))
    if not inner.hit:
        yield 'its key in hits is empty'
    for role, name in ('key', inner.key), ('group_by', inner.group_by):
        if name is not None and name not in fields:
            yield f'{role} {name!r} is not one of its fields'
        elif name is not None and fields[name].type in (FieldType.OBJECT, FieldType.RANGE):
            yield f'{role} {name!r} is of type {fields[name].type.value}, by which nothing can be told apart'
    verbatim = any(inner.name in entity_type.verbatim for entity_type in schema.entity_types)
    if not verbatim and all(field.accumulate is None for field in inner.fields):
        yield 'nothing of it would be in any aggregate'


def _field_faults(schema: Schema, inner: InnerEntity, field: Field) -> Faults:
    if field.external is not None and EXTERNAL_NAME.fullmatch(field.external) is None:
        yield f'external name {field.external!r} must match {EXTERNAL_NAME.pattern}'
    if field.type is FieldType.OBJECT and field.external is not None:
        yield 'an object cannot have an external name'
    yield from _member_faults(field)
    for name in field.term_details:
        yield from (f'its detail {fault}' for fault in term_faults(schema, name))
        if name in TERM_KEYS:
            yield f'its detail {name!r} is a key that terms have already'
    if field.accumulate is not None:
        yield from _accumulator_faults(inner, field, field.accumulate)


def _member_faults(declared: Field | Member) -> Faults:
    if declared.members and declared.type is not FieldType.OBJECT:
        yield f'it has members, but is of type {declared.type.value}'
    yield from repeated('member', (member.name for member in declared.members))
    yield from repeated('key in hits of a member', (member.hit for member in declared.members))
    for member in declared.members:
        if member.type is FieldType.OBJECT and not member.members:
            yield f'member {member.name!r} does not say which members its objects have'
        yield from (f'member {member.name!r}: {fault}' for fault in _member_faults(member))


def _accumulator_faults(inner: InnerEntity, field: Field, accumulate: Any) -> Faults:
    if isinstance(accumulate, type):
        yield f'its accumulator is a class: write {accumulate.__name__}()'
        return
    if not takes(accumulate, 2):
        yield 'its accumulator cannot be called with inner entities and the name of a field'
    if not callable(getattr(accumulate, 'shape', None)) or not takes(accumulate.shape, 1):
        yield 'its accumulator does not say by a method `shape` of a value which shape its results have'
    if isinstance(accumulate, Single) and inner.group_by != field.name:
        yield 'only the field that groups are made by has a single value'
    if isinstance(accumulate, Sum) and field.type is not FieldType.INTEGER:
        yield 'there is no sum of what is no number'
    if isinstance(accumulate, Count) and field.type is not FieldType.INTEGER:
        yield f'it counts, but is of type {field.type.value}'
    if isinstance(accumulate, Frequent) and field.type is not FieldType.STRING:
        yield f'the keys of objects are texts, but it is of type {field.type.value}'
    if ' at 0x' in repr(accumulate):
        yield ('the representation of its accumulator differs from process to process, and with it the fingerprint; '
               'make it a frozen dataclass')
    key = getattr(accumulate, 'key', ())
    if not isinstance(key, tuple) or not all(isinstance(name, str) for name in key):
        yield f'the key of its accumulator is not a tuple of names: {key!r:.60}'
        return
    for name in key:
        if name not in {field.name for field in inner.fields}:
            yield f'its accumulator counts over {name!r}, which is not a field of the inner entity'


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
    elif not schema.has(entity_type.name, sort.inner, sort.field):
        yield f'sort {entity_type.sort!r}: its documents do not have {sort.inner}.{sort.field}'
    if entity_type.searchable and not entity_type.sections:
        yield 'it has a route, but no sections to show there'
    shown = [section for section in entity_type.sections if section.inner in schema.inner_entity]
    yield from repeated('section', (_key(schema, section) for section in shown))
    for section in entity_type.sections:
        if section.inner in schema.inner_entity:
            yield from _section_faults(schema, entity_type, section)
        else:
            yield f'a section shows {section.inner!r}, which is no inner entity'


def _key(schema: Schema, section: Section) -> str:
    return schema.inner_entity[section.inner].hit if section.key is None else section.key


def _section_faults(schema: Schema, entity_type: EntityType, section: Section) -> Faults:
    inner, link, key = schema.inner_entity[section.inner], section.link, _key(schema, section)
    if key in RESERVED_KEYS:
        yield f'section {key!r}: hits have something else of this name'
    named = () if section.columns is None else section.columns.values()
    yield from _shown_faults(entity_type, section, inner, key)
    linked = () if link is None else link.fields
    for name in dict.fromkeys([*named, *linked]):
        if not schema.has(entity_type.name, inner.name, name):
            yield f'section {key!r}: its documents do not have {inner.name}.{name}'
    if section.columns is not None and not section.columns:
        yield f'section {key!r} has no columns'
    yield from (f'section {key!r}: {fault}' for fault in repeated('key', section.columns or ()))
    if link is not None:
        yield from (f'section {key!r}: {fault}' for fault in _link_faults(inner, link))
    keys = section.columns or {field.hit for field in inner.fields}
    if link is not None and (not link.key or link.key in keys):
        yield f'section {key!r}: the key of its link, {link.key!r}, is empty, or that of a column'


def _link_faults(inner: InnerEntity, link: FileLink) -> Faults:
    fields = {field.name: field for field in inner.fields}
    if link.uuid in fields and fields[link.uuid].external is None:
        yield f'{inner.name}.{link.uuid} has no external name, by which to look the file up'
    if link.size in fields and fields[link.size].type is not FieldType.INTEGER:
        yield f'{inner.name}.{link.size} is the size of a file, but of type {fields[link.size].type.value}'


def _shown_faults(entity_type: EntityType, section: Section, inner: InnerEntity, key: str) -> Faults:
    """What could be shown, but not be said beforehand."""
    if section.columns is None:
        shown = [field for field in inner.fields if field.hit is not None]
    else:
        shown = [field for field in inner.fields if field.name in section.columns.values()]
    for field in shown:
        if field.type is FieldType.OBJECT and not field.members:
            yield f'section {key!r} shows {inner.name}.{field.name}, which does not say which members its objects have'
        if isinstance(field.accumulate, Frequent) and inner.name in entity_type.verbatim:
            yield f'section {key!r} shows {inner.name}.{field.name} verbatim, which are objects of any members'
