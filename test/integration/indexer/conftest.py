from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import pytest

from azul.config import Config
from azul.index.bundle import JSON, BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.messages import Notification
from azul.indexer.wiring import Indexer
from azul.local.provision import provide_queues
from fixtures.memory_store import MemoryStore
from fixtures.pump import Pump
from fixtures.toys import unique


class IndexerOfMemory(Indexer):
    """An indexer that reads bundles from memory."""

    @cached_property
    def store(self) -> MemoryStore:
        return MemoryStore()


class System:
    """An indexer with queues and indices of its own."""

    def __init__(self, config: Config) -> None:
        self.indexer = IndexerOfMemory(config)
        self.pump = Pump(self.indexer)
        self.store = self.indexer.store
        self.engine = self.indexer.engine
        provide_queues(config)
        self.generation = self.indexer.generations.create_first()
        self.indices = self.indexer.generations.indices(self.generation.number)

    def notify(self, action: str, fqid: BundleFQID) -> None:
        message = Notification.create(action=action, bundle_uuid=fqid.uuid, bundle_version=fqid.version)
        self.indexer.contributor.notifications.send([message.encode()])

    def drain(self) -> None:
        self.pump.drain()

    def aggregates(self) -> dict[str, JSON]:
        """The live aggregates by type and id, as readers see them."""
        found = {}
        for entity_type in self.indexer.plugin.schema.entity_type:
            index = self.indices.aggregates(entity_type)
            self.engine.refresh([index])
            hits = self.engine.search(index, {'query': {'term': {'live': True}}, 'size': 1000})['hits']['hits']
            found |= {str(EntityReference(entity_type, hit['_id'])): hit['_source'] for hit in hits}
        return found


@contextmanager
def deployed(engine: str, queues: str) -> Iterator[System]:
    prefix = unique('azul')
    config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                    dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues, aws_endpoint='http://127.0.0.1:1',
                    retry_delay=0, max_attempts=3, visibility=10)
    system = System(config)
    try:
        yield system
    finally:
        system.engine.delete_indices(f'{prefix}_*')
        system.engine.close()


@pytest.fixture
def system(engine: str, queues: str) -> Iterator[System]:
    """One that no other test has seen."""
    with deployed(engine, queues) as system:
        yield system


@pytest.fixture(scope='module')
def shared_system(engine: str, queues: str) -> Iterator[System]:
    """One for tests whose entities have ids of their own."""
    with deployed(engine, queues) as system:
        yield system
