"""The brute force itself: it knows nothing of what it is compared with, and agrees with what was counted by hand."""
import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hca import brute_force
from hca.brute_force import contributions
from hca.counts import ENTITY_TYPES, INNER, REFERENCES, by_hand
from hca.counts import SAMPLES as SAMPLE_COUNTS
from hca.raw import SAMPLES, read_bundle

SOURCE = Path(str(brute_force.__file__)).parent
ALLOWED = {'hca.brute_force', 'collections', 'collections.abc', 'dataclasses', 'functools', 're', 'typing'}


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


def counts(folder: Path) -> dict[str, int]:
    documents = contributions(read_bundle(folder))
    of_project, = documents['projects'].values()
    return {**{name: len(documents[name]) for name in ENTITY_TYPES}, **{name: len(of_project[name]) for name in INNER}}


def test_it_counts_in_samples_what_was_counted_by_hand() -> None:
    expected = by_hand(SAMPLE_COUNTS)
    assert len(expected) > 30
    for name, counted in expected.items():
        assert counts(SAMPLES / name) == counted


@pytest.mark.parametrize('name', by_hand(REFERENCES))
def test_it_counts_in_real_bundles_what_was_counted_by_hand(reference_bundles: Path, name: str) -> None:
    assert counts(reference_bundles / name) == by_hand(REFERENCES)[name]
