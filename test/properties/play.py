"""A history call by call: who moves, how far, and what goes wrong is all laid down."""
from collections.abc import Sequence
from random import Random

from azul.messaging.inbox import Record
from azul.naming import Queue
from properties.baton import Worker
from properties.deployment import Deployment, IndexerUnderTest
from properties.history import Event, History, Version
from properties.rebuild import SLEEP, Rebuild
from properties.world import World

VAIN = 5
"""How often a reindex sleeps before it is clear that it waits for somebody who does not move."""


class Play:
    """
    :param world: without faults, unless some are planned
    """

    def __init__(self, deployment: Deployment, history: History, kind: type[IndexerUnderTest]) -> None:
        self.world = World(deployment, history, Random(0), kind)
        self._reindex: Worker | None = None

    def add(self, version: Version) -> Worker:
        """A worker that is about to begin with it."""
        return self._told(Event('add', version))

    def delete(self, version: Version) -> Worker:
        return self._told(Event('delete', version))

    def _told(self, event: Event) -> Worker:
        self.world.announce(event)
        return self.take('notifications', event.message)

    def tally(self, entity_id: str) -> Worker:
        """A worker that is about to begin with the tally of an entity, one of them if there are several."""
        return self.take('tallies', f'"{entity_id}"')

    def take(self, queue: Queue, text: str) -> Worker:
        """A worker that is about to begin with a message that contains the text."""
        self.world.receive()

        def choose(waiting: Sequence[Record]) -> Sequence[Record]:
            return next([record] for record in waiting if text in record.body)

        return self.world.deliver(queue, choose)

    def until(self, worker: Worker, call: str) -> None:
        """Have a worker go on until it is about to make a certain call."""
        while call not in worker.at:
            self.advance(worker)
            assert worker.alive, f'{worker.name} ended without {call}'

    def past(self, worker: Worker, call: str) -> None:
        """Likewise, and have it make the call."""
        self.until(worker, call)
        self.advance(worker)

    def advance(self, worker: Worker) -> None:
        """Have a worker make one call."""
        if worker in self.world.busy:
            self.world.advance(worker)
        else:
            self.world.baton.advance(worker)

    def finish(self, *workers: Worker) -> None:
        for worker in workers:
            self.world.finish(worker)

    def reindex(self, rebuild: Rebuild) -> Worker:
        self._reindex = self.world.baton.start('reindex', rebuild)
        return self._reindex

    def end(self) -> None:
        """Leave no thread behind."""
        self.world.end()
        if self._reindex is not None:
            self.world.baton.kill(self._reindex)

    def rebuilt(self, worker: Worker, until: str = '') -> None:
        """Have a reindex go on to a call, else to its end, or until it waits for somebody who does not move.

        While it sleeps, messages are delivered.
        """
        slept = 0
        while worker.alive and slept < VAIN and not (until and until in worker.at):
            if worker.at == SLEEP:
                slept += 1
                self.world.drain()
            else:
                slept = 0
            self.world.baton.advance(worker)
        if worker.outcome is not None:
            raise worker.outcome
