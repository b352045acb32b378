"""From links.json to edges: three forms of an element of its list, told apart by what they contain.

=========================  ======================================================================================
links 1.0.0 (v5)           one edge: `source_id`, `source_type`, `destination_id`, `destination_type`
links 1.1.x                a process: `process`, `inputs`, `outputs` (ids), `input_type`, `output_type`, `protocols`
links 2.x, 3.x             a process: `process_id`, `inputs`, `outputs` (objects with id and type), `protocols`;
                           or files that belong to an entity without being made from it: `entity`, `files`
=========================  ======================================================================================
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azul.errors import BundleError, brief
from azul.index.bundle import JSON
from azul.projects.hca.metadata.layout import KINDS, LINKS, Entity, Kind
from azul.projects.hca.metadata.oddities import Oddities

Edge = tuple[Entity, Entity]


@dataclass(frozen=True)
class Links:
    """
    Each edge once, although bundles repeat links; dictionaries, because unlike sets they have an order.

    :param made: from input to process, and from process to output
    :param followed: from process to protocol
    """
    made: dict[Edge, None] = field(default_factory=dict)
    followed: dict[Edge, None] = field(default_factory=dict)


def read_links(metadata: Mapping[str, JSON], entities: Iterable[Entity], oddities: Oddities) -> Links:
    """
    :param metadata: content of the metadata files by name
    :param entities: those that links may refer to
    :raises BundleError: if there are no links, one of them is none that we read, or leads nowhere
    """
    elements = metadata.get(LINKS, {}).get('links')
    if not isinstance(elements, list):
        raise _error('there is no list of links')
    reader = _Reader(entities, oddities)
    for element in elements:
        reader.read(element)
    return reader.links


class _Reader:

    def __init__(self, entities: Iterable[Entity], oddities: Oddities) -> None:
        self.links = Links()
        self._entities = {(entity.kind, entity.id): entity for entity in entities}
        self._oddities = oddities

    def read(self, link: Any) -> None:
        if not isinstance(link, dict):
            raise _error(f'link that is no object: {brief(link)}')
        match {'link_type': 'process_link', **link}:  # most links are, whether they say so or not
            case {'source_id': source, 'destination_id': destination}:
                self._edge(self._entity(source, link.get('source_type'), 'biomaterial', 'file', 'process'),
                           self._entity(destination, link.get('destination_type'), *_NOT_PROJECT))
            case {'link_type': 'process_link', 'process_id': id} | {'process': id}:
                self._process(link, self._entity(id, link.get('process_type'), 'process'))
            case {'link_type': 'supplementary_file_link', 'entity': {'entity_id': id, **entity}, 'files': list(files)}:
                self._entity(id, entity.get('entity_type'), *KINDS)
                for file in files:
                    self._end(file, 'file', None, 'file')  # both ends must exist; nothing else follows from it
            case _:
                raise _error(f'link of a form that we do not know: {brief(link)}')

    def _process(self, link: JSON, process: Entity) -> None:
        for end in _list(link, 'inputs'):
            source = self._end(end, 'input', link.get('input_type'), 'biomaterial', 'file')
            self.links.made[source, process] = None
        for end in _list(link, 'outputs'):
            destination = self._end(end, 'output', link.get('output_type'), 'biomaterial', 'file')
            self.links.made[process, destination] = None
        for end in _list(link, 'protocols'):
            protocol = self._end(end, 'protocol', None, 'protocol')
            self.links.followed[process, protocol] = None

    def _edge(self, source: Entity, destination: Entity) -> None:
        if source.kind == 'process' and destination.kind == 'protocol':
            self.links.followed[source, destination] = None
        elif (source.kind == 'process') != (destination.kind == 'process'):
            self.links.made[source, destination] = None
        else:
            raise _error(f'link from a {source.kind} to a {destination.kind}: {source.id} to {destination.id}')

    def _end(self, end: Any, role: str, stated: Any, *kinds: Kind) -> Entity:
        """The entity at one end of a link, given by its id or by an object `{<role>_id, <role>_type}`."""
        if isinstance(end, dict):
            end, stated = end.get(f'{role}_id'), end.get(f'{role}_type') or end.get('type')
        return self._entity(end, stated, *kinds)

    def _entity(self, id: Any, stated: Any, *kinds: Kind) -> Entity:
        """
        :param stated: kind or schema as the link states it; links are known to state wrong ones, so the id decides,
                       unless entities of several kinds have it
        :param kinds: what may be at this end of a link
        """
        if not isinstance(id, str):
            raise _error(f'link to something without an id: {brief(id)}')
        found = [self._entities[kind, id] for kind in kinds if (kind, id) in self._entities]
        if not found:
            raise _error(f'link to a {" or ".join(kinds)} that the bundle does not have: {id:.100}')
        fitting = [entity for entity in found if stated in (None, entity.kind, entity.schema)]
        if not fitting:
            self._oddities.add('link that states another type than the entity has', id)
        return (fitting or found)[0]


_NOT_PROJECT = tuple(kind for kind in KINDS if kind != 'project')


def _list(link: JSON, name: str) -> list[Any]:
    value = link.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _error(fault: str) -> BundleError:
    return BundleError(fault, file=LINKS)
