"""What happens to a batch of messages: one bad record never sinks it, and none is removed before its effect."""
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from azul.errors import AzulError, MessageError, TerminalError, TransientError
from azul.index.documents import Contribution, EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation, Generations
from azul.indexer.inbox import Inbox, NoGeneration, Record, in_time, response
from azul.indexer.messages import Notification, Tally, decode
from azul.plugin import Plugin

log = logging.getLogger(__name__)

CHUNK = 50
"""Entities that are aggregated together: the time between two looks at the clock."""


@dataclass(frozen=True)
class NotificationWorker:
    contributor: Contributor
    generations: Generations
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """
        :param remaining: seconds that are left. The records that they do not suffice for are given back.
        """
        tried, done = set(), set()
        for record in in_time(records, remaining):
            tried.add(record.id)
            if self._done(record):
                done.add(record.id)
        done |= self.inbox.renew([record for record in records if record.id not in tried])
        return response(records, done)

    def run(self, body: str) -> None:
        """Do what a message says, for somebody who wants to see it fail: as it fails, it is left as it is."""
        self._apply(decode(Notification, body))

    def _done(self, record: Record) -> bool:
        notification = None
        try:
            notification = decode(Notification, record.body)
            self._apply(notification)
        except Exception as error:  # noqa: BLE001 a fault of ours, too, must not sink the batch
            if notification is None:
                return self.inbox.settle(record, error)
            if notification.action == 'add' and self.inbox.exhausted(record, error):
                self._give_up(notification, error)
            return self.inbox.settle(record, error, notification.bundle)
        return True

    def _apply(self, notification: Notification) -> None:
        bundle = notification.bundle

        @cache
        def contributions() -> Sequence[Contribution]:
            return self.contributor.contributions(bundle)

        if notification.action == 'add':
            self._every_generation(lambda generation: self.contributor.add(generation, bundle, contributions))
        else:
            self._every_generation(lambda generation: self.contributor.delete(generation, bundle))

    def _every_generation(self, step: Callable[[Generation], None]) -> None:
        """Take the step in every generation, and look again for what came or changed in between."""
        done: set[Generation] = set()
        while todo := [generation for generation in self.generations.writable() if generation not in done]:
            for generation in todo:
                step(generation)
                done.add(generation)
        if not done:
            raise NoGeneration('no generation that this code may write to')

    def _give_up(self, notification: Notification, error: Exception) -> None:
        """Account for a bundle that is not going to be added.

        Where that fails, too, the dead letter is all there is: it is replayed when the cause is mended.
        """
        cause = error if isinstance(error, AzulError) else TerminalError(repr(error))
        try:
            self._every_generation(lambda generation: self.contributor.fail(generation, notification.bundle, cause))
        except Exception:
            log.exception('Cannot account for the failure of %s', notification.bundle)


@dataclass(frozen=True)
class TallyWorker:
    aggregator: Aggregator
    generations: Generations
    plugin: Plugin
    inbox: Inbox

    def handle(self, records: Sequence[Record], remaining: Callable[[], float]) -> dict[str, Any]:
        """Each entity is aggregated once, however many of the records tally it."""
        tried: set[str] = set()
        done: set[str] = set()

        def settled(affected: Sequence[Record], failure: Exception | None) -> None:
            tried.update(record.id for record in affected)
            done.update(record.id for record in affected if failure is None or self.inbox.settle(record, failure))

        tallied: dict[int, dict[EntityReference, list[Record]]] = {}
        for record in records:
            try:
                tally = self._decode(record.body)
                tallied.setdefault(tally.generation, {}).setdefault(tally.entity, []).append(record)
            except TerminalError as error:
                settled([record], error)
        chunks = [(number, chunk) for number, by_entity in tallied.items() for chunk in _chunks(by_entity)]
        for number, entities in in_time(chunks, remaining):
            failures = self._aggregate(number, entities)
            for entity in entities:
                settled(tallied[number][entity], failures.get(entity))
        done |= self.inbox.renew([record for record in records if record.id not in tried])
        return response(records, done)

    def run(self, body: str) -> None:
        """Do what a message says, for somebody who wants to see it fail: as it fails, it is left as it is."""
        tally = self._decode(body)
        for failure in self._aggregate(tally.generation, [tally.entity]).values():
            raise failure

    def _decode(self, body: str) -> Tally:
        tally = decode(Tally, body)
        if tally.entity_type not in self.plugin.schema.entity_type:
            raise MessageError(f'no entity type {tally.entity_type!r}')
        return tally

    def _aggregate(self, number: int, entities: Sequence[EntityReference]) -> Mapping[EntityReference, Exception]:
        """
        :return: the entities that could not be aggregated, and why
        """
        try:
            return self.aggregator.aggregate(number, entities) if self._exists(number) else {}
        except TransientError as error:
            return dict.fromkeys(entities, error)
        except Exception as error:  # noqa: BLE001 a fault of ours, too, must not sink the batch
            if len(entities) == 1:
                return {entities[0]: error}
            middle = len(entities) // 2  # find the culprit by halves
            return {**self._aggregate(number, entities[:middle]), **self._aggregate(number, entities[middle:])}

    def _exists(self, number: int) -> bool:
        """Whether a generation is to be written to; tallies for one that is being dropped are moot.

        :raises NoGeneration: if it is there, but not for us to write to
        """
        generation = next((generation for generation in self.generations.read() if generation.number == number), None)
        if generation is None or generation.state == 'dropping':
            return False
        if not self.generations.accepts(generation):
            raise NoGeneration(f'generation {number} is not for this code to write to')
        return True


def _chunks(tallied: Mapping[EntityReference, Sequence[Record]]) -> Iterator[Sequence[EntityReference]]:
    """Entities to be aggregated together. One that failed before is on its own, lest it fails others again."""
    retried = {entity for entity, records in tallied.items() if any(record.attempt > 1 for record in records)}
    fresh = sorted(tallied.keys() - retried)
    for start in range(0, len(fresh), CHUNK):
        yield fresh[start:start + CHUNK]
    yield from ([entity] for entity in sorted(retried))
