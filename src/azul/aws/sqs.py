"""Queues: what we ask of SQS, strict about batches of which some entries fail."""
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import QueueError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

log = logging.getLogger(__name__)

ATTEMPTS = 'attempts'
"""Of a message that takes the place of another: how many attempts there were at that. The queue does not count them."""

MAX_DELAY = 900
"""Seconds. The longest that a queue delays a message."""

MAX_BATCH = 10
"""Messages of one request."""

MAX_SIZE = 250_000
"""Bytes of the messages of one request, somewhat less than the least that a queue takes."""

HIDDEN = 300
"""Seconds for which messages that an operator looks at are hidden from everybody else."""


class Received(NamedTuple):
    """A message that is ours for a while.

    :param receipt: proves that; it is void when somebody receives the message after us
    :param attributes: the queue's own, `SentTimestamp` in milliseconds for instance
    """
    id: str
    receipt: str
    body: str
    attributes: Mapping[str, str]

    @property
    def sent(self) -> float:
        """When, by the queue's clock; 0 if it does not tell."""
        return int(self.attributes.get('SentTimestamp', 0)) / 1000


class Held(Protocol):
    """A message that is ours for a while, whatever else is known of it."""

    @property
    def receipt(self) -> str: ...


class Counts(NamedTuple):
    """How many messages a queue has, approximately; each is in one of these states."""
    delayed: int
    invisible: int
    queued: int


class Queue:
    """One queue, by its name; the URL is asked for once. Safe to share between threads."""

    def __init__(self, client: 'SQSClient', name: str) -> None:
        self._client, self.name, self._known_url = client, name, ''

    @property
    def url(self) -> str:
        if not self._known_url:
            with self._translated():
                self._known_url = self._client.get_queue_url(QueueName=self.name)['QueueUrl']
        return self._known_url

    def send(self, bodies: Iterable[str], delay: int = 0, attempts: int = 0) -> None:
        """
        :param delay: seconds until they can be received, 900 at most
        :param attempts: how many there were at the messages whose place these take; an attribute, `ATTEMPTS`
        :raises QueueError: if any of them was not taken; others may have been
        """
        attributes: dict[str, MessageAttributeValueTypeDef] = (
            {ATTEMPTS: {'DataType': 'Number', 'StringValue': str(attempts)}} if attempts else {})
        for batch in _batches(bodies):
            with self._translated():
                response = self._client.send_message_batch(
                    QueueUrl=self.url,
                    Entries=[{'Id': str(number), 'MessageBody': body, 'DelaySeconds': delay,
                              'MessageAttributes': attributes}
                             for number, body in enumerate(batch)],
                )
            if failed := response.get('Failed'):
                raise QueueError(f'queue {self.name}: {len(failed)} of {len(batch)} messages refused: {failed[0]}')

    def postpone(self, receipt: str, seconds: int) -> None:
        """Hide a message that is being worked on from other workers for so long, from now on.

        :param receipt: the receipt handle that it came with
        """
        with self._translated():
            self._client.change_message_visibility(QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def receive(self, hidden: int = HIDDEN, patience: int = 1) -> list[Received]:
        """
        Ten messages at most; none if there were none for as many seconds as we have patience.

        :param hidden: seconds for which nobody else receives them
        """
        with self._translated():
            messages = self._client.receive_message(QueueUrl=self.url,
                                                    MaxNumberOfMessages=MAX_BATCH,
                                                    VisibilityTimeout=hidden,
                                                    WaitTimeSeconds=patience,
                                                    MessageSystemAttributeNames=['All']).get('Messages', [])
        return [
            # The keys are strings, whatever the stubs make of them.
            Received(message['MessageId'], message['ReceiptHandle'], message['Body'],
                     {str(name): value for name, value in message.get('Attributes', {}).items()})
            for message in messages
        ]

    def receive_all(self, hidden: int = HIDDEN, slack: float = 60) -> list[Received]:
        """
        All messages but those that are delayed, or that others are working on, in the order in which they were sent.

        :param hidden: as for `receive`. If it takes longer, a message may come twice, and counts once.
        :param slack: seconds. What was sent later than that after the call is not waited for: a queue that others send
                      to may never be empty.
        """
        received: dict[str, Received] = {}
        fruitless = 0
        end = time.time() + slack
        # A queue is spread over many machines. Without patience some are asked, and may have nothing while others do;
        # its count is that of all, but of some moments ago. Both may be wrong while others put messages, or take them.
        while fruitless < 3:
            batch = {message.id: message for message in self.receive(hidden, patience=min(fruitless, 1))}
            fresh = [message for message in batch.values() if message.id not in received and message.sent <= end]
            fruitless = 0 if fresh else fruitless + 1
            received |= batch
            if fruitless and self.counts().queued == 0:
                break
        return sorted(received.values(), key=lambda message: message.sent)

    def remove(self, messages: Iterable[Held]) -> None:
        """
        :raises QueueError: if any of them could not be removed; all others are
        """
        failed = list(self._each(messages, lambda entries: self._client.delete_message_batch(QueueUrl=self.url,
                                                                                             Entries=entries)))
        if failed:
            raise QueueError(f'queue {self.name}: {len(failed)} messages could not be removed: {failed[0]}')

    def release(self, messages: Iterable[Held]) -> None:
        """Let others receive them at once. Where that fails they have to wait until the messages are not hidden."""

        def call(entries: Sequence[Any]) -> Any:
            entries = [{**entry, 'VisibilityTimeout': 0} for entry in entries]
            return self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

        try:
            for failed in self._each(messages, call):
                log.warning('Queue %s: a message stays hidden for a while: %s', self.name, failed)
        except QueueError as error:
            log.warning('Messages stay hidden for a while: %s', error)

    def purge(self) -> None:
        """Remove all messages, whoever is working on them. That may take a minute, see `counts`."""
        with self._translated():
            self._client.purge_queue(QueueUrl=self.url)

    def counts(self) -> Counts:
        with self._translated():
            attributes = self._client.get_queue_attributes(
                QueueUrl=self.url,
                AttributeNames=['ApproximateNumberOfMessagesDelayed',
                                'ApproximateNumberOfMessagesNotVisible',
                                'ApproximateNumberOfMessages'],
            )['Attributes']
        return Counts(delayed=int(attributes['ApproximateNumberOfMessagesDelayed']),
                      invisible=int(attributes['ApproximateNumberOfMessagesNotVisible']),
                      queued=int(attributes['ApproximateNumberOfMessages']))

    def _each(self, messages: Iterable[Held], call: Callable[[Sequence[Any]], Any]) -> Iterator[Any]:
        """Call for ten messages at a time, and tell what is said about those that it failed for."""
        remaining = iter(messages)
        while batch := list(islice(remaining, MAX_BATCH)):
            with self._translated():
                response = call([{'Id': str(number), 'ReceiptHandle': message.receipt}
                                 for number, message in enumerate(batch)])
            yield from response.get('Failed', [])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise QueueError(f'queue {self.name}: {error}') from error


def purge(queues: Sequence[Queue], patience: float = 120, interval: float = 1) -> None:
    """
    Remove all messages of several queues, and return when nothing is left in any.

    :param patience: seconds; a queue itself may take sixty
    :raises QueueError: if something is left all the same
    """
    for queue in queues:
        queue.purge()
    deadline = time.monotonic() + patience
    while left := [queue for queue in queues if sum(queue.counts())]:
        if time.monotonic() > deadline:
            raise QueueError(f'not empty after {patience:.0f} s, somebody may be adding to them: '
                             f'{", ".join(queue.name for queue in left)}')
        time.sleep(interval)


def _batches(bodies: Iterable[str]) -> Iterator[list[str]]:
    """As many at a time as a queue takes with one request."""
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if batch and (len(batch) == MAX_BATCH or size + length > MAX_SIZE):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch
