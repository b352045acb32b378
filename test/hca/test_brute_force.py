"""The brute force itself: it knows nothing of what it is compared with, and agrees with what was counted by hand."""
import ast
import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hca import brute_force
from hca.brute_force import RawBundle, contributions

SOURCE = Path(str(brute_force.__file__)).parent
COUNTS = Path(__file__).with_name('counts.tsv')
ALLOWED = {'hca.brute_force', 'collections', 'collections.abc', 'dataclasses', 're', 'typing'}
INNER = ('donors', 'specimens', 'cell_lines', 'organoids', 'protocols')


def counts_by_hand() -> list[dict[str, str]]:
    with COUNTS.open(newline='') as lines:
        return list(csv.DictReader(lines, delimiter='\t'))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module)


def test_it_imports_nothing_but_itself_and_a_little_of_the_standard_library() -> None:
    modules = list(SOURCE.glob('*.py'))
    assert len(modules) > 5
    for module in modules:
        foreign = {name for name in imported(module) if not (name + '.').startswith('hca.brute_force.')} - ALLOWED
        assert not foreign, module
        assert '__import__' not in module.read_text()


@pytest.mark.parametrize('row', counts_by_hand(), ids=lambda row: row['bundle'][:8])
def test_it_counts_what_was_counted_by_hand(reference_bundles: Path, row: dict[str, str]) -> None:
    folder = reference_bundles / row['bundle']
    uuid, _, version = folder.name.partition('.')
    documents = contributions(RawBundle(
        uuid, version, json.loads((folder / 'manifest.json').read_text()),
        {file.name: json.loads(file.read_text()) for file in (folder / 'metadata').iterdir()}))
    counts = {name: len(of_type) for name, of_type in documents.items()}
    of_project, = documents['projects'].values()
    counts |= {name: len(of_project[name]) for name in INNER}
    assert counts == {name: int(row[name]) for name in counts}
