"""What cannot be worked off keeps nobody else from being worked off, on the real queues and the real engine."""
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import pytest

from azul.aws import clients
from azul.aws.sqs import Queue
from azul.config import Config
from azul.engine import Engine
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import Contribution
from azul.indexer.messages import Notification
from azul.indexer.triage import NOT_OURS, SOURCES, Group
from azul.indexer.wiring import Indexer
from azul.local.provision import provide_queues
from azul.plugin import Plugin
from azul.projects.toy import plugin as toy_plugin
from fixtures.memory_store import MemoryStore
from fixtures.pump import Pump
from fixtures.toys import box, new_uuid, toy, unique

GOOD = 500
VERSION = '2020-01-01T000000.000000Z'


def transform(bundle: Bundle) -> Iterator[Contribution]:
    """Plug-ins have faults: this one's are what a bundle wants."""
    match bundle.metadata.get('box.json', {}).get('label'):
        case 'bug':
            raise KeyError('colour of the lid')
        case 'recursion':
            yield from transform(bundle)
        case 'memory':
            raise MemoryError
    yield from toy_plugin.transform(bundle)


class FaultyIndexer(Indexer):

    @cached_property
    def plugin(self) -> Plugin:
        return replace(toy_plugin, transform=transform)

    @cached_property
    def store(self) -> MemoryStore:  # type: ignore[override]
        return MemoryStore()


class System:

    def __init__(self, config: Config) -> None:
        self.indexer = FaultyIndexer(config)
        self.pump = Pump(self.indexer)
        self.queue = {name: Queue(clients.sqs(config), config.naming.queue(name)) for name in SOURCES}
        provide_queues(config)
        self.indices = self.indexer.generations.indices(self.indexer.generations.create_first().number)

    def drain(self) -> None:
        """Bundles first, so that entities that many of them share are aggregated a few times only."""
        while self.pump.depth('notifications'):
            self.pump.deliver('notifications', self.indexer.notification_worker.handle)
        self.pump.drain(patience=200)

    def put(self, *toys, uuid: str = '', **fields) -> BundleFQID:
        return self.indexer.store.put(box(BundleFQID(uuid or new_uuid(), VERSION), *toys, **fields))

    def live(self, entity_type: str) -> set[str]:
        index, engine = self.indices.aggregates(entity_type), self.indexer.engine
        engine.refresh([index])
        hits = engine.search(index, {'query': {'term': {'live': True}}, 'size': 1000, '_source': False})['hits']['hits']
        return {hit['_id'] for hit in hits}

    def triaged(self) -> list[Group]:
        with self.indexer.triage.groups(SOURCES) as groups:
            return groups


@contextmanager
def system_of(engine: str, queues: str) -> Iterator[System]:
    prefix = unique('azul')
    system = System(Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix,
                           es_endpoint=engine, dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues,
                           retry_delay=0, max_attempts=3, visibility=100))
    try:
        yield system
    finally:
        Engine.connect(engine, 30).delete_indices(f'{prefix}_*')


@pytest.fixture
def system(engine: str, queues: str) -> Iterator[System]:
    with system_of(engine, queues) as system:
        yield system


def poison(system: System) -> dict[BundleFQID, tuple[str, str]]:
    """Bundles that cannot be added, each for a reason of its own, with type and text of the cause."""
    headless = system.put(toy('poison'))
    object.__setattr__(system.indexer.store.bundles[headless], 'metadata', {})
    notes: object = 1
    for _ in range(300):
        notes = [notes]
    return {
        headless: ('BundleError', 'there is no box'),
        system.put(toy('poison'), label='bug'): ('KeyError', "'colour of the lid'"),
        system.put(toy('poison'), label='recursion'): ('RecursionError', 'maximum recursion depth exceeded'),
        system.put(toy('poison'), label='memory'): ('MemoryError', ''),
        system.put(toy('poison'), notes=notes): ('EngineRejection', 'cannot be said in JSON'),
        system.put(toy('poison' * 100)): ('BundleError', 'too long'),
        BundleFQID(new_uuid(), VERSION): ('BundleNotFound', 'not found'),
    }


def test_poison_in_the_midst_of_good_bundles_harms_none_of_them(system):
    good = [system.put(toy(f'toy {number}'), id=f'box {number % 10}') for number in range(GOOD)]
    bad = poison(system)
    messages = [Notification.create(action='add', bundle_uuid=fqid.uuid, bundle_version=fqid.version).encode()
                for fqid in [*good[:GOOD // 2], *bad, *good[GOOD // 2:]]]
    system.queue['notifications'].send(messages)
    system.drain()
    assert system.live('toys') == {f'toy {number}' for number in range(GOOD)}
    assert system.live('boxes') == {f'box {number}' for number in range(10)}
    letters = {letter.subject: letter.cause for group in system.triaged() for letter in group.letters}
    assert letters.keys() == {str(fqid) for fqid in bad}
    entries = system.indexer.contributor.ledger(system.indexer.generations.get(1)).read(fqid.uuid for fqid in bad)
    for fqid, (kind, text) in bad.items():
        assert letters[str(fqid)][0] == kind
        assert text in letters[str(fqid)][1]
        assert entries[fqid.uuid].state(VERSION) == 'failed'


def test_an_aggregate_that_the_engine_refuses_harms_no_other(system):
    """It is found out when its bundle has been added: its ages are upside down, which only the engine minds."""
    fqid = system.put(toy('good'), toy('upside down', ages={'gte': 9, 'lte': 3}), toy('better'))
    notification = Notification.create(action='add', bundle_uuid=fqid.uuid, bundle_version=fqid.version)
    system.queue['notifications'].send([notification.encode()])
    system.drain()
    assert system.live('toys') == {'good', 'better'}
    letters = [letter for group in system.triaged() for letter in group.letters]
    assert {letter.cause[0] for letter in letters} == {'EngineRejection'}
    assert 'toys/upside down' in {letter.subject for letter in letters}


UNFIT = [
    'no JSON', ' ', '[]', '[{}]', '1', '1e999', 'null', 'true', '"text"', '{}', '{"version": 1}', '{',
    '\u2028', '[' * 5000, '{"version":' * 1000,
    '{"version": 2, "action": "add", "bundle_uuid": "u", "bundle_version": "v"}',
    '{"version": 2, "generation": 1, "entity_type": "toys", "entity_id": "bear"}',
    '{"version": "1", "generation": 1, "entity_type": "toys", "entity_id": "bear"}',
    '{"version": 1, "action": "explode", "bundle_uuid": "u", "bundle_version": "v"}',
    '{"version": 1, "action": "add", "bundle_uuid": 1, "bundle_version": "v"}',
    '{"version": 1, "action": ["add"], "bundle_uuid": {}, "bundle_version": null}',
    '{"version": 1, "action": "add", "bundle_uuid": "u", "bundle_version": "v", "more": 1}',
    '{"version": 1, "generation": "1", "entity_type": "toys", "entity_id": "bear"}',
    '{"version": 1, "generation": 1, "entity_type": "ghosts", "entity_id": "bear"}',
    '{"version": 1, "generation": 1, "entity_type": ["toys"], "entity_id": "bear"}',
    '{"version": 1, "generation": 1, "entity_type": "toys", "entity_id": null}',
    '{"version": 1, "generation": 1, "entity_type": "toys"}',
]


def test_messages_that_are_none_are_dead_at_once_and_harm_no_other(system):
    fqid = system.put(toy('bear'), toy('car'))
    notification = Notification.create(action='add', bundle_uuid=fqid.uuid, bundle_version=fqid.version)
    middle = len(UNFIT) // 2
    system.queue['notifications'].send([*UNFIT[:middle], notification.encode(), *UNFIT[middle:]])
    system.queue['tallies'].send(UNFIT)
    system.drain()
    assert system.live('toys') == {'bear', 'car'}
    letters = [letter for group in system.triaged() for letter in group.letters]
    assert Counter(letter.source for letter in letters) == {source: len(UNFIT) for source in SOURCES}
    for letter in letters:
        assert letter.body in UNFIT
        assert letter.cause[0] == 'MessageError'
        assert letter.letter is not None
        assert letter.letter.attempt == 1
        assert letter.cause[1]


def test_what_can_never_be_found_is_no_crash_loop(system):
    """Messages of the right shape, and of no sense."""
    system.queue['notifications'].send([
        json.dumps({'version': 1, 'action': action, 'bundle_uuid': uuid, 'bundle_version': version})
        for action in ('add', 'delete')
        for uuid, version in [('x' * 1000, 'v'), ('no uuid', '\0'), ('u', 'v' * 1000), ('', '')]
    ])
    system.queue['tallies'].send([
        json.dumps({'version': 1, 'generation': generation, 'entity_type': 'toys', 'entity_id': entity_id})
        for generation in (1, 0, -1, 99, 10 ** 30) for entity_id in ('x' * 1000, '\0', '*')
    ])
    system.drain()
    assert NOT_OURS not in {group.type for group in system.triaged()}
    assert system.live('toys') == set()
