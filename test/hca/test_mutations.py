"""The comparison with brute force finds faults: each one seeded in production, and none where there is none."""
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hca.mutants import MUTANTS, Mutant
from hca.trial import CRASH, UNMUTATED

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / 'src'

Found = dict[str, str | None]

REJECTING = {
    'a stated type is believed rather than the id',
    'of two entities of one id the kind that a link states does not count',
    'a kind is no type that a link may state',
    'the kind in a URL is not seen',
    'an age that cannot be read fails the bundle',
    'a number that cannot be read fails the bundle',
}
"""The faults that keep good bundles from being indexed at all."""


@pytest.fixture(scope='module')
def found() -> Found:
    """What the comparison finds, by the name of the mutant. Production is not to be imported before it is mutated, so
    this takes a fresh process."""
    path = os.pathsep.join(map(str, [ROOT / 'test', ROOT]))
    child = subprocess.run([sys.executable, '-m', 'hca.trial', str(SOURCE)], cwd=ROOT, capture_output=True,
                           text=True, check=False, timeout=280, env={'PYTHONPATH': path, 'PATH': os.defpath})
    assert child.returncode == 0, child.stderr
    found = json.loads(child.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize('mutant', MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_replaces_is_in_production_once(mutant: Mutant) -> None:
    text = (SOURCE / 'azul' / mutant.file).read_text()
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old


def test_each_mutant_is_another_fault() -> None:
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    assert max(Counter(mutant[1:] for mutant in MUTANTS).values()) == 1
    assert len(MUTANTS) >= 30


def test_without_a_fault_nothing_is_found(found: Found) -> None:
    assert found[UNMUTATED] is None


@pytest.mark.parametrize('mutant', MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_is_found(found: Found, mutant: Mutant) -> None:
    difference = found[mutant.name]
    assert difference
    # What is not rejected is found by what documents say, not by stumbling over them.
    assert difference.startswith(CRASH) == (mutant.name in REJECTING)
