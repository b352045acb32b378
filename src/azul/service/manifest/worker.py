"""Workers: each takes some steps of a job, and leaves it in a state that any other can go on from.

What a worker does has an effect only with the state that it writes in the end, which it does only if nobody else has
written one since. So a worker that dies has done nothing, and the next one does the same again: a part of the same
number takes the place of the one before. Two workers keep out of each other's way by a lease, which is no more than a
courtesy: without it, one of them would have worked in vain.
"""
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from azul.aws.objects import MIN_PART, Bucket
from azul.aws.sqs import MAX_DELAY
from azul.engine import Engine
from azul.engine.view import View
from azul.errors import AzulError, TerminalError, ViewGone
from azul.messaging.inbox import Died, Record, Waiting
from azul.messaging.messages import decode
from azul.messaging.worker import Worker
from azul.service.manifest.export import Draft, Format
from azul.service.manifest.jobs import JobMessage, Jobs
from azul.service.manifest.state import State, manifest_object

log = logging.getLogger(__name__)

MAX_DEATHS = 3
MAX_RESTARTS = 5

BRIEF = 5
"""Seconds after which to look again whether somebody has gone on."""

MARGIN = 30
"""Seconds for which a worker has a job for itself beyond the time that it has."""

ROLLOUT = 600
"""Seconds that it may take until all functions are of the same release."""


class Unviewable(TerminalError):
    """A view was gone again and again before it was read to its end."""


@dataclass(frozen=True)
class JobWorker(Worker[str]):
    """
    :param lease: seconds for which a worker has a job for itself at most, after each state that it writes
    :param release: what manifests are made by, see `Order`
    """
    jobs: Jobs
    bucket: Bucket
    engine: Engine
    formats: Mapping[str, Format]
    lease: float
    release: str

    def read(self, body: str) -> Collection[str]:
        return [decode(JobMessage, body).job]

    def chunks(self, things: Collection[str]) -> Iterable[Sequence[str]]:
        return ([key] for key in things)

    def attempt(self, things: Sequence[str], remaining: Callable[[], float]) -> Mapping[str, Exception]:
        key, = things
        held = self._take(key, remaining)
        if held is not None:
            try:
                held.work()
            except Exception:
                held.give_up()
                raise
        return {}

    def settle(self, record: Record, failed: Mapping[str, Exception], error: Exception) -> bool:
        for key in failed:
            if self.inbox.exhausted(record, error):
                self._fail(key, error)
        return self.inbox.settle(record, error)

    def _take(self, key: str, remaining: Callable[[], float]) -> 'Leased | None':
        """
        :return: the job; None if there is nothing to be done
        :raises Waiting: if somebody else has it
        """
        state, tag = self.jobs.states.read(key)
        if state is None or state.status != 'running':
            return None
        now = self.jobs.clock()
        if state.lease > now:
            raise Waiting(f'somebody else works on job {key}', min(ceil(state.lease - now), MAX_DELAY))
        if state.lease:
            log.warning('Whoever worked on job %s did not come back', key)
            state = replace(state, deaths=state.deaths + 1)
        held = Leased(self, key, state, tag, remaining)
        if state.order.release != self.release:
            # Rows of one table must not be made by different code. Which of us is the older one nobody knows.
            if state.made + ROLLOUT > now:
                raise Waiting(f'job {key} is of another release, workers of which may be on their way', MARGIN)
            held.fail('no worker is left that is of the same release as who ordered it')
            return None
        if state.deaths >= MAX_DEATHS:
            raise Died(f'{state.deaths} workers did not come back from job {key}')
        held.begin(orphaned=bool(state.lease))
        return held

    def _fail(self, key: str, error: Exception) -> None:
        try:
            state, tag = self.jobs.states.read(key)
            # Of several messages about a job one may have come too often, while somebody is at work.
            if state is not None and state.status == 'running' and state.lease <= self.jobs.clock():
                Leased(self, key, state, tag, lambda: 0).fail(f'{type(error).__name__}: {error}'[:1000])
        except AzulError:
            log.exception('Cannot tell that job %s failed', key)


class Leased:
    """A job that is ours for a while."""

    def __init__(self, worker: JobWorker, key: str, state: State, tag: str | None, remaining: Callable[[], float]
                 ) -> None:
        self._worker, self._key, self._state, self._tag, self._remaining = worker, key, state, tag, remaining

    def begin(self, orphaned: bool) -> None:
        """
        :param orphaned: whether somebody had it who did not come back
        """
        self.save(self._state)
        if orphaned and self._state.memo and not self._repeatable(self._state):
            self.restart('what the one before has read cannot be read again')

    def save(self, state: State, lease: bool = True) -> None:
        """
        :raises Waiting: if somebody else took over
        """
        now = self._worker.jobs.clock()
        longest = min(self._worker.lease, self._remaining() + MARGIN)
        state = replace(state, saved=now, lease=now + longest if lease else 0)
        tag = self._worker.jobs.states.write(self._key, state, self._tag)
        if tag is None:
            raise Waiting(f'somebody else took job {self._key} over', BRIEF)
        self._state, self._tag = state, tag

    def give_up(self) -> None:
        """After something failed: let others try at once, from where they can."""
        try:
            state = self._state
            if state.status == 'running':
                self.save(state if self._repeatable(state) else self._begun_again(state), lease=False)
        except AzulError:
            log.warning('Job %s remains ours until the lease ends', self._key, exc_info=True)

    def fail(self, fault: str) -> None:
        state = self._state
        self.save(replace(state, status='failed', fault=fault), lease=False)
        if state.order.release == self._worker.release:  # else it may be of a format that we do not know
            self._clear(state)

    def work(self) -> None:
        """Go on until it is done, or less than twice the time is left that a part took; by one part at least."""
        longest = 0.0
        while self._state.status == 'running':
            if longest and self._remaining() < 2 * longest:
                self.save(self._state, lease=False)
                self._worker.jobs.send(self._key)
                return
            started = time.monotonic()
            try:
                if self._state.memo is None:
                    self._complete()
                else:
                    self._part()
            except ViewGone as error:
                self.restart(str(error))
            longest = max(longest, time.monotonic() - started)

    def restart(self, reason: str) -> None:
        """
        :raises Unviewable: if that has happened too often
        """
        state = self._state
        if state.restarts == MAX_RESTARTS:
            raise Unviewable(f'began again {MAX_RESTARTS} times, the last time because: {reason}')
        log.warning('Job %s begins again: %s', self._key, reason)
        self.save(replace(self._begun_again(state), restarts=state.restarts + 1))

    def _repeatable(self, state: State) -> bool:
        return state.view is None or View.from_json(self._worker.engine, state.view).repeatable

    def _begun_again(self, state: State) -> State:
        self._clear(state)
        return replace(state, view=None, upload='', parts=(), memo={}, rows=0, go=0, size=0)

    def _clear(self, state: State) -> None:
        """Leave nothing that would only be forgotten in time."""
        if state.upload:
            self._worker.bucket.abandon(self._object, state.upload)
        if state.view is not None:
            View.from_json(self._worker.engine, state.view).close()

    def _part(self) -> None:
        """Write the next part of the manifest."""
        state = self._opened()
        assert state.view is not None
        view = View.from_json(self._worker.engine, state.view)
        export = self._go.export(state.order, self._draft)
        content = bytearray()
        while state.memo is not None and len(content) < MIN_PART:
            step = export.step(view, state.memo)
            content += step.content
            state = replace(state, memo=step.memo, rows=state.rows + step.rows,
                            total=state.total if step.total is None else step.total,
                            title=state.title if step.title is None else step.title)
            if not content and state.memo is not None:
                # What was learned is not to be learned again, however long there is nothing to be written.
                self.save(replace(state, deaths=0))
                return
        number = len(state.parts) + 1
        part = self._worker.bucket.add(self._object, state.upload, number, bytes(content))
        self.save(replace(state, parts=(*state.parts, part), size=state.size + len(content), deaths=0))

    def _complete(self) -> None:
        state = self._state
        # Once that is done no part can be written any more, hence after all that is said of parts has been saved.
        self._worker.bucket.complete(self._object, state.upload, state.parts)
        if self._go is not self._goes[-1]:
            self.save(replace(state, go=state.go + 1, draft=state.size, size=0, upload='', parts=(), memo={}))
            return
        self.save(replace(state, status='done'), lease=False)
        assert state.view is not None
        View.from_json(self._worker.engine, state.view).close()

    def _opened(self) -> State:
        """The state with a view and something to write to."""
        if self._state.view is None:
            view = View.open(self._worker.engine, sorted(self._state.order.indices.values()))
            self.save(replace(self._state, view=view.to_json()))
        if not self._state.upload:
            upload = self._worker.bucket.begin(self._object, self._go.content_type)
            self.save(replace(self._state, upload=upload))
        return self._state

    @property
    def _goes(self) -> Sequence[Format]:
        return self._worker.formats[self._state.order.format].goes

    @property
    def _go(self) -> Format:
        return self._goes[self._state.go]

    @property
    def _object(self) -> str:
        return manifest_object(self._key, self._go.suffix)

    @property
    def _draft(self) -> Draft:
        object_key = manifest_object(self._key, self._goes[max(0, self._state.go - 1)].suffix)
        return Draft(lambda start, end: self._worker.bucket.slice(object_key, start, end), self._state.draft)
