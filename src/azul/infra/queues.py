"""The queues, for the laptop as well as for AWS."""
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from azul.config import Config
from azul.index.bundle import JSON
from azul.naming import QUEUES, Queue

SPARE_ATTEMPTS = 2
"""How many more attempts than ours the queue's own redrive allows, for workers that die before they can bury."""

DAY = 24 * 60 * 60


class Declared(NamedTuple):
    """
    A queue, or, if `failed`, the dead-letter queue of that queue.

    :param visibility: seconds for which a message that was received is hidden from others
    :param retention: seconds until messages are lost
    :param max_receive: how often a message is received before it moves to the dead-letter queue; None if there is none
    """
    queue: Queue
    failed: bool
    name: str
    visibility: int
    retention: int
    max_receive: int | None

    @property
    def resource(self) -> str:
        """How Terraform calls it."""
        return resource(self.queue, self.failed)


def declared(config: Config) -> Sequence[Declared]:
    """Each one after its dead-letter queue."""
    return [
        Declared(queue, failed, config.naming.queue(queue, failed), config.visibility,
                 # Somebody has to look at dead letters; what waits for its turn is dealt with in time, or alarms.
                 retention=14 * DAY if failed else 4 * DAY,
                 max_receive=None if failed else config.max_attempts + SPARE_ATTEMPTS)
        for queue in QUEUES for failed in (True, False)
    ]


def resource(queue: Queue, failed: bool = False) -> str:
    return f'{queue}_failed' if failed else queue


def arn(queue: Queue, failed: bool = False) -> str:
    """As an expression of Terraform."""
    return f'${{aws_sqs_queue.{resource(queue, failed)}.arn}}'


def redrive(max_receive: int, failed_arn: str) -> str:
    """The redrive policy of a queue."""
    return orjson.dumps({'deadLetterTargetArn': failed_arn, 'maxReceiveCount': max_receive}).decode()


def resources(config: Config) -> JSON:
    return {'resource': {'aws_sqs_queue': {each.resource: _resource(each) for each in declared(config)}}}


def _resource(each: Declared) -> JSON:
    declaration = {
        'name': each.name,
        'visibility_timeout_seconds': each.visibility,
        'message_retention_seconds': each.retention,
        'sqs_managed_sse_enabled': True,
    }
    if each.max_receive is None:
        return declaration
    return {**declaration, 'redrive_policy': redrive(each.max_receive, arn(each.queue, failed=True))}
