"""A reindex may be killed at any moment; then it is resumed, or abandoned. Readers see nothing of either."""
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from azul.engine import Engine
from azul.errors import ConfigurationError
from azul.index.bundle import Bundle, BundleFQID
from azul.indexer.announcement import QueueAnnouncer
from azul.indexer.reindex import Reindex
from azul.indexer.wiring import Indexer
from fixtures.memory_store import MemoryStore
from fixtures.toys import box, new_uuid, toy

VERSION = '2020-01-01T000000.000000Z'
VISIBILITY = 10

STEPS = {
    'register': ('create_index', 4),
    'registered': ('write', 1),
    'wait': ('sleep', 1),
    'copy': ('refresh', 1),
    'list': ('list', 1),
    'reuse': ('reuse', 1),
    'announce': ('announce', 1),
    'load': ('load', 1),
    'loaded': ('load', 2),
    'aggregate': ('aggregate', 1),
    'aggregated': ('aggregate', 2),  # boxes and toys; there are no pictures
}
"""Where it is killed: when something happens for so many times."""


class Killed(BaseException):
    """Not to be caught by those who catch all that fails."""


class Fuse:
    """Is told of all that happens, just before, and kills when it is time."""

    def __init__(self) -> None:
        self.disarm()

    def disarm(self) -> None:
        self.happened: Counter[str] = Counter()
        self.at: tuple[str, int] | None = None
        self.after: int | None = None

    def __call__(self, what: str) -> None:
        self.happened[what] += 1
        if self.at == (what, self.happened[what]) or self.happened.total() - 1 == self.after:
            raise Killed(what)


class MortalEngine(Engine):
    def __init__(self, engine: Engine, fuse: Fuse) -> None:
        super().__init__(engine._client)
        self.fuse = fuse

    def search(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('search')
        return super().search(*args, **kwargs)

    def msearch(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('msearch')
        return super().msearch(*args, **kwargs)

    def mget(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('mget')
        return super().mget(*args, **kwargs)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('write')
        return super().write(*args, **kwargs)

    def refresh(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('refresh')
        return super().refresh(*args, **kwargs)

    def create_index(self, *args: Any, **kwargs: Any) -> Any:
        self.fuse('create_index')
        return super().create_index(*args, **kwargs)


@dataclass(frozen=True)
class MortalIndexer(Indexer):
    """Shares all but the process with a system."""
    system: Any
    fuse: Fuse

    @cached_property
    def engine(self) -> Engine:
        return MortalEngine(self.system.engine, self.fuse)

    @cached_property
    def store(self) -> MemoryStore:
        return self.system.store


class Operator:
    """Reindexes, from a process that may be killed."""

    def __init__(self, system: Any, reusing: bool = True) -> None:
        self.system, self.fuse = system, Fuse()
        indexer = MortalIndexer(system.indexer.config, system, self.fuse)
        self.generations = indexer.generations
        self.reindex = Reindex(indexer.contributor, indexer.tally_worker.aggregator, system.store.list_bundles,
                               QueueAnnouncer(indexer.contributor.notifications), visibility=VISIBILITY, patience=1,
                               reusing=reusing, workers=1, progress=lambda step, done, total: self.fuse(step),
                               sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.fuse('sleep')
        self.system.drain()

    def begin_or_resume(self) -> int:
        try:
            generation = self.reindex.resume()
        except ConfigurationError:
            generation = self.reindex.begin()
        self.reindex.build(generation.number)
        return generation.number

    def drop(self) -> None:
        """Whatever there is beside the first generation."""
        lost = self.generations.lost()
        for generation in self.generations.read()[1:]:
            self.generations.retire(generation.number)
            self.system.drain()
            self.generations.erase(generation.number)
        self.generations.erase_lost(lost)


def some(*names: str) -> Bundle:
    return box(BundleFQID(new_uuid(), VERSION), *(toy(name, colours=[name]) for name in names))


def fill(system) -> None:
    gone = some('gone')
    for bundle in some('bear', 'car'), some('bear', 'doll'), gone:
        system.notify('add', system.store.put(bundle))
    system.drain()
    system.notify('delete', gone.fqid)  # which the store goes on to list
    system.drain()

@pytest.fixture
def filled(system):
    fill(system)
    system.store.put(some('kite'))  # which cannot be reused
    return system


@pytest.fixture(scope='module')
def shared(shared_system):
    """One on which nothing leaves a trace."""
    fill(shared_system)
    return shared_system


def documents(system, number: int):
    system.indices = system.indexer.generations.indices(number)
    return system.aggregates()


def seen_by_readers(system) -> Any:
    aliases = [system.indexer.config.naming.index(name) for name in system.generation.names]
    return system.engine.resolve(aliases), documents(system, 1)


def indices(system) -> set[str]:
    return set(system.engine._client.indices.get(index=f'{system.indexer.config.index_prefix}_*'))


@pytest.mark.parametrize('step', STEPS)
def test_what_was_killed_at_a_step_is_abandoned_without_a_trace(shared, step: str) -> None:
    shared.store.put(some(f'kite to be killed at {step}'))  # which cannot be reused
    aliases, before = seen_by_readers(shared)[0], indices(shared)
    operator = Operator(shared)
    operator.fuse.at = STEPS[step]
    with pytest.raises(Killed):
        operator.begin_or_resume()
    operator.fuse.disarm()
    assert seen_by_readers(shared)[0] == aliases
    operator.drop()
    shared.drain()
    assert [each.number for each in operator.generations.read()] == [1]
    assert seen_by_readers(shared)[0] == aliases
    assert indices(shared) == before
    operator.generations.refuse_a_second()


def test_it_may_be_killed_at_every_call_again_and_again_and_is_resumed_to_a_whole_generation(filled) -> None:
    aliases, before = seen_by_readers(filled)
    operator = Operator(filled)
    kills: list[str] = []
    known, calls, number = operator.generations.read(), 0, None
    while number is None:
        operator.fuse.disarm()
        operator.fuse.after = calls
        try:
            number = operator.begin_or_resume()
        except Killed as killed:
            kills.append(str(killed))
        operator.fuse.disarm()
        assert seen_by_readers(filled)[0] == aliases
        previous, known = known, operator.generations.read()
        # From the state that it is in now, all calls over again
        calls = calls + 1 if known == previous else 0
    filled.drain()
    assert documents(filled, number) == documents(filled, 1)
    assert documents(filled, number).keys() == before.keys() | {'toys/kite'}
    assert seen_by_readers(filled)[0] == aliases
    assert [each.state for each in operator.generations.read()] == ['serving', 'serving']
    assert {'create_index', 'write', 'mget', 'search', 'sleep', 'refresh', 'aggregate'} <= set(kills)
