"""Messages are worked off together. What befalls one of them is not to befall the others."""
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from azul.aws import clients
from azul.engine import Engine, Write
from azul.errors import EngineError, EngineRejection, StoreError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.messages import IN_ANY_CASE, Tally
from azul.messaging.inbox import Record
from azul.messaging.messages import decode
from fixtures.memory_store import MemoryStore
from fixtures.toys import box, new_uuid, toy

BEAR, CAR = EntityReference('toys', 'bear'), EntityReference('toys', 'car')


def version(uuid: str, number: int) -> BundleFQID:
    return BundleFQID(uuid, f'2020-01-0{number}T000000.000000Z')


class Death(BaseException):
    """Of a worker, in the midst of its work."""


class DeadlyStore(MemoryStore):
    """Nobody survives to fetch some of its bundles."""

    def __init__(self, *deadly):
        super().__init__()
        self.deadly = set(deadly)

    def bundle(self, fqid):
        if fqid in self.deadly:
            raise Death
        return super().bundle(fqid)


class CountingEngine(Engine):
    """Counts its calls, and refuses some writes."""

    def __init__(self, engine: Engine, refusals: dict[str, list[Any]] | None = None) -> None:
        super().__init__(engine._client)
        self.calls: Counter[str] = Counter()
        self.refusals = refusals or {}

    def search(self, index, body):
        self.calls['search'] += 1
        return super().search(index, body)

    def mget(self, references, source=True):
        self.calls['mget'] += 1
        return super().mget(references, source)

    def refresh(self, indices):
        self.calls['refresh'] += 1
        super().refresh(indices)

    def write(self, writes, refresh=False):
        self.calls['write'] += 1
        writes = list(writes)
        refused = {write.id: self.refusals[write.id].pop(0) for write in writes if self.refusals.get(write.id)}
        outcomes = iter(super().write([write for write in writes if write.id not in refused], refresh))
        return [refused.get(write.id) or next(outcomes) for write in writes]


def with_engine(worker, engine):
    if hasattr(worker, 'contributor'):
        return replace(worker, contributor=replace(worker.contributor, engine=engine))
    return replace(worker, aggregator=replace(worker.aggregator, engine=engine))


def drain_despite_death(system, worker, deliveries: int) -> None:
    """What nobody came back from becomes visible again at once."""
    sqs, queue = clients.sqs(system.indexer.config), system.indexer.contributor.notifications
    seen = []

    def handle(records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        seen[:] = records
        return worker.handle(records, remaining)

    for _ in range(deliveries):
        try:
            system.pump.deliver('notifications', handle)
        except Death:
            for record in seen:
                try:
                    sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=record.receipt, VisibilityTimeout=0)
                except sqs.exceptions.ClientError:
                    continue  # was removed


def test_many_bundles_take_as_many_calls_as_one(system):
    def calls(number: int) -> Counter[str]:
        for _ in range(number):
            system.notify('add', system.store.put(box(version(new_uuid(), 1), toy(new_uuid()))))
        engine = CountingEngine(system.engine)
        worker = with_engine(system.indexer.notification_worker, engine)
        system.pump.deliver('notifications', worker.handle)
        return engine.calls

    assert calls(1) == calls(9)
    system.drain()
    assert len(system.aggregates()) == 11


def test_versions_of_a_bundle_may_come_together(system):
    uuid = new_uuid()
    for number, name in enumerate(['bear', 'car', 'ball'], 1):
        system.notify('add', system.store.put(box(version(uuid, number), toy(name))))
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/ball'}
    entry = system.indexer.contributor.ledger(system.generation).read([uuid])[uuid]
    assert [each.state for each in entry.versions.values()] == ['added'] * 3


def test_of_a_batch_only_those_fail_whose_contributions_are_refused(system):
    good, bad = (system.store.put(box(version(new_uuid(), 1), toy(name), id=name)) for name in ('bear', 'car'))
    contribution = f'car_{bad.uuid}_{bad.version}'
    engine = CountingEngine(system.engine, {contribution: [EngineRejection('too odd')]})
    system.notify('add', good)
    system.notify('add', bad)
    system.pump.deliver('notifications', with_engine(system.indexer.notification_worker, engine).handle)
    system.drain()
    assert set(system.aggregates()) == {'boxes/bear', 'toys/bear'}
    letter, = system.pump.dead_letters('notifications')
    assert (letter.bundle, letter.cause.type) == (str(bad), 'EngineRejection')


def test_a_bundle_that_its_worker_dies_over_takes_none_of_its_batch_along(system):
    worker = system.indexer.notification_worker
    bundles = [system.store.put(box(version(new_uuid(), 1), toy(f'toy{number}'))) for number in range(9)]
    killer = version(new_uuid(), 1)
    store = DeadlyStore(killer)
    store.bundles = system.store.bundles
    for fqid in Random(1).sample([*bundles, killer], 10):
        system.notify('add', fqid)
    deadly = replace(worker, contributor=replace(worker.contributor, store=store))
    for _ in range(12):
        drain_despite_death(system, deadly, 5)
    system.drain()
    assert {name for name in system.aggregates() if name.startswith('toys/')} == {f'toys/toy{n}' for n in range(9)}
    letter, = system.pump.dead_letters('notifications')
    assert (letter.bundle, letter.cause.type) == (str(killer), 'Died')
    assert 'ended without a word' in letter.cause.text
    entry = system.indexer.contributor.ledger(system.generation).read([killer.uuid])[killer.uuid]
    assert entry.state(killer.version) == 'failed'


def test_the_successor_of_a_bundle_that_cannot_be_added_is_not_lost_because_the_store_does_not_answer(system):
    class DumbStore(MemoryStore):
        answers = iter([StoreError('busy', 503)])

        def versions(self, bundle_uuid):
            for error in self.answers:
                raise error
            return super().versions(bundle_uuid)

    uuid = new_uuid()
    system.store.put(box(version(uuid, 1), toy('bear')))
    broken = system.store.put(box(version(uuid, 2), toy('car')))
    object.__setattr__(system.store.bundles[broken], 'metadata', {})
    dumb = DumbStore()
    dumb.bundles = system.store.bundles
    worker = system.indexer.notification_worker
    system.notify('add', broken)
    system.pump.deliver('notifications', replace(worker, contributor=replace(worker.contributor, store=dumb)).handle)
    assert not system.pump.dead_letters('notifications')
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}
    assert [letter.bundle for letter in system.pump.dead_letters('notifications')] == [str(broken)]


class TestTallies:

    @pytest.fixture
    def filled(self, system):
        system.notify('add', system.store.put(box(version(new_uuid(), 1), toy('bear'), toy('car'))))
        system.pump.deliver('notifications', system.indexer.notification_worker.handle)
        return system

    def deliver(self, system, refusals) -> CountingEngine:
        engine = CountingEngine(system.engine, refusals)
        system.pump.deliver('tallies', with_engine(system.indexer.tally_worker, engine).handle)
        return engine

    def test_a_message_has_many_entities(self, filled):
        queue = filled.indexer.contributor.tallies
        assert queue.counts().queued == 1
        message, = queue.receive()
        assert set(decode(Tally, message.body).tallied) == {EntityReference('boxes', 'box'), BEAR, CAR}
        queue.release([message])

    def test_what_failed_of_a_message_goes_on_alone(self, filled):
        self.deliver(filled, {'bear': [EngineRejection('too odd')] * 9, 'car': [EngineError('busy')]})
        filled.drain()
        assert set(filled.aggregates()) == {'boxes/box', 'toys/bear', 'toys/car'}
        assert not filled.pump.dead_letters('tallies'), 'a second attempt of each, alone, has succeeded'

    def test_what_is_refused_for_good_is_buried_alone(self, filled):
        refusals = {'bear': [EngineRejection('too odd')] * 9}
        for _ in range(3):
            self.deliver(filled, refusals)
        assert set(filled.aggregates()) == {'boxes/box', 'toys/car'}
        letter, = filled.pump.dead_letters('tallies')
        assert letter.cause.text == 'too odd'
        assert set(decode(Tally, letter.message).tallied) == {BEAR}

    def test_that_others_were_faster_never_counts_as_an_attempt(self, filled):
        refusals = {name: ['conflict'] * 50 for name in ('bear', 'car', 'box')}
        for _ in range(8):
            self.deliver(filled, refusals)
        assert not filled.pump.dead_letters('tallies')
        filled.drain()
        assert set(filled.aggregates()) == {'boxes/box', 'toys/bear', 'toys/car'}

    def test_a_tally_is_moot_after_two_writes(self, filled):
        filled.drain()
        aggregator = filled.indexer.tally_worker.aggregator
        for moot, tallied in (False, 0), (True, 0), (False, 1), (True, 1), (False, IN_ANY_CASE), (False, IN_ANY_CASE):
            engine = CountingEngine(filled.engine)
            assert replace(aggregator, engine=engine).aggregate(1, {BEAR: tallied}) == {}
            assert (engine.calls['search'] == 0) == moot

    def test_of_several_tallies_of_an_entity_the_last_one_counts(self, filled):
        filled.drain()
        filled.indexer.contributor.tallies.send(Tally.of(1, {BEAR: written}).encode() for written in (0, 1, 0))
        assert filled.engine.get(filled.indices.aggregates('toys'), 'bear').version == 1
        self.deliver(filled, {})
        filled.drain()
        assert filled.engine.get(filled.indices.aggregates('toys'), 'bear').version == 2

    def test_those_of_hot_entities_are_put_off(self, filled):
        filled.drain()
        hot = {**filled.engine.get(filled.indices.aggregates('toys'), 'bear').source, 'bundle_count': 10_000}
        filled.engine.write([Write(filled.indices.aggregates('toys'), 'bear', hot)])
        filled.indexer.contributor.send_tallies(filled.generation, [BEAR, CAR])
        counts = filled.indexer.contributor.tallies.counts()
        assert (counts.queued, counts.delayed) == (1, 1)

    def test_with_replicas_none_is_ever_moot(self, filled):
        filled.drain()
        generations = filled.indexer.generations
        contributor = replace(filled.indexer.contributor, generations=type(generations)(
            filled.engine, filled.indexer.config.naming, filled.indexer.plugin, shards=1, replicas=1))
        contributor.send_tallies(filled.generation, [BEAR])
        message, = contributor.tallies.receive()
        assert decode(Tally, message.body).tallied == {BEAR: IN_ANY_CASE}
