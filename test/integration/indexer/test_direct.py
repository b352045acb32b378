"""Indexing within a request, on the real engine and the real queues, which stay empty."""
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from azul.dss.signature import sign
from azul.errors import BadRequest, BundleNotFound, EngineError, Unauthorized
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.direct import Direct, is_wanted
from azul.indexer.door import Door
from azul.indexer.generations import NoGeneration
from fixtures.toys import box, new_uuid, toy

VERSIONS = [f'2020-01-0{number}T000000.000000Z' for number in (1, 2)]


class KnownSecret:
    """One that everybody knows."""

    def read(self, suffices: Callable[[JSON], bool]) -> JSON:
        return {action: [{'key_id': action, 'key': 'open sesame'}] for action in ('add', 'delete')}


@pytest.fixture
def direct(system) -> Direct:
    door = Door(KnownSecret(), system.indexer.contributor.notifications, lambda: datetime.now(UTC))
    return replace(system.indexer.direct, door=door)


def send(direct: Direct, fqid: BundleFQID, key: str = 'open sesame') -> None:
    body = json.dumps({'match': {'bundle_uuid': fqid.uuid, 'bundle_version': fqid.version}}).encode()
    direct.admit('add', 'post /', sign(body, 'add', key, datetime.now(UTC)), body)


def waiting(system) -> int:
    workers = system.indexer.notification_worker, system.indexer.tally_worker
    return sum(sum(queue.counts()) for worker in workers for queue in (worker.inbox.queue, worker.inbox.failed))


def test_a_bundle_is_in_its_aggregates_when_the_call_returns(system, direct):
    uuid = new_uuid()
    send(direct, system.store.put(box(BundleFQID(uuid, VERSIONS[0]), toy('bear'), toy('car'))))
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear', 'toys/car'}
    send(direct, system.store.put(box(BundleFQID(uuid, VERSIONS[1]), toy('bear'))))
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}
    assert waiting(system) == 0


def test_a_bundle_comes_out_as_it_does_by_way_of_the_queues(system, direct):
    fqid = system.store.put(box(BundleFQID(new_uuid(), VERSIONS[0]), toy('bear', pictures=['bear.png'])))
    send(direct, fqid)
    before = system.aggregates()
    system.notify('add', fqid)
    system.drain()
    assert system.aggregates() == before


def test_what_fails_is_told_and_not_queued(system, direct):
    fqid = BundleFQID(new_uuid(), VERSIONS[0])
    with pytest.raises(BundleNotFound):
        send(direct, fqid)
    system.store.put(box(fqid, toy('bear')))
    with pytest.raises(Unauthorized):
        send(direct, fqid, key='guessed')
    object.__setattr__(system.store.bundles[fqid], 'metadata', {})
    with pytest.raises(BadRequest, match=r'box\.json'):
        send(direct, fqid)
    assert waiting(system) == 0
    assert system.aggregates() == {}
    ledger = system.indexer.contributor.ledger(system.generation)
    assert 'box.json' in ledger.read([fqid.uuid])[fqid.uuid].versions[fqid.version].cause


def test_an_older_version_takes_the_place_of_one_that_cannot_be_indexed(system, direct):
    uuid = new_uuid()
    older = system.store.put(box(BundleFQID(uuid, VERSIONS[0]), toy('bear')))
    broken = system.store.put(box(BundleFQID(uuid, VERSIONS[1]), toy('car')))
    object.__setattr__(system.store.bundles[broken], 'metadata', {})
    with pytest.raises(BadRequest, match=r'box\.json'):
        send(direct, broken)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}
    assert system.indexer.contributor.ledger(system.generation).read([uuid])[uuid].live == older.version


def test_an_aggregate_that_cannot_be_written_is_told(system, direct):
    class Refusing:
        def aggregate(self, generation, entities):
            return dict.fromkeys(entities, EngineError('refused'))

    contributor = replace(direct.worker.contributor, aggregator=Refusing())
    fqid = system.store.put(box(BundleFQID(new_uuid(), VERSIONS[0]), toy('bear')))
    with pytest.raises(EngineError, match='refused'):
        send(replace(direct, worker=replace(direct.worker, contributor=contributor)), fqid)
    send(direct, fqid)
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}, 'to try again is enough'
    assert waiting(system) == 0


def test_there_is_nowhere_to_index_without_a_generation(system, direct):
    system.indexer.generations.advance(1, 'frozen')
    with pytest.raises(NoGeneration):
        send(direct, system.store.put(box(BundleFQID(new_uuid(), VERSIONS[0]), toy('bear'))))
    assert waiting(system) == 0


def test_it_has_to_be_wanted_clearly():
    assert [is_wanted({'sync': value}) for value in ('true', 'True', 'false', 'FALSE')] == [True, True, False, False]
    assert not is_wanted({})
    for value in '', '1', 'yes':
        with pytest.raises(BadRequest, match='`sync`'):
            is_wanted({'sync': value})
