"""One pass over the contributions of a new generation, in which each entity is aggregated once."""
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from azul.errors import Conflict
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation
from azul.indexer.messages import IN_ANY_CASE
from azul.indexer.patience import Patience, PatientEngine
from azul.indexer.reuse import Progress
from azul.indexer.scan import count, slices, terms

log = logging.getLogger(__name__)

SLICE = 100
"""Entities that are aggregated together."""

ROUND = 10
"""Slices for each worker that are read before they are aggregated, because a pool takes all that it is given."""


@dataclass(frozen=True)
class AggregationPass:
    """
    :param workers: how many slices are aggregated at once
    """
    contributor: Contributor
    aggregator: Aggregator
    generation: Generation
    patience: Patience
    workers: int
    progress: Progress

    def run(self) -> int:
        """
        :return: how many entities could not be aggregated, and are left to the workers
        """
        engine, entity_types = PatientEngine(self.contributor.engine, self.patience), self.generation.entity_types
        indices = self.contributor.generations.indices(self.generation.number)
        engine.refresh(map(indices.contributions, entity_types))
        # How many entities there are would take as long to count as to list them, and some take longer than others.
        total = sum(count(engine, indices.contributions(entity_type), {'match_all': {}})
                    for entity_type in entity_types)
        done = left = 0
        with ThreadPoolExecutor(self.workers) as pool:
            for entity_type in entity_types:
                ids = terms(engine, indices.contributions(entity_type), 'entity_id')
                entities = ((EntityReference(entity_type, entity_id), number) for entity_id, number in ids)
                for some in slices(entities, SLICE * ROUND * self.workers):
                    parts = list(slices(some, SLICE))
                    for part, failures in zip(parts, pool.map(self._failures, parts), strict=True):
                        left += self._leave_to_workers(failures)
                        done += sum(number for _, number in part)
                        # Some may have come meanwhile.
                        self.progress('aggregate', done, max(done, total))
        return left

    def _failures(self, part: Sequence[tuple[EntityReference, int]]) -> Mapping[EntityReference, Exception]:
        return self.patience.failures(
            lambda entities: self.aggregator.aggregate(self.generation.number, dict.fromkeys(entities, IN_ANY_CASE)),
            [entity for entity, _ in part])

    def _leave_to_workers(self, failures: Mapping[EntityReference, Exception]) -> int:
        """Whatever it was: they try again, and bury what cannot be aggregated, with the cause.

        :return: how many are not aggregated yet. Where others were faster, they are.
        """
        for entity, error in failures.items():
            log.warning('%s is left to the queue: %r', entity, error)
        if failures:
            self.patience(lambda: self.contributor.send_tallies(self.generation, failures))
        return sum(not isinstance(error, Conflict) for error in failures.values())
