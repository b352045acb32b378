"""Workers, the queues that feed them, and the indices that they write to, while one history takes place."""
from collections.abc import Callable, Sequence
from random import Random

import orjson

from azul import errors
from azul.index.bundle import JSON
from azul.index.documents import EntityReference
from azul.indexer.notification_worker import NotificationWorker
from azul.indexer.tally_worker import TallyWorker
from azul.messaging import inbox
from azul.messaging.inbox import Record
from azul.messaging.messages import DeadLetter, decode
from azul.naming import Queue
from properties.baton import Baton, Worker
from properties.deployment import Deployment, IndexerUnderTest
from properties.history import Event, History
from properties.source import Source, original

QUEUES: tuple[Queue, ...] = ('notifications', 'tallies')


class Diverged(AssertionError):
    """What ought to hold after everything drained does not."""


class Crashed(AssertionError):
    """A worker failed in a way that nobody foresaw."""


class World:
    """
    :param kind: of the indexer
    :param random: for what faults leave open
    :param trace: all that happened, line by line
    """

    def __init__(self, deployment: Deployment, history: History, random: Random,
                 kind: type[IndexerUnderTest] = IndexerUnderTest) -> None:
        self.history, self.trace = history, list[str]()
        self.baton = Baton(self.trace.append)
        self.wires = deployment.wires(self.baton, random)
        self.indexer = kind(deployment.config, self.wires)
        self._client = deployment.client
        naming = deployment.config.naming
        self.sources = {queue: Source(deployment.sqs, naming.queue(queue)) for queue in QUEUES}
        self.letters = {queue: Source(deployment.sqs, naming.queue(queue, failed=True)) for queue in QUEUES}
        self.busy: dict[Worker, tuple[Source, list[Record]]] = {}
        self._failed: dict[Worker, set[str]] = {}
        self._started = 0
        for version in history.versions:
            if version.fate != 'missing':
                self.wires.store.put(version.bundle)

    def announce(self, event: Event) -> None:
        """The data store has it, or not any more, and tells us."""
        self.trace.append(str(event))
        if event.action == 'delete' and not event.version.listed:
            self.wires.store.bundles.pop(event.version.bundle.fqid, None)
        self._send('notifications', event.message)

    def _send(self, queue: Queue, message: str) -> None:
        self.sources[queue].send(message)
        self.wires.sqs.changed = True

    def receive(self) -> None:
        """All that can be received, if there may be anything new."""
        if self.wires.sqs.changed:
            self.wires.sqs.changed = False
            for source in self.sources.values():
                source.receive()

    def deliver(self, queue: Queue, choose: Callable[[Sequence[Record]], Sequence[Record]],
                remaining: float = 1e9) -> Worker:
        """Have a new worker handle some of the messages that wait; it does not begin before it gets the baton."""
        source = self.sources[queue]
        records = source.take(choose)
        self._started += 1
        handler: NotificationWorker | TallyWorker = (
            self.indexer.notification_worker if queue == 'notifications' else self.indexer.tally_worker)

        def work() -> None:
            failures = handler.handle(records, lambda: remaining)['batchItemFailures']
            self._failed[worker] = {failure['itemIdentifier'] for failure in failures}

        worker = self.baton.start(f'{queue}-{self._started}', work)
        self.trace.append(f'{worker.name} takes {[record.body for record in records]}')
        self.busy[worker] = source, records
        return worker

    def advance(self, worker: Worker, removed: Callable[[], bool] = lambda: True) -> None:
        """
        :param removed: whether the messages of a worker that thereby ends are removed as it wishes
        """
        self.baton.advance(worker)
        if not worker.alive:
            self._settle(worker, removed())

    def kill(self, worker: Worker) -> None:
        self.baton.kill(worker)
        self._settle(worker, removed=False)

    def _settle(self, worker: Worker, removed: bool) -> None:
        source, records = self.busy.pop(worker)
        if isinstance(worker.outcome, Exception):
            raise worker.outcome
        failed = self._failed.pop(worker, {record.id for record in records})
        for record in records:
            if removed and record.id not in failed:
                source.remove(record)
            else:
                source.give_back(record)
        self.wires.sqs.changed = True

    def end_visibility(self, worker: Worker) -> None:
        """Others get what a worker is still working on."""
        self.trace.append(f'the visibility of what {worker.name} works on ends')
        source, records = self.busy[worker]
        for record in records:
            source.give_back(record)
        self.wires.sqs.changed = True

    def refresh(self) -> None:
        """By the engine of its own accord."""
        self.trace.append('refresh')
        self._client.indices.refresh(index=f'{self.indexer.config.index_prefix}_*')

    def end(self) -> None:
        """Leave no thread behind."""
        for worker in list(self.busy):
            self.baton.kill(worker)

    def finish(self, worker: Worker) -> None:
        """Have a worker work to its end, while all others stand still."""
        while worker.alive:
            self.advance(worker)

    def drain(self) -> None:
        """One message after the other, until none is left."""
        self.receive()
        while any(source.waiting for source in self.sources.values()):
            for queue, source in self.sources.items():
                while source.waiting:
                    self.finish(self.deliver(queue, lambda waiting: waiting[:10]))
            self.receive()

    def settle(self, replays: int = 3) -> None:
        """Drain, dead letters included."""
        self.drain()
        while replays and self.replay():
            self.drain()
            replays -= 1

    def replay(self) -> int:
        """Put dead letters back into their queues, as an operator does who trusts that the cause is gone."""
        replayed = 0
        for queue, letters in self.letters.items():
            letters.receive()
            for letter in letters.take(lambda waiting: waiting):
                self.trace.append(f'replay {letter.body}')
                self._require_foreseen(letter.body)
                self._send(queue, original(letter.body))
                letters.remove(letter)
                replayed += 1
        return replayed

    @staticmethod
    def _require_foreseen(letter: str) -> None:
        cause = orjson.loads(letter).get('cause', {'type': 'AzulError'})
        if not issubclass(vars(errors).get(cause['type'], inbox.__dict__.get(cause['type'], object)), errors.AzulError):
            raise Crashed(letter)

    def judge(self) -> None:
        """
        :raises Diverged: unless the live aggregates of each generation are those of a clean build, no message is left,
                          and of dead letters only those of bundles that can never be added
        """
        expected = self.history.clean_build(self.indexer.plugin)
        for generation in self.indexer.generations.read():
            if generation.state != 'serving':
                raise Diverged(f'{generation} was left')
            found = self.aggregates(generation.number)
            if {key: orjson.dumps(source) for key, source in found.items()} != {
                    key: orjson.dumps(source) for key, source in expected.items()}:
                raise Diverged('\n'.join([f'generation {generation.number}:', *_differences(expected, found)]))
        if self.wires.sqs.delays:
            raise Diverged(f'messages were put off for {self.wires.sqs.delays} s')
        for queue, source in self.sources.items():
            if source.depth:
                raise Diverged(f'{source.depth} messages are left in {queue}')
        self._judge_letters()

    def _judge_letters(self) -> None:
        letters = self.letters['tallies']
        letters.receive()
        if letters.waiting:
            raise Diverged(f'dead tallies are left: {letters.waiting}')
        letters = self.letters['notifications']
        letters.receive()
        for record in letters.take(lambda waiting: waiting):
            letter = decode(DeadLetter, record.body)
            if self.history.doomed.get(letter.bundle) != letter.cause.type:
                raise Diverged(f'an unexpected dead letter: {record.body}')
            letters.remove(record)

    def aggregates(self, generation: int) -> dict[str, JSON]:
        """The live aggregates of this history, by entity."""
        indices = self.indexer.generations.indices(generation)
        found: dict[str, JSON] = {}
        for entity_type in self.indexer.plugin.schema.entity_type:
            index = indices.aggregates(entity_type)
            self._client.indices.refresh(index=index)
            hits = self._client.search(index=index, body={'query': {'term': {'live': True}}, 'size': 1000})['hits']
            assert len(hits['hits']) < 1000
            found |= {str(EntityReference(entity_type, hit['_id'])): hit['_source'] for hit in hits['hits']
                      if self.history.tag in repr(hit['_source'])}
        return found


def _differences(expected: dict[str, JSON], found: dict[str, JSON]) -> list[str]:
    return [f'{key}\n  expected {expected.get(key)}\n  found    {found.get(key)}'
            for key in sorted({*expected, *found}) if expected.get(key) != found.get(key)]

