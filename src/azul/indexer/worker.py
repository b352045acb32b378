"""What happens to a batch of messages: one bad record never sinks it, and none is removed before its effect."""
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from azul.errors import AzulError, Conflict, MessageError, TerminalError, TransientError
from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution, EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import WRITABLE, Generation, Generations
from azul.indexer.inbox import Inbox, NoGeneration, Record, in_time, response
from azul.indexer.messages import Notification, Tally, decode
from azul.indexer.scan import slices
from azul.plugin import Plugin

log = logging.getLogger(__name__)

T = TypeVar('T', bound=Hashable)

MAX_CONTRIBUTIONS = 1000
"""So many, or those of one bundle, are in memory at a time."""

CHUNK = 200
"""Entities that are aggregated together: the time between two looks at the clock."""


@dataclass(frozen=True)
class Worker(ABC, Generic[T]):
    """Each message says to do one or more things. Each thing is done once, however many of the messages say so."""
    generations: Generations
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """
        :param remaining: seconds that are left. The records that they do not suffice for are given back.
        """
        fresh = [record for record in records if record.attempt == 1]
        tried = sorted((record for record in records if record.attempt > 1), key=lambda record: -record.attempt)
        # Somebody may have died over one of those, and so may we. So that nobody dies along, the one with the most
        # attempts is tried when all else is out of the way.
        done = self._release(tried[1:]) | self._handle(fresh, remaining)
        if tried:
            self.inbox.remove([record for record in fresh if record.id in done])
            done |= self._handle(tried[:1], remaining)
        return response(records, done)

    def _release(self, records: Sequence[Record]) -> set[str]:
        """Have others receive records, to which that does not count as an attempt.

        :return: the ids of those that were removed
        """
        released = self.inbox.renew(records, self.inbox.retries.pause(1))
        self.inbox.remove([record for record in records if record.id in released])
        return released

    def _handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> set[str]:
        """
        :return: the ids of those that may be removed
        """
        said, done = self._read(records)
        outcomes: dict[T, Exception | None] = {}
        for chunk in in_time(self.chunks({thing for things in said.values() for thing in things}), remaining):
            failures = self._attempt(chunk)
            outcomes |= {thing: failures.get(thing) for thing in chunk}
        untried = []
        for record, things in said.items():
            if not outcomes.keys() >= set(things):
                untried.append(record)
                continue
            failed = {thing: fault for thing in things if (fault := outcomes[thing]) is not None}
            if not failed or self.settle(record, failed, next(iter(failed.values()))):
                done.add(record.id)
        return done | self.inbox.renew(untried)

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
        for failure in self.attempt(list(self.read(body))).values():
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
    def attempt(self, things: Sequence[T]) -> Mapping[T, Exception]:
        """
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

    def _attempt(self, things: Sequence[T]) -> Mapping[T, Exception]:
        try:
            return self.attempt(things)
        except TransientError as error:
            return dict.fromkeys(things, error)
        except Exception as error:  # noqa: BLE001 a fault of ours, too, must not sink the batch
            if len(things) == 1:
                return {things[0]: error}
            middle = len(things) // 2  # find the culprit by halves
            return {**self._attempt(things[:middle]), **self._attempt(things[middle:])}


class Change(NamedTuple):
    """What became of a bundle version."""
    action: Literal['add', 'delete']
    bundle: BundleFQID


@dataclass(frozen=True)
class NotificationWorker(Worker[Change]):
    contributor: Contributor

    def read(self, body: str) -> Collection[Change]:
        notification = decode(Notification, body)
        return [Change(notification.action, notification.bundle)]

    def chunks(self, things: Collection[Change]) -> Iterable[Sequence[Change]]:
        yield from ([change] for change in sorted(things) if change.action == 'delete')
        if added := [change for change in sorted(things) if change.action == 'add']:
            yield added

    def attempt(self, things: Sequence[Change]) -> Mapping[Change, Exception]:
        for change in things:
            if change.action == 'delete':
                self._every_generation(lambda generation, bundle=change.bundle:  # type: ignore[misc]
                                       self.contributor.delete(generation, bundle))
        failures = self._add([change.bundle for change in things if change.action == 'add'])
        return {Change('add', bundle): error for bundle, error in failures.items()}

    def settle(self, record: Record, failed: Mapping[Change, Exception], error: Exception) -> bool:
        change = next(iter(failed), None)
        if change is None:
            return self.inbox.settle(record, error)
        if change.action == 'add' and self.inbox.exhausted(record, error):
            obstacle = self._give_up(change.bundle, error)
            if obstacle is not None and not self.inbox.exhausted(record, obstacle):
                error = obstacle
        return self.inbox.settle(record, error, change.bundle)

    def _add(self, bundles: Sequence[BundleFQID]) -> dict[BundleFQID, Exception]:
        failures: dict[BundleFQID, Exception] = {}
        generations = self._writable() if bundles else []
        wanted = {bundle for generation in generations for bundle in self.contributor.wanted(generation, bundles)}
        for some in self._transformed(sorted(wanted), failures):
            self._every_generation(lambda generation, some=some:  # type: ignore[misc]
                                   failures.update(self.contributor.add(generation, some)), generations)
        return failures

    def _transformed(self, bundles: Iterable[BundleFQID], failures: dict[BundleFQID, Exception]
                     ) -> Iterator[Mapping[BundleFQID, Sequence[Contribution]]]:
        """The contributions of bundles, those of several bundles at a time.

        :param failures: is told which bundles cannot be taken apart, and why
        """
        some: dict[BundleFQID, Sequence[Contribution]] = {}
        for bundle in bundles:
            try:
                some[bundle] = self.contributor.contributions(bundle)
            except Exception as error:  # noqa: BLE001 whatever it is, it is the fault of this one only
                failures[bundle] = error
            if sum(map(len, some.values())) >= MAX_CONTRIBUTIONS:
                yield some
                some = {}
        if some:
            yield some

    def _every_generation(self, step: Callable[[Generation], None], known: Sequence[Generation] = ()) -> None:
        """
        Take the step in every generation, and look again for what came or changed in between.

        :param known: the generations as they were read since we began with the message; not asked for again at first
        """
        done: set[Generation] = set()
        while todo := [generation for generation in known or self._writable() if generation not in done]:
            for generation in todo:
                step(generation)
                done.add(generation)
            known = ()

    def _writable(self) -> Sequence[Generation]:
        """
        :raises NoGeneration: if there is none
        """
        generations = self.generations.writable()
        if not generations:
            raise NoGeneration('no generation that this code may write to')
        return generations

    def _give_up(self, bundle: BundleFQID, error: Exception) -> Exception | None:
        """Account for a bundle that is not going to be added.

        :return: why that failed. If no attempt is left, the dead letter is all there is then: it is replayed when the
                 cause is mended.
        """
        cause = error if isinstance(error, AzulError) else TerminalError(repr(error))
        try:
            self._every_generation(lambda generation: self.contributor.fail(generation, bundle, cause))
        except Exception as obstacle:
            log.exception('Cannot account for the failure of %s', bundle)
            return obstacle
        return None


class Tallied(NamedTuple):
    """An entity whose contributions changed.

    :param written: how often its aggregate had been written then
    """
    generation: int
    entity: EntityReference
    written: int


@dataclass(frozen=True)
class TallyWorker(Worker[Tallied]):
    aggregator: Aggregator
    plugin: Plugin

    def read(self, body: str) -> Collection[Tallied]:
        tally = decode(Tally, body)
        tallied = [Tallied(tally.generation, entity, written) for entity, written in tally.tallied.items()]
        for _, entity, _ in tallied:
            if entity.entity_type not in self.plugin.schema.entity_type:
                raise MessageError(f'no entity type {entity.entity_type!r}')
        return tallied

    def chunks(self, things: Collection[Tallied]) -> Iterable[Sequence[Tallied]]:
        for _, some in groupby(sorted(things), lambda tallied: tallied.generation):
            yield from slices(some, CHUNK)

    def settle(self, record: Record, failed: Mapping[Tallied, Exception], error: Exception) -> bool:
        """What failed of several entities goes on alone. So does a hot one: that others were faster is no failure, and
        must not count as an attempt."""
        several = len(self.read(record.body)) if failed else 0
        if isinstance(error, Conflict) or (several > 1 and (
                len(failed) < several or self.inbox.exhausted(record, error))):
            return self.inbox.replace(record, [Tally.of(number, {entity: written}).encode()
                                               for number, entity, written in failed], error)
        return self.inbox.settle(record, error)

    def attempt(self, things: Sequence[Tallied]) -> Mapping[Tallied, Exception]:
        number, *_ = {tallied.generation for tallied in things}
        if not self._exists(number):
            return {}
        # In their order, the last of what is said of an entity is what asks most.
        failures = self.aggregator.aggregate(number, {entity: written for _, entity, written in things})
        return {tallied: failures[tallied.entity] for tallied in things if tallied.entity in failures}

    def _exists(self, number: int) -> bool:
        """Whether a generation is to be written to; tallies for one that is frozen or being dropped are moot.

        :raises NoGeneration: if it is there, but not for us to write to
        """
        generation = next((generation for generation in self.generations.read() if generation.number == number), None)
        if generation is None or generation.state not in WRITABLE:
            return False
        if not self.generations.accepts(generation):
            raise NoGeneration(f'generation {number} is not for this code to write to')
        return True
