"""A new generation is built while the old one serves; readers see nothing of it before they are sent there."""
from dataclasses import replace

import pytest

from azul.errors import ConfigurationError
from azul.index.bundle import Bundle, BundleFQID
from azul.indexer.comparison import Comparison
from azul.indexer.generations import Generation, Generations
from azul.indexer.reindex import Reindex
from fixtures.toys import box, new_uuid, toy

VERSION, LATER = '2020-01-01T000000.000000Z', '2020-01-02T000000.000000Z'


def some(*names: str, version: str = VERSION, uuid: str = '') -> Bundle:
    toys = [toy(name, colours=[name], pictures=[f'{name}.png']) for name in names]
    return box(BundleFQID(uuid or new_uuid(), version), *toys)


class Reindexing:
    """A reindex for which time passes by the delivery of messages."""

    def __init__(self, system, **options) -> None:
        self.system, self.steps, self.meanwhile = system, [], lambda: None
        indexer = system.indexer
        self.reindex = Reindex(indexer.contributor, indexer.tally_worker.aggregator, system.store, visibility=10,
                               patience=1, progress=lambda step, done, total: self.steps.append((step, done, total)),
                               sleep=self.sleep, **options)

    def sleep(self, seconds: float) -> None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        self.system.drain()

    def __call__(self) -> Generation:
        generation = self.reindex.begin()
        self.reindex.build(generation.number)
        return self.system.indexer.generations.get(generation.number)


@pytest.fixture
def filled(system):
    for bundle in some('bear', 'car'), some('bear', 'doll'), some('ball'):
        system.notify('add', system.store.put(bundle))
    system.drain()
    return system


def documents(system, number: int):
    system.indices = system.indexer.generations.indices(number)
    return system.aggregates()


def reports(system, old: int, new: int) -> list[str]:
    generations = system.indexer.generations
    return list(Comparison(system.engine, generations, generations.get(old), generations.get(new)).differences())


@pytest.mark.parametrize('reusing', [True, False])
def test_a_new_generation_equals_the_old_one(filled, reusing):
    generation = Reindexing(filled, reusing=reusing)()
    assert generation == replace(filled.generation, number=2)
    assert documents(filled, 2) == documents(filled, 1) != {}
    assert reports(filled, 1, 2) == []
    assert filled.indexer.generations.served() == 1


def test_what_can_be_reused_is_not_fetched_again(filled):
    fetched = []
    fetch, filled.store.bundle = filled.store.bundle, lambda fqid: fetched.append(fqid) or fetch(fqid)
    new = filled.store.put(some('kite'))
    Reindexing(filled)()
    assert fetched == [new] * len(fetched)
    assert fetched
    assert 'toys/kite' in documents(filled, 2)


def test_what_is_added_and_deleted_meanwhile_is_so_in_both(filled):
    reindexing = Reindexing(filled, reusing=False)
    added, gone = some('kite', 'bear'), next(iter(filled.store.bundles))

    def meanwhile():
        filled.notify('add', filled.store.put(added))
        del filled.store.bundles[gone]
        filled.notify('delete', gone)

    reindexing.meanwhile = meanwhile
    reindexing()
    filled.drain()
    assert 'toys/kite' in documents(filled, 2)
    assert documents(filled, 2) == documents(filled, 1)


def test_what_the_store_lists_although_it_was_deleted_stays_so(filled):
    gone = next(iter(filled.store.bundles))
    filled.notify('delete', gone)
    filled.drain()
    assert gone in filled.store.bundles
    Reindexing(filled)()
    assert documents(filled, 2) == documents(filled, 1)


def test_only_the_greatest_version_of_a_bundle_is_added(filled):
    old = filled.store.put(some('old'))
    filled.store.put(some('new', uuid=old.uuid, version=LATER))
    generation = Reindexing(filled)()
    assert old.version not in filled.indexer.contributor.ledger(generation).read([old.uuid])[old.uuid].versions
    assert 'toys/new' in documents(filled, 2)
    assert 'toys/old' not in documents(filled, 2)


def test_there_is_one_at_a_time(filled):
    generations = filled.indexer.generations
    first = generations.register()
    with pytest.raises(ConfigurationError, match='it is loading: resume or drop it'):
        generations.register()
    generations.retire(first.number)
    generations.erase(first.number)
    assert generations.register().number == 2


def test_one_that_was_killed_is_resumed_where_it_was(filled):
    class Killed(Exception):
        pass

    expected = documents(filled, 1)
    for step in range(1, 30):
        calls = iter(range(step))

        def progress(*_, calls=calls):
            if next(calls, None) is None:
                raise Killed

        reindexing = Reindexing(filled, reusing=step % 2 == 0)
        number = reindexing.reindex.begin().number
        dying = replace(reindexing.reindex, progress=progress)
        try:
            dying.build(number)
        except Killed:
            resumed = reindexing.reindex.resume()
            assert resumed.number == number
            reindexing.reindex.build(number)
            killed = True
        else:
            killed = False
        assert documents(filled, number) == expected
        filled.indexer.generations.retire(number)
        filled.indexer.generations.erase(number)
        if not killed:
            break
    else:
        raise AssertionError('it was always killed')
    assert step > 3


def test_without_progress_it_gives_up_and_says_what_is_missing(filled):
    reindexing = Reindexing(filled, reusing=False)
    reindexing.reindex = replace(reindexing.reindex, sleep=lambda seconds: None)
    with pytest.raises(ConfigurationError, match='3 bundles are neither added nor failed'):
        reindexing()
    assert filled.indexer.generations.served() == 1


def test_readers_are_sent_to_a_complete_generation_and_back(filled):
    generations = filled.indexer.generations
    alias = filled.indexer.config.naming.index
    loading = generations.register()
    with pytest.raises(ConfigurationError, match='it is loading'):
        generations.swap(loading.number)
    with pytest.raises(ConfigurationError, match='readers are sent there'):
        generations.retire(1)
    generations.advance(2, 'serving')
    generations.swap(2)
    assert generations.served() == 2
    assert all(index.endswith('_2') for index in filled.engine.resolve(map(alias, loading.names)).values())
    generations.swap(1)
    assert generations.served() == 1
    with pytest.raises(ConfigurationError, match='there is no such generation'):
        generations.swap(9)


def test_a_dropped_generation_leaves_nothing_and_its_messages_are_moot(filled):
    generations = filled.indexer.generations
    generation = Reindexing(filled)()
    generations.retire(2)
    filled.notify('add', filled.store.put(some('kite')))
    filled.drain()
    generations.erase(2)
    assert [each.number for each in generations.read()] == [1]
    for name in generation.names:
        assert filled.engine.create_index(filled.indexer.config.naming.index(name, 2), {}), 'it was gone'
    assert 'toys/kite' in documents(filled, 1)


def test_generations_of_other_plugins_are_frozen_when_a_new_one_begins(filled):
    config = filled.indexer.config
    generations = Generations(filled.engine, config.naming, replace(filled.indexer.plugin, version=99), 1, 0)
    assert generations.writable() == []
    generation = generations.register()
    assert [each.state for each in generations.read()] == ['frozen', 'loading']
    assert generations.writable() == [generation]
    assert filled.indexer.generations.writable() == [], 'nor do workers that are not deployed anew write any more'
    generations.swap(1)
    assert generations.served() == 1


def test_differences_are_told(filled):
    Reindexing(filled)()
    generation = filled.indexer.generations.get(2)
    odd = box(BundleFQID(new_uuid(), VERSION), toy('bear', colours=['pink']))
    filled.indexer.contributor.add(generation, filled.store.put(odd), lambda: list(
        filled.indexer.plugin.transform(odd)))
    gone = filled.store.put(some('ball', uuid=next(fqid.uuid for fqid, bundle in filled.store.bundles.items()
                                                   if 'ball' in str(bundle.metadata)), version=VERSION))
    filled.indexer.contributor.delete(generation, gone)
    filled.drain()
    told = reports(filled, 1, 2)
    assert 'toys: 4 before, 3 after' in told
    assert 'toys: ball is not there any more' in told
    assert any(difference.startswith('toys: bear differs in ') for difference in told)


def test_bundles_that_failed_only_now_are_told_with_their_cause(filled):
    broken = Bundle.create(BundleFQID(new_uuid(), VERSION), [], {})
    generation = Reindexing(filled)()
    assert list(Comparison(filled.engine, filled.indexer.generations, filled.generation, generation).new_failures()
                ) == []
    with pytest.raises(Exception, match='there is no box') as error:
        list(filled.indexer.plugin.transform(broken))
    filled.indexer.contributor.ledger(generation).failed(broken.fqid, error.value)
    failures = list(Comparison(filled.engine, filled.indexer.generations, filled.generation, generation
                               ).new_failures())
    assert [(bundle, 'there is no box' in cause) for bundle, cause in failures] == [(broken.fqid, True)]
