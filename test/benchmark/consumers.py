"""The handlers of the indexer's lambda at work: in several processes, each with some threads for each queue."""
import logging
import multiprocessing
import os
import pickle
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import elasticsearch

from azul.aws import clients
from azul.aws.sqs import Queue as SQSQueue
from azul.config import Config
from azul.engine import Engine
from azul.engine.connection import OrjsonSerializer
from azul.errors import BundleNotFound
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import Contribution
from azul.indexer.contribute import Contributor, Store
from azul.indexer.wiring import Indexer
from azul.local.events import Runner, event_sources
from azul.local.lambdas import load_app
from azul.naming import LEDGER, Queue
from benchmark.bundles import RawBundle
from benchmark.memory import resident
from benchmark.stopwatch import Stopwatch, TimedClient


class MemoryStore:
    """A data store that has its bundles in memory, as bytes.

    :param file: pickled `RawBundle`s
    """

    def __init__(self, file: Path) -> None:
        with file.open('rb') as stream:
            raws: Sequence[RawBundle] = pickle.load(stream)
        self._raws = {raw.fqid: raw for raw in raws}

    def bundle(self, fqid: BundleFQID) -> Bundle:
        if fqid not in self._raws:
            raise BundleNotFound(f'bundle {fqid} not found')
        raw = self._raws[fqid]
        return raw.bundle(raw.parse())

    def versions(self, bundle_uuid: str) -> Sequence[str]:
        return [fqid.version for fqid in self._raws if fqid.uuid == bundle_uuid]


@dataclass(frozen=True)
class TimedStore:
    store: Store
    watch: Stopwatch

    def bundle(self, fqid: BundleFQID) -> Bundle:
        with self.watch('fetch'):
            return self.store.bundle(fqid)

    def versions(self, bundle_uuid: str) -> Iterable[str]:
        return self.store.versions(bundle_uuid)


class TimedQueue(SQSQueue):
    watch: Stopwatch

    def send(self, bodies: Iterable[str], delay: int = 0, attempts: int = 0) -> None:
        with self.watch('queues: send'):
            super().send(bodies, delay, attempts)


@dataclass(frozen=True)
class TimedContributor(Contributor):
    watch: Stopwatch = field(default_factory=Stopwatch)

    def contributions(self, bundle: BundleFQID) -> list[Contribution]:
        with self.watch('transform'):
            return super().contributions(bundle)


@dataclass(frozen=True)
class TimedIndexer(Indexer):
    """The real one, but for a stopwatch.

    :param memory: for a `MemoryStore` in place of the data store
    """
    watch: Stopwatch
    memory: Path | None

    @cached_property
    def engine(self) -> Engine:
        host, port = self.config.es_endpoint.rsplit(':', 1)
        client = elasticsearch.Elasticsearch([{'host': host, 'port': int(port)}], timeout=self.config.es_timeout,
                                             max_retries=0, maxsize=20, serializer=OrjsonSerializer())
        return Engine(TimedClient(client, self.watch, self._kind))  # type: ignore[arg-type]

    @cached_property
    def contributor(self) -> Contributor:
        plain: Contributor = super().contributor
        store = MemoryStore(self.memory) if self.memory else plain.store
        parts = {part.name: getattr(plain, part.name) for part in fields(plain)}
        return TimedContributor(**{**parts, 'store': TimedStore(store, self.watch)}, watch=self.watch)

    def _queue(self, queue: Queue, failed: bool = False) -> SQSQueue:
        timed = TimedQueue(clients.sqs(self.config), self.config.naming.queue(queue, failed))
        timed.watch = self.watch
        return timed

    def _kind(self, index: str) -> str:
        naming = self.config.naming
        if index == naming.generations_index():
            return 'generations'
        name = naming.parse_index(index.partition(',')[0])[0]
        return 'ledger' if name.kind == LEDGER else 'aggregates' if name.aggregate else 'contributions'


@dataclass(frozen=True)
class Work:
    """What a process did.

    :param memory: bytes of its resident set, at its peak
    """
    seconds: Mapping[str, float]
    counts: Counter[str]
    memory: int


@contextmanager
def consuming(config: Config, memory: Path | None, processes: int, threads: int) -> Iterator[list[Work]]:
    """
    :param memory: see `TimedIndexer`
    :param threads: of each process, for each queue
    :return: filled at the end with what each process did
    """
    context = multiprocessing.get_context('spawn')
    children = []
    work: list[Work] = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        process = context.Process(target=_consume, args=(config, memory, threads, theirs), daemon=True)
        process.start()
        children.append((process, ours))
    try:
        for _, ours in children:
            ours.recv()
        yield work
        for _, ours in children:
            ours.send('stop')
        work += [ours.recv() for _, ours in children]
    finally:
        for process, _ in children:
            process.join(10)
            process.kill()


def _consume(config: Config, memory: Path | None, threads: int, parent: Connection) -> None:
    # As in Lambda: the app finds its settings in the environment.
    os.environ.update({**config.to_environment(), 'AWS_ACCESS_KEY_ID': 'local', 'AWS_SECRET_ACCESS_KEY': 'local'})
    app = load_app('indexer')
    logging.disable()
    watch = Stopwatch()
    indexer = TimedIndexer(config, watch, memory)
    sources = [replace(source, handler=_timed(source.name, source.handler, watch)) for source in event_sources(app)]
    # What the root of the app is made of is the only thing that is not as in Lambda.
    vars(sys.modules['azul_lambda_indexer'])['indexer'] = indexer
    indexer.notification_worker, indexer.tally_worker  # noqa: B018 made here, not by several threads at once
    runner = Runner(sources, config.sqs_endpoint, concurrency=threads)
    parent.send('ready')
    parent.recv()
    runner.stop(60)
    parent.send(Work(dict(watch.seconds), watch.counts, resident('VmHWM')))


def _timed(name: str, handler: Any, watch: Stopwatch) -> Any:
    def timed(event: object, context: object) -> object:
        with watch(f'rest of {name}'):
            return handler(event, context)

    return timed
