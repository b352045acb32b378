"""The comparison with brute force finds faults: each one seeded in production, and none where there is none."""
from collections import Counter

import pytest

from fixtures.mutation import CRASH, UNMUTATED, Found, Mutant, assert_is_in_production_once, found_by
from hca.mutants import MUTANTS

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
    return found_by('hca.trial')


@pytest.mark.parametrize('mutant', MUTANTS, ids=str)
def test_what_a_mutant_replaces_is_in_production_once(mutant: Mutant) -> None:
    assert_is_in_production_once(mutant)


def test_each_mutant_is_another_fault() -> None:
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    assert max(Counter(mutant[1:] for mutant in MUTANTS).values()) == 1
    assert len(MUTANTS) >= 30


def test_without_a_fault_nothing_is_found(found: Found) -> None:
    assert found[UNMUTATED] is None


@pytest.mark.parametrize('mutant', MUTANTS, ids=str)
def test_a_fault_is_found(found: Found, mutant: Mutant) -> None:
    difference = found[mutant.name]
    assert difference
    # What is not rejected is found by what documents say, not by stumbling over them.
    assert difference.startswith(CRASH) == (mutant.name in REJECTING)
