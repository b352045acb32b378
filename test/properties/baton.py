"""Workers in threads of their own, of which only the one that holds the baton moves.

A worker hands the baton back before each call to engine, queue and store, and waits. Who gets it next is decided
outside, so that a schedule can be repeated call by call.
"""
import threading
from collections.abc import Callable


class Killed(BaseException):
    """Ends a worker as if its process were gone: it is no `Exception`, so that only we catch it."""


class Worker:
    """
    :param at: the call that it is about to make; empty when it has ended
    :param outcome: None if it ended as it should
    """

    def __init__(self, name: str, baton: 'Baton') -> None:
        self.name, self._baton = name, baton
        self.at = 'start'
        self.outcome: BaseException | None = None
        self._go = threading.Semaphore(0)
        self._doomed = False

    @property
    def alive(self) -> bool:
        return bool(self.at)

    def run(self, work: Callable[[], None]) -> None:
        """In the worker's own thread."""
        try:
            self.wait()
            work()
        except (Exception, Killed) as outcome:  # noqa: BLE001 it is judged elsewhere
            self.outcome = outcome
        self.at = ''
        self._baton.returned.release()

    def wait(self) -> None:
        self._go.acquire()
        if self._doomed:
            raise Killed

    def go(self, doomed: bool = False) -> None:
        self._doomed = doomed
        self._go.release()


class Baton:
    """
    :param report: is told of each call that a worker makes, and of each end
    :param handovers: how often a worker got it
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report
        self.returned = threading.Semaphore(0)
        self.handovers = 0
        self._holder: Worker | None = None

    def start(self, name: str, work: Callable[[], None]) -> Worker:
        """A worker that has not begun yet."""
        worker = Worker(name, self)
        threading.Thread(target=worker.run, args=[work], name=name, daemon=True).start()
        return worker

    def advance(self, worker: Worker) -> None:
        """Have a worker make the call that it waits for, and run on to the next one or to its end."""
        self._hand_over(worker, doomed=False)

    def kill(self, worker: Worker) -> None:
        """Where it is: the call that it waits for is not made."""
        while worker.alive:
            self._hand_over(worker, doomed=True)

    def call(self, what: str) -> None:
        """To be called by a worker, or one of its threads, before a call that others are to see the effect of.

        Calls of others, those of the test itself, say, go through.
        """
        worker = self._holder
        if worker is not None:
            worker.at = what
            self.returned.release()
            worker.wait()

    def _hand_over(self, worker: Worker, doomed: bool) -> None:
        assert worker.alive, f'{worker.name} has ended'
        self.report(f'{worker.name}: {"killed at" if doomed else "…"} {worker.at}')
        self.handovers += 1
        self._holder = worker
        worker.go(doomed)
        self.returned.acquire()
        self._holder = None
        if not worker.alive:
            self.report(f'{worker.name}: {"ended" if worker.outcome is None else repr(worker.outcome)}')
