"""The contract between Azul and the package `azul.projects.<name>` that adapts it to a project.

The package has an attribute `plugin`, an instance of `Plugin`. It is mostly data: declarations of entity types, of
inner entities and of their fields, and one pure function that takes a bundle apart. All that a plug-in needs can be
imported from here; docs/plug-ins.md builds one, step by step.
"""
import dataclasses
import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from azul.errors import BundleError, ConfigurationError
from azul.index.accumulate import Accumulator, Count, Every, Frequent, Single, Sum
from azul.index.bundle import JSON, Bundle, BundleFQID, ManifestEntry
from azul.index.check import misfits, repeated, schema_faults
from azul.index.documents import DOCUMENT_FORMAT, Contribution, EntityReference
from azul.index.fields import EntityType, Field, FieldType, FileLink, InnerEntity, Schema, Section
from azul.naming import PREFIX, RESERVED_KINDS

__all__ = [
    'JSON',
    'Accumulator',
    'Breakdown',
    'Bundle',
    'BundleError',
    'BundleFQID',
    'Column',
    'Contribution',
    'Count',
    'DistinctTotal',
    'EntityReference',
    'EntityType',
    'Every',
    'ExportManifest',
    'Field',
    'FieldType',
    'FileLink',
    'Frequent',
    'InnerEntity',
    'ManifestEntry',
    'Plugin',
    'Schema',
    'Section',
    'Single',
    'Sum',
    'SumTotal',
    'Terms',
    'Total',
    'load',
]

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
class Column:
    """A column of the export manifest.

    :param inner: the type of inner entity whose values it lists; None for the bundle that the row is about, of which
                  `field` is `uuid` or `version`
    """
    name: str
    inner: str | None
    field: str


@dataclass(frozen=True)
class ExportManifest:
    """The table that people take with them: a row for each entity of a type and each of its bundles.

    :param entity_type: that of the rows, which must list its bundles
    :param rows: the entity type whose documents hold the metadata rows of a bundle (`azul.index.rows`), from which
                 the table with all metadata is made; None if there is no such table
    """
    entity_type: str
    columns: tuple[Column, ...]
    rows: str | None = None


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
    :param manifest: the columns of the export manifest; None if there is nothing to export
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
    manifest: ExportManifest | None = None
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
        misfitting = list(misfits('plugin', self, Plugin))
        # What does not have the right type cannot be looked at any closer.
        yield from misfitting or self._contradictions()

    def _contradictions(self) -> Iterator[str]:
        if PREFIX.fullmatch(self.name) is None:
            yield f'name {self.name!r} must match {PREFIX.pattern}'
        if self.version < 1:
            yield f'version {self.version} is not at least 1'
        yield from schema_faults(self.schema)
        for name in self.schema.entity_type:
            if name in RESERVED_KINDS or name in RESERVED_ROUTES or name.endswith('_aggregate'):
                yield f'entity type {name!r}: the name is reserved'
        common = {field.name: field for field in self.schema.contents_fields}
        yield from repeated('facet', self.facets)
        for facet in self.facets:
            if facet not in common:
                yield f'facet {facet!r} is not the external name of a field'
            elif common[facet].type is FieldType.RANGE:
                yield f'facet {facet!r} is a range: ranges have no terms'
        yield from (f'highlight {name!r} is not a facet' for name in self.highlights if name not in self.facets)
        for alias, name in self.aliases.items():
            if alias in common:
                yield f'alias {alias!r} is the external name of a field'
            if name not in common:
                yield f'alias {alias!r} stands for {name!r}, which is not the external name of a field'
        yield from repeated('figure of the summary', (item.name for item in self.summary))
        for item in self.summary:
            yield from (f'figure {item.name!r} of the summary: {fault}' for fault in self._figure_faults(item))
        if self.manifest is not None:
            yield from (f'export manifest: {fault}' for fault in self._manifest_faults(self.manifest))

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

    def _manifest_faults(self, manifest: ExportManifest) -> Iterator[str]:
        yield from repeated('column', (column.name for column in manifest.columns))
        for name in manifest.entity_type, manifest.rows:
            if name is not None and name not in self.schema.entity_type:
                yield f'no entity type {name!r}'
        entity_type = self.schema.entity_type.get(manifest.entity_type)
        if entity_type is None:
            return
        if entity_type.bundles != 'list':
            yield f'entity type {entity_type.name!r} does not list its bundles'
        for column in manifest.columns:
            inner = self.schema.inner_entity.get(column.inner or '')
            if column.inner is None:
                there = column.field in BundleFQID._fields
            else:
                there = inner is not None and any(
                    field.name == column.field and (field.accumulate is not None or inner.name in entity_type.verbatim)
                    for field in inner.fields
                )
            if not there:
                yield (f'column {column.name!r}: documents of {entity_type.name!r} do not have '
                       f'{column.inner or "bundles"}.{column.field}')


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
    if plugin.name != name:
        faults.append(f'it calls itself {plugin.name!r}')
    if faults:
        raise ConfigurationError(f'Plug-in {name!r}', faults)
    return plugin
