"""The declarations that a plug-in makes of its documents: everything else about a field follows from its `Field`."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from azul.index.accumulate import Accumulator, Every, as_contributed, distinct, flat
from azul.index.bundle import JSON
from azul.index.shapes import BOOLEAN, INTEGER, NUMBER, STRING, closed, listed, nullable

Contents = Mapping[str, list[JSON]]  # inner entities by their type


class FieldType(Enum):
    """The types of values; each field may also hold null, and each but an object a list."""
    STRING = 'string'
    INTEGER = 'integer'
    BOOLEAN = 'boolean'
    RANGE = 'range'  # {"gte": number or null, "lte": number or null}, null for an open end
    OBJECT = 'object'  # shown, but neither filtered nor sorted by


@dataclass(frozen=True)
class Member:
    """A property of the objects that a field holds; null where the object does not have it.

    :param name: its key in the documents
    :param hit: its key in the hits of the service
    :param many: whether it is a list of values
    :param members: of these objects, if it holds some
    :param description: for the documentation of the API, a phrase
    """
    name: str
    hit: str
    type: FieldType = FieldType.STRING
    many: bool = False
    members: 'tuple[Member, ...]' = ()
    description: str = ''

    @property
    def shape(self) -> JSON:
        """Of what hits show."""
        value = value_shape(self.type, self.members)
        shape = nullable(listed(nullable(value)) if self.many else value)
        return described(shape, self.description)


@dataclass(frozen=True)
class Field:
    """A property of an inner entity.

    :param name: its key in the documents
    :param external: its name in filters, sorts and facets; None if it is in none of them
    :param hit: its key in the hits of the service; None if they do not show it
    :param accumulate: makes one value of those of several inner entities; None drops the field from aggregates
    :param detail: whether hits show it only where a single entity is asked for
    :param term_details: external names of fields whose values each term of this facet lists
    :param members: all that hits show of an object
    :param description: for the documentation of the API, a phrase
    """
    name: str
    type: FieldType = FieldType.STRING
    external: str | None = None
    hit: str | None = None
    accumulate: Accumulator | None = field(default_factory=Every)
    detail: bool = False
    term_details: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    description: str = ''

    def shape(self, verbatim: bool) -> JSON:
        """
        Of what hits show.

        :param verbatim: whether that is what was contributed; else it has been accumulated
        """
        value = value_shape(self.type, self.members)
        if verbatim or self.accumulate is None:
            return described(as_contributed(value), self.description)
        return described(self.accumulate.shape(value), self.description)


def value_shape(type: FieldType, members: Iterable[Member] = ()) -> JSON:
    """The shape of a single value, null not included."""
    match type:
        case FieldType.STRING:
            return STRING
        case FieldType.INTEGER:
            return INTEGER
        case FieldType.BOOLEAN:
            return BOOLEAN
        case FieldType.RANGE:
            return closed({'gte': nullable(NUMBER), 'lte': nullable(NUMBER)})
        case FieldType.OBJECT:
            return closed({member.hit: member.shape for member in members})


def described(shape: JSON, description: str) -> JSON:
    return {**shape, 'description': description} if description else shape


@dataclass(frozen=True)
class InnerEntity:
    """A kind of entity that documents contain.

    :param name: its key in `contents`
    :param hit: the key of its list in hits
    :param key: the field that identifies it; of two copies the one from the greater bundle version counts
    :param group_by: the field by whose value the aggregate keeps inner entities apart; None makes all of them one
    """
    name: str
    hit: str
    fields: tuple[Field, ...]
    key: str = 'document_id'
    group_by: str | None = None

    @cached_property
    def accumulated(self) -> frozenset[str]:
        """The fields that its aggregates depend on."""
        names = {self.key, *([self.group_by] if self.group_by else [])}
        for declared in self.fields:
            if declared.accumulate is not None:
                names |= {declared.name, *getattr(declared.accumulate, 'key', ())}
        return frozenset(names)


@dataclass(frozen=True)
class FileLink:
    """A URL of the service at which a file can be had.

    :param key: its key in the hit
    :param uuid: name of the field with the uuid of the file in the data store
    :param version: name of the field with its version
    :param name: name of the field with what to call the file; None if it is called by its uuid
    :param size, sha256: names of the fields with its size in bytes and its checksum, in hexadecimal digits; None where
                         only the data store knows
    """
    key: str
    uuid: str
    version: str
    name: str | None = None
    size: str | None = None
    sha256: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields that it is made of."""
        names = self.uuid, self.version, self.name, self.size, self.sha256
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True)
class Section:
    """One list of a hit.

    :param inner: the type of inner entity that it shows
    :param key: its key in the hit; None for that of the inner entity
    :param columns: names of fields by their key in the elements; None for all fields that have a `hit`
    """
    inner: str
    key: str | None = None
    columns: Mapping[str, str] | None = None
    link: FileLink | None = None


@dataclass(frozen=True)
class EntityType:
    """A kind of entity that has an index of its own.

    :param verbatim: the inner entities that stay as they are in its aggregates, instead of being accumulated
    :param sort: external name of the field to sort by unless the request says otherwise
    :param bundles: whether aggregates list their bundles or only count them, because there may be very many
    :param searchable: whether the service has a route for it
    """
    name: str
    verbatim: tuple[str, ...] = ()
    sort: str = 'entryId'
    order: Literal['asc', 'desc'] = 'asc'
    bundles: Literal['list', 'count'] = 'list'
    sections: tuple[Section, ...] = ()
    searchable: bool = True

    @property
    def linked(self) -> tuple[str, FileLink] | None:
        """The type of inner entity that is a file, and where such a file can be had; None if there are no files."""
        return next(((section.inner, section.link) for section in self.sections if section.link is not None), None)


@dataclass(frozen=True)
class IndexedField:
    """A field that the engine indexes: a member of the flat object `fields` of an aggregate.

    :param name: the external one
    :param inner: type of the inner entity that it is read from; None if it is one of the document itself
    """
    name: str
    type: FieldType
    inner: str | None
    field: str
    term_details: tuple[str, ...] = ()
    description: str = ''

    @property
    def sortable(self) -> bool:
        return self.type is not FieldType.RANGE

    @property
    def path(self) -> str:
        """Where its terms are, null among them (as `NULL_TERM`): for filters and facets. Ranges likewise."""
        return f'fields.{self.name}'

    @property
    def value_path(self) -> str:
        """Where its values are in their own type, null absent: for sorting and sums."""
        return f'fields.{self.name}.value'

    def values(self, contents: Contents) -> list[Any]:
        """What the field holds in the contents of an aggregate, null where it holds nothing."""
        assert self.inner is not None, self.name
        return distinct(flat(contents.get(self.inner, ()), self.field)) or [None]


ENTRY_ID = IndexedField('entryId', FieldType.STRING, None, 'entity_id', description='Id of the entity.')
BUNDLE_UUID = IndexedField('bundleUuid', FieldType.STRING, None, 'uuid', description='UUID of a bundle of the entity.')
BUNDLE_VERSION = IndexedField('bundleVersion', FieldType.STRING, None, 'version',
                              description='Version of a bundle of the entity.')


@dataclass(frozen=True)
class Schema:
    """All declarations of a plug-in about its documents, with what follows from them."""
    entity_types: tuple[EntityType, ...]
    inner_entities: tuple[InnerEntity, ...]

    @cached_property
    def entity_type(self) -> Mapping[str, EntityType]:
        return {entity_type.name: entity_type for entity_type in self.entity_types}

    @cached_property
    def inner_entity(self) -> Mapping[str, InnerEntity]:
        return {inner.name: inner for inner in self.inner_entities}

    @cached_property
    def contents_fields(self) -> tuple[IndexedField, ...]:
        """The indexed fields that all entity types have: those read from the contents."""
        return tuple(
            IndexedField(field.external, field.type, inner.name, field.name, field.term_details, field.description)
            for inner in self.inner_entities for field in inner.fields if field.external is not None
        )

    @cached_property
    def external_field(self) -> Mapping[str, IndexedField]:
        """These fields by their external names."""
        return {field.name: field for field in self.contents_fields}

    def has(self, entity_type: str, inner: str | None, field: str) -> bool:
        """Whether aggregates of an entity type have a field of an inner entity: what is left verbatim is whole, of all
        else there is what is accumulated.

        :param inner: None for the document itself, as in `IndexedField`
        """
        if inner is None:
            return True
        verbatim = inner in self.entity_type[entity_type].verbatim
        return inner in self.inner_entity and any(
            each.name == field and (verbatim or each.accumulate is not None) for each in self.inner_entity[inner].fields
        )

    def indexed_fields(self, entity_type: str) -> Mapping[str, IndexedField]:
        """The indexed fields of the aggregates of an entity type by their external names."""
        return self._indexed_fields[entity_type]

    @cached_property
    def _indexed_fields(self) -> Mapping[str, Mapping[str, IndexedField]]:
        def fields(entity_type: EntityType) -> Iterable[IndexedField]:
            yield ENTRY_ID
            if entity_type.bundles == 'list':
                yield BUNDLE_UUID
                yield BUNDLE_VERSION
            yield from self.contents_fields

        return {t.name: {indexed.name: indexed for indexed in fields(t)} for t in self.entity_types}
