"""`python -m hca.golden`: write down what becomes of the samples, for people to review and for a test to compare with.

    golden/<bundle FQID>.txt  the contributions of a sample
    golden/metadata.txt       … except those that hold metadata rows: these of all samples
    golden/aggregates.txt     the aggregates of all samples
    golden/rejected.txt       why some samples are not indexed
    golden/fingerprints.tsv   which fingerprint stood for which documents
"""
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from azul.index.bundle import BundleFQID
from azul.projects.hca import plugin
from azul.projects.hca.fields import METADATA, ROWS, SCHEMA
from hca import rendering
from hca.outcome import Outcome, digest
from hca.rendering import Document

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'
GOLDEN = Path(__file__).with_name('golden')
FINGERPRINTS = 'fingerprints.tsv'

KEYS = {inner.name: inner.key for inner in SCHEMA.inner_entities}


class Line(NamedTuple):
    """Of the table of fingerprints: a plug-in with this one made these documents of these samples.

    Both are digests. That of the samples is there because one may add a sample and keep the fingerprint.
    """
    fingerprint: str
    samples: str
    documents: str


class Refusal(Exception):
    """Why no files are written.

    Above all: the documents are others, but the fingerprint is not. Two workers with the same one would mix both.
    """


def files_of(documents: Sequence[tuple[str, Document]], aggregates: Sequence[Document],
             rejected: Sequence[str]) -> dict[str, str]:
    """The text of each golden file by its name.

    :param documents: contributions, each with the FQID of its bundle
    """
    by_bundle: dict[str, list[Document]] = {fqid: [] for fqid, _ in documents}
    of_rows = []
    for fqid, document in documents:
        if document.entity_type == METADATA.name:
            of_rows.append((fqid, document))
        else:
            by_bundle[fqid].append(document)
    files = {}
    for fqid, of_bundle in by_bundle.items():
        uuid, version = BundleFQID.parse(fqid)
        common = {'bundle_uuid': uuid, 'bundle_version': version}
        files[f'{fqid}.txt'] = rendering.contributions(common, of_bundle, KEYS)
    return {
        **files,
        'metadata.txt': rendering.rows(of_rows, ROWS.name),
        'aggregates.txt': rendering.aggregates(aggregates, documents, SCHEMA),
        'rejected.txt': ''.join(f'{error}\n' for error in rejected),
    }


def line_of(outcome: Outcome) -> Line:
    """It does not depend on how documents are rendered."""
    kinds = [*(('contribution', each) for _, each in outcome.documents),
             *(('aggregate', each) for each in outcome.aggregates)]
    texts = sorted(rendering.text([kind, each.entity_type, each.source]) for kind, each in kinds)
    return Line(plugin.fingerprint, outcome.digest, digest(map(str.encode, texts)))


def parsed(table: str) -> list[Line]:
    """
    :raises Refusal: if it is no such table, because of a merge, say
    """
    rows = [row.split('\t') for row in table.splitlines()]
    for row in rows:
        if len(row) != len(Line._fields):
            raise Refusal(f'A line of {FINGERPRINTS} is not one of {len(Line._fields)} columns: {row}')
    return [Line(*row) for row in rows]


def renewed(table: Sequence[Line], committed: Sequence[Line], now: Line) -> list[Line]:
    """The table with this line as its last one, and without others that nobody but their author has seen.

    :raises Refusal: if documents that were committed with the same fingerprint, and for the same samples, were others
    """
    kept = [each for each in table if each in committed and each != now]
    if any(each[:2] == now[:2] for each in kept):
        raise Refusal(f'The documents have changed, but the fingerprint is {now.fingerprint} as before. Raise '
                      f'plugin.version in src/azul/projects/hca/__init__.py, or DOCUMENT_FORMAT in '
                      f'src/azul/index/documents.py if those of all projects have.')
    return [*kept, now]


def committed_in(folder: Path) -> list[Line]:
    """The lines that the last commit has; none where there is no repository."""
    shown = subprocess.run(['git', '-C', str(folder), 'show', f'HEAD:./{FINGERPRINTS}'], capture_output=True, text=True)
    return parsed(shown.stdout) if shown.returncode == 0 else []


def write(folder: Path, files: Mapping[str, str], now: Line) -> None:
    """Write all golden files, and remove what is none any more.

    :raises Refusal: before anything is written
    """
    folder.mkdir(exist_ok=True)
    table = folder / FINGERPRINTS
    lines = renewed(parsed(table.read_text()) if table.exists() else [], committed_in(folder), now)
    for path in folder.glob('*.txt'):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    table.write_text(''.join('\t'.join(line) + '\n' for line in lines))


def main(folder: Path = GOLDEN) -> int:
    logging.basicConfig(level=logging.ERROR)  # what is odd about samples is so on purpose
    outcome = Outcome.of(SAMPLES)
    files = files_of(outcome.documents, outcome.aggregates, outcome.rejected)
    try:
        write(folder, files, line_of(outcome))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f'{folder}: {len(files)} files. Say in the commit why they have changed.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
