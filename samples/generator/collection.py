"""The bundles of `samples/bundles`: a small one for each feature that an indexer must cope with."""
from collections.abc import Iterator
from dataclasses import replace

from samples.generator import legacy, plans, recipes
from samples.generator.bundle import GeneratedBundle, make
from samples.generator.chance import uuid_of
from samples.generator.experiments import CONTRIBUTED, supplementary
from samples.generator.graph import Graph
from samples.generator.releases import (
    AUGUST_2018,
    FEBRUARY_2021,
    JULY_2018,
    JULY_2019,
    MARCH_2018,
    MARCH_2019,
    MAY_2021,
    OCTOBER_2018,
    OCTOBER_2019,
    OCTOBER_2020,
    SEPTEMBER_2018,
    SEPTEMBER_2021,
    Release,
)
from samples.generator.studies import Study

WELLS = 384
IMAGES = 60

MARROW, TUMOURS, ISLETS, ORGANOIDS, PLATES, AIRWAYS, STEM_CELLS = map(Study, (
    plans.MARROW, plans.TUMOURS, plans.ISLETS, plans.ORGANOIDS, plans.PLATES, plans.AIRWAYS, plans.STEM_CELLS))
KIDNEYS, RETINAS, KIDNEY_ORGANOIDS, HEARTS, LIVERS, COVID = map(Study, (
    plans.KIDNEYS, plans.RETINAS, plans.KIDNEY_ORGANOIDS, plans.HEARTS, plans.LIVERS, plans.COVID))


def collection() -> list[GeneratedBundle]:
    """All bundles, in the order of their eras."""
    return [*wrapped(), *separate(), *stitched(), *rejected()]


def sample(graph: Graph, release: Release, *features: str, name: str = '', form: str = '', days: int = 10,
           ) -> GeneratedBundle:
    """
    :param features: beside era and links
    :param name: of the bundle, where it cannot be named by its last process: no process, or several bundles have it
    :param form: of the manifest, where it is not the release's usual one
    :param days: between the release's beginning and the bundle's version
    """
    era = 'v5' if release.layout == 'wrapped' else 'dcp2' if release.stitched else 'vx'
    return make(graph, release, uuid=uuid_of('bundle', name) if name else '', form=form,
                moment=release.moment(name or graph.steps[-1].process.id, days=days),
                features=(era, f'links {release.links}', *features))


def wrapped() -> Iterator[GeneratedBundle]:
    """One metadata file per kind: the layout of v5."""
    yield sample(recipes.tissue(MARROW, [0]), MARCH_2018, 'links repeated', 'metadata not in manifest').unlisted()
    yield sample(recipes.tissue(MARROW, range(4), lanes=2, counted=False), MARCH_2018, 'links repeated',
                 'several donors', 'no age', 'metadata not in manifest').unlisted()
    yield sample(recipes.single_cell(TUMOURS, 0, 'A05'), MARCH_2018, 'links repeated')
    yield sample(recipes.single_cell(TUMOURS, 1, 'B11'), MARCH_2018, 'links repeated')
    yield sample(recipes.tissue(ISLETS, [0]), JULY_2018, 'links repeated', 'no age', 'layout older than its schemas')


def separate() -> Iterator[GeneratedBundle]:
    """One metadata file per entity, in the data store of 2018 and 2019."""
    islets = sample(recipes.tissue(ISLETS, [1]), AUGUST_2018, 'no age', 'file metadata without manifest entry',
                    'data file without metadata', 'stored manifest')
    yield islets.without_entries('IP_cells_1_S1_L001_R1_001.fastq.gz').with_stray(
        'a_copy_in_transit', 'stored', AUGUST_2018.moment('stray'))
    yield sample(recipes.tissue(ISLETS, [3]), AUGUST_2018, 'no age', 'bare manifest', form='bare')

    yield sample(recipes.lines(ORGANOIDS, range(4), organoids=True), SEPTEMBER_2018, 'organoid', 'cell line',
                 'several donors', 'pooled', 'no age', 'numbered versions', form='numbered')
    documents = supplementary(ORGANOIDS, ('dissociation.pdf', 'pdf'), ('Nährböden #2.pdf', 'pdf'))
    yield sample(replace(recipes.analysed(ORGANOIDS, 5), supplementary=tuple(documents)), OCTOBER_2018, 'analysis',
                 'links repeated', 'supplementary files in no link')

    yield sample(recipes.plate(PLATES, 0, WELLS), OCTOBER_2018, 'plate')
    yield sample(recipes.single_cell(PLATES, 0, 'P24'), OCTOBER_2018, 'metadata not in manifest',
                 ).unlisted('cell_suspension_0.json')

    yield sample(recipes.tissue(AIRWAYS, [0], lanes=2), MARCH_2019)
    yield sample(recipes.tissue(AIRWAYS, [1, 2]), MARCH_2019, 'several donors', 'no age')
    yield sample(recipes.analysed(AIRWAYS, 0, lanes=2, stores=1), MARCH_2019, 'analysis', 'links repeated', 'zarr')

    yield sample(recipes.lines(STEM_CELLS, [0], organoids=False), JULY_2019, 'cell line')
    yield sample(recipes.lines(STEM_CELLS, [0], organoids=False, stores=2), JULY_2019, 'cell line', 'analysis',
                 'links repeated', 'zarr')
    yield sample(recipes.tissue(STEM_CELLS, [1]), JULY_2019)

    yield sample(recipes.tissue(KIDNEYS, [0], documents=[('consent.pdf', 'pdf'), ('sorting.pdf', 'pdf')]),
                 OCTOBER_2019, 'supplementary files in no link')
    yield sample(recipes.tissue(KIDNEYS, [1, 2], library='KB_mixed', lanes=2), OCTOBER_2019, 'several donors',
                 'no age', 'updated', name='update')
    yield sample(recipes.corrected(recipes.tissue(KIDNEYS, [1, 3], library='KB_mixed'), 'donor_organism',
                                   sex='unknown'),
                 OCTOBER_2019, 'several donors', 'update', name='update', days=20)
    yield sample(recipes.tissue(RETINAS, range(3), counted=False), OCTOBER_2019, 'several donors')


def stitched() -> Iterator[GeneratedBundle]:
    """The second DCP: bundles put together from what is known, found by the process that came last."""
    yield sample(recipes.tissue(KIDNEYS, [4]), OCTOBER_2020)
    yield sample(recipes.documents_only(KIDNEYS, ('kidneys.loom', 'loom'), ('cell_types.csv', 'csv')), OCTOBER_2020,
                 'supplementary only', 'loom', name='kidney documents')
    yield sample(recipes.documents_only(RETINAS, ('all_matrices.zip', 'zip')), OCTOBER_2020,
                 'supplementary only', 'unstitched manifest', name='retina documents', form='unstitched')
    yield sample(recipes.documents_only(COVID, ('protocols.zip', 'zip')), OCTOBER_2020,
                 'supplementary only', 'null checksums', name='lung documents', form='null sums of data')
    yield sample(recipes.lines(KIDNEY_ORGANOIDS, [0], organoids=True, donors=False), OCTOBER_2020,
                 'organoid', 'cell line', 'no donor')
    yield sample(recipes.single_cell(KIDNEYS, 5, 'H2'), OCTOBER_2020)
    yield sample(recipes.reprocessed(KIDNEYS, 4), FEBRUARY_2021, 'analysis', 'loom')
    yield sample(recipes.pooled(HEARTS, range(4), CONTRIBUTED), MAY_2021, 'several donors', 'pooled', 'no age', 'mtx')
    yield sample(recipes.pooled(HEARTS, range(2, 6), CONTRIBUTED), MAY_2021, 'several donors', 'pooled', 'no age',
                 'mtx')
    yield sample(recipes.contributed(LIVERS, 0, CONTRIBUTED[:1]), MAY_2021, 'matrices only', 'mtx')
    yield sample(recipes.contributed(LIVERS, 1, CONTRIBUTED), MAY_2021, 'matrices only', 'mtx')
    yield sample(recipes.imaged(COVID, 1, IMAGES, targets=24), SEPTEMBER_2021, 'imaging', 'imaging with targets',
                 'null checksums')
    yield sample(recipes.imaged(COVID, 3, 2, targets=0, format_='ndpi'), SEPTEMBER_2021, 'imaging', 'null checksums',
                 'metadata not in manifest').unlisted('imaged_specimen_0.json')
    yield sample(recipes.spatial(COVID, 1, [('spots.h5ad', 'h5ad')]), SEPTEMBER_2021, 'matrices only', 'h5ad',
                 'null checksums')
    yield sample(recipes.contributed(COVID, 0, [('cells.h5ad', 'h5ad')], treated=True), SEPTEMBER_2021, 'treatment',
                 'matrices only', 'h5ad', 'null checksums')


def rejected() -> Iterator[GeneratedBundle]:
    """What no indexer can index."""
    incomplete = sample(recipes.lines(STEM_CELLS, [1], organoids=False, stores=1), JULY_2019, 'cell line', 'analysis',
                        'links repeated', 'metadata missing')
    yield incomplete.missing([name for name in incomplete.metadata if name.startswith('analysis_file_')],
                             'indexed files of the manifest are missing')
    yield legacy.bundle()


def table(bundles: list[GeneratedBundle]) -> str:
    """What each bundle is an example of, in Markdown."""
    rows = ['| bundle | study | files | features | expect |', '|---|---|---|---|---|']
    rows += [f'| `{bundle.fqid}` | {study_of(bundle)} | {len(bundle.manifest)} | {", ".join(bundle.features)} '
             f'| {bundle.expect} |' for bundle in bundles]
    return '\n'.join(rows) + '\n'


def study_of(bundle: GeneratedBundle) -> str:
    project = bundle.metadata.get('project_0.json') or bundle.metadata['project.json']
    core = project.get('content', project).get('project_core', {'project_short_name': project.get('id')})
    return str(core.get('project_short_name') or core['project_shortname'])
