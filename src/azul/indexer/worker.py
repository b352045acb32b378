"""What happens to a batch of messages: one bad record never sinks it, and none is removed before its effect.

A message that fails for now is reported back to the event source, which leaves it in its queue; we hide it for a while
that grows with each attempt. One that cannot succeed goes to the dead-letter queue of its queue, with the cause, and
is then done with. The redrive policy of the queue itself remains for workers that die.
"""
import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from azul.aws.sqs import Queue
from azul.errors import AzulError, MessageError, QueueError, TerminalError, TransientError
from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution, EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation, Generations
from azul.indexer.messages import Cause, DeadLetter, Notification, Tally, decode
from azul.plugin import Plugin

log = logging.getLogger(__name__)

T = TypeVar('T')

CHUNK = 50
"""Entities that are aggregated together: the time between two looks at the clock."""

MAX_DELAY = 900
"""Seconds. The longest that a message rests between two attempts."""


class NoGeneration(TransientError):
    """There is no generation that this code may write to: it waits for a reindex, or for the code to be deployed."""


@dataclass(frozen=True)
class Record:
    """A message as the event source hands it over.

    :param attempt: how often it has been handed over, this time included
    """
    id: str
    receipt: str
    body: str
    attempt: int

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> 'Record':
        """
        :param record: one of the `Records` of a Lambda event
        """
        return cls(record['messageId'], record['receiptHandle'], record['body'],
                   int(record['attributes']['ApproximateReceiveCount']))


@dataclass(frozen=True)
class Retries:
    """
    :param delay: seconds until the second attempt; each further one waits twice as long as the one before
    :param attempts: how many there are before a message is a dead letter
    """
    delay: int
    attempts: int

    def pause(self, attempt: int) -> int:
        return int(min(self.delay * 2 ** (attempt - 1), MAX_DELAY))


@dataclass(frozen=True)
class Inbox:
    """A queue that we are handed records of.

    :param failed: its dead-letter queue
    """
    queue: Queue
    failed: Queue
    retries: Retries

    def exhausted(self, record: Record, error: Exception) -> bool:
        """Whether a record that failed so is not to be tried again."""
        return isinstance(error, TerminalError) or record.attempt >= self.retries.attempts

    def bury(self, record: Record, error: Exception, bundle: BundleFQID | None = None) -> None:
        """Send a record to the dead-letter queue. It may then be removed from its own."""
        cause = Cause(type=type(error).__name__, text=str(error))
        letter = DeadLetter.create(cause=cause, bundle=str(bundle or ''), attempt=record.attempt, message=record.body)
        self.failed.send([letter.encode()])
        log.error('Dead letter in %s after attempt %i: %s', self.failed.name, record.attempt, error)

    def renew(self, records: Sequence[Record]) -> set[str]:
        """Put records for which there was no time back into the queue, as new messages.

        Left alone they would be invisible until the time-out ends, and their delivery would count as an attempt.

        :return: the ids of those that may be removed in turn
        """
        try:
            self.queue.send(record.body for record in records)
        except QueueError as error:
            log.warning('%i records come back when their visibility ends instead: %s', len(records), error)
            return set()
        return {record.id for record in records}

    def postpone(self, record: Record, error: Exception) -> None:
        """Have a record delivered again, after a while."""
        pause = self.retries.pause(record.attempt)
        log.warning('Attempt %i at %s failed, next one in %i s: %s', record.attempt, record.body, pause, error)
        try:
            self.queue.postpone(record.receipt, pause)
        except QueueError as postponement:
            log.warning('It will come back when its visibility ends instead: %s', postponement)


def _response(records: Iterable[Record], done: Container[str]) -> dict[str, Any]:
    """What the event source wants to know: the messages that it must not remove.

    :param done: ids of those that it may remove
    """
    return {'batchItemFailures': [{'itemIdentifier': record.id} for record in records if record.id not in done]}


def in_time(items: Iterable[T], remaining: Callable[[], float]) -> Iterator[T]:
    """The items, until less than twice the time is left that the longest of them took.

    :param remaining: seconds that are left
    """
    longest = 0.0
    for item in items:
        if remaining() < 2 * longest:
            log.warning('Out of time, leaving the rest of the batch')
            return
        started = time.monotonic()
        yield item
        longest = max(longest, time.monotonic() - started)


@dataclass(frozen=True)
class NotificationWorker:
    contributor: Contributor
    generations: Generations
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """
        :param remaining: seconds that are left. The records that they do not suffice for are given back.
        """
        done = {record.id for record in in_time(records, remaining) if self._done(record)}
        return _response(records, done)

    def _done(self, record: Record) -> bool:
        bundle = None
        try:
            notification = decode(Notification, record.body)
            bundle = notification.bundle
            self._apply(notification)
        except Exception as error:  # noqa: BLE001 a fault of ours, too, must not sink the batch
            return self._failed(record, bundle, error)
        return True

    def _apply(self, notification: Notification) -> None:
        bundle = notification.bundle

        @cache
        def contributions() -> Sequence[Contribution]:
            return self.contributor.contributions(bundle)

        if notification.action == 'add':
            self._every_generation(lambda generation: self.contributor.add(generation, bundle, contributions))
        else:
            self._every_generation(lambda generation: self.contributor.delete(generation, bundle))

    def _every_generation(self, step: Callable[[Generation], None]) -> None:
        """Take the step in every generation, and look again for what came or changed in between."""
        done: set[Generation] = set()
        while todo := [generation for generation in self.generations.writable() if generation not in done]:
            for generation in todo:
                step(generation)
                done.add(generation)
        if not done:
            raise NoGeneration('no generation that this code may write to')

    def _failed(self, record: Record, bundle: BundleFQID | None, error: Exception) -> bool:
        """
        :return: whether the message is done with all the same
        """
        if not isinstance(error, AzulError):
            log.exception('Unexpected error', exc_info=error)
        # Without a generation there is nothing that the message could be counted as failed in.
        if isinstance(error, NoGeneration) or not self.inbox.exhausted(record, error):
            self.inbox.postpone(record, error)
            return False
        try:
            if bundle is not None and decode(Notification, record.body).action == 'add':
                cause = error if isinstance(error, AzulError) else TerminalError(repr(error))
                self._every_generation(lambda generation: self.contributor.fail(generation, bundle, cause))
            self.inbox.bury(record, error, bundle)
        except AzulError as obstacle:
            self.inbox.postpone(record, obstacle)
            return False
        return True


@dataclass(frozen=True)
class TallyWorker:
    aggregator: Aggregator
    generations: Generations
    plugin: Plugin
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """Each entity is aggregated once, however many of the records tally it."""
        done: set[str] = set()
        tried: set[str] = set()
        tallied: dict[int, dict[EntityReference, list[Record]]] = {}
        for record in records:
            try:
                tally = self._decode(record)
                tallied.setdefault(tally.generation, {}).setdefault(tally.entity, []).append(record)
            except TerminalError as error:
                done |= self._failed([record], error)
                tried.add(record.id)
        chunks = [(number, chunk) for number, by_entity in tallied.items() for chunk in _chunks(by_entity)]
        for number, entities in in_time(chunks, remaining):
            failures = self._aggregate(number, entities)
            for entity in entities:
                affected = tallied[number][entity]
                failure = failures.get(entity)
                tried |= {record.id for record in affected}
                done |= {record.id for record in affected} if failure is None else self._failed(affected, failure)
        done |= self.inbox.renew([record for record in records if record.id not in tried])
        return _response(records, done)

    def _decode(self, record: Record) -> Tally:
        tally = decode(Tally, record.body)
        if tally.entity_type not in self.plugin.schema.entity_type:
            raise MessageError(f'no entity type {tally.entity_type!r}')
        return tally

    def _aggregate(self, number: int, entities: Sequence[EntityReference]) -> Mapping[EntityReference, Exception]:
        """
        :return: the entities that could not be aggregated, and why
        """
        try:
            return self.aggregator.aggregate(number, entities) if self._exists(number) else {}
        except TransientError as error:
            return dict.fromkeys(entities, error)
        except Exception as error:
            if len(entities) == 1:
                log.exception('Unexpected error at %s', entities[0])
                return {entities[0]: error}
            middle = len(entities) // 2  # find the culprit by halves
            return {**self._aggregate(number, entities[:middle]), **self._aggregate(number, entities[middle:])}

    def _exists(self, number: int) -> bool:
        """Whether a generation is to be written to; tallies for one that is being dropped are moot.

        :raises NoGeneration: if it is there, but not for us to write to
        """
        generation = next((generation for generation in self.generations.read() if generation.number == number), None)
        if generation is None or generation.state == 'dropping':
            return False
        if generation not in self.generations.writable():
            raise NoGeneration(f'generation {number} is not for this code to write to')
        return True

    def _failed(self, records: Iterable[Record], error: Exception) -> set[str]:
        """
        :return: the ids of those that are done with all the same
        """
        buried = set()
        for record in records:
            try:
                if not isinstance(error, NoGeneration) and self.inbox.exhausted(record, error):
                    self.inbox.bury(record, error)
                    buried.add(record.id)
                    continue
            except QueueError as obstacle:
                log.warning('Cannot bury %s: %s', record.body, obstacle)
            self.inbox.postpone(record, error)
        return buried


def _chunks(tallied: Mapping[EntityReference, Sequence[Record]]) -> Iterator[Sequence[EntityReference]]:
    """Entities to be aggregated together. One that failed before is on its own, lest it fails others again."""
    retried = {entity for entity, records in tallied.items() if any(record.attempt > 1 for record in records)}
    fresh = sorted(tallied.keys() - retried)
    for start in range(0, len(fresh), CHUNK):
        yield fresh[start:start + CHUNK]
    yield from ([entity] for entity in sorted(retried))
