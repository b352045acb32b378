"""What is told of entities and bundles is what the indices hold, on the real engine."""
import json
import time
from dataclasses import replace

import pytest

from azul.engine import Write
from azul.errors import MAX_TEXT, BundleError, NotFound
from azul.http import MAX_ANSWER
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.contribute import transform
from azul.indexer.explain import LISTED, MAX_CAUSE
from azul.indexer.ledger import LedgerEntry, VersionEntry
from fixtures.toys import box, new_uuid, toy

BEAR = EntityReference('toys', 'bear')


def fqid(number: int, uuid: str = '') -> BundleFQID:
    return BundleFQID(uuid or new_uuid(), f'2020-01-0{number}T000000.000000Z')


def add(system, bundle: Bundle) -> BundleFQID:
    system.notify('add', system.store.put(bundle))
    system.drain()
    return bundle.fqid


def contribute(system, bundle: Bundle) -> BundleFQID:
    """Do as a worker does that dies before it gets to the ledger."""
    plugin = system.indexer.plugin
    system.engine.write([Write(system.indices.contributions(contribution.entity.entity_type), contribution.id,
                               contribution.to_json(plugin.schema)) for contribution in transform(plugin, bundle)],
                        refresh=True)
    return bundle.fqid


def standings(generation) -> dict[BundleFQID, str]:
    return {BundleFQID(each['bundle_uuid'], each['bundle_version']): each['standing']
            for each in generation['contributions']}


def test_every_contribution_to_an_entity_is_told_with_the_reason_why_it_counts_or_not(system):
    uuid = new_uuid()
    masked, counting = add(system, box(fqid(1, uuid), toy('bear'))), add(system, box(fqid(2, uuid), toy('bear')))
    deleted = add(system, box(fqid(1), toy('bear')))
    del system.store.bundles[deleted]
    system.notify('delete', deleted)
    system.drain()
    unfinished = contribute(system, box(fqid(1), toy('bear')))
    failed = contribute(system, box(fqid(1), toy('bear')))
    ledger = system.indexer.contributor.ledger(system.generation)
    ledger.failed(failed, BundleError('no lid'))
    add(system, box(fqid(1), toy('car')))

    explanation = system.indexer.explain.entity(BEAR)
    generation, = explanation['generations']
    assert standings(generation) == {masked: 'masked', counting: 'counts', deleted: 'deleted', failed: 'failed',
                                     unfinished: 'not committed'}
    assert set(generation['counts'].values()) == {1}
    by_standing = {each['standing']: each for each in generation['contributions']}
    assert by_standing['masked']['by'] == counting.version
    assert by_standing['failed']['cause'] == 'no lid'
    assert generation['aggregate'] == {'exists': True, 'live': True, 'bundle_count': 1, 'differs_in': []}
    assert (generation['generation'], generation['state'], generation['served']) == (1, 'serving', True)
    assert explanation['pending'] == {'notifications': 0, 'tallies': 0}


def test_an_aggregate_that_is_not_as_it_ought_to_be_is_found_and_left_alone(system):
    first = add(system, box(fqid(1), toy('bear', colours=['brown'])))
    second = system.store.put(box(fqid(2), toy('bear', colours=['white'])))
    system.notify('add', second)
    system.pump.deliver('notifications', system.indexer.notification_worker.handle)
    aggregate = system.indices.aggregates('toys')
    before = system.engine.get(aggregate, 'bear')

    explanation = system.indexer.explain.entity(BEAR)
    generation, = explanation['generations']
    assert standings(generation) == {first: 'counts', second: 'counts'}
    assert {'bundle_count', 'contents.toys', 'fields.colour'} <= set(generation['aggregate']['differs_in'])
    assert 'entity_id' not in generation['aggregate']['differs_in']
    assert generation['aggregate']['bundle_count'] == 1
    assert explanation['pending'] == {'notifications': 0, 'tallies': 1}
    assert system.engine.get(aggregate, 'bear') == before, 'to explain is not to write'

    system.drain()
    generation, = system.indexer.explain.entity(BEAR)['generations']
    assert generation['aggregate'] == {'exists': True, 'live': True, 'bundle_count': 2, 'differs_in': []}


def test_an_aggregate_that_is_missing_although_something_counts_is_found(system):
    contributed = contribute(system, box(fqid(1), toy('bear')))
    aggregate = {'exists': False, 'live': False, 'bundle_count': 0}
    generation, = system.indexer.explain.entity(BEAR)['generations']
    assert generation['aggregate'] == {**aggregate, 'differs_in': []}, 'nothing counts before it is in the ledger'
    system.indexer.contributor.ledger(system.generation).added({contributed: 2})
    generation, = system.indexer.explain.entity(BEAR)['generations']
    assert generation['aggregate'] == {**aggregate, 'differs_in': ['everything']}


def test_an_entity_that_went_is_still_explained(system):
    gone = add(system, box(fqid(1), toy('bear')))
    del system.store.bundles[gone]
    system.notify('delete', gone)
    system.drain()
    generation, = system.indexer.explain.entity(BEAR)['generations']
    assert standings(generation) == {gone: 'deleted'}
    assert generation['aggregate'] == {'exists': True, 'live': False, 'bundle_count': 0, 'differs_in': []}


def test_contributions_beyond_those_that_are_listed_are_counted(system):
    for _ in range(7):
        add(system, box(fqid(1), toy('bear')))
    generation, = replace(system.indexer.explain, listed=3).entity(BEAR)['generations']
    assert (generation['counts'], len(generation['contributions'])) == ({'counts': 7}, 3)
    assert generation['left_out'] == ['4 of 7 contributions are not listed']
    generation, = system.indexer.explain.within().entity(BEAR)['generations']
    assert (len(generation['contributions']), generation['left_out']) == (7, [])


def crowd(system, number: int, cause: str = 'no lid') -> None:
    """Contributions to one toy, the first of which counts; the bundles of all others failed."""
    toys = [transform(system.indexer.plugin, box(fqid(1), toy('bear')))[0] for _ in range(number)]
    schema = system.indexer.plugin.schema
    system.engine.write([Write(system.indices.contributions('toys'), each.id, each.to_json(schema)) for each in toys])
    entries = [
        LedgerEntry({each.bundle.version: VersionEntry('failed', cause=cause) if place else VersionEntry('added', 1)})
        for place, each in enumerate(toys)
    ]
    system.engine.write([Write(system.indices.ledger, each.bundle.uuid, entry.to_json(each.bundle.uuid))
                         for each, entry in zip(toys, entries, strict=True)], refresh=True)
    system.engine.refresh([system.indices.contributions('toys')])


def test_an_entity_of_many_contributions_is_explained_as_far_as_the_time_suffices(system):
    crowd(system, 2000)
    explain = system.indexer.explain
    complete, = explain.entity(BEAR)['generations']
    assert complete['counts'] == {'counts': 1, 'failed': 1999}
    assert complete['left_out'] == [f'{2000 - LISTED} of 2000 contributions are not listed']
    assert complete['aggregate']['differs_in'] == ['everything']

    none, = explain.within(0).entity(BEAR)['generations']
    assert none['counts'] == {'not looked up': 2000}
    assert none['contributions'] == []
    assert none['aggregate'] == {'exists': False, 'live': False, 'bundle_count': 0, 'differs_in': None}
    assert none['left_out'] == ['time was up before all of 2000 contributions were looked up',
                                '2000 of 2000 contributions are not listed',
                                'whether the aggregate is as it ought to be was not found out, time was up']

    started = time.monotonic()
    explain.entity(BEAR)
    needed = time.monotonic() - started
    some, = explain.within(needed / 4).entity(BEAR)['generations']
    assert 'not looked up' in some['counts'] or some['aggregate']['differs_in'] is None
    assert sum(some['counts'].values()) == 2000


def test_an_explanation_fits_an_answer_whatever_the_causes_are(system):
    crowd(system, 2 * LISTED, cause='\0' * MAX_TEXT)
    system.indexer.generations.register()
    explanation = system.indexer.explain.within().entity(BEAR)
    assert len(explanation['generations'][0]['contributions']) == LISTED
    assert len(json.dumps(explanation)) < MAX_ANSWER / 5
    cause = explanation['generations'][0]['contributions'][1]['cause']
    assert cause == '\0' * MAX_CAUSE + '…'


def test_a_bundle_is_explained_by_its_versions(system):
    uuid = new_uuid()
    old, new = add(system, box(fqid(1, uuid), toy('bear'), toy('car'))), add(system, box(fqid(2, uuid), toy('bear')))
    bad = system.store.put(box(fqid(3, uuid), toy('bear')))
    object.__setattr__(system.store.bundles[bad], 'metadata', {})
    system.notify('add', bad)
    system.drain()
    unfinished = contribute(system, box(fqid(4, uuid), toy('doll')))
    generation, = system.indexer.explain.bundle(uuid)['generations']
    first, second, third, fourth = generation['versions']
    assert first == {'bundle_version': old.version, 'standing': 'masked', 'by': new.version, 'contributions': 3,
                     'found': {'boxes': 1, 'toys': 2}, 'entities': ['toys/bear', 'toys/car', 'boxes/box']}
    assert second == {'bundle_version': new.version, 'standing': 'counts', 'contributions': 2,
                      'found': {'boxes': 1, 'toys': 1}, 'entities': ['toys/bear', 'boxes/box']}
    assert (third['bundle_version'], third['standing'], third['found']) == (bad.version, 'failed', {})
    assert 'box.json' in third['cause']
    assert (fourth['bundle_version'], fourth['standing']) == (unfinished.version, 'not committed')
    assert (fourth['contributions'], fourth['found']) == (0, {'boxes': 1, 'toys': 1})


def test_each_generation_is_explained_for_itself(system):
    first = add(system, box(fqid(1), toy('bear')))
    system.indexer.generations.register()
    second = add(system, box(fqid(2), toy('bear')))
    one, two = system.indexer.explain.entity(BEAR)['generations']
    assert standings(one) == {first: 'counts', second: 'counts'}
    assert standings(two) == {second: 'counts'}
    assert (one['served'], two['served'], two['state']) == (True, False, 'loading')
    assert not two['aggregate']['exists']
    one, two = system.indexer.explain.bundle(first.uuid)['generations']
    assert len(one['versions']) == 1
    assert two['versions'] == []


def test_what_is_unknown_is_said_so(system):
    explain = system.indexer.explain
    with pytest.raises(NotFound, match='no entity type') as caught:
        explain.entity(EntityReference('ghosts', 'bear'))
    assert 'toys' in caught.value.allowed
    with pytest.raises(NotFound, match='Nothing is known of toys/bear'):
        explain.entity(BEAR)
    with pytest.raises(NotFound, match='Nothing is known of toys/xxx'):
        explain.entity(EntityReference('toys', 'x' * 1000))
    with pytest.raises(NotFound, match='Nothing is known of bundle'):
        explain.bundle('nonsense')
