"""What happens to a batch of messages between the queue and the handler."""
import base64
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from chalice.local import LambdaContext

from azul.infra.functions import PARTIAL, RESPONSE_TYPES

log = logging.getLogger(__name__)

Message = Mapping[str, Any]
"""As boto3 has it."""

Delivery = Callable[[Sequence[Message]], Collection[str]]
"""Takes a batch of messages and returns the ids of those that are to be delivered again."""


@dataclass(frozen=True)
class EventSource:
    """
    What a Chalice app declares by `on_sqs_message`.

    :param window: seconds that a batch may take to become full
    :param handler: takes an event and a context, as in Lambda
    :param response_types: what is made of its answers, as Terraform tells Lambda
    """
    name: str
    queue: str
    batch_size: int
    window: int
    handler: Callable[[object, object], object]
    response_types: Sequence[str] = RESPONSE_TYPES


def invocation(source: EventSource, arn: str, visibility: int) -> Delivery:
    """
    The delivery to the handler of an event source.

    :param visibility: seconds that the messages are invisible to others; what the window leaves of them is the time
                       that the handler is told to have
    """

    def deliver(batch: Sequence[Message]) -> Collection[str]:
        ids = [message['MessageId'] for message in batch]
        context = LambdaContext(source.name, memory_size=512, max_runtime_ms=max(1, visibility - source.window) * 1000)
        try:
            answer = source.handler({'Records': [record(message, arn) for message in batch]}, context)
        except Exception:
            log.exception('%s failed with all of %s', source.name, ids)
            return ids
        failed = failures(answer, ids) if PARTIAL in source.response_types else ()
        if failed:
            log.info('%s failed with %d of %d messages', source.name, len(failed), len(ids))
        return failed

    return deliver


def record(message: Message, arn: str) -> dict[str, object]:
    """A message as Lambda's handlers know it."""
    return {
        'messageId': message['MessageId'],
        'receiptHandle': message['ReceiptHandle'],
        'body': message['Body'],
        'attributes': message.get('Attributes', {}),
        'messageAttributes': {
            name: {
                **({'stringValue': value['StringValue']} if 'StringValue' in value else {}),
                **({'binaryValue': base64.b64encode(value['BinaryValue']).decode()} if 'BinaryValue' in value else {}),
                'stringListValues': [],
                'binaryListValues': [],
                'dataType': value['DataType']
            }
            for name, value in message.get('MessageAttributes', {}).items()
        },
        'md5OfBody': message['MD5OfBody'],
        'eventSource': 'aws:sqs',
        'eventSourceARN': arn,
        'awsRegion': arn.split(':')[3]
    }


def failures(answer: object, ids: Sequence[str]) -> Collection[str]:
    """
    Which of the messages a handler's answer calls failed: all, unless the answer is well-formed. No answer means none.

    >>> failures({'batchItemFailures': [{'itemIdentifier': 'b'}]}, ['a', 'b'])
    {'b'}
    >>> failures({'batchItemFailures': [{'itemIdentifier': ''}]}, ['a', 'b'])
    ['a', 'b']
    """
    if answer is None:
        return ()
    if not isinstance(answer, Mapping):
        return ids
    items = answer.get('batchItemFailures')
    if items is None:
        return ()
    try:
        failed = {item['itemIdentifier'] for item in items}
    except (TypeError, KeyError):
        return ids
    return failed if failed <= set(ids) else ids


def chaotic(delivery: Delivery, random: Random, *, duplicates: float = 0.3, delay: float = 1) -> Delivery:
    """
    A delivery that does what queues are allowed to do, much more often than they do it.

    Messages arrive in any order and late, so that those of other threads overtake them, and some twice. A message that
    was processed once is deleted, as it would be, even if it failed the other time.

    :param duplicates: share of the batches that are delivered twice
    :param delay: seconds, at most, before each delivery
    """

    def deliver(batch: Sequence[Message]) -> Collection[str]:
        failed = {message['MessageId'] for message in batch}
        for _ in range(2 if random.random() < duplicates else 1):
            time.sleep(random.uniform(0, delay))
            failed &= set(delivery(random.sample(batch, len(batch))))
        return failed

    return deliver
