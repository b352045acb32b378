"""A bundle's metadata, read and checked."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azul.errors import BundleError
from azul.index.bundle import Bundle, ManifestEntry
from azul.projects.hca.metadata.graph import Graph
from azul.projects.hca.metadata.layout import SCHEMAS, Entity, entities, is_legacy
from azul.projects.hca.metadata.links import read_links
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.properties import Properties
from azul.projects.hca.metadata.stores import Store, is_member, representatives


@dataclass(frozen=True)
class Metadata:
    """
    :param legacy: whether it is of a layout whose properties have no columns in tables of all metadata
    :param entities: all of them, the project included
    :param files: the entities of kind file
    :param downloads: the entry in the manifest of each file that there is to download. Not among them are files that
                      the manifest lacks and members of stores but the one that represents its store; all of them take
                      part in the graph
    :param stores: those that files represent
    """
    legacy: bool
    project: Entity
    entities: Sequence[Entity]
    files: Sequence[Entity]
    downloads: Mapping[Entity, ManifestEntry]
    stores: Mapping[Entity, Store]
    graph: Graph

    @classmethod
    def of(cls, bundle: Bundle, oddities: Oddities) -> 'Metadata':
        """
        :param oddities: where faults are counted that do not keep the bundle from being indexed
        :raises BundleError: if the others are found, naming file and fault
        """
        everything = tuple(entities(bundle.metadata))
        _refuse_duplicates(everything)
        for entity in everything:
            if entity.schema not in SCHEMAS[entity.kind]:
                oddities.add(f'{entity.kind} of a schema that we do not know', entity.schema or 'none')
        project = _project(everything)
        graph = Graph(read_links(bundle.metadata, everything, oddities))
        files = tuple(entity for entity in everything if entity.kind == 'file')
        described = _described(bundle, files, oddities)
        stores = representatives(described, bundle.data_files, oddities)
        return cls(
            legacy=is_legacy(bundle.metadata), project=project, entities=everything, files=files, graph=graph,
            downloads={file: bundle.data_files[name] for name, file in described.items()
                       if name in stores or not is_member(name)},
            stores={described[name]: store for name, store in stores.items()},
        )


def _refuse_duplicates(entities: Sequence[Entity]) -> None:
    seen: dict[tuple[str, str], Entity] = {}
    for entity in entities:
        other = seen.setdefault((entity.kind, entity.id), entity)
        if other is not entity:
            raise BundleError(f'a second {entity.kind} of id {entity.id}, beside {other.file}', file=entity.file)


def _project(entities: Sequence[Entity]) -> Entity:
    projects = [entity for entity in entities if entity.kind == 'project']
    if not projects:
        raise BundleError('there is no project')
    if len(projects) > 1:
        raise BundleError(f'a second project, {projects[1].id}, beside {projects[0].id}', file=projects[1].file)
    return projects[0]


def _described(bundle: Bundle, files: Sequence[Entity], oddities: Oddities) -> dict[str, Entity]:
    """The data files of the manifest that metadata describe, by name."""
    described: dict[str, Entity] = {}
    for file in files:
        name = Properties(file.content, oddities).within('file_core').label('file_name')
        if not isinstance(name, str) or name not in bundle.data_files:
            oddities.add('file metadata without a data file in the manifest', str(name))
        elif name in described:
            raise BundleError(f'describes {name}, as does {described[name].file}', file=file.file)
        else:
            described[name] = file
    for name in bundle.data_files:
        if name not in described:
            oddities.add('data file without metadata', name)
    return described
