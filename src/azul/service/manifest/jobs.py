"""Jobs: one for equal orders, as long as what it made is good."""
import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import orjson
from jsonobject import StringProperty

from azul.aws.sqs import Queue
from azul.messaging.messages import Message
from azul.service.manifest.export import Order
from azul.service.manifest.state import FORMAT, State, States

LIFE = 24 * 3600
"""Seconds for which manifests are kept."""

MARGIN = 3600
"""Seconds that a manifest must have left for those who ask for it now."""

SILENCE = 60
"""Seconds without any news of a job after which its message may have been lost, beyond the time that a worker had."""

RETRY = 60
"""Seconds after which a job that failed is tried again for the next one who asks."""


class JobMessage(Message):
    """A job is to be gone on with."""
    job: str = StringProperty(required=True)


class Job(NamedTuple):
    key: str
    state: State


@dataclass(frozen=True)
class Jobs:
    states: States
    queue: Queue
    clock: Callable[[], float] = time.time

    def submit(self, order: Order) -> Job:
        """The job for an order. It is under way when the call returns, if it is not done already."""
        key = order_key(order)
        while True:
            state, tag = self.states.read(key)
            now = self.clock()
            if state is not None and self._good(state, now):
                return Job(key, state)
            begun = State(order, made=now, saved=now)
            if self.states.write(key, begun, tag) is not None:
                self.send(key)
                return Job(key, begun)

    def look(self, key: str) -> State | None:
        """
        What is known of a job, None if nothing is. One that nothing was heard of for long is set going again.
        """
        state, tag = self.states.read(key)
        now = self.clock()
        if state is None or state.status != 'running':
            return state
        # Its message waits in the queue, perhaps behind many, until somebody has begun: less and less is to be added.
        silence = SILENCE if state.view is not None or state.lease else max(SILENCE, state.saved - state.made)
        if max(state.saved, state.lease) + silence > now:
            return state
        # By writing first, only one of many who look sends the message.
        if self.states.write(key, replace(state, saved=now), tag) is not None:
            self.send(key)
        return state

    def _good(self, state: State, now: float) -> bool:
        if state.status == 'failed':
            return state.saved + RETRY > now
        return state.made + LIFE - MARGIN > now

    def send(self, key: str) -> None:
        """Have some worker go on with a job."""
        self.queue.send([JobMessage.create(job=key).encode()])


def order_key(order: Order) -> str:
    """The same for equal orders."""
    text = orjson.dumps([FORMAT, asdict(order)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:40]
