"""What was done in the laboratory and after it, step by step; the recipes at the end put the steps together."""
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from samples.generator import files
from samples.generator.chance import Chance, uuid_of
from samples.generator.graph import Entity, Graph, Step
from samples.generator.releases import MARCH_2019, STAGING
from samples.generator.studies import Study

JSON = dict[str, Any]

CELL_RANGER = (('possorted_genome_bam.bam', 'bam'), ('possorted_genome_bam.bam.bai', 'bai'),
               ('metrics_summary.csv', 'csv'), ('web_summary.html', 'unknown'), ('barcodes.tsv', 'tsv'),
               ('genes.tsv', 'tsv'), ('matrix.mtx', 'mtx'))
OPTIMUS = (('merged.bam', 'bam'), ('cell-metrics.csv.gz', 'unknown'), ('gene-metrics.csv.gz', 'unknown'),
           ('empty_drops_result.csv', 'csv'))
CONTRIBUTED = (('matrix.mtx.gz', 'mtx.gz'), ('annotation.csv', 'csv'), ('objects.Rds', 'Rds'))
ZARR = ('.zattrs', '.zgroup', 'cell_id!.zarray', 'cell_id!0', 'gene_id!.zarray', 'gene_id!0',
        'expression!.zarray', 'expression!0.0', 'expression!1.0', 'cell_metadata_numeric!0.0')


class Experiment:
    """Collects the steps; each method is one and returns what came out."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.steps: list[Step] = []

    def graph(self, supplementary: Sequence[Entity] = ()) -> Graph:
        return Graph(self.study.project, tuple(self.steps), tuple(supplementary))

    def step(self, inputs: Sequence[Entity], outputs: Sequence[Entity], *protocols: Entity) -> None:
        # Named by what came out of it, so that a step is the same in every bundle that has it.
        process = self.study.entity('process', f'{outputs[0].label}_made', process_content)
        self.steps.append(Step(process, tuple(inputs), tuple(outputs), protocols))

    def specimen(self, number: int) -> Entity:
        specimen = self.study.specimen(number)
        self.step([self.study.donor(number)], [specimen], self.study.collection)
        return specimen

    def pooled_specimen(self, numbers: range) -> Entity:
        specimen = self.study.pooled_specimen(numbers)
        self.step([self.study.donor(number) for number in numbers], [specimen], self.study.collection)
        return specimen

    def cell_line(self, number: int, specimen: Entity | None = None) -> Entity:
        line = self.study.cell_line(number)
        if specimen:
            self.step([specimen], [line], self.study.induction)
        return line

    def organoid(self, number: int, line: Entity) -> Entity:
        organoid = self.study.organoid(number)
        self.step([line], [organoid], self.study.differentiation)
        return organoid

    def suspension(self, number: int, source: Entity, name: str = '', *, counted: bool = True) -> Entity:
        suspension = self.study.suspension(name or f'cells_{number}', source, number, counted=counted)
        self.suspend(source, [suspension])
        return suspension

    def plate(self, number: int, source: Entity, wells: int) -> list[Entity]:
        """One cell in each well; one step sorted them all."""
        suspensions = [
            self.study.suspension(f'plate_{number}_{well}', source, number, well=(f'plate_{number}', well))
            for well in (f'{chr(65 + index // 24 % 26)}{index // 24 // 26 or ""}{index % 24 + 1:02}'
                         for index in range(wells))]
        self.suspend(source, suspensions)
        return suspensions

    def suspend(self, source: Entity, suspensions: Sequence[Entity]) -> None:
        sorted_cells = [self.study.enrichment] if self.study.plan.sorted_cells else []
        self.step([source], suspensions, self.study.dissociation, *sorted_cells)

    def sequence(self, suspensions: Sequence[Entity], name: str = '', lanes: int = 1) -> list[Entity]:
        """The files of all reads of all lanes, from one library of all these suspensions."""
        library = name or suspensions[0].label
        reads = [
            self.study.entity('sequence_file', f'{library}_S1_L{lane:03}_{read}_001.fastq.gz',
                              lambda chance, name, read=read, lane=lane: files.sequence_file(  # type: ignore[misc]
                                  chance, name, read, lane, library))
            for lane in range(1, lanes + 1) for read in self.study.library.reads]
        self.step(suspensions, reads, self.study.library_preparation, self.study.sequencing)
        return reads

    def analyse(self, reads: Sequence[Entity], products: Iterable[tuple[str, str]], pipeline: str, method: str) -> None:
        """A run of the consortium's own pipelines.

        :param products: name and format of each file that came out
        """
        outputs = self.products(reads[0].label.split('_S1_')[0], products)
        names = [entity.label for entity in (*reads, *outputs)]
        process = self.study.entity('analysis_process', f'{outputs[0].label}_computed',
                                    lambda chance, _name: analysis_process_content(chance, reads, outputs, names[0]))
        self.steps.append(Step(process, tuple(reads), tuple(outputs), (self.study.analysis(pipeline, method),)))

    def contribute(self, sources: Sequence[Entity], products: Iterable[tuple[str, str]], pipeline: str, method: str,
                   *protocols: Entity) -> None:
        """Matrices that the submitters computed, straight from the samples: no reads were submitted."""
        outputs = self.products(sources[0].label, products)
        self.step(sources, outputs, self.study.analysis(pipeline, method), *protocols)

    def products(self, prefix: str, products: Iterable[tuple[str, str]]) -> list[Entity]:
        return [
            self.study.entity('analysis_file', f'{prefix}_{name}',
                              lambda chance, name, format_=format_: files.analysis_file(  # type: ignore[misc]
                                  chance, name, format_, chance.number(500, 50_000) if 'm' in format_ else None))
            for name, format_ in products]

    def slice(self, number: int, specimen: Entity, name: str = 'slice') -> Entity:
        imaged = self.study.imaged_specimen(f'{name}_{number}')
        self.step([specimen], [imaged], self.study.imaging_preparation)
        return imaged

    def image(self, imaged: Entity, count: int, targets: int, format_: str) -> None:
        images = [self.study.entity('image_file', f'{imaged.label}_tile_{number:03}.{format_}',
                                    lambda chance, name: files.image_file(chance, name, format_))
                  for number in range(count)]
        self.step([imaged], images, self.study.imaging(targets))


def zarr(store: str) -> list[tuple[str, str]]:
    """Name and format of the members of a zarr store: the attributes stand for the whole."""
    return [(f'{store}.zarr!{member}', 'matrix' if member == '.zattrs' else 'unknown') for member in ZARR]


def supplementary(study: Study, *products: tuple[str, str]) -> list[Entity]:
    """Files about the project as a whole.

    :param products: name and format of each
    """
    return [
        study.entity('supplementary_file', name,
                     lambda chance, name, format_=format_: files.supplementary_file(  # type: ignore[misc]
                         chance, name, format_, f'organ={study.plan.tissues[0]};kind={format_}'))
        for name, format_ in products]


def process_content(chance: Chance, name: str) -> JSON:
    experiment = chance.given(chance.accession('SRX'))
    return {
        'process_core': {'process_id': name,
                         'process_name': chance.given(f'making of {name}'),
                         'process_description': chance.given('as written in the protocols'),
                         'location': chance.given('bench 4'),
                         'operators': chance.given(['R. Achterberg'])},
        'start_time': chance.given('2018-01-15T08:00:00Z'),
        'insdc_experiment': {'insdc_experiment_accession': experiment},
    }


def analysis_process_content(chance: Chance, reads: Sequence[Entity], outputs: Sequence[Entity], name: str) -> JSON:
    started = MARCH_2019.moment(name, 'analysis')
    return {
        'process_core': {'process_id': uuid_of('run', name)},
        'type': {'text': 'analysis'},
        'analysis_run_type': 'run',
        'input_bundles': [uuid_of('input', name)],
        'reference_bundle': uuid_of('reference'),
        'reference_files': [],
        'inputs': [{'parameter_name': f'{read.content["read_index"]}_{number}',
                    'parameter_value': f'gs://atlas.example.org/{read.label}'} for number, read in enumerate(reads)],
        'outputs': [{'describedBy': f'{STAGING}/type/file/5.3.4/analysis_file', 'schema_type': 'file',
                     'file_core': {'file_name': output.label, 'file_format': output.content['file_core']['format']}}
                    for output in outputs],
        'tasks': [task(started + timedelta(minutes=10 * number), number, name) for number in range(3)],
        'timestamp_start_utc': f'{started:%Y-%m-%dT%H:%M:%S}.000Z',
        'timestamp_stop_utc': f'{started + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z',
    }


def task(started: Any, number: int, name: str) -> JSON:
    logs = f'gs://atlas.example.org/runs/{uuid_of("run", name)}/task-{number}'
    return {
        'task_name': ('Align', 'Count', 'Summarize')[number], 'cpus': 2 ** number, 'memory': f'{4 * 2 ** number} GB',
        'disk_size': 'local-disk 10 HDD', 'docker_image': 'registry.example.org/pipeline:v1', 'zone': 'zone-1',
        'start_time': f'{started:%Y-%m-%dT%H:%M:%S}.000Z',
        'stop_time': f'{started + timedelta(minutes=9):%Y-%m-%dT%H:%M:%S}.000Z',
        'log_out': f'{logs}/stdout', 'log_err': f'{logs}/stderr',
    }
