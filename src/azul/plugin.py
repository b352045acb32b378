"""The contract between Azul and the package `azul.projects.<name>` that adapts it to a project.

The package has an attribute `plugin`, an instance of `Plugin`. It is mostly data: declarations of entity types, of
inner entities and of their fields, and one pure function that takes a bundle apart. All of the contract is imported
from here; docs/plug-ins.md builds a plug-in, step by step.
"""
import dataclasses
import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azul.errors import BundleError, ConfigurationError
from azul.index.accumulate import Accumulator, Count, Each, Every, Frequent, Single, Sum
from azul.index.bundle import JSON, Bundle, BundleFQID, ManifestEntry
from azul.index.contradictions import RESERVED_NAMES, repeated, schema_checks, takes, term_faults
from azul.index.documents import DOCUMENT_FORMAT, Contribution, EntityReference
from azul.index.fields import EntityType, Field, FieldType, FileLink, InnerEntity, Member, Schema, Section
from azul.index.figures import Breakdown, DistinctTotal, SummaryItem, SumTotal, Terms, Total, figure_faults
from azul.index.manifest import Column, ExportManifest, manifest_faults
from azul.index.misfits import Check, Faults, found, misfits
from azul.index.portals import Integration, Portal, portal_faults
from azul.index.principals import Allowed, Principal, unrestricted
from azul.naming import PREFIX, RESERVED_KINDS

__all__ = [
    'JSON',
    'Accumulator',
    'Allowed',
    'Breakdown',
    'Bundle',
    'BundleError',
    'BundleFQID',
    'Column',
    'Contribution',
    'Count',
    'DistinctTotal',
    'Each',
    'EntityReference',
    'EntityType',
    'Every',
    'ExportManifest',
    'Field',
    'FieldType',
    'FileLink',
    'Frequent',
    'InnerEntity',
    'Integration',
    'ManifestEntry',
    'Member',
    'Plugin',
    'Portal',
    'Principal',
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
    :param portals: other sites that do something with entities of the project
    :param restriction: what a principal may see, None being one of whom nothing is known; asked at each request
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
    portals: tuple[Portal, ...] = ()
    restriction: Callable[[Principal | None], Allowed] = unrestricted

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
        yield from misfitting
        yield from found(self._checks(), misfitting)

    def _checks(self) -> Iterator[Check]:
        yield 'plugin.name', self._name_faults()
        yield 'plugin.version', self._version_faults()
        for name, function in (('transform', self.transform), ('additions_query', self.additions_query),
                               ('deletions_query', self.deletions_query), ('restriction', self.restriction)):
            yield f'plugin.{name}', _function_faults(name, function)
        yield 'plugin.facets', self._facet_faults()
        yield 'plugin.highlights', self._highlight_faults()
        yield 'plugin.aliases', self._alias_faults()
        yield 'plugin.summary', self._summary_faults()
        yield 'plugin.manifest', self._manifest_faults()
        yield 'plugin.portals', portal_faults(self.portals)
        yield 'plugin.schema.entity_types', self._route_faults()
        yield from schema_checks('plugin.schema', self.schema)

    def _name_faults(self) -> Faults:
        if PREFIX.fullmatch(self.name) is None:
            yield f'name {self.name!r} must match {PREFIX.pattern}'

    def _version_faults(self) -> Faults:
        if self.version < 1:
            yield f'version {self.version} is not at least 1'

    def _route_faults(self) -> Faults:
        for name in self.schema.entity_type:
            if name in RESERVED_KINDS or name in RESERVED_ROUTES or name.endswith('_aggregate'):
                yield f'entity type {name!r}: the name is reserved'

    def _facet_faults(self) -> Faults:
        yield from repeated('facet', self.facets)
        for facet in self.facets:
            yield from (f'facet {fault}' for fault in term_faults(self.schema, facet))

    def _highlight_faults(self) -> Faults:
        yield from (f'highlight {name!r} is not a facet' for name in self.highlights if name not in self.facets)

    def _alias_faults(self) -> Faults:
        yield from repeated('alias', self.aliases)
        for alias, name in self.aliases.items():
            if alias in RESERVED_NAMES or alias in self.schema.external_field:
                yield f'alias {alias!r} is the external name of a field'
            if name not in self.schema.external_field:
                yield f'alias {alias!r} stands for {name!r}, which is not the external name of a field'

    def _summary_faults(self) -> Faults:
        yield from repeated('figure of the summary', (item.name for item in self.summary))
        for item in self.summary:
            yield from (f'figure {item.name!r} of the summary: {fault}' for fault in figure_faults(self.schema, item))

    def _manifest_faults(self) -> Faults:
        if self.manifest is not None:
            yield from (f'export manifest: {fault}' for fault in manifest_faults(self.schema, self.manifest))


def _function_faults(name: str, function: Callable[..., Any]) -> Faults:
    if not takes(function, 1):
        yield f'{name} cannot be called with one argument'


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
