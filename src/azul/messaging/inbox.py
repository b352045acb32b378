"""What is done with messages that fail.

One that fails for now is hidden for a while that grows with each attempt, and reported back to the event source, which
leaves it in its queue. One that cannot succeed goes to the dead-letter queue of its queue, with the cause, and is then
done with. The redrive policy of the queue itself remains for workers that die.
"""
import logging
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from azul.aws.sqs import ATTEMPTS, MAX_DELAY, Queue
from azul.errors import AzulError, QueueError, TerminalError, TransientError, kept
from azul.index.bundle import BundleFQID
from azul.messaging.messages import Cause, DeadLetter

log = logging.getLogger(__name__)

T = TypeVar('T')

class Died(TerminalError):
    """Nobody came back from the attempts at a message: workers died, or ran out of time."""


class OutOfTime(TransientError):
    """Something was not begun, because the time would not have sufficed."""


class Waiting(TransientError):
    """Something else has to happen first, which may take days: that must not count as attempts.

    :param seconds: after which to look again
    """

    def __init__(self, text: str, seconds: int = MAX_DELAY) -> None:
        super().__init__(text)
        self.seconds = seconds


@dataclass(frozen=True)
class Record:
    """A message as the event source hands it over.

    :param attempt: how often it has been handed over, this time included, and those whose place it takes
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
        earlier = record.get('messageAttributes', {}).get(ATTEMPTS, {}).get('stringValue', 0)
        return cls(record['messageId'], record['receiptHandle'], record['body'],
                   int(record['attributes']['ApproximateReceiveCount']) + int(earlier))


@dataclass(frozen=True)
class Retries:
    """
    :param delay: seconds until the second attempt; each further one waits twice as long as the one before
    :param attempts: how many there are before a message is a dead letter
    """
    delay: int
    attempts: int

    def pause(self, attempt: int) -> int:
        """Seconds between an attempt and the next one."""
        return min(self.delay << min(attempt - 1, 20), MAX_DELAY)


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
        if isinstance(error, Waiting):
            return False
        return isinstance(error, TerminalError) or record.attempt >= self.retries.attempts

    def refuse_overdue(self, record: Record) -> None:
        """
        :raises Died: if a record ought not to be here any more: whoever had the last attempt would have buried it
        """
        if record.attempt > self.retries.attempts:
            raise Died(f'{record.attempt - 1} attempts, the last of which ended without a word: whoever made it died, '
                       f'ran out of time, or could not bury the message')

    def settle(self, record: Record, error: Exception, bundle: BundleFQID | None = None) -> bool:
        """
        Do with a record that failed what is to be done with it.

        :param bundle: that it is about, if known
        :return: whether it is done with, and may be removed
        """
        if not isinstance(error, AzulError):
            log.exception('Unexpected error', exc_info=error)
        try:
            if isinstance(error, Waiting):
                log.warning('Put back for %i s: %s', error.seconds, error)
                self.queue.send([record.body], delay=error.seconds)  # as a new message, of which this is no attempt
                return True
            if self.exhausted(record, error):
                self._bury(record, error, bundle)
                return True
        except QueueError as obstacle:
            log.warning('Cannot get rid of %s: %s', record.body, obstacle)
        self._postpone(record, error)
        return False

    def replace(self, record: Record, bodies: Iterable[str], error: Exception) -> bool:
        """
        Have other messages take the place of a record that failed. They are received after a while.

        :return: whether it may be removed; else it is tried again itself
        """
        try:
            self.queue.send(bodies, delay=self.retries.pause(1))
        except QueueError as obstacle:
            log.warning('Cannot replace %s: %s', record.body, obstacle)
            self._postpone(record, error)
            return False
        return True

    def release(self, records: Sequence[Record], delay: int = 0) -> set[str]:
        """Put records back into the queue, as new messages, without that this counts as an attempt, and remove them.

        Left alone they would be invisible until the time-out ends, and counted.

        :param delay: seconds until they can be received
        :return: the ids of those that may be removed: they are, unless that failed
        """
        released: list[Record] = []
        try:
            for attempt in sorted({record.attempt for record in records}):
                some = [record for record in records if record.attempt == attempt]
                self.queue.send((record.body for record in some), delay, attempt - 1)
                released += some
            self.queue.remove(released)
        except QueueError as error:
            log.warning('%i records come back when their visibility ends: %s', len(records), error)
        return {record.id for record in released}

    def _bury(self, record: Record, error: Exception, bundle: BundleFQID | None) -> None:
        letter = DeadLetter.create(cause=Cause(type=type(error).__name__, text=kept(str(error))),
                                   bundle=str(bundle or ''),
                                   attempt=record.attempt,
                                   message=kept(record.body))
        self.failed.send([letter.encode()])
        log.error('Dead letter in %s after attempt %i: %s', self.failed.name, record.attempt, error)

    def _postpone(self, record: Record, error: Exception) -> None:
        pause = self.retries.pause(record.attempt)
        log.warning('Attempt %i at %s failed, next one in %i s: %s', record.attempt, record.body, pause, error)
        try:
            self.queue.postpone(record.receipt, pause)
        except QueueError as postponement:
            log.warning('It will come back when its visibility ends instead: %s', postponement)


def response(records: Iterable[Record], done: Container[str]) -> dict[str, Any]:
    """What the event source wants to know: the messages that it must not remove.

    :param done: ids of those that it may remove
    """
    return {'batchItemFailures': [{'itemIdentifier': record.id} for record in records if record.id not in done]}


def in_time(items: Iterable[T], remaining: Callable[[], float]) -> Iterator[T]:
    """The items, until less than twice the time is left that the longest of them took; at least one.

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
