"""A reindex as one more worker, by somebody who goes on after each accident."""
from collections.abc import Callable
from typing import Literal

from azul.errors import ConfigurationError
from azul.indexer.announcement import QueueAnnouncer
from properties.baton import Worker
from properties.world import World

End = Literal['kept', 'swapped', 'old dropped', 'rolled back', 'new dropped', 'abandoned']

SLEEP = 'sleep'
VISIBILITY = 3600.


class Rebuild:
    """
    :param end: what becomes of the generations
    """

    def __init__(self, world: World, end: End, reusing: bool) -> None:
        self._world, self._end = world, end
        indexer = world.indexer
        self._generations = indexer.generations
        # One thread at a time can hold the baton.
        self._reindex = indexer.reindex_kind(
            indexer.contributor, indexer.tally_worker.aggregator, world.wires.store.list_bundles,
            QueueAnnouncer(indexer.contributor.notifications),
            visibility=VISIBILITY, patience=1e9, reusing=reusing, workers=1, sleep=self.sleep
        )
        self._old, self._new = 1, 0

    def __call__(self) -> None:
        """To be called again if it fails or is killed."""
        if not self._new:
            self._new = self._resumed_or_begun()
            dropping = self._end == 'abandoned'
        else:
            states = {each.number: each.state for each in self._generations.read()}
            dropping = self._end == 'abandoned' or states.get(self._new) in (None, 'dropping')
        if dropping:  # where we were interrupted, or told that we failed
            self._drop(self._new)
            return
        self._reindex.build(self._new)
        if self._end != 'kept':
            self._generations.swap(self._new)
        if self._end in ('rolled back', 'new dropped'):
            self._generations.swap(self._old)
        if self._end == 'old dropped':
            self._drop(self._old)
        if self._end == 'new dropped':
            self._drop(self._new)

    def _resumed_or_begun(self) -> int:
        try:
            return self._reindex.resume().number
        except ConfigurationError:
            return self._reindex.begin().number

    def _drop(self, number: int) -> None:
        state = {each.number: each.state for each in self._generations.read()}.get(number)
        if state is not None:
            if state != 'dropping':
                self._generations.retire(number)
            self.sleep(VISIBILITY)
            self._generations.erase(number)

    def sleep(self, seconds: float) -> None:
        """After one visibility time-out whoever was at work is done or dead, and so is what they sent."""
        workers: list[Worker] = []
        late: list[Callable[[], object]] = []
        if seconds == VISIBILITY:
            workers, late = list(self._world.busy), list(self._world.wires.calls.late)
        self._world.baton.call(SLEEP)
        while any(worker.alive for worker in workers) or any(write in self._world.wires.calls.late for write in late):
            self._world.baton.call(SLEEP)


class HastyRebuild(Rebuild):
    """Waits for nobody."""

    def sleep(self, seconds: float) -> None:
        self._world.baton.call(SLEEP)
