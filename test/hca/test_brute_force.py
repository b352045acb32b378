"""The brute force itself: it knows nothing of what it is compared with, and agrees with what was counted by hand."""
import ast
import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from hca import brute_force
from hca.brute_force import contributions
from hca.raw import SAMPLES, read_bundle

SOURCE = Path(str(brute_force.__file__)).parent
ALLOWED = {'hca.brute_force', 'collections', 'collections.abc', 'dataclasses', 'functools', 're', 'typing'}
INNER = ('donors', 'specimens', 'cell_lines', 'organoids', 'protocols')


def counts_by_hand(table: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(table).open(newline='') as lines:
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


def check_counts(folder: Path, row: dict[str, str]) -> None:
    documents = contributions(read_bundle(folder))
    counts = {name: len(of_type) for name, of_type in documents.items()}
    of_project, = documents['projects'].values()
    counts |= {name: len(of_project[name]) for name in INNER}
    assert counts == {name: int(row[name]) for name in counts}


def test_it_counts_in_samples_what_was_counted_by_hand() -> None:
    rows = counts_by_hand('sample_counts.tsv')
    assert len(rows) > 30
    for row in rows:
        check_counts(SAMPLES / row['bundle'], row)


@pytest.mark.parametrize('row', counts_by_hand('counts.tsv'), ids=lambda row: row['bundle'][:8])
def test_it_counts_in_real_bundles_what_was_counted_by_hand(reference_bundles: Path, row: dict[str, str]) -> None:
    check_counts(reference_bundles / row['bundle'], row)
