"""What happens to a batch of messages: one bad record never sinks it, and none is removed before its effect."""
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Generic, TypeVar

from azul.messaging.culprits import failures
from azul.messaging.inbox import Inbox, OutOfTime, Record, in_time, response

T = TypeVar('T', bound=Hashable)

SUSPECT = 3
"""The attempt from which on a message is tried alone. A second one often follows an outage that had nothing to do with
the message, or time that ran out."""


@dataclass(frozen=True)
class Worker(ABC, Generic[T]):
    """Each message says to do one or more things. Each thing is done once, however many of the messages say so."""
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """
        :param remaining: seconds that are left. The records that they do not suffice for are given back.
        """
        suspect = max(records, key=lambda record: record.attempt)
        if suspect.attempt < SUSPECT:
            return response(records, self._handle(records, remaining))
        # Somebody may have died over it, and so may we. So that none of the others dies along, they are put back first.
        others = [record for record in records if record is not suspect]
        released = self.inbox.release(others, self.inbox.retries.pause(1))
        return response(records, released | self._handle([suspect], remaining))

    def _handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> set[str]:
        """
        :return: the ids of those that may be removed
        """
        said, done = self._read(records)
        outcomes: dict[T, Exception | None] = {}
        for chunk in in_time(self.chunks({thing for things in said.values() for thing in things}), remaining):
            failed = failures(lambda things: self.attempt(things, remaining), chunk)
            outcomes |= {thing: failed.get(thing) for thing in chunk}
        untried = []
        for record, things in said.items():
            faults = {thing: outcomes.get(thing, OutOfTime()) for thing in things}
            failed = {thing: fault for thing, fault in faults.items() if fault is not None}
            if any(isinstance(fault, OutOfTime) for fault in failed.values()):
                untried.append(record)
            elif not failed or self.settle(record, failed, next(iter(failed.values()))):
                done.add(record.id)
        return done | self.inbox.release(untried)

    def _read(self, records: Sequence[Record]) -> tuple[dict[Record, Collection[T]], set[str]]:
        """
        :return: what records say, and the ids of others that may be removed, because they are buried
        """
        said: dict[Record, Collection[T]] = {}
        done: set[str] = set()
        for record in records:
            things: Collection[T] = ()
            try:
                things = self.read(record.body)
                self.inbox.refuse_overdue(record)
                said[record] = things
            except Exception as error:  # noqa: BLE001 a fault of ours, too, must not sink the batch
                if self.settle(record, dict.fromkeys(things, error), error):
                    done.add(record.id)
        return said, done

    def run(self, body: str) -> None:
        """Do what a message says, for somebody who wants to see it fail: as it fails, it is left as it is."""
        for failure in self.attempt(list(self.read(body)), lambda: inf).values():
            raise failure

    @abstractmethod
    def read(self, body: str) -> Collection[T]:
        """What a message says to do.

        :raises MessageError: if it is no message of ours
        """

    @abstractmethod
    def chunks(self, things: Collection[T]) -> Iterable[Sequence[T]]:
        """What is to be done together: the time between two looks at the clock."""

    @abstractmethod
    def attempt(self, things: Sequence[T], remaining: Callable[[], float]) -> Mapping[T, Exception]:
        """
        :param remaining: seconds that are left
        :return: what failed, and why
        :raises Exception: if everything failed
        """

    def settle(self, record: Record, failed: Mapping[T, Exception], error: Exception) -> bool:
        """
        Do with a record that failed what is to be done with it; see `Inbox.settle`.

        :param failed: what of it failed; nothing if that cannot be told
        :param error: the first one
        """
        return self.inbox.settle(record, error)
