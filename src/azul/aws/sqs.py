"""Queues: what we ask of SQS, strict about batches of which some entries fail."""
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import QueueError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_BATCH = 10


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

    def send(self, bodies: Iterable[str], delay: int = 0) -> None:
        """
        :param delay: seconds until they can be received, 900 at most
        :raises QueueError: if any of them was not taken; others may have been
        """
        remaining = iter(bodies)
        while batch := list(islice(remaining, MAX_BATCH)):
            with self._translated():
                response = self._client.send_message_batch(
                    QueueUrl=self.url,
                    Entries=[{'Id': str(number), 'MessageBody': body, 'DelaySeconds': delay}
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

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise QueueError(f'queue {self.name}: {error}') from error
