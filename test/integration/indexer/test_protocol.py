"""The protocol on the real engine and the real queues, one history at a time."""
from dataclasses import replace

import pytest

from azul.errors import TerminalError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.messages import IN_ANY_CASE, Notification, Tally
from azul.messaging.inbox import Record
from fixtures.memory_store import MemoryStore
from fixtures.toys import box, new_uuid, toy


def version(uuid: str, number: int) -> BundleFQID:
    return BundleFQID(uuid, f'2020-01-0{number}T000000.000000Z')


def test_a_bundle_yields_its_aggregates(system):
    fqid = system.store.put(box(version(new_uuid(), 1), toy('bear', pictures=['bear.png'], pieces=3), toy('car')))
    system.notify('add', fqid)
    system.drain()
    aggregates = system.aggregates()
    assert {key.partition('/')[0] for key in aggregates} == {'boxes', 'toys', 'pictures'}
    assert aggregates['boxes/box']['bundle_count'] == 1
    assert aggregates['boxes/box']['fields']['toyName'] == ['name of bear', 'name of car']
    assert aggregates['toys/bear']['contents']['toys'][0]['pieces'] == 3
    picture, = (source for key, source in aggregates.items() if key.startswith('pictures/'))
    assert picture['bundles'] == [{'uuid': fqid.uuid, 'version': fqid.version}]


def test_bundles_that_share_an_entity_are_merged(system):
    for number in range(3):
        system.notify('add', system.store.put(box(version(new_uuid(), 1), toy(f'toy{number}'))))
    system.drain()
    aggregates = system.aggregates()
    assert len(aggregates) == 4
    assert aggregates['boxes/box']['bundle_count'] == 3
    assert aggregates['boxes/box']['fields']['toyId'] == ['toy0', 'toy1', 'toy2']


def test_the_same_add_again_changes_nothing(system):
    fqid = system.store.put(box(version(new_uuid(), 1), toy('bear')))
    system.notify('add', fqid)
    system.drain()
    before = system.aggregates()
    system.notify('add', fqid)
    system.notify('add', fqid)
    system.drain()
    assert system.aggregates() == before


def test_a_newer_version_masks_the_whole_older_one_in_whatever_order_they_come(system):
    uuid = new_uuid()
    older = system.store.put(box(version(uuid, 1), toy('bear'), toy('car')))
    newer = system.store.put(box(version(uuid, 2), toy('bear')))
    for order in [(older, newer), (newer, older)]:
        for fqid in order:
            system.notify('add', fqid)
            system.drain()
        aggregates = system.aggregates()
        assert set(aggregates) == {'boxes/box', 'toys/bear'}
        assert aggregates['boxes/box']['bundle_count'] == 1


def test_a_deletion_brings_back_what_the_store_has_left(system):
    uuid = new_uuid()
    older = system.store.put(box(version(uuid, 1), toy('bear'), toy('car')))
    newer = system.store.put(box(version(uuid, 2), toy('bear')))
    system.notify('add', newer)
    system.drain()
    del system.store.bundles[newer]
    system.notify('delete', newer)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear', 'toys/car'}
    del system.store.bundles[older]
    system.notify('delete', older)
    system.drain()
    assert system.aggregates() == {}


def test_a_deletion_takes_away_only_what_no_other_bundle_contributes_to(system):
    first = system.store.put(box(version(new_uuid(), 1), toy('bear'), toy('car')))
    second = system.store.put(box(version(new_uuid(), 1), toy('bear'), toy('doll')))
    system.notify('add', first)
    system.notify('add', second)
    system.drain()
    del system.store.bundles[first]
    system.notify('delete', first)
    system.drain()
    aggregates = system.aggregates()
    assert set(aggregates) == {'boxes/box', 'toys/bear', 'toys/doll'}
    assert aggregates['boxes/box']['bundle_count'] == 1


def test_an_add_after_its_deletion_adds_nothing(system):
    fqid = system.store.put(box(version(new_uuid(), 1), toy('bear')))
    system.notify('delete', fqid)
    system.drain()
    system.notify('add', fqid)
    system.drain()
    assert system.aggregates() == {}
    assert not system.pump.dead_letters('notifications')


def test_the_same_content_under_a_newer_version_comes_back_equal_but_for_the_version(system):
    uuid = new_uuid()
    old = system.store.put(box(version(uuid, 1), toy('bear', pictures=['bear.png'])))
    system.notify('add', old)
    system.drain()
    before = system.aggregates()
    del system.store.bundles[old]
    system.notify('delete', old)
    new = system.store.put(box(version(uuid, 2), toy('bear', pictures=['bear.png'])))
    system.notify('add', new)
    system.drain()
    assert repr(system.aggregates()) == repr(before).replace(old.version, new.version)


def test_one_bad_bundle_does_not_sink_its_batch(system):
    good = [system.store.put(box(version(new_uuid(), 1), toy(f'toy{number}'))) for number in range(4)]
    bad = system.store.put(box(version(new_uuid(), 1)))
    object.__setattr__(system.store.bundles[bad], 'metadata', {})
    for fqid in [*good[:2], bad, *good[2:]]:
        system.notify('add', fqid)
    system.drain()
    assert system.aggregates()['boxes/box']['bundle_count'] == 4
    letter, = system.pump.dead_letters('notifications')
    assert letter.bundle == str(bad)
    assert letter.cause.type == 'BundleError'
    assert 'box.json' in letter.cause.text
    assert letter.attempt == 1
    ledger = system.indexer.contributor.ledger(system.generation).read([bad.uuid])[bad.uuid]
    assert ledger.state(bad.version) == 'failed'


def test_a_bundle_that_cannot_be_indexed_gives_way_to_the_next_older_version(system):
    uuid = new_uuid()
    system.store.put(box(version(uuid, 1), toy('bear')))
    bad = system.store.put(box(version(uuid, 2), toy('car')))
    object.__setattr__(system.store.bundles[bad], 'metadata', {})
    system.notify('add', bad)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}


def test_a_bundle_that_the_store_does_not_have_is_tried_again_and_then_is_a_dead_letter(system):
    missing = version(new_uuid(), 1)
    system.notify('add', missing)
    system.drain()
    letter, = system.pump.dead_letters('notifications')
    assert (letter.cause.type, letter.attempt, letter.bundle) == ('BundleNotFound', 3, str(missing))
    ledger = system.indexer.contributor.ledger(system.generation).read([missing.uuid])[missing.uuid]
    assert ledger.state(missing.version) == 'failed'


def test_messages_that_are_not_ours_are_dead_letters_and_no_crash_loop(system):
    for body in ['{', '{"version": 2}', '[]', '{"version": 1, "action": "eat"}']:
        system.indexer.contributor.notifications.send([body])
        system.indexer.contributor.tallies.send([body])
    system.indexer.contributor.tallies.send([
        Tally.of(1, {EntityReference('cars', 'x'): 0}).encode()
    ])
    system.drain()
    assert {letter.cause.type for letter in system.pump.dead_letters('notifications')} == {'MessageError'}
    assert len(system.pump.dead_letters('tallies')) == 5


def test_tallies_for_a_generation_that_is_gone_are_moot(system):
    system.indexer.contributor.tallies.send([
        Tally.of(7, {EntityReference('toys', 'x'): 0}).encode()
    ])
    system.drain()
    assert not system.pump.dead_letters('tallies')


def test_more_contributions_than_fit_a_page_are_all_counted(system, monkeypatch):
    monkeypatch.setattr('azul.indexer.aggregation.FIRST', 2)
    monkeypatch.setattr('azul.indexer.scan.LARGEST', 2)
    for number in range(5):
        toys = [toy(f'toy{n}') for n in range(number + 1)]
        system.notify('add', system.store.put(box(version(new_uuid(), 1), *toys)))
    system.drain()
    aggregates = system.aggregates()
    assert aggregates['boxes/box']['bundle_count'] == 5
    assert aggregates['toys/toy0']['bundle_count'] == 5
    assert aggregates['toys/toy4']['bundle_count'] == 1


def test_an_aggregate_that_changed_since_it_was_read_is_computed_anew(system):
    """Another worker writes between our reading and our writing."""
    fqid = system.store.put(box(version(new_uuid(), 1), toy('bear')))
    system.notify('add', fqid)
    system.drain()
    aggregator = system.indexer.tally_worker.aggregator
    entity = EntityReference('toys', 'bear')
    stale = list(aggregator._writes(system.indices, aggregator.guards(system.indices, [entity])))
    assert aggregator.aggregate(system.generation.number, {entity: IN_ANY_CASE}) == {}
    assert system.engine.write(stale) == ['conflict']


def test_tallies_for_which_there_was_no_time_come_back_with_all_their_attempts(system, monkeypatch):
    monkeypatch.setattr('azul.indexer.tally_worker.CHUNK', 1)
    bodies = [Tally.of(1, {EntityReference('toys', name): 0}).encode() for name in ('a', 'b', 'c')]
    records = [Record(str(number), 'receipt', body, attempt=3) for number, body in enumerate(bodies)]
    assert system.indexer.tally_worker.handle(records, lambda: 0) == {'batchItemFailures': []}
    assert system.pump.depth('tallies') == 2
    system.drain()
    assert not system.pump.dead_letters('tallies')


def test_an_error_that_cannot_be_told_in_json_is_told_all_the_same(system):
    class Unspeakable(TerminalError):
        pass

    class UnspeakableStore(MemoryStore):
        def bundle(self, fqid):
            raise Unspeakable('\ud800')

    worker = system.indexer.notification_worker
    bad = Notification.create(action='add', bundle_uuid=new_uuid(), bundle_version='1').encode()
    good = Notification.create(action='delete', bundle_uuid=new_uuid(), bundle_version='1').encode()
    sick = replace(worker, contributor=replace(worker.contributor, store=UnspeakableStore()))
    response = sick.handle([Record('bad', 'receipt', bad, 1), Record('good', 'receipt', good, 1)], lambda: 60)
    assert response == {'batchItemFailures': []}
    letter, = system.pump.dead_letters('notifications')
    assert (letter.cause.type, letter.cause.text) == ('Unspeakable', '?')


def test_an_entity_that_the_engine_cannot_be_asked_about_does_not_fail_others_for_good(system):
    system.notify('add', system.store.put(box(version(new_uuid(), 1), toy('bear'))))
    system.indexer.contributor.tallies.send([Tally.of(1, {EntityReference('toys', ''): 0}).encode()])
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}
    letter, = system.pump.dead_letters('tallies')
    assert '"entity_id":""' in letter.message


@pytest.mark.parametrize('entity_id', ['', 'é' * 230, '\uffff', 'a\nb'])
def test_an_id_that_engine_or_queues_would_not_take_is_the_bundle_s_fault(shared_system, entity_id):
    system = shared_system
    bundle = system.store.put(box(version(new_uuid(), 1), toy(entity_id), id=new_uuid()))
    system.notify('add', bundle)
    system.drain()
    letter, = system.pump.dead_letters('notifications')
    assert (letter.bundle, letter.cause.type, letter.attempt) == (str(bundle), 'BundleError', 1)
    assert 'toys' in letter.cause.text


@pytest.mark.parametrize('entity_id', ['a/b', 'x_y', '..', 'a b#?%"\\', 'é' * 100])
def test_other_ids_may_be_odd(shared_system, entity_id):
    system = shared_system
    system.notify('add', system.store.put(box(version(new_uuid(), 1), toy(entity_id), id=new_uuid())))
    system.drain()
    assert f'toys/{entity_id}' in system.aggregates()
    assert not system.pump.dead_letters('notifications')
