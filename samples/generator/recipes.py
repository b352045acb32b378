"""Whole experiments, put together from steps: what both the collection and the benchmarks are made of."""
from collections.abc import Sequence
from dataclasses import replace

from samples.generator.experiments import CELL_RANGER, OPTIMUS, Experiment, supplementary, zarr
from samples.generator.graph import Entity, Graph
from samples.generator.studies import Study


def tissue(study: Study, numbers: Sequence[int], *, cells: str = '', library: str = '', lanes: int = 1,
           counted: bool = True, documents: Sequence[tuple[str, str]] = ()) -> Graph:
    """Specimens, a suspension from each, the reads of one library of them all.

    :param numbers: of the specimens and their donors
    :param cells: the name of the suspension, if its specimen has more than one
    :param library: its name, if it is not made up of those of the suspensions
    :param documents: supplementary files of the project, name and format
    """
    experiment = Experiment(study)
    sequenced(experiment, numbers, cells, library, lanes, counted=counted)
    return experiment.graph(supplementary(study, *documents))


def sequenced(experiment: Experiment, numbers: Sequence[int], cells: str = '', library: str = '', lanes: int = 1, *,
              counted: bool = True) -> list[Entity]:
    """:return: the files with the reads"""
    specimens = [(number, experiment.specimen(number)) for number in numbers]
    suspensions = [experiment.suspension(number, specimen, cells and f'{cells}_{number}', counted=counted)
                   for number, specimen in specimens]
    if len(numbers) > 1:
        library = library or f'{suspensions[0].label}_to_{numbers[-1]}'
    return experiment.sequence(suspensions, library, lanes)


def single_cell(study: Study, number: int, well: str) -> Graph:
    """One cell, from one well of a plate, and its reads."""
    experiment = Experiment(study)
    specimen = experiment.specimen(number)
    suspension = study.suspension(f'cell_{number}_{well}', specimen, number, well=(f'plate_{number}', well))
    experiment.suspend(specimen, [suspension])
    experiment.sequence([suspension])
    return experiment.graph()


def plate(study: Study, number: int, wells: int, *, pooled: bool = True) -> Graph:
    """As many single cells as there are wells.

    :param pooled: whether their reads are in common files; otherwise each has its own
    """
    experiment = Experiment(study)
    suspensions = experiment.plate(number, experiment.specimen(number), wells)
    if pooled:
        experiment.sequence(suspensions, f'{study.initials}_plate_{number}')
    else:
        for suspension in suspensions:
            experiment.sequence([suspension])
    return experiment.graph()


def analysed(study: Study, number: int, *, cells: str = '', lanes: int = 1, stores: int = 0) -> Graph:
    """Reads from one specimen, and what a pipeline made of them.

    :param stores: zarr stores among its products
    """
    experiment = Experiment(study)
    compute(experiment, sequenced(experiment, [number], cells, lanes=lanes), stores)
    return experiment.graph()


def compute(experiment: Experiment, reads: Sequence[Entity], stores: int = 0) -> None:
    if stores:
        members = [member for store in range(stores) for member in zarr(f'matrix_{store}')]
        experiment.analyse(reads, (*OPTIMUS, *members), 'optimus_v1.9.0', 'Optimus')
    else:
        experiment.analyse(reads, CELL_RANGER, 'cellranger_v1.9.0', 'Cell Ranger')


def reprocessed(study: Study, number: int) -> Graph:
    """Reads of an older bundle and the matrix that the second DCP made of them."""
    experiment = Experiment(study)
    reads = sequenced(experiment, [number])
    experiment.analyse(reads, (('aligned.bam', 'bam'), ('counts.loom', 'loom')), 'optimus_v4.9.0', 'Optimus')
    return experiment.graph()


def lines(study: Study, numbers: Sequence[int], *, organoids: bool, donors: bool = True, cells: str = 'lines',
          stores: int = 0) -> Graph:
    """Cell lines, perhaps organoids from them, pooled into one suspension and sequenced.

    :param donors: whether it is known whom the lines came from
    :param stores: zarr stores among the products of the analysis; no analysis if 0
    """
    experiment = Experiment(study)
    sources = []
    for number in numbers:
        line = experiment.cell_line(number, experiment.specimen(number) if donors else None)
        sources.append(experiment.organoid(number, line) if organoids else line)
    last = f'_to_{numbers[-1]}' if len(numbers) > 1 else ''
    suspension = study.suspension(f'{cells}_{numbers[0]}{last}', sources[0], numbers[0])
    experiment.step(sources, [suspension], study.dissociation)
    reads = experiment.sequence([suspension])
    if stores:
        compute(experiment, reads, stores)
    return experiment.graph()


def pooled(study: Study, numbers: range, products: Sequence[tuple[str, str]], *, cells: str = 'pool') -> Graph:
    """One specimen from several donors; reads, and matrices that the submitters computed from them."""
    experiment = Experiment(study)
    suspension = experiment.suspension(numbers[0], experiment.pooled_specimen(numbers), f'{cells}_{numbers[0]}')
    experiment.sequence([suspension])
    experiment.contribute([suspension], products, 'counting', 'STAR')
    return experiment.graph()


def contributed(study: Study, number: int, products: Sequence[tuple[str, str]], *, treated: bool = False) -> Graph:
    """Matrices only, straight from a suspension.

    :param treated: whether a second suspension was made of the first
    """
    experiment = Experiment(study)
    suspension = experiment.suspension(number, experiment.specimen(number))
    if treated:
        first, suspension = suspension, study.suspension(f'treated_{number}', suspension, number)
        experiment.step([first], [suspension], study.treatment)
    experiment.contribute([suspension], products, 'counting', 'STAR', study.library_preparation, study.sequencing)
    return experiment.graph()


def imaged(study: Study, number: int, images: int, *, targets: int, format_: str = 'tiff', name: str = 'slice',
           ) -> Graph:
    """A slice of a specimen and its images."""
    experiment = Experiment(study)
    experiment.image(experiment.slice(number, experiment.specimen(number), name), images, targets, format_)
    return experiment.graph()


def spatial(study: Study, number: int, products: Sequence[tuple[str, str]]) -> Graph:
    """A slice of a specimen and the matrix of what is where in it."""
    experiment = Experiment(study)
    experiment.contribute([experiment.slice(number, experiment.specimen(number))], products, 'spatial_counting',
                          'Space Ranger', study.library_preparation)
    return experiment.graph()


def documents_only(study: Study, *documents: tuple[str, str]) -> Graph:
    """Nothing but files about the project."""
    return Graph(study.project, (), tuple(supplementary(study, *documents)))


def corrected(graph: Graph, schema: str, **properties: object) -> Graph:
    """The graph with corrected top-level properties in the first entity of the schema."""
    wrong = next(entity for entity in graph.entities() if entity.schema == schema)
    right = replace(wrong, content=wrong.content | properties, revision=wrong.revision + 1)

    def swap(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
        return tuple(right if entity == wrong else entity for entity in entities)

    return replace(graph, steps=tuple(replace(step, inputs=swap(step.inputs), outputs=swap(step.outputs))
                                      for step in graph.steps))
