"""Of which entities of a bundle there are documents."""
from collections.abc import Iterable, Iterator

from azul.errors import BundleError
from azul.index.bundle import JSON, Bundle
from azul.index.documents import Contribution, EntityReference
from azul.index.fields import Contents
from azul.projects.hca.fields import BUNDLE, CELL_SUSPENSION, FILE, METADATA, PROJECT, ROWS, SAMPLE
from azul.projects.hca.metadata.model import Metadata
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.transform.contents import BundleContents, is_suspension
from azul.projects.hca.transform.rows import rows


def transform(bundle: Bundle) -> Iterable[Contribution]:
    """
    The contributions of a bundle: of each file that there is to download, each cell suspension, each sample that any
    file was made from, the project, the bundle itself and each part of its metadata rows.

    Whatever can be wrong with the bundle is found before the first contribution is given out.

    :raises BundleError: naming bundle, file and fault
    """
    oddities = Oddities()
    try:
        metadata = Metadata.of(bundle, oddities)
        parts = rows(bundle, metadata, oddities)
    except BundleError as error:
        raise error.within(str(bundle.fqid)) from None
    contents = BundleContents(metadata, oddities)
    oddities.report(bundle.fqid)
    return (
        Contribution(EntityReference(entity_type, entity_id), bundle.fqid, contents)
        for entity_type, entity_id, contents in _documents(bundle, metadata, contents, parts)
    )


def _documents(bundle: Bundle, metadata: Metadata, contents: BundleContents,
               parts: Iterable[JSON]) -> Iterator[tuple[str, str, Contents]]:
    for file in metadata.downloads:
        yield FILE.name, file.id, contents.of_file(file)
    for suspension in filter(is_suspension, metadata.entities):
        yield CELL_SUSPENSION.name, suspension.id, contents.of_suspension(suspension)
    for sample in contents.samples_of(metadata.files):
        yield SAMPLE.name, sample.id, contents.of_sample(sample)
    of_project = contents.of_project()
    yield PROJECT.name, metadata.project.id, of_project
    yield BUNDLE.name, bundle.fqid.uuid, of_project
    for part in parts:
        yield METADATA.name, f'{bundle.fqid.uuid}_{part[ROWS.key]}', {ROWS.name: [part]}
