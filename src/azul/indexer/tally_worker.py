"""What tallies say is done: entities are aggregated, in the generation that changed."""
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from azul.errors import Conflict, MessageError
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.generations import WRITABLE, NoGeneration
from azul.indexer.messages import Tally
from azul.indexer.scan import slices
from azul.messaging.inbox import Record
from azul.messaging.messages import decode
from azul.messaging.worker import Worker
from azul.plugin import Plugin

CHUNK = 200
"""Entities that are aggregated together: the time between two looks at the clock."""


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

    def attempt(self, things: Sequence[Tallied], remaining: Callable[[], float]) -> Mapping[Tallied, Exception]:
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
        generations = self.aggregator.generations
        generation = next((generation for generation in generations.read() if generation.number == number), None)
        if generation is None or generation.state not in WRITABLE:
            return False
        if not generations.accepts(generation):
            raise NoGeneration(f'generation {number} is not for this code to write to')
        return True
