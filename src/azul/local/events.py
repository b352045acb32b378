"""Delivery of queue messages to the handlers of a Chalice app, as Lambda's event sources do it.

For each event source some threads, each of which repeats::

    receive ──▶ gather a batch ──▶ deliver: invoke the handler ──▶ delete what it does not report as failed

A message that is not deleted comes back by itself, when its visibility time-out ends.
"""
import logging
import threading
import time
from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, SQSEventConfig

from azul.errors import ConfigurationError
from azul.local.delivery import Delivery, EventSource, Message, invocation
from azul.local.queues import REGION

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)

MAX_RECEIVE = 10
POLL_SECONDS = 1
"""How long a request for messages waits for the first one; a stop takes as long."""


def event_sources(app: Chalice) -> list[EventSource]:
    """
    The event sources that an app declares. Other events than queue messages, a schedule's for instance, do not happen
    here; the log says so.
    """
    sources = []
    for declared in app.event_sources:
        if isinstance(declared, SQSEventConfig) and declared.queue is not None:
            sources.append(EventSource(declared.name,
                                       declared.queue,
                                       declared.batch_size,
                                       declared.maximum_batching_window_in_seconds,
                                       app.handler_map[declared.name]))
        else:
            log.warning('%s is never invoked: no such events on a laptop', declared.name)
    return sources


class Runner:
    """
    Delivers messages from now on, in threads, until `stop`.

    :param endpoint: URL of the queue server; does not matter without sources
    :param concurrency: threads for each event source
    :param disturb: takes a delivery and the name of a thread and returns the delivery to be used in its place
    :param on_failure: called when a thread of ours ends although nobody stopped it
    :raises ConfigurationError: if a queue does not exist or the server does not answer
    """

    def __init__(self,
                 sources: Sequence[EventSource],
                 endpoint: str | None,
                 *,
                 concurrency: int = 2,
                 disturb: Callable[[Delivery, str], Delivery] = lambda delivery, thread: delivery,
                 on_failure: Callable[[], object] = lambda: None
                 ) -> None:
        client = boto3.client('sqs', endpoint_url=endpoint, region_name=REGION,
                              aws_access_key_id='local', aws_secret_access_key='local',  # noqa: S106 - it wants some
                              config=Config(max_pool_connections=max(1, concurrency * len(sources)),
                                            retries={'total_max_attempts': 2}))
        self._stopping = threading.Event()
        self._on_failure = on_failure
        self._threads = []
        for source in sources:
            queue = _Queue(client, source.queue)
            for number in range(concurrency):
                name = f'{source.name}-{number}'
                delivery = disturb(invocation(source, queue.arn, queue.visibility), name)
                self._threads.append(threading.Thread(target=self._work, args=(queue, source, delivery), name=name,
                                                      daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 10) -> None:
        """
        Return when no handler runs any more. Messages that were received but not delivered come back by themselves.

        :param patience: seconds that we wait for handlers
        """
        self._stopping.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0., deadline - time.monotonic()))

    def _work(self, queue: '_Queue', source: EventSource, deliver: Delivery) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    batch = gather(queue.receive, source.batch_size, source.window)
                    if batch and not self._stopping.is_set():
                        failed = deliver(batch)
                        queue.delete([message for message in batch if message['MessageId'] not in failed])
                except (BotoCoreError, ClientError) as error:
                    log.warning('Queue %s: %s', source.queue, error)
                    self._stopping.wait(1)
        finally:
            if not self._stopping.is_set():
                self._on_failure()


def gather(receive: Callable[[int, int], Sequence[Message]],
           batch_size: int,
           window: float,
           clock: Callable[[], float] = time.monotonic
           ) -> list[Message]:
    """
    A batch: at most so many messages, and those that came within the window after the first one. None twice.

    :param receive: takes the greatest number of messages and the seconds to wait for the first of them
    """
    batch = {message['MessageId']: message for message in receive(min(batch_size, MAX_RECEIVE), POLL_SECONDS)}
    end = clock() + window
    while batch and len(batch) < batch_size and (remaining := end - clock()) > 0:
        # The queue server knows but whole seconds.
        for message in receive(min(batch_size - len(batch), MAX_RECEIVE), min(ceil(remaining), 20)):
            # The receipt of a message's last delivery is the one that counts.
            batch[message['MessageId']] = message
    return list(batch.values())


class _Queue:

    def __init__(self, client: 'SQSClient', name: str) -> None:
        self._client = client
        try:
            self._url = client.get_queue_url(QueueName=name)['QueueUrl']
            attributes = client.get_queue_attributes(QueueUrl=self._url,
                                                     AttributeNames=['QueueArn', 'VisibilityTimeout'])['Attributes']
        except (BotoCoreError, ClientError) as error:
            raise ConfigurationError('Event sources', [f'queue {name}: {error}']) from error
        self.arn, self.visibility = attributes['QueueArn'], int(attributes['VisibilityTimeout'])

    def receive(self, number: int, seconds: int) -> Sequence[Message]:
        response = self._client.receive_message(QueueUrl=self._url,
                                                MaxNumberOfMessages=number,
                                                WaitTimeSeconds=seconds,
                                                MessageSystemAttributeNames=['All'],
                                                MessageAttributeNames=['All'])
        return response.get('Messages', [])

    def delete(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), MAX_RECEIVE):
            chunk = enumerate(messages[start:start + MAX_RECEIVE])
            response = self._client.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{'Id': str(number), 'ReceiptHandle': message['ReceiptHandle']} for number, message in chunk]
            )
            for failed in response.get('Failed', []):
                log.info('A processed message could not be deleted, because it had been, or it comes back: %s', failed)
