"""A client of the queue server whose calls are made one at a time, and some of which fail."""
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from properties.baton import Baton, Killed
from properties.faults import Faults

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

REFUSED = 'queue unavailable (503)'
SOME = 'some messages refused'
UNHEARD = 'sent, but no answer'
TWICE = 'sent twice'


class FaultySQS:
    """What `azul.aws.sqs.Queue` asks of a client.

    :param delays: in seconds, of all messages that were sent to be received later
    :param changed: whether there may be something new to receive
    """

    def __init__(self, client: 'SQSClient', baton: Baton, faults: Faults, random: Random) -> None:
        self._client, self._baton, self.faults, self._random = client, baton, faults, random
        self.delays: list[int] = []
        self.changed = True

    # The names are those of boto3.
    def get_queue_url(self, QueueName: str) -> Any:  # noqa: N803
        return self._client.get_queue_url(QueueName=QueueName)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        fault = self._fault('send', QueueUrl, ['killed before', 'killed after', REFUSED, SOME, UNHEARD, TWICE])
        if fault in ('killed before', REFUSED):
            raise _raised(fault, QueueUrl)
        entries = Entries
        if fault == SOME:
            entries = [entry for entry in Entries[1:] if self._random.random() < 0.5]
        self.delays += [entry['DelaySeconds'] for entry in entries if entry['DelaySeconds']]
        for _ in range(2 if fault == TWICE else 1):
            response = self._client.send_message_batch(QueueUrl=QueueUrl, Entries=entries) if entries else {}
        if fault in ('killed after', UNHEARD):
            raise _raised(fault, QueueUrl)
        if fault == SOME:
            refused = [entry for entry in Entries if entry not in entries]
            return {**response, 'Failed': [{'Id': entry['Id'], 'Code': 'InternalError', 'SenderFault': False}
                                           for entry in refused]}
        return response

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str,  # noqa: N803
                                  VisibilityTimeout: int) -> Any:  # noqa: N803
        fault = self._fault('postpone', QueueUrl, ['killed before', REFUSED])
        if fault is not None:
            raise _raised(fault, QueueUrl)
        return self._client.change_message_visibility(QueueUrl=QueueUrl, ReceiptHandle=ReceiptHandle,
                                                      VisibilityTimeout=VisibilityTimeout)

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        fault = self._fault('remove', QueueUrl, ['killed before', 'killed after', REFUSED])
        if fault in ('killed before', REFUSED):
            raise _raised(fault, QueueUrl)
        response = self._client.delete_message_batch(QueueUrl=QueueUrl, Entries=Entries)
        if fault is not None:
            raise _raised(fault, QueueUrl)
        return response

    def _fault(self, what: str, url: str, possible: list[str]) -> str | None:
        label = f'{what} {url.rpartition("/")[2].partition("-")[2]}'
        self._baton.call(label)
        self.changed = True
        fault = self.faults.draw(label, possible)
        if fault is not None:
            self._baton.report(f'  {fault}: {label}')
        return fault


def _raised(fault: str, url: str) -> BaseException:
    return Killed() if fault.startswith('killed') else ReadTimeoutError(endpoint_url=url)
