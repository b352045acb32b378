"""Runs a random history, switching between workers at every call, with faults; all of it follows from one number."""
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import get_args

from azul.errors import AzulError
from azul.messaging.inbox import Record
from azul.naming import Queue
from properties.baton import Killed, Worker
from properties.deployment import Deployment, Deployments, IndexerUnderTest
from properties.faults import RandomFaults
from properties.history import History
from properties.rebuild import SLEEP, End, Rebuild
from properties.world import QUEUES, Diverged, World

WORKERS = 3
MAX_STEPS = 20_000

PATIENCE = 10
"""How often a reindex may wait in vain while nothing else moves: it waits for what died with its cause."""

REPLAYS = 3

Move = Callable[[], None]


@dataclass
class Tally:
    """What histories consisted of."""
    histories: int = 0
    calls: int = 0
    reindexes: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        faults = ', '.join(f'{count} {fault}' for fault, count in sorted(self.faults.items()))
        return (f'{self.histories} histories ({self.reindexes} with a reindex), {self.calls} calls, '
                f'{self.faults.total()} faults: {faults or "none"}')


def reindexes(seed: int) -> bool:
    """Whether a reindex is part of a history. If so, it needs a deployment of its own."""
    return seed % 3 == 0


def run(deployments: Deployments, seed: int, tally: Tally, kind: type[IndexerUnderTest] = IndexerUnderTest
        ) -> list[str]:
    """
    :return: the trace
    :raises Diverged: with the trace in its notes
    """
    scheduler = Scheduler(deployments.get(seed, reindexes(seed)), seed, tally, kind)
    try:
        scheduler.run()
    except BaseException as error:
        error.add_note('\n'.join([f'seed {seed}', *scheduler.world.trace]))
        deployments.discard()
        raise
    finally:
        scheduler.end()
        tally.histories += 1
    if reindexes(seed):
        deployments.discard()
    return scheduler.world.trace


class Scheduler:
    def __init__(self, deployment: Deployment, seed: int, tally: Tally, kind: type[IndexerUnderTest]) -> None:
        self._random = random = Random(seed)
        history = History.random(random, f'-{seed:x}-')
        self._pending = history.events(random)
        self._tally = tally
        self.world = World(deployment, history, random, kind)
        self._faults = RandomFaults(random, random.choice([0.02, 0.05, 0.1]), random.randint(0, 25), tally.faults)
        self.world.wires.misbehave(self._faults)
        self._idle = self._replays = 0
        self._rebuild: Rebuild | None = None
        self._rebuilder: Worker | None = None
        if reindexes(seed):
            self._rebuild = Rebuild(self.world, random.choice(get_args(End)), random.random() < 0.5)
            tally.reindexes += 1

    def run(self) -> None:
        for _ in range(MAX_STEPS):
            moves = self._moves()
            if moves:
                move, = self._random.choices([move for _, move in moves], [weight for weight, _ in moves])
                move()
            elif not self._recover():
                break
        else:
            raise Diverged('it does not drain')
        self.world.judge()

    def end(self) -> None:
        self.world.end()
        self._tally.calls += self.world.baton.handovers
        if self._rebuilder is not None and self._rebuilder.alive:
            self.world.baton.kill(self._rebuilder)

    def _moves(self) -> list[tuple[float, Move]]:
        """What can happen next, with how likely it is to. Nothing, when all is done that can be done."""
        world, rebuilder = self.world, self._rebuilder
        moves: list[tuple[float, Move]] = [(4, partial(self._advance, worker)) for worker in world.busy]
        world.receive()
        if len(world.busy) < WORKERS:
            moves += [(3, partial(self._deliver, queue)) for queue in QUEUES if world.sources[queue].waiting]
        if self._pending:
            moves.append((2, self._announce))
        if world.wires.calls.late:
            moves.append((1, self._apply_late))
        if world.busy:
            moves.append((0.3, world.refresh))
            if self._faults.left:
                moves.append((0.1, self._end_visibility))
        self._idle = 0 if moves else self._idle + (rebuilder is not None and rebuilder.at == SLEEP)
        if self._rebuild is not None and self._idle < PATIENCE:
            moves.append((0.2, self._begin_rebuild) if rebuilder is None else (4, self._advance_rebuilder))
        return moves

    def _advance(self, worker: Worker) -> None:
        self.world.advance(worker, lambda: self._faults.draw('remove', ['delivered twice']) is None)

    def _deliver(self, queue: Queue) -> None:
        def choose(waiting: Sequence[Record]) -> Sequence[Record]:
            return self._random.sample(waiting, self._random.randint(1, min(4, len(waiting))))

        hasty = self._faults.draw('deliver', ['out of time']) is not None
        self.world.deliver(queue, choose, remaining=0 if hasty else 1e9)

    def _announce(self) -> None:
        self.world.announce(self._pending.pop())

    def _apply_late(self) -> None:
        late = self.world.wires.calls.late
        self.world.trace.append('a late write is applied')
        late.pop(self._random.randrange(len(late)))()

    def _end_visibility(self) -> None:
        if self._faults.draw('visibility', ['visibility ended during work'] * 10) is not None:
            self.world.end_visibility(self._random.choice(list(self.world.busy)))

    def _begin_rebuild(self) -> None:
        assert self._rebuild is not None
        self._rebuilder = self.world.baton.start('reindex', self._rebuild)

    def _advance_rebuilder(self) -> None:
        worker = self._rebuilder
        assert worker is not None
        self.world.baton.advance(worker)
        if not worker.alive:
            self._rebuilder = None
            if worker.outcome is None:
                self._rebuild = None
            elif not isinstance(worker.outcome, AzulError | Killed):
                raise worker.outcome

    def _recover(self) -> bool:
        """From now on nothing fails any more, and what did is tried again.

        :return: whether there is anything to go on with
        """
        self._faults.stop()
        self._idle = 0
        self._replays += 1
        if self._replays <= REPLAYS and (self.world.replay() or self._rebuild is not None):
            return True
        if self._rebuild is not None:
            raise Diverged('the reindex does not end')
        return False
