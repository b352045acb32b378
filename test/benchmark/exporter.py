"""The handler of jobs at work, in a process of its own."""
import logging
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from multiprocessing.connection import Connection
from typing import Any

from azul.aws import clients
from azul.aws.objects import Bucket, Stored
from azul.config import Config
from azul.engine import Engine
from azul.engine.documents import Body
from azul.index.bundle import JSON
from azul.local.aws import CREDENTIALS
from azul.local.events import Runner, event_sources
from azul.local.lambdas import load_app
from azul.service.manifest.state import States
from azul.service.manifest.worker import JobWorker
from azul.service.wiring import Service
from benchmark.memory import PROCESS, resident
from benchmark.servers import drained
from benchmark.stopwatch import Stopwatch

ROWS = 'rows, and all else'

OBJECTS = 'objects: '
"""What begins so is time in the object store."""


class TimedEngine(Engine):
    watch: Stopwatch

    def request(self, method: str, path: str, body: Body | None = None, **params: str | int) -> JSON:
        with self.watch('engine: pages' if path.endswith(('_search', '_search/scroll')) else 'engine: all else'):
            return super().request(method, path, body, **params)

    def search(self, index: str, body: Body) -> JSON:
        with self.watch('engine: pages'):
            return super().search(index, body)


class TimedBucket(Bucket):
    watch: Stopwatch

    def read(self, key: str) -> Stored | None:
        with self.watch(OBJECTS + 'states'):
            return super().read(key)

    def write(self, key: str, body: bytes, tag: str | None, redirect: str = '') -> str | None:
        with self.watch(OBJECTS + 'states'):
            return super().write(key, body, tag, redirect)

    def slice(self, key: str, start: int, end: int) -> bytes:
        with self.watch(OBJECTS + 'drafts'):
            return super().slice(key, start, end)

    def begin(self, key: str, content_type: str) -> str:
        with self.watch(OBJECTS + 'begin and end'):
            return super().begin(key, content_type)

    def add(self, key: str, upload: str, number: int, body: bytes) -> str:
        with self.watch(OBJECTS + 'parts'):
            return super().add(key, upload, number, body)

    def complete(self, key: str, upload: str, parts: Sequence[str]) -> None:
        with self.watch(OBJECTS + 'begin and end'):
            super().complete(key, upload, parts)


@dataclass(frozen=True)
class TimedService(Service):
    """The real one, but for a stopwatch."""
    watch: Stopwatch = field(default_factory=Stopwatch)

    @cached_property
    def job_worker(self) -> JobWorker:
        plain: JobWorker = super().job_worker
        bucket = TimedBucket(clients.s3(self.config), plain.bucket.name)
        engine = TimedEngine.connect(self.config.es_endpoint, self.config.es_timeout)
        bucket.watch = engine.watch = self.watch
        return replace(plain, bucket=bucket, engine=engine, jobs=replace(plain.jobs, states=States(bucket)))


@dataclass(frozen=True)
class Work:
    """What was done after `Exporter.begin`.

    :param seconds: by what was done
    :param memory: bytes by which the resident set was larger at its peak than before
    """
    seconds: Mapping[str, float]
    counts: Counter[str]
    memory: int

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @property
    def objects(self) -> float:
        """Seconds in the object store."""
        return sum(seconds for what, seconds in self.seconds.items() if what.startswith(OBJECTS))

    def describe(self) -> None:
        for what, spent in sorted(self.seconds.items(), key=lambda item: -item[1]):
            number = self.counts[what]
            print(f'    {what:24}{spent:8.2f} s {spent / self.total:7.1%} {number:8} times '
                  f'{spent / number * 1000:9.2f} ms')


class Exporter:
    """
    A worker, as its parent sees it.

    :ivar work: after the end of `exporting`
    """
    work: Work

    def __init__(self, config: Config, child: Connection) -> None:
        self._config, self._child = config, child

    def begin(self) -> None:
        """What was done until now does not count."""
        drained([Service(self._config).manifests.jobs.queue])  # the handler has returned
        self._child.send('begin')
        self._child.recv()


@contextmanager
def exporting(config: Config) -> Iterator[Exporter]:
    ours, theirs = multiprocessing.get_context('spawn').Pipe()
    process = multiprocessing.get_context('spawn').Process(target=_export, args=(config, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()
        exporter = Exporter(config, ours)
        yield exporter
        ours.send('end')
        exporter.work = ours.recv()
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _export(config: Config, parent: Connection) -> None:
    # As in Lambda: the app finds its settings in the environment.
    os.environ.update({**config.to_environment(), **CREDENTIALS})
    app = load_app('service')
    logging.disable()
    service = TimedService(config)
    # What the root of the app is made of is the only thing that is not as in Lambda.
    vars(sys.modules['azul_lambda_service'])['service'] = service
    service.job_worker  # noqa: B018 before anything is measured
    sources = [replace(source, handler=_timed(source.handler, service.watch)) for source in event_sources(app)]
    runner = Runner(sources, config.sqs_endpoint, concurrency=1)
    parent.send('ready')
    before = 0
    while parent.recv() == 'begin':
        service.watch.seconds.clear()
        service.watch.counts.clear()
        (PROCESS / 'clear_refs').write_text('5')
        before = resident('VmRSS')
        parent.send('begun')
    runner.stop(60)
    parent.send(Work(dict(service.watch.seconds), service.watch.counts, resident('VmHWM') - before))


def _timed(handler: Callable[[object, object], object], watch: Stopwatch) -> Any:
    def timed(event: object, context: object) -> object:
        with watch(ROWS):
            return handler(event, context)

    return timed
