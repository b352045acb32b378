"""Each rule of the protocol is needed: what converges with all of them diverges without one.

The schedules are laid down call by call, so that it takes no luck to see that.
"""
from collections.abc import Iterator
from dataclasses import replace

import pytest

from azul.errors import AzulError
from azul.index.bundle import BundleFQID
from azul.indexer.contribute import Contributor
from azul.indexer.generation_document import GenerationDocument
from properties.deployment import Deployment, IndexerUnderTest, deployed
from properties.faults import PlannedFaults
from properties.history import History
from properties.play import Play
from properties.rebuild import HastyRebuild, Rebuild
from properties.rules import NO_NEW_GENERATIONS, RULES, without
from properties.schedules import BOX, SHOWN, TAG, Shown, version
from properties.world import Crashed, Diverged


@pytest.fixture
def deployment(engine, queues) -> Iterator[Deployment]:
    with deployed(engine, queues) as deployment:
        yield deployment


def perform(deployment: Deployment, shown: Shown, kind: type[IndexerUnderTest] = IndexerUnderTest) -> None:
    """
    :raises Diverged: if it does
    """
    play = Play(deployment, History(TAG, list(shown.versions)), kind)
    try:
        shown.schedule(play, *shown.versions)
        play.world.settle()
        play.world.judge()
    except BaseException as error:
        error.add_note('\n'.join(play.world.trace))
        raise
    finally:
        play.end()


def test_for_each_rule_that_can_be_left_out_there_is_a_schedule() -> None:
    assert SHOWN.keys() == RULES.keys()


@pytest.mark.parametrize('rule', RULES)
def test_with_all_rules_it_converges(deployment, rule: str) -> None:
    perform(deployment, SHOWN[rule])


@pytest.mark.parametrize('rule', RULES)
def test_without_one_it_diverges(deployment, rule: str) -> None:
    with pytest.raises(Diverged):
        perform(deployment, SHOWN[rule], RULES[rule])


def test_a_worker_that_merely_crashes_is_not_taken_for_one_that_diverges(deployment) -> None:
    class Crashing(Contributor):
        def add(self, *args: object) -> dict[BundleFQID, AzulError]:
            raise TypeError('odd')

    with pytest.raises(Crashed, match='TypeError'):
        perform(deployment, SHOWN['refresh before commit'], without(contributor_kind=Crashing))


class TestWaitAfterRegistration:
    """Who started before a generation was registered is waited for, and looks for new ones before it ends: either
    suffices, without both what it does is lost to the new generation."""

    @staticmethod
    def shown(rebuild: type[Rebuild]) -> Shown:
        def schedule(play: Play, gone, kept) -> None:
            play.finish(play.add(gone), play.add(kept))
            play.world.drain()
            deletion = play.delete(gone)
            play.until(deletion, 'bulk ledger_test_1')  # it knows generation 1 only
            reindex = play.reindex(rebuild(play.world, 'kept', reusing=True))
            play.rebuilt(reindex)
            assert reindex.alive == (rebuild is Rebuild), 'it waits unless it is hasty'
            play.finish(deletion)
            play.rebuilt(reindex)

        return Shown(schedule, (version(1, 1, 'a', deleted=True, listed=True), version(2, 1, 'a')))

    def test_to_wait_suffices(self, deployment) -> None:
        perform(deployment, self.shown(Rebuild), NO_NEW_GENERATIONS)

    def test_to_look_again_suffices(self, deployment) -> None:
        perform(deployment, self.shown(HastyRebuild))

    def test_without_both_it_diverges(self, deployment) -> None:
        with pytest.raises(Diverged):
            perform(deployment, self.shown(HastyRebuild), NO_NEW_GENERATIONS)


@pytest.mark.parametrize('calls', range(1, 7))
def test_a_tally_is_not_put_off_because_its_generation_changes(deployment, calls: int) -> None:
    """Whatever the call at which a worker notices that the generation is in another state."""
    def schedule(play: Play, bundle) -> None:
        indexer = play.world.indexer
        generations = indexer.generations
        # It was complete from the beginning.
        document = GenerationDocument(indexer.engine, indexer.config.naming.generations_index(), 0)
        document.change(lambda known: [replace(each, state='aggregating') for each in known])
        play.finish(play.add(bundle))
        worker = play.tally(BOX)
        for _ in range(calls):
            play.advance(worker)
        generations.advance(1, 'serving')
        play.finish(worker)

    perform(deployment, Shown(schedule, (version(1, 1, 'a'),)))


def test_a_generation_whose_registration_was_sent_twice_keeps_its_indices(deployment) -> None:
    """The first of the two was applied, and we are told that the second conflicts."""
    def schedule(play: Play, bundle) -> None:
        play.finish(play.add(bundle))
        play.world.drain()
        reindex = play.reindex(Rebuild(play.world, 'kept', reusing=True))
        play.rebuilt(reindex, until='create ledger_test_2')  # its number is reserved
        play.world.wires.misbehave(PlannedFaults(('bulk generations', 'sent twice (409)')))
        play.rebuilt(reindex)

    perform(deployment, Shown(schedule, (version(1, 1, 'a'),)))
