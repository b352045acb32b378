"""The comparison with brute force finds faults: each one seeded in production, and none where there is none."""
from collections.abc import Iterator

import pytest

from fixtures.mutation import UNMUTATED, Found, Mutant, assert_is_in_production_once, found_by
from fixtures.questions import shelve
from fixtures.shelf import Shelf
from integration.service.mutants import MUTANTS
from integration.service.trial import CORPUS, DEAD


@pytest.fixture(scope='module')
def found(engine: str) -> Iterator[Found]:
    shelf = Shelf(engine)
    try:
        shelve(shelf, CORPUS, DEAD)
        yield found_by('integration.service.trial', engine, shelf.naming.index_prefix)
    finally:
        shelf.close()


@pytest.mark.parametrize('mutant', MUTANTS, ids=str)
def test_what_a_mutant_replaces_is_in_production_once(mutant: Mutant) -> None:
    assert_is_in_production_once(mutant)


def test_without_a_fault_nothing_is_found(found: Found) -> None:
    assert found[UNMUTATED] is None


@pytest.mark.parametrize('mutant', MUTANTS, ids=str)
def test_a_fault_is_found(found: Found, mutant: Mutant) -> None:
    assert found[mutant.name]
