"""Whatever happens on the way, the indices come to hold what a clean build of the same bundles would have.

A history follows from its seed: `make soak seed=N histories=1` repeats one that failed here.
"""
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from properties.deployment import Deployments
from properties.scheduler import Tally, reindexes, run

seeds = st.integers(0, 1 << 40)

# Nothing is shrunk: a seed has no smaller one that is like it.
several = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@pytest.fixture(scope='module')
def deployments(engine, queues) -> Iterator[Deployments]:
    deployments = Deployments(engine, queues)
    yield deployments
    deployments.discard()


@pytest.mark.timeout(600)
@given(seed=seeds.map(lambda seed: 3 * seed + 1))
@settings(several, max_examples=20)
def test_any_history_converges(deployments, seed: int) -> None:
    assert not reindexes(seed)
    run(deployments, seed, Tally())


@pytest.mark.timeout(600)
@given(seed=seeds.map(lambda seed: 3 * seed))
@settings(several, max_examples=8)
def test_any_history_with_a_reindex_converges(deployments, seed: int) -> None:
    assert reindexes(seed)
    run(deployments, seed, Tally())


@pytest.mark.parametrize('seed', [42, 44])
def test_the_same_seed_makes_the_same_history(deployments, seed: int) -> None:
    first, second = (run(deployments, seed, Tally()) for _ in range(2))
    assert len(first) > 100
    assert first == second
