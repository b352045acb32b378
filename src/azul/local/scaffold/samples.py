"""Bundles for a plug-in that was just scaffolded: as its template expects them, and one as it does not."""
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azul.index.bundle import JSON, BundleFQID


@dataclass(frozen=True)
class Sample:
    """A bundle.

    :param metadata: the documents by the names of their files
    :param files: sizes of the data files by their names
    """
    metadata: Mapping[str, JSON]
    files: Mapping[str, int]
    expect: str = 'indexed'


def samples(name: str) -> Sequence[Sample]:
    """
    :param name: of the plug-in. Those of others have other uuids.
    """
    def sample(of: str, kind: str | None, **files: int) -> Sample:
        document = {'id': _uuid(name, of), 'name': of} | ({} if kind is None else {'kind': kind})
        return Sample({'sample.json': document}, {file.replace('_', '.'): size for file, size in files.items()})

    return [
        sample('Pond', 'water', pond_csv=4_200, pond_png=150_000),
        sample('Pond', 'water', depths_csv=900),
        sample('Meadow', 'soil', meadow_csv=3_100),
        sample('Attic', None, attic_csv=2_700),
        Sample({'note.json': {'text': 'Nobody knows what this is about.'}}, {'unknown.csv': 10},
               expect='rejected: there is no sample'),
    ]


def write_samples(name: str, folder: Path) -> None:
    """
    :param folder: is made
    """
    lines = ['bundle_fqid\texpect']
    for number, sample in enumerate(samples(name), start=1):
        fqid = BundleFQID(_uuid(name, f'bundle {number}'), f'2020-01-{number:02}T000000.000000Z')
        lines.append(f'{fqid}\t{sample.expect}')
        manifest = [
            {'name': file, 'uuid': _uuid(name, f'{fqid} {file}'), 'version': fqid.version,
             'indexed': file in sample.metadata, 'size': size,
             'content-type': 'application/json' if file in sample.metadata else 'application/octet-stream'}
            for file, size in [*((file, len(_text(document))) for file, document in sample.metadata.items()),
                               *sample.files.items()]
        ]
        (folder / str(fqid) / 'metadata').mkdir(parents=True)
        (folder / str(fqid) / 'manifest.json').write_text(_text(manifest))
        for file, document in sample.metadata.items():
            (folder / str(fqid) / 'metadata' / file).write_text(_text(document))
    (folder / 'expect.tsv').write_text('\n'.join(lines) + '\n')


def _text(content: Any) -> str:
    return json.dumps(content, indent=4) + '\n'


def _uuid(name: str, what: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {what}'))
