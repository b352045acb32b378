"""What a worker does with a batch in which somebody dies, or for which there is no time, without any server."""
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import pytest

from azul.aws.sqs import Held
from azul.errors import EngineError, TerminalError
from azul.messaging.inbox import Inbox, OutOfTime, Record, Retries
from azul.messaging.messages import DeadLetter, decode
from azul.messaging.worker import SUSPECT, Worker

ATTEMPTS = 3


class Death(BaseException):
    pass


class FakeQueue:
    """Messages with receive counts of their own; what nobody removes comes again."""

    def __init__(self) -> None:
        self.name = 'queue'
        self.waiting: dict[str, tuple[str, int]] = {}  # by id: body, and earlier attempts
        self.counts: Counter[str] = Counter()
        self._ids = map(str, itertools.count())

    def send(self, bodies: Iterable[str], delay: int = 0, attempts: int = 0) -> None:
        self.waiting.update({next(self._ids): (body, attempts) for body in bodies})

    def remove(self, messages: Iterable[Held]) -> None:
        for message in messages:
            self.waiting.pop(message.receipt, None)

    def postpone(self, receipt: str, seconds: int) -> None:
        pass

    def receive(self, random: Random) -> list[Record]:
        ids = random.sample(sorted(self.waiting), min(10, len(self.waiting)))
        self.counts.update(ids)
        return [Record(each, each, body, self.counts[each] + earlier)
                for each in ids for body, earlier in [self.waiting[each]]]


@dataclass(frozen=True)
class Doing(Worker[str]):
    """Does what messages say: `die`, `fail …`, or succeeds. Remembers what it has begun, and in which order."""
    begun: list[str]

    def read(self, body):
        return [body]

    def chunks(self, things):
        yield sorted(things)

    def attempt(self, things, remaining):
        failures = {}
        for thing in things:
            if not remaining():
                failures[thing] = OutOfTime()
                continue
            self.begun.append(thing)
            if thing.startswith('die'):
                raise Death
            if thing.startswith('fail'):
                failures[thing] = EngineError('busy') if 'for now' in thing else TerminalError('odd')
        return failures


class Fleet:
    def __init__(self, *bodies: str, seed: int = 0) -> None:
        self.queue, self.letters, self.random = FakeQueue(), FakeQueue(), Random(seed)
        self.worker = Doing(Inbox(self.queue, self.letters, Retries(0, ATTEMPTS)), [])
        self.queue.send(self.random.sample(bodies, len(bodies)))
        self.deaths = 0

    def deliver(self, seconds: int = 1000) -> None:
        records = self.queue.receive(self.random)
        clock = iter(range(seconds, -1, -1))
        try:
            failed = self.worker.handle(records, lambda: next(clock, 0))['batchItemFailures']
        except Death:
            self.deaths += 1
            return
        kept = {failure['itemIdentifier'] for failure in failed}
        self.queue.remove(record for record in records if record.id not in kept)

    def drain(self) -> None:
        for _ in range(2000):
            if not self.queue.waiting:
                return
            self.deliver()
        raise AssertionError(f'these are left: {self.queue.waiting}')

    @property
    def buried(self) -> dict[str, str]:
        """By message, the type of its cause."""
        letters = [decode(DeadLetter, body) for body, _ in self.letters.waiting.values()]
        assert len({letter.message for letter in letters}) == len(letters)
        return {letter.message: letter.cause.type for letter in letters}


@pytest.mark.parametrize('seed', range(20))
@pytest.mark.parametrize('killers', [1, 2, 5])
def test_whoever_somebody_dies_over_is_buried_and_nobody_else(killers, seed):
    good = [f'good {number}' for number in range(60)]
    fleet = Fleet(*good, *(f'die {number}' for number in range(killers)), seed=seed)
    fleet.drain()
    assert fleet.buried == {f'die {number}': 'Died' for number in range(killers)}
    assert set(good) <= set(fleet.worker.begun)
    assert fleet.deaths <= killers * ATTEMPTS


def test_nothing_else_is_held_while_something_is_tried_again():
    fleet = Fleet('die', *(f'good {number}' for number in range(9)))
    for _ in range(SUSPECT - 1):
        fleet.deliver()
    while 'die' in (body for body, _ in fleet.queue.waiting.values()):
        before = len(fleet.worker.begun)
        fleet.deliver()
        assert len(fleet.worker.begun) <= before + 1


@pytest.mark.parametrize(('body', 'begun', 'cause'), [
    ('fail for good', 1, 'TerminalError'),
    ('fail for now', ATTEMPTS, 'EngineError'),
    ('die', ATTEMPTS, 'Died'),
])
def test_attempts_are_counted_also_for_what_was_put_back(body, begun, cause):
    fleet = Fleet(body, *(f'fail for now {number}' for number in range(30)))
    fleet.drain()
    assert fleet.worker.begun.count(body) == begun
    assert fleet.buried[body] == cause


def test_what_there_is_no_time_for_is_put_back_without_being_counted():
    fleet = Fleet(*(f'good {number}' for number in range(10)))
    fleet.deliver(seconds=4)
    assert 0 < len(fleet.worker.begun) < 10
    assert len(fleet.queue.waiting) == 10 - len(fleet.worker.begun)
    fleet.drain()
    assert sorted(fleet.worker.begun) == sorted(f'good {number}' for number in range(10))
    assert not fleet.buried
