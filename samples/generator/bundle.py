"""A generated bundle: made from a graph, spoiled on purpose, written to a folder."""
import re
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from samples.generator.chance import uuid_of
from samples.generator.graph import Graph
from samples.generator.layouts import kind, metadata, updated
from samples.generator.manifest import FORMS, data_file, invented_file, metadata_file, serialise
from samples.generator.releases import Release

JSON = dict[str, Any]

INDEXED = 'indexed'
EXPECTATIONS = 'expect.tsv'


@dataclass(frozen=True)
class GeneratedBundle:
    """
    :param version: `YYYY-MM-DDTHHMMSS.ffffffZ`
    :param manifest: the entries, as in `manifest.json`
    :param metadata: the documents by the name of their file
    :param expect: `indexed`, or `rejected: ` and why
    :param features: what the bundle is an example of
    """
    uuid: str
    version: str
    manifest: list[JSON]
    metadata: dict[str, JSON]
    features: tuple[str, ...] = ()
    expect: str = INDEXED

    @property
    def fqid(self) -> str:
        return f'{self.uuid}.{self.version}'

    def unlisted(self, *names: str) -> 'GeneratedBundle':
        """The same without the manifest's entries of these metadata files, or of all of them."""
        return self._listing(lambda entry: not entry['indexed'] or (bool(names) and entry['name'] not in names))

    def without_entries(self, *names: str) -> 'GeneratedBundle':
        """The same without the manifest's entries of these data files, which their metadata still name."""
        return self._listing(lambda entry: entry['name'] not in names)

    def with_stray(self, name: str, form: str, version: datetime) -> 'GeneratedBundle':
        """The same with a data file that no metadata name."""
        file = invented_file(name, 'fastq.gz', uuid_of(self.uuid, name), version)
        return replace(self, manifest=[*self.manifest, FORMS[form](file)])

    def missing(self, names: Collection[str], reason: str) -> 'GeneratedBundle':
        """The same without these metadata files, which the manifest still lists: must be rejected."""
        return replace(self, expect=f'rejected: {reason}', metadata={
            name: document for name, document in self.metadata.items() if name not in names})

    def _listing(self, listed: Callable[[JSON], bool]) -> 'GeneratedBundle':
        return replace(self, manifest=[entry for entry in self.manifest if listed(entry)])


def make(graph: Graph, release: Release, *, moment: datetime, uuid: str = '', form: str = '',
         features: Iterable[str] = ()) -> GeneratedBundle:
    """The bundle of an experiment.

    :param uuid: of the bundle; empty for the usual one: that of the last process from the second DCP on
    :param moment: of the bundle's version
    :param form: of the manifest, one of `samples.generator.manifest.FORMS`; empty for the release's usual one
    """
    if not uuid:
        last = graph.steps[-1]
        uuid = last.process.id if release.stitched else uuid_of(graph.project.id, 'bundle', last.process.id)
    documents = metadata(graph, release)
    own = {entity.id: entity for entity in graph.entities()}
    files = []
    for name, document in documents.items():
        entity = own.get(document.get('provenance', {}).get('document_id'))
        if entity:
            files.append(metadata_file(name, entity.id, updated(entity, release), document, kind(entity.schema),
                                       generated=entity.schema.startswith('analysis_')))
        else:
            links = name == 'links.json' and release.stitched
            files.append(metadata_file(name, uuid if links else uuid_of(uuid, name), moment, document,
                                       name.removesuffix('.json'), generated=True))
    files += [data_file(entity, release.moment(entity.id)) for entity in graph.files()]
    write_entry = FORMS[form or release.manifest]
    return GeneratedBundle(uuid, f'{moment:%Y-%m-%dT%H%M%S.%fZ}', [write_entry(file) for file in files], documents,
                           tuple(features))


def write(bundle: GeneratedBundle, folder: Path) -> None:
    """Writes `<uuid>.<version>/manifest.json` and `<uuid>.<version>/metadata/<name>.json` below the folder."""
    own = folder / bundle.fqid
    (own / 'metadata').mkdir(parents=True)
    (own / 'manifest.json').write_bytes(serialise(bundle.manifest))
    for name, document in bundle.metadata.items():
        (own / 'metadata' / name).write_bytes(serialise(document))


def write_all(bundles: Iterable[GeneratedBundle], folder: Path) -> int:
    """Writes all bundles and `expect.tsv`, in place of what an earlier run left there.

    :return: the number of bundles
    :raises FileExistsError: where the folder has anything that no run of ours leaves; then nothing is changed
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = [path for path in folder.iterdir() if path.name != EXPECTATIONS]
    foreign = [path.name for path in left if not re.fullmatch(r'[0-9a-f-]{36}\.[0-9TZ.:-]+', path.name)]
    if foreign:
        raise FileExistsError(f'{folder} has more in it than bundles, for one {foreign[0]}; choose another folder')
    for path in left:
        shutil.rmtree(path)
    rows = ['bundle_fqid\texpect\tfeatures']
    for bundle in bundles:
        write(bundle, folder)
        rows.append(f'{bundle.fqid}\t{bundle.expect}\t{", ".join(bundle.features)}')
    (folder / EXPECTATIONS).write_text('\n'.join(rows) + '\n', encoding='utf-8')
    return len(rows) - 1
