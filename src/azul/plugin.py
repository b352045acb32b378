"""The contract between Azul and the package `azul.projects.<name>` that adapts it to a project.

The package has an attribute `plugin`, an instance of `Plugin`. It is mostly data: declarations of entity types, of
inner entities and of their fields (`azul.index.fields`), and one pure function that takes a bundle apart.
"""
import dataclasses
import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from azul.errors import ConfigurationError
from azul.index.bundle import JSON, Bundle
from azul.index.documents import DOCUMENT_FORMAT, Contribution
from azul.index.fields import FieldType, Schema
from azul.naming import RESERVED_KINDS

RESERVED_ROUTES = ('summary',)
"""What the service has beside the entity types, under the same path."""


@dataclass(frozen=True)
class Total:
    """A figure of the summary: the number of entities of a type."""
    name: str
    entity_type: str


@dataclass(frozen=True)
class DistinctTotal:
    """A figure of the summary: the number of distinct values of a field, nulls not counted."""
    name: str
    entity_type: str
    field: str


@dataclass(frozen=True)
class SumTotal:
    """A figure of the summary: the sum of a numeric field, unknown values left out."""
    name: str
    entity_type: str
    field: str


@dataclass(frozen=True)
class Terms:
    """A list in the summary: the values of a field, null among them, the most frequent first."""
    name: str
    entity_type: str
    field: str


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


SummaryItem = Total | DistinctTotal | SumTotal | Terms | Breakdown


@dataclass(frozen=True)
class Plugin:
    """
    :param version: raised when `transform` gives other contents for the same bundle; part of the fingerprint
    :param facets: external names of the fields that are facets, in the order in which they are offered
    :param summary: the members of the answer to `/repository/summary`, in order
    :param transform: a bundle's contributions; raises `BundleError` for one that cannot be indexed, and never counts
                      on anything but its argument
    :param additions_query: the query of the subscription to added bundles whose uuid has a prefix (`''` for all)
    :param deletions_query: likewise, to deleted ones
    :param aliases: more names under which filters and sorts accept fields, with the external names that they stand for
    :param highlights: the facets whose most frequent terms a report for people shows
    """
    name: str
    version: int
    schema: Schema
    facets: tuple[str, ...]
    summary: tuple[SummaryItem, ...]
    transform: Callable[[Bundle], Iterable[Contribution]]
    additions_query: Callable[[str], JSON]
    deletions_query: Callable[[str], JSON]
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    highlights: tuple[str, ...] = ()

    @property
    def searchable(self) -> tuple[str, ...]:
        """The names of the entity types for which the service has a route."""
        return tuple(entity_type.name for entity_type in self.schema.entity_types if entity_type.searchable)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of what decides the contents of an index: equal ones may be written by the same worker."""
        documents = [
            *((entity_type.name, entity_type.verbatim, entity_type.bundles)
              for entity_type in self.schema.entity_types),
            *((inner.name, inner.key, inner.group_by, field.name, field.type, field.external, field.accumulate)
              for inner in self.schema.inner_entities for field in inner.fields),
        ]
        declared = repr((DOCUMENT_FORMAT, self.name, self.version, documents))
        return hashlib.sha256(declared.encode()).hexdigest()[:16]

    def faults(self) -> Iterator[str]:
        """What is wrong with the declarations, each fault as a sentence that names its place."""
        schema = self.schema
        yield from _repeated('entity type', (entity_type.name for entity_type in schema.entity_types))
        yield from _repeated('inner entity', (inner.name for inner in schema.inner_entities))
        yield from _repeated('external name', ['entryId', 'bundleUuid', 'bundleVersion',
                                               *(field.name for field in schema.contents_fields)])
        yield from _repeated('facet', self.facets)
        yield from (f'highlight {name!r} is not a facet' for name in self.highlights if name not in self.facets)
        yield from _repeated('figure of the summary', (item.name for item in self.summary))
        yield from self._inner_entity_faults()
        for entity_type in schema.entity_types:
            yield from self._entity_type_faults(entity_type.name)
        common = {field.name: field for field in schema.contents_fields}
        for facet in self.facets:
            if facet not in common:
                yield f'facet {facet!r} is not the external name of a field'
            elif common[facet].type is FieldType.RANGE:
                yield f'facet {facet!r} is a range: ranges have no terms'
        for alias, name in self.aliases.items():
            if alias in common:
                yield f'alias {alias!r} is the external name of a field'
            if name not in common:
                yield f'alias {alias!r} stands for {name!r}, which is not the external name of a field'
        for item in self.summary:
            yield from (f'figure {item.name!r} of the summary: {fault}' for fault in self._figure_faults(item))

    def _figure_faults(self, item: SummaryItem) -> Iterator[str]:
        common = {field.name: field for field in self.schema.contents_fields}
        if item.entity_type not in self.schema.entity_type:
            yield f'no entity type {item.entity_type!r}'
        listed = item.field if isinstance(item, DistinctTotal | Terms | Breakdown) else None
        summed = item.summed if isinstance(item, Breakdown) else item.field if isinstance(item, SumTotal) else None
        for name in listed, summed:
            if name is not None and name not in common:
                yield f'no field has the external name {name!r}'
        if listed in common and common[listed].type is FieldType.RANGE:
            yield f'{listed!r} is a range: ranges have no terms'
        if summed in common and common[summed].type is not FieldType.INTEGER:
            yield f'{summed!r} is no number, so there is no sum of it'

    def _inner_entity_faults(self) -> Iterator[str]:
        external = {field.name for field in self.schema.contents_fields}
        for inner in self.schema.inner_entities:
            names = [field.name for field in inner.fields]
            yield from (f'inner entity {inner.name!r}: {fault}' for fault in _repeated('field', names))
            for role, name in ('key', inner.key), ('group_by', inner.group_by):
                if name is not None and name not in names:
                    yield f'inner entity {inner.name!r}: {role} {name!r} is not one of its fields'
            for field in inner.fields:
                if field.type is FieldType.OBJECT and field.external is not None:
                    yield f'field {inner.name}.{field.name}: an object cannot have an external name'
                if ' at 0x' in repr(field.accumulate):
                    yield (f'field {inner.name}.{field.name}: the representation of its accumulator differs from '
                           f'process to process, and with it the fingerprint; make it a frozen dataclass')
                for name in field.term_details:
                    if name not in external:
                        yield f'field {inner.name}.{field.name}: its detail {name!r} is not an external name'

    def _entity_type_faults(self, name: str) -> Iterator[str]:
        entity_type, inner_entity = self.schema.entity_type[name], self.schema.inner_entity
        if name in RESERVED_KINDS or name in RESERVED_ROUTES or name.endswith('_aggregate'):
            yield f'entity type {name!r}: the name is reserved'
        for inner in entity_type.verbatim:
            if inner not in inner_entity:
                yield f'entity type {name!r}: no inner entity {inner!r} to leave verbatim'
        if entity_type.sort not in self.schema.indexed_fields(name):
            yield f'entity type {name!r}: sort {entity_type.sort!r} is not an external name'
        for section in entity_type.sections:
            if section.inner not in inner_entity:
                yield f'entity type {name!r}: a section shows {section.inner!r}, which is no inner entity'
                continue
            fields = {field.name for field in inner_entity[section.inner].fields}
            link = () if section.link is None else (section.link.uuid, section.link.version)
            for column in [*(section.columns or {}).values(), *link]:
                if column not in fields:
                    yield f'entity type {name!r}: a section shows {section.inner}.{column}, which is no field'


def load(name: str) -> Plugin:
    """Import `azul.projects.<name>` and check what it declares.

    :raises ConfigurationError: with all faults at once
    """
    module = f'azul.projects.{name}'
    try:
        plugin = getattr(importlib.import_module(module), 'plugin', None)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise  # the plug-in exists, but something that it imports does not
        raise ConfigurationError(f'Plug-in {name!r}', [f'there is no package {module}']) from error
    if not isinstance(plugin, Plugin):
        raise ConfigurationError(f'Plug-in {name!r}', [f'{module}.plugin is not an instance of azul.plugin.Plugin'])
    faults = list(plugin.faults())
    if faults:
        raise ConfigurationError(f'Plug-in {name!r}', faults)
    return plugin


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f'{what} {name!r} is declared twice'
        seen.add(name)
