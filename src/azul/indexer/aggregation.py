"""From the contributions of entities to their aggregates."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azul.engine import Engine, Write
from azul.errors import AzulError, Conflict
from azul.index.aggregate import aggregate
from azul.index.bundle import JSON
from azul.index.documents import Contribution, EntityReference
from azul.indexer.generations import Generations, Indices
from azul.indexer.ledger import Ledger
from azul.plugin import Plugin

PAGE = 100
"""Contributions of one entity that are read at a time."""

CHUNK = 20
"""Entities whose first pages are read by one request."""

MAX_CONFLICTS = 5
"""A hot entity is better left to a later message than fought for."""


@dataclass(frozen=True)
class Aggregator:
    engine: Engine
    plugin: Plugin
    generations: Generations

    def aggregate(self, generation: int, entities: Iterable[EntityReference]) -> dict[EntityReference, AzulError]:
        """
        Bring the aggregates of entities up to date.

        Each aggregate is written only if it is still the one that was there before its contributions were read. It is
        written even if it would not change, so that a slower worker with an older view finds its write refused.

        :return: the entities whose aggregate could not be written, and why
        :raises EngineError: if that holds for all of them
        """
        pending = sorted(set(entities))
        failures: dict[EntityReference, AzulError] = {}
        for _ in range(MAX_CONFLICTS):
            if not pending:
                return failures
            indices = self.generations.indices(generation)
            writes = self._writes(indices, pending)
            conflicting = []
            for entity, outcome in zip(pending, self.engine.write(writes), strict=True):
                if outcome == 'conflict':
                    conflicting.append(entity)
                elif isinstance(outcome, AzulError):
                    failures[entity] = outcome
            pending = conflicting
        return failures | {entity: Conflict(f'aggregate of {entity} changed too often') for entity in pending}

    def _writes(self, indices: Indices, entities: Sequence[EntityReference]) -> list[Write]:
        # Before anything else is read: whatever is committed after this makes a write of ours conflict.
        guards = self.engine.mget([(indices.aggregates(entity.entity_type), entity.entity_id) for entity in entities],
                                  source=False)
        return [
            Write(indices.aggregates(entity.entity_type), entity.entity_id, document, guard)
            for entity, document, guard in zip(entities, self.documents(indices, entities), guards, strict=True)
        ]

    def documents(self, indices: Indices, entities: Sequence[EntityReference]) -> Iterator[JSON]:
        """The aggregates of entities as they ought to be now, in the same order."""
        schema = self.plugin.schema
        for entity, contributions in self._live(indices, entities):
            yield aggregate(schema, entity, contributions).to_json(schema)

    def _live(self, indices: Indices, entities: Sequence[EntityReference]
              ) -> Iterator[tuple[EntityReference, Iterator[Contribution]]]:
        """For each entity those of its contributions that count: the ones of the live version of their bundle.

        They are read as they are asked for, page by page, and to be taken before those of the next entity.
        """
        ledger = Ledger(self.engine, indices.ledger)
        live: dict[str, str | None] = {}  # version by bundle uuid
        for start in range(0, len(entities), CHUNK):
            chunk = entities[start:start + CHUNK]
            pages = self.engine.msearch(_search(indices, entity) for entity in chunk)
            for entity, page in zip(chunk, pages, strict=True):
                yield entity, self._counting(indices, entity, page, ledger, live)

    def _counting(self, indices: Indices, entity: EntityReference, page: JSON, ledger: Ledger,
                  live: dict[str, str | None]) -> Iterator[Contribution]:
        """
        :param page: the first one
        :param live: version by bundle uuid, as far as known
        """
        while hits := page['hits']['hits']:
            contributions = [Contribution.from_json(entity.entity_type, hit['_source']) for hit in hits]
            unknown = {contribution.bundle.uuid for contribution in contributions} - live.keys()
            live |= {bundle_uuid: entry.live for bundle_uuid, entry in ledger.read(unknown).items()}
            yield from (each for each in contributions if live[each.bundle.uuid] == each.bundle.version)
            if len(hits) < PAGE:
                return
            page, = self.engine.msearch([_search(indices, entity, hits[-1]['sort'])])


def _search(indices: Indices, entity: EntityReference, after: Sequence[str] = ()) -> tuple[str, JSON]:
    """A page of the contributions of an entity, the versions of one bundle next to each other.

    :param after: the sort values of the last hit of the page before
    """
    body = {
        'query': {'term': {'entity_id': entity.entity_id}},
        'sort': ['bundle_uuid', 'bundle_version'],
        'size': PAGE,
        'track_total_hits': False,
        **({'search_after': list(after)} if after else {}),
    }
    return indices.contributions(entity.entity_type), body
