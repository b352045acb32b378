"""Where histories take place: queues and indices on the real servers, and an indexer that makes one call at a time."""
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, ClassVar

import elasticsearch

from azul.aws import clients
from azul.aws.sqs import Queue as SQSQueue
from azul.config import Config
from azul.engine import Engine
from azul.engine.connection import OrjsonSerializer
from azul.indexer.reindex import Reindex
from azul.indexer.wiring import Indexer
from azul.local.provision import provide_queues
from azul.naming import Queue
from fixtures.toys import unique
from properties.baton import Baton
from properties.faults import Faults, NoFaults
from properties.faulty_engine import FaultyCalls, FaultyClient
from properties.faulty_queue import FaultySQS
from properties.faulty_store import FaultyStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Wires:
    """What an indexer talks by."""
    client: FaultyClient
    calls: FaultyCalls
    sqs: FaultySQS
    store: FaultyStore

    def misbehave(self, faults: Faults) -> None:
        self.calls.faults = self.sqs.faults = self.store.faults = faults


@dataclass(frozen=True)
class IndexerUnderTest(Indexer):
    """The real one, but for what it talks by. Its subclasses leave out a rule each."""
    wires: Wires

    reindex_kind: ClassVar[type[Reindex]] = Reindex

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.wires.client)

    @cached_property
    def store(self) -> FaultyStore:
        return self.wires.store

    def _queue(self, queue: Queue, failed: bool = False) -> SQSQueue:
        return SQSQueue(self.wires.sqs, self.config.naming.queue(queue, failed))


@dataclass(frozen=True)
class Deployment:
    """
    :param client, sqs: without faults
    """
    config: Config
    client: elasticsearch.Elasticsearch
    sqs: 'SQSClient'

    def wires(self, baton: Baton, random: Random) -> Wires:
        faults = NoFaults()
        calls = FaultyCalls(baton, faults, random, self.config.index_prefix)
        return Wires(FaultyClient(self.client, calls), calls, FaultySQS(self.sqs, baton, faults, random),
                     FaultyStore(baton, faults))


@contextmanager
def deployed(engine: str, queues: str) -> Iterator[Deployment]:
    prefix = unique('azul')
    config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                    dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues, retry_delay=0, max_attempts=3,
                    visibility=3600)
    host, port = engine.rsplit(':', 1)
    client = elasticsearch.Elasticsearch([{'host': host, 'port': int(port)}], timeout=60, max_retries=0,
                                         serializer=OrjsonSerializer())
    deployment = Deployment(config, client, clients.sqs(config))
    provide_queues(config)
    wires = deployment.wires(Baton(lambda line: None), Random(0))
    try:
        IndexerUnderTest(config, wires).generations.create_first()
        yield deployment
    finally:
        client.indices.delete(index=f'{prefix}_*')
        for name in config.naming.queues:
            deployment.sqs.delete_queue(QueueUrl=deployment.sqs.get_queue_url(QueueName=name)['QueueUrl'])
        client.close()


class Deployments:
    """Some for many histories, because it takes longer to make one than to have a history take place there.

    Histories that share one do not meet: their ids differ. Ids follow from the seed, so that no history can take place
    twice in the same deployment.
    """
    SHARED = 25

    def __init__(self, engine: str, queues: str) -> None:
        self._engine, self._queues = engine, queues
        self._stack = ExitStack()
        self._deployment: Deployment | None = None
        self._seeds: set[int] = set()

    def get(self, seed: int, alone: bool) -> Deployment:
        """
        :param alone: whether the history is to have one for itself
        """
        if alone or seed in self._seeds or len(self._seeds) == self.SHARED:
            self.discard()
        if self._deployment is None:
            self._deployment = self._stack.enter_context(deployed(self._engine, self._queues))
        self._seeds.add(seed)
        return self._deployment

    def discard(self) -> None:
        """Let no other history take place there."""
        self._stack.close()
        self._deployment = None
        self._seeds.clear()
