"""A new generation is built while the old one serves; readers see nothing of it before they are sent there."""
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

from azul.engine import Engine, Write
from azul.errors import AzulError, BadRequest, ConfigurationError, EngineError, EngineRejection
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.announcement import QueueAnnouncer
from azul.indexer.comparison import Comparison
from azul.indexer.direct import Direct
from azul.indexer.generations import Generation, Generations
from azul.indexer.messages import Notification
from azul.indexer.reindex import Reindex
from azul.messaging.messages import decode
from fixtures.toys import box, new_uuid, toy
from scripts import generations as script

VERSION, LATER = '2020-01-01T000000.000000Z', '2020-01-02T000000.000000Z'


def some(*names: str, version: str = VERSION, uuid: str = '') -> Bundle:
    toys = [toy(name, colours=[name], pictures=[f'{name}.png']) for name in names]
    return box(BundleFQID(uuid or new_uuid(), version), *toys)


class Reindexing:
    """A reindex for which time passes by the delivery of messages."""

    def __init__(self, system, **options) -> None:
        self.system, self.steps, self.meanwhile = system, [], lambda: None
        indexer = system.indexer
        self.reindex = Reindex(indexer.contributor, indexer.tally_worker.aggregator, system.store.list_bundles,
                               QueueAnnouncer(indexer.contributor.notifications), visibility=10, patience=1,
                               progress=lambda step, done, total: self.steps.append((step, done, total)),
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
    return list(comparison(system, old, new).differences())


def comparison(system, old: int, new: int) -> Comparison:
    generations = system.indexer.generations
    return Comparison(system.engine, generations, system.indexer.plugin, generations.get(old), generations.get(new))


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
    assert generations.register().number == 3, 'a write that was late for 2 must not reach another one'


def test_without_progress_it_gives_up_and_says_what_is_missing(filled):
    reindexing = Reindexing(filled, reusing=False)
    reindexing.reindex = replace(reindexing.reindex, sleep=lambda seconds: None)
    with pytest.raises(ConfigurationError, match='3 bundles are neither added nor failed'):
        reindexing()
    assert filled.indexer.generations.served() == 1


def test_it_ends_when_its_generation_is_dropped_meanwhile(filled):
    generations = filled.indexer.generations
    reindexing = Reindexing(filled, reusing=False)
    filled.store.put(some('kite'))
    reindexing.reindex = replace(reindexing.reindex, sleep=lambda seconds: None, patience=30)
    generation = reindexing.reindex.begin()
    dropping = replace(reindexing.reindex, progress=lambda step, done, total: (
        generations.retire(generation.number) if step == 'load' else None))
    with pytest.raises(ConfigurationError, match='dropping all of a sudden'):
        dropping.build(generation.number)
    with pytest.raises(ConfigurationError, match='it is being dropped'):
        generations.advance(generation.number, 'serving')
    generations.erase(generation.number)
    assert [each.number for each in generations.read()] == [1]
    filled.drain()


def test_all_generations_are_dropped_at_once_and_numbers_go_on(filled):
    generations = filled.indexer.generations
    Reindexing(filled)()
    Reindexing(filled)()
    generations.retire_all()
    assert generations.writable() == []
    assert generations.served() == 1, 'readers go on until the end'
    with pytest.raises(ConfigurationError, match='readers are sent there'):
        generations.erase(1)
    assert [each.number for each in generations.erase_all()] == [1, 2, 3]
    assert (generations.read(), generations.served()) == ([], None)
    assert generations.erase_all() == []
    assert Reindexing(filled)() == replace(filled.generation, number=4)
    assert generations.served() is None, 'nobody sent readers there'
    assert generations.create_first().number == 4
    assert generations.served() == 4
    assert 'toys/bear' in documents(filled, 4)


def test_what_was_interrupted_when_it_was_to_be_dropped_is_not_built_on(filled):
    generations = filled.indexer.generations
    generations.retire_all()
    reindexing = Reindexing(filled)
    with pytest.raises(ConfigurationError, match='none that this code may write to'):
        reindexing.reindex.add()
    assert reindexing().number == 2, 'its contributions may be reused, nevertheless'
    generations.swap(2)
    generations.erase(1)
    assert [each.number for each in generations.read()] == [2]


def test_a_list_of_generations_from_before_numbers_were_kept_is_read(filled):
    generations, engine = filled.indexer.generations, filled.engine
    index = filled.indexer.config.naming.generations_index()
    document = engine.get(index, 'generations')
    del document.source['last']
    assert engine.write([Write(index, 'generations', document.source, document)]) == ['written']
    assert generations.read() == [filled.generation]
    assert generations.register().number == 2
    assert engine.get(index, 'generations').source['last'] == 2


def test_before_there_is_an_index_there_is_no_generation(system):
    naming = system.indexer.config.naming
    system.engine.delete_indices(f'{naming.index_prefix}_*')
    generations = system.indexer.generations
    assert (generations.read(), generations.writable(), generations.served()) == ([], [], None)
    assert generations.register().number == 1


def test_two_that_create_the_first_generation_have_the_same(system):
    generations = system.indexer.generations
    generations.retire_all()
    generations.erase_all()
    with ThreadPoolExecutor(4) as pool:
        created = {future.result().number for future in [pool.submit(generations.create_first) for _ in range(4)]}
    number, = created
    assert [each.number for each in generations.read()] == [number]
    assert generations.served() == number
    indices = system.engine._client.indices.get(index=f'{system.indexer.config.index_prefix}_*')
    assert len(indices) == 1 + len(list(system.generation.names)), 'those of the slower ones are gone'


def test_readers_are_sent_to_a_complete_generation_and_back(filled):
    generations = filled.indexer.generations
    alias = filled.indexer.config.naming.index
    loading = generations.register()
    with pytest.raises(ConfigurationError, match='it is loading'):
        generations.swap(loading.number)
    with pytest.raises(ConfigurationError, match='readers are sent there'):
        generations.retire(1)
    generations.advance(2, 'aggregating')
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
    generations = with_another_plugin(filled)
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
    odd = box(BundleFQID(new_uuid(), LATER), toy('bear', colours=['pink']))  # which precedes the others
    filled.indexer.contributor.add(generation, {filled.store.put(odd): list(filled.indexer.plugin.transform(odd))})
    gone = filled.store.put(some('ball', uuid=next(fqid.uuid for fqid, bundle in filled.store.bundles.items()
                                                   if 'ball' in str(bundle.metadata)), version=VERSION))
    filled.indexer.contributor.delete(generation, gone)
    filled.drain()
    told = reports(filled, 1, 2)
    assert 'toys: 4 before, 3 after' in told
    assert 'toys: ball is not there any more' in told
    assert 'summary: totalSize: 31 before, 23 after' in told
    assert 'summary: colours of pink: none before, 1 after' in told
    assert any(difference.startswith('toys: bear differs in ') for difference in told)


def test_documents_that_are_new_are_told(filled):
    Reindexing(filled)()
    new = some('kite')
    filled.indexer.contributor.add(filled.indexer.generations.get(2),
                                   {filled.store.put(new): list(filled.indexer.plugin.transform(new))})
    filled.drain()
    assert 'toys: kite is new' in reports(filled, 1, 2)
    assert 'toys: kite is not there any more' in reports(filled, 2, 1)
    assert 'toys: 4 before, 5 after' in reports(filled, 1, 2)


def test_figures_of_the_summary_are_compared_one_by_one(filled):
    """Also where there are as many entities as before, and none of a sample differs."""
    Reindexing(filled)()
    naming = filled.indexer.generations.indices(2)
    index = naming.aggregates('boxes')
    document = filled.engine.get(index, 'box')
    document.source['fields']['maker'] = ['Lego', 'Steiff']
    assert filled.engine.write([Write(index, 'box', document.source, document)]) == ['written']
    assert 'summary: makerCount: 0 before, 2 after' in reports(filled, 1, 2)


def test_many_terms_that_differ_are_counted(filled):
    Reindexing(filled)()
    toys = [f'toy {number}' for number in range(9)]
    new = some(*toys)
    filled.indexer.contributor.add(filled.indexer.generations.get(2),
                                   {filled.store.put(new): list(filled.indexer.plugin.transform(new))})
    filled.drain()
    told = [difference for difference in reports(filled, 1, 2) if difference.startswith('summary: colours')]
    assert told == [*(f'summary: colours of {name}: none before, 1 after' for name in toys[:3]),
                    'summary: colours: 6 more terms differ']


def test_bundles_that_failed_only_now_are_told_with_their_cause(filled):
    broken = Bundle.create(BundleFQID(new_uuid(), VERSION), [], {})
    generation = Reindexing(filled)()
    assert list(comparison(filled, 1, 2).new_failures()) == []
    with pytest.raises(Exception, match='there is no box') as error:
        list(filled.indexer.plugin.transform(broken))
    filled.indexer.contributor.ledger(generation).failed(broken.fqid, error.value)
    failures = list(comparison(filled, 1, 2).new_failures())
    assert [(bundle, 'there is no box' in cause) for bundle, cause in failures] == [(broken.fqid, True)]


def test_bundles_that_are_not_there_any_more_for_no_good_reason_are_losses(filled):
    bear, doll, ball = filled.store.bundles
    filled.notify('delete', ball)
    newer = filled.store.put(some('car', uuid=bear.uuid, version=LATER))
    reindexing = Reindexing(filled, reusing=False)
    reindexing.reindex = replace(reindexing.reindex, listing=lambda: [newer])
    reindexing()
    assert list(comparison(filled, 1, 2).losses()) == [doll]
    filled.indexer.contributor.ledger(filled.indexer.generations.get(2)).failed(doll, AzulError('broken'))
    assert list(comparison(filled, 1, 2).losses()) == [], 'what failed is told with its cause'


def with_another_plugin(system) -> Generations:
    return Generations(system.engine, system.indexer.config.naming, replace(system.indexer.plugin, version=99), 1, 0)


def freeze(system, number: int) -> None:
    system.indexer.generations.advance(number, 'frozen')


def test_what_was_deleted_while_readers_were_elsewhere_stays_so(filled):
    """A generation of another plug-in knew of the deletion, the one that serves again does not."""
    generations = filled.indexer.generations
    Reindexing(filled)()
    freeze(filled, 1)
    gone = next(iter(filled.store.bundles))
    filled.notify('delete', gone)
    filled.drain()
    freeze(filled, 2)
    assert generations.served() == 1
    assert gone in filled.store.bundles
    Reindexing(filled)()
    ledger = filled.indexer.contributor.ledger(generations.get(3))
    assert ledger.read([gone.uuid])[gone.uuid].state(gone.version) == 'deleted'
    assert documents(filled, 3) == documents(filled, 2) != documents(filled, 1)


@pytest.mark.parametrize(('states', 'refused'), [
    (['loading'], ['serving', 'frozen']),
    (['aggregating'], ['loading', 'frozen']),
    (['aggregating', 'serving'], ['loading', 'aggregating']),
    (['aggregating', 'serving', 'frozen'], ['loading', 'aggregating', 'serving']),
    (['dropping'], ['loading', 'aggregating', 'serving', 'frozen']),
])
def test_a_generation_never_goes_back(system, states, refused):
    generations = system.indexer.generations
    number = generations.register().number
    for state in states:
        generations.advance(number, state)
        generations.advance(number, state)  # as somebody does who has not heard of the first time
    for state in refused:
        with pytest.raises(ConfigurationError, match=f'Generation {number}'):
            generations.advance(number, state)
    assert generations.get(number).state == states[-1]
    generations.advance(number, 'dropping')


def test_the_slower_of_two_that_build_the_same_generation_leaves_it_as_it_is(filled):
    slow = Reindexing(filled, reusing=False)
    generation = slow.reindex.begin()

    def meanwhile():
        fast = Reindexing(filled)
        fast.reindex.build(fast.reindex.resume().number)

    slow.meanwhile = meanwhile
    with pytest.raises(ConfigurationError, match='it is serving, and cannot become aggregating: somebody else'):
        slow.reindex.build(generation.number)
    assert filled.indexer.generations.get(2).state == 'serving'
    assert documents(filled, 2) == documents(filled, 1)


def test_what_only_waits_for_readers_is_resumed_with_the_comparison(filled):
    generation = Reindexing(filled)()
    resumed = Reindexing(filled)
    assert resumed.reindex.resume() == generation
    assert resumed.reindex.build(generation.number) == (0, 0)
    assert resumed.steps == [], 'nothing is done again'
    filled.indexer.generations.swap(2)
    with pytest.raises(ConfigurationError, match='Nothing to resume'):
        resumed.reindex.resume()


def test_what_is_being_built_is_resumed_rather_than_what_waits_for_readers(filled):
    Reindexing(filled)()
    begun = Reindexing(filled).reindex.begin()
    assert Reindexing(filled).reindex.resume() == begun


class Faltering(Engine):
    """Some of its calls fail.

    :param share: of them
    """

    def __init__(self, engine: Engine, share: float) -> None:
        super().__init__(engine._client)
        self.share, self.random, self.failed = share, Random(5), 0

    def falter(self) -> None:
        if self.random.random() < self.share:
            self.failed += 1
            raise EngineError('429 too many requests')

    def search(self, *args, **kwargs):
        self.falter()
        return super().search(*args, **kwargs)

    def mget(self, *args, **kwargs):
        self.falter()
        return super().mget(*args, **kwargs)

    def refresh(self, *args, **kwargs):
        self.falter()
        return super().refresh(*args, **kwargs)

    def write(self, *args, **kwargs):
        self.falter()
        return super().write(*args, **kwargs)


def faltering(system, share: float) -> Reindexing:
    """A reindex with an engine of which all others know nothing."""
    indexer, engine = system.indexer, Faltering(system.engine, share)
    generations = Generations(engine, indexer.config.naming, indexer.plugin, 1, 0)
    reindexing = Reindexing(system)
    reindexing.reindex = replace(
        reindexing.reindex, contributor=replace(indexer.contributor, engine=engine, generations=generations),
        aggregator=replace(indexer.tally_worker.aggregator, engine=engine, generations=generations), workers=1)
    return reindexing


def test_what_fails_for_now_is_tried_again(filled):
    gone = next(iter(filled.store.bundles))
    filled.notify('delete', gone)
    filled.drain()
    filled.store.put(some('kite'))
    generation = filled.indexer.generations.register()
    reindexing = faltering(filled, share=0.15)
    assert reindexing.reindex.build(generation.number) == (2, 0)
    assert reindexing.reindex.contributor.engine.failed > 5
    assert filled.indexer.generations.get(2).state == 'serving'
    filled.drain()
    assert documents(filled, 2).keys() == documents(filled, 1).keys() | {'toys/kite'}


def test_what_fails_again_and_again_ends_it(filled):
    generation = filled.indexer.generations.register()
    with pytest.raises(EngineError, match='429'):
        faltering(filled, share=1).reindex.build(generation.number)
    assert Reindexing(filled).reindex.build(generation.number) == (3, 0), 'and it is resumed'


class Choking(Aggregator):
    """Cannot take some entities, nor what they come with."""
    indigestible = frozenset({EntityReference('toys', 'bear')})

    def aggregate(self, generation: int, tallied: Mapping[EntityReference, int]) -> dict[EntityReference, AzulError]:
        if self.indigestible & tallied.keys():
            raise EngineRejection('413 too large')
        return super().aggregate(generation, tallied)


def test_what_cannot_be_aggregated_does_not_keep_the_others_from_it(filled):
    choking = Choking(filled.engine, filled.indexer.plugin, filled.indexer.generations)
    reindexing = Reindexing(filled, workers=1)
    reindexing.reindex = replace(reindexing.reindex, aggregator=choking)
    generation = reindexing.reindex.begin()
    assert reindexing.reindex.build(generation.number) == (3, 1)
    assert documents(filled, 2).keys() == documents(filled, 1).keys() - {'toys/bear'}
    filled.drain()
    assert documents(filled, 2) == documents(filled, 1), 'it was left to the workers'


class OpenDoor:
    """Takes what it is told."""

    def open(self, action, target, headers, body: bytes) -> Notification:
        return decode(Notification, body.decode())


class DirectAnnouncer:
    """Has bundles indexed within the call."""

    def __init__(self, direct: Direct) -> None:
        self.direct = replace(direct, door=OpenDoor())

    def announce(self, bundles: Iterable[BundleFQID]) -> Iterator[str]:
        for bundle in bundles:
            message = Notification.create(action='add', bundle_uuid=bundle.uuid, bundle_version=bundle.version)
            try:
                self.direct.admit('add', 'post /', {}, message.encode().encode())
            except BadRequest as error:
                yield str(error)
            else:
                yield ''


def test_a_bundle_that_an_indexer_refuses_as_broken_does_not_keep_the_others_from_it(filled):
    broken = filled.store.put(some('broken'))
    object.__setattr__(filled.store.bundles[broken], 'metadata', {})
    reindexing = Reindexing(filled, reusing=False)
    reindexing.reindex = replace(reindexing.reindex, announcer=DirectAnnouncer(filled.indexer.direct))
    reindexing()
    assert documents(filled, 2) == documents(filled, 1)
    entry = filled.indexer.contributor.ledger(filled.indexer.generations.get(2)).read([broken.uuid])[broken.uuid]
    assert 'box.json' in entry.versions[broken.version].cause


def test_to_send_readers_to_a_frozen_generation_comes_with_a_warning(filled, capsys):
    generations = filled.indexer.generations
    Reindexing(filled)()
    script.swap(generations, 2)
    assert 'frozen' not in capsys.readouterr().out
    freeze(filled, 1)
    script.rollback(generations)
    assert 'It is frozen: it gets no updates' in capsys.readouterr().out
    assert generations.served() == 1
    script.swap(with_another_plugin(filled), 2)
    assert 'It is frozen' in capsys.readouterr().out, 'to the code that is deployed'


def test_the_list_of_generations_has_as_many_replicas_as_all_else(filled):
    config = filled.indexer.config
    filled.engine.delete_indices(f'{config.index_prefix}_*')
    Generations(filled.engine, config.naming, filled.indexer.plugin, 1, 2).create_first()
    settings = filled.engine._client.indices.get_settings(index=f'{config.index_prefix}_*')
    assert {index['settings']['index']['number_of_replicas'] for index in settings.values()} == {'2'}
    assert config.naming.generations_index() in settings


def test_what_takes_the_engine_long_is_in_its_slow_logs(filled):
    settings = filled.engine._client.indices.get_settings(index=f'{filled.indexer.config.index_prefix}_*')
    for index in (each['settings']['index'] for each in settings.values()):
        assert index['search']['slowlog']['threshold'] == {'query': {'warn': '5s'}, 'fetch': {'warn': '5s'}}
        assert index['indexing']['slowlog']['threshold'] == {'index': {'warn': '5s'}}
