"""For each rule of the protocol a schedule that converges with it, but not without it."""
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from properties.faults import PlannedFaults
from properties.history import Version, some_bundle
from properties.play import Play
from properties.rebuild import Rebuild

TAG = '-1-'
BOX = f'box{TAG}'

Schedule = Callable[..., None]


class Shown(NamedTuple):
    """
    :param versions: that the schedule is about, and is called with
    """
    schedule: Schedule
    versions: tuple[Version, ...]


SHOWN: dict[str, Shown] = {}
"""By the rule that each shows the need of."""


def version(bundle: int, number: int, *names: str, deleted: bool = False, listed: bool = False) -> Version:
    return Version(some_bundle(str(UUID(int=bundle, version=4)), number, TAG, *names), deleted=deleted, listed=listed)


def shows(rule: str, *versions: Version) -> Callable[[Schedule], Schedule]:
    def decorate(schedule: Schedule) -> Schedule:
        SHOWN[rule] = Shown(schedule, versions)
        return schedule

    return decorate


@shows('ledger check before writing', version(1, 1, 'a', deleted=True))
def an_add_comes_after_its_deletion(play: Play, gone: Version) -> None:
    play.finish(play.delete(gone), play.add(gone))


@shows('refresh before commit', version(1, 1, 'a'))
def a_bundle_is_added(play: Play, bundle: Version) -> None:
    play.finish(play.add(bundle))


@shows('tallies for older versions', version(1, 1, 'a', 'b'), version(1, 2, 'a'))
def a_newer_version_drops_an_entity(play: Play, old: Version, new: Version) -> None:
    play.finish(play.add(old))
    play.world.drain()
    play.finish(play.add(new))


@shows('deleted is final', version(1, 1, 'a', deleted=True))
def a_bundle_is_deleted_while_it_is_added(play: Play, bundle: Version) -> None:
    adding = play.add(bundle)
    play.until(adding, 'bulk ledger')
    play.finish(play.delete(bundle), adding)


@shows('sequence number first', version(1, 1, 'a'), version(2, 1, 'a', deleted=True))
def an_entity_changes_after_it_was_read(play: Play, kept: Version, gone: Version) -> None:
    play.finish(play.add(kept), play.add(gone))
    slow = play.tally(BOX)
    play.past(slow, 'mget ledger')
    play.finish(play.delete(gone))
    play.finish(play.tally(BOX), play.tally(BOX), slow)


@shows('write of unchanged aggregates', version(1, 1, 'a'), version(2, 1, 'a', deleted=True))
def an_entity_changes_and_changes_back_while_it_is_aggregated(play: Play, kept: Version, gone: Version) -> None:
    play.finish(play.add(kept))
    play.world.drain()
    play.finish(play.add(gone))
    slow = play.tally(BOX)
    play.until(slow, 'bulk boxes_aggregate')
    play.finish(play.delete(gone))
    play.finish(play.tally(BOX), slow)


@shows('empty aggregates', version(1, 1, 'a', deleted=True))
def an_entity_comes_and_goes_while_it_is_aggregated(play: Play, gone: Version) -> None:
    play.finish(play.add(gone), play.add(gone))
    slow = play.tally(BOX)
    play.until(slow, 'bulk boxes_aggregate')
    play.finish(play.tally(BOX), play.delete(gone))
    play.finish(play.tally(BOX), slow)


@shows('refusal of partial results', version(1, 1, 'a'), version(1, 2, 'a'))
def a_shard_fails_while_the_entities_of_a_bundle_are_looked_up(play: Play, old: Version, new: Version) -> None:
    play.finish(play.add(old))
    play.world.drain()
    play.world.wires.misbehave(PlannedFaults(('search boxes', 'shard failed')))
    play.finish(play.add(new))


@shows('two writes make a tally moot', version(1, 1, 'a'), version(2, 1, 'a'))
def a_bundle_is_added_while_its_entities_are_aggregated(play: Play, first: Version, second: Version) -> None:
    play.finish(play.add(first))
    slow = play.tally(BOX)
    play.until(slow, 'bulk boxes_aggregate')
    play.finish(play.add(second), slow)


@shows('writes are counted after the commit', version(1, 1, 'a'), version(2, 1, 'a'))
def entities_are_aggregated_twice_while_a_bundle_is_added(play: Play, first: Version, second: Version) -> None:
    play.finish(play.add(first), play.add(first))
    slow = play.add(second)
    play.until(slow, 'bulk ledger')
    play.finish(play.tally(BOX), play.tally(BOX), slow)


@shows('copied deletions', version(1, 1, 'a', deleted=True, listed=True), version(2, 1, 'a'))
@shows('refresh before deletions are copied', version(1, 1, 'a', deleted=True, listed=True), version(2, 1, 'a'))
def the_data_store_lists_what_was_deleted(play: Play, gone: Version, kept: Version) -> None:
    play.finish(play.add(kept), play.add(gone), play.delete(gone))
    play.rebuilt(play.reindex(Rebuild(play.world, 'kept', reusing=True)))


@shows('second reading of the generations', version(1, 1, 'a', deleted=True, listed=True), version(2, 1, 'a'))
def a_generation_is_completed_while_a_bundle_is_deleted(play: Play, gone: Version, kept: Version) -> None:
    play.finish(play.add(gone), play.add(kept))
    play.world.drain()
    reindex = play.reindex(Rebuild(play.world, 'kept', reusing=True))
    play.rebuilt(reindex, until='store list')
    deletion = play.delete(gone)
    play.until(deletion, 'bulk ledger_test_2')  # it knows generation 2 as one that is loading
    play.rebuilt(reindex)
    play.finish(deletion)
