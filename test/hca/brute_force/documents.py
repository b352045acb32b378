"""Which documents a bundle yields, and which inner entities each has."""
from collections.abc import Callable, Collection
from functools import cache

from hca.brute_force import inner
from hca.brute_force.files import DescribedFile, described_files
from hca.brute_force.graph import Graph, Node
from hca.brute_force.reading import JSON, Entity, RawBundle

Contents = dict[str, list[JSON]]
Contributions = dict[str, dict[str, Contents]]
"""Of one bundle: contents by entity type and entity id."""

BIOMATERIALS: dict[str, tuple[str, Callable[[Entity], JSON]]] = {
    'specimens': ('specimen_from_organism', inner.specimen),
    'cell_lines': ('cell_line', inner.cell_line),
    'donors': ('donor_organism', inner.donor),
    'organoids': ('organoid', inner.organoid)}


@cache
def contributions(bundle: RawBundle) -> Contributions:
    """Not to be changed: whoever asks again gets the same."""
    return Documents(bundle).all()


class Documents:

    def __init__(self, bundle: RawBundle) -> None:
        self.bundle = bundle
        self.graph = Graph(bundle)
        self.files = described_files(bundle, self.graph)
        self.project, = self.graph.of(kind='project')

    def all(self) -> Contributions:
        graph = self.graph
        files, suspensions = graph.of(kind='file'), graph.of(schema='cell_suspension')
        samples = self._samples(files)
        whole = graph.all_related([*files, *graph.of(schema='specimen_from_organism')])
        of_all = self._contents(whole, samples)
        return {
            'files': {
                file.entity.id: {**self._related(file.entity), 'files': [file.inner()]}
                for file in self.files},
            'cell_suspensions': {
                each.id: {**self._related(each), 'cell_suspensions': [inner.cell_suspension(each, graph)]}
                for each in suspensions},
            'samples': {
                each.id: {**self._related(each), 'samples': [inner.sample(each)]}
                for each in samples},
            'projects': {self.project.id: of_all},
            'bundles': {self.bundle.uuid: of_all}}

    def _related(self, entity: Entity) -> Contents:
        return self._contents(self.graph.related(entity), self._samples([entity]))

    def _samples(self, of: list[Entity]) -> list[Entity]:
        return list({each.id: each for entity in of for each in self.graph.samples(entity)}.values())

    def _contents(self, nodes: Collection[Node], samples: list[Entity]) -> Contents:
        entities = [self.graph.entities[node] for node in nodes]
        protocols = [inner.protocol(each) for each in entities if each.kind in ('process', 'protocol')]
        contents = {
            'samples': [inner.sample(each) for each in samples],
            'cell_suspensions': [inner.cell_suspension(each, self.graph)
                                 for each in entities if each.schema == 'cell_suspension'],
            'files': [file.inner() for file in self.files_among(nodes)],
            'protocols': [each for each in protocols if each is not None],
            'projects': [inner.project(self.project)]}
        for inner_type, (schema, fields) in BIOMATERIALS.items():
            contents[inner_type] = [fields(each) for each in entities if each.schema == schema]
        return {name: sorted(members, key=lambda each: str(each['document_id'])) for name, members in contents.items()}

    def files_among(self, nodes: Collection[Node]) -> list[DescribedFile]:
        return [file for file in self.files if file.entity.node in nodes]
