"""Which inner entities the document of an entity contains.

The document of an entity contains what the entity was made from and what was made from it, all the way; but of what
else was made from the former it contains nothing.
"""
from collections.abc import Iterable

from azul.index.bundle import JSON
from azul.index.fields import Contents, InnerEntity
from azul.projects.hca.fields import (
    CELL_LINES,
    CELL_SUSPENSIONS,
    DONORS,
    FILES,
    ORGANOIDS,
    PROJECTS,
    PROTOCOLS,
    SAMPLES,
    SPECIMENS,
)
from azul.projects.hca.metadata.layout import Entity
from azul.projects.hca.metadata.model import Metadata
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.properties import Properties
from azul.projects.hca.transform import inner

_SAMPLES = {
    'cell_line': (CELL_LINES, inner.cell_line),
    'organoid': (ORGANOIDS, inner.organoid),
    'specimen_from_organism': (SPECIMENS, inner.specimen),
}
_VISITED = (SPECIMENS, CELL_SUSPENSIONS, CELL_LINES, DONORS, ORGANOIDS, FILES, PROTOCOLS)


def is_sample(entity: Entity) -> bool:
    return entity.kind == 'biomaterial' and entity.schema in _SAMPLES


def is_suspension(entity: Entity) -> bool:
    return entity.kind == 'biomaterial' and entity.schema == 'cell_suspension'


class BundleContents:
    """The contents of all documents of a bundle. They share their inner entities, which must not be changed."""

    def __init__(self, metadata: Metadata, oddities: Oddities) -> None:
        self._metadata, self._graph, self._oddities = metadata, metadata.graph, oddities
        self._project = inner.project(metadata.project.id, self._properties(metadata.project))
        self._nearest_samples = metadata.graph.nearest(is_sample)
        self._samples: dict[Entity, JSON] = {}
        self._inner: dict[Entity, tuple[InnerEntity, JSON]] = {}
        # Suspensions last, because they have the organs of their samples.
        for entity in sorted(metadata.entities, key=is_suspension):
            self._make(entity)
        self._shared: dict[tuple[frozenset[Entity], frozenset[Entity]], Contents] = {}
        self._lists: dict[tuple[int, ...], list[JSON]] = {}

    def _properties(self, entity: Entity) -> Properties:
        return Properties(entity.content, self._oddities)

    def _make(self, entity: Entity) -> None:
        schema, properties = entity.schema, self._properties(entity)
        made: JSON | None
        if is_sample(entity):
            kind, make = _SAMPLES[schema]
            made = make(entity.id, properties)
            self._samples[entity] = inner.sample(kind, made)
        elif is_suspension(entity):
            kind, made = CELL_SUSPENSIONS, inner.cell_suspension(entity.id, properties, self._samples_of(entity))
        elif entity.kind == 'biomaterial' and schema == 'donor_organism':
            kind, made = DONORS, inner.donor(entity.id, properties)
        elif entity in self._metadata.downloads:
            entry, store = self._metadata.downloads[entity], self._metadata.stores.get(entity)
            kind, made = FILES, inner.file(entity.id, schema, properties, entry, store)
        elif entity.kind == 'protocol':
            kind, made = PROTOCOLS, inner.protocol(entity.id, schema, properties)
        elif entity.kind == 'process':
            kind, made = PROTOCOLS, inner.process(entity.id, schema, properties)
        else:
            return
        if made is not None:
            self._inner[entity] = kind, made

    def samples_of(self, entities: Iterable[Entity]) -> list[Entity]:
        """The samples that the entities were made from. What a sample itself was made from does not count."""
        nearest: set[Entity] = set().union(*{self._nearest_samples.get(entity, _NONE) for entity in entities})
        return sorted(nearest, key=_by_id)

    def _samples_of(self, *entities: Entity) -> list[JSON]:
        return [self._samples[sample] for sample in self.samples_of(entities)]

    def of_file(self, file: Entity) -> Contents:
        parents, children = self._graph.parents.get(file, ()), self._graph.children.get(file, ())
        # All outputs of a process share what they were made from, of which there may be much: a plate, for example.
        siblings = frozenset(parents), frozenset(children)
        if siblings not in self._shared:
            reached = self._graph.ancestors(*parents) | self._graph.descendants(*children)
            self._shared[siblings] = self._contents(reached, self._samples_of(*parents))
        return {**self._shared[siblings], FILES.name: [self._inner[file][1]]}

    def of_suspension(self, suspension: Entity) -> Contents:
        contents = self._contents(self._around(suspension), self._samples_of(suspension))
        return {**contents, CELL_SUSPENSIONS.name: [self._inner[suspension][1]]}

    def of_sample(self, sample: Entity) -> Contents:
        return self._contents(self._around(sample), [self._samples[sample]])

    def of_project(self) -> Contents:
        """All that has to do with any file or specimen."""
        specimens = (entity for entity in self._metadata.entities if self._is(SPECIMENS, entity))
        around = self._around(*specimens, *self._metadata.files)
        return self._contents(around, self._samples_of(*self._metadata.files))

    def _is(self, kind: InnerEntity, entity: Entity) -> bool:
        return entity in self._inner and self._inner[entity][0] is kind

    def _around(self, *entities: Entity) -> set[Entity]:
        return self._graph.ancestors(*entities) | self._graph.descendants(*entities)

    def _contents(self, reached: set[Entity], samples: list[JSON]) -> Contents:
        contents: dict[str, list[JSON]] = {kind.name: [] for kind in _VISITED}
        protocols = {protocol for entity in reached for protocol in self._graph.protocols.get(entity, ())}
        for entity in sorted((reached | protocols) & self._inner.keys(), key=_by_id):
            kind, made = self._inner[entity]
            contents[kind.name].append(made)
        contents[PROTOCOLS.name] = _merged(contents[PROTOCOLS.name])
        # Of n suspensions that went into n files each has the same files: one list of them instead of n.
        lists = {name: self._lists.setdefault(tuple(map(id, made)), made) for name, made in contents.items()}
        return {**lists, SAMPLES.name: samples, PROJECTS.name: [self._project]}


_NONE: frozenset[Entity] = frozenset()


def _by_id(entity: Entity) -> tuple[str, str]:
    return entity.id, entity.kind


def _merged(protocols: Iterable[JSON]) -> list[JSON]:
    """Those of one id as one: ids are unique among processes and among protocols, but both can be inner protocols."""
    merged: dict[str, JSON] = {}
    for protocol in protocols:
        document_id = protocol['document_id']
        merged[document_id] = {**merged[document_id], **protocol} if document_id in merged else protocol
    return list(merged.values())
