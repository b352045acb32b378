"""A queue as its event source sees it: what can be received, was received, and has to be removed."""
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from azul.messaging.inbox import Record
from fixtures.pump import received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Source:
    """
    Nothing is received twice unless it is given back, because its visibility lasts longer than a history.

    :param waiting: records that were received and that nobody works on
    """

    def __init__(self, client: 'SQSClient', name: str) -> None:
        self._client, self.name = client, name
        self._url = client.get_queue_url(QueueName=name)['QueueUrl']
        self._receipts: dict[str, str] = {}  # the newest one of each message
        self.waiting: list[Record] = []

    def receive(self) -> None:
        while messages := self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10,
                                                       AttributeNames=['All'],
                                                       MessageAttributeNames=['All']).get('Messages'):
            for message in messages:
                record = received(message)
                self._receipts[record.id] = record.receipt
                self.waiting.append(record)
        # The same order every time: ids and times differ from one run of a history to the next.
        self.waiting.sort(key=lambda record: (record.body, record.attempt))

    def take(self, choose: Callable[[Sequence[Record]], Sequence[Record]]) -> list[Record]:
        taken = list(choose(self.waiting))
        self.waiting = [record for record in self.waiting if record not in taken]
        return taken

    def remove(self, record: Record) -> None:
        with suppress(ClientError):  # the receipt has expired
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=record.receipt)

    def give_back(self, record: Record) -> None:
        """Its visibility ends, unless somebody received it since."""
        if self._receipts[record.id] == record.receipt:
            with suppress(ClientError):  # it was removed
                self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=record.receipt,
                                                       VisibilityTimeout=0)

    def send(self, body: str) -> None:
        self._client.send_message(QueueUrl=self._url, MessageBody=body)

    @property
    def depth(self) -> int:
        """Of messages in whatever state."""
        attributes = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=['All'])['Attributes']
        return sum(int(attributes[f'ApproximateNumberOfMessages{suffix}']) for suffix in ('', 'NotVisible', 'Delayed'))


def original(letter: str) -> str:
    """The message that a dead letter is about. One that the queue itself moved is its own."""
    parsed = json.loads(letter)
    return str(parsed['message']) if 'cause' in parsed else letter
