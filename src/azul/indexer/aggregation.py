"""From the contributions of entities to their aggregates.

What a tally asks for may have been done already. It says how often the aggregate had been written when it was sent,
which is after the change that it is about was committed. A first write after that may be one that was on its way
before. A second one cannot be: who made it had seen the first, and read all contributions after that. So a tally is
moot as soon as two writes followed, which spares hot entities most of the work.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from azul.engine import Document, Engine, Write
from azul.errors import AzulError, Conflict
from azul.index.aggregate import aggregate
from azul.index.bundle import JSON
from azul.index.documents import Contribution, EntityReference
from azul.indexer.generations import Generations, Indices
from azul.indexer.ledger import Ledger
from azul.indexer.scan import FIRST, LARGEST, pages
from azul.plugin import Plugin

FEW, MORE = 5, 40
"""Contributions of an entity type that is not searched that are read at a time, at first and later: one may have
megabytes, next to one that has few bytes."""

MAX_CONFLICTS = 5
"""A hot entity is better left to a later message than fought for."""


@dataclass(frozen=True)
class Aggregator:
    engine: Engine
    plugin: Plugin
    generations: Generations

    def aggregate(self, generation: int, tallied: Mapping[EntityReference, int]) -> dict[EntityReference, AzulError]:
        """
        Bring the aggregates of entities up to date.

        Each aggregate is written only if it is still the one that was there before its contributions were read. It is
        written even if it would not change, so that a slower worker with an older view finds its write refused.

        :param tallied: how often each aggregate had been written when it was tallied
        :return: the entities whose aggregate could not be written, and why
        :raises EngineError: if that holds for all of them
        """
        indices = self.generations.indices(generation)
        pending = sorted(tallied)
        failures: dict[EntityReference, AzulError] = {}
        for _ in range(MAX_CONFLICTS):
            guards = {entity: guard for entity, guard in self.guards(indices, pending).items()
                      if guard.version < tallied[entity] + 2}
            if not guards:
                return failures
            pending = []
            for entity, outcome in zip(guards, self.engine.write(self._writes(indices, guards)), strict=True):
                if outcome == 'conflict':
                    pending.append(entity)
                elif isinstance(outcome, AzulError):
                    failures[entity] = outcome
        return failures | {entity: Conflict(f'aggregate of {entity} changed too often') for entity in pending}

    def guards(self, indices: Indices, entities: Sequence[EntityReference]) -> dict[EntityReference, Document]:
        """The aggregates that there are, in real time and without what they contain."""
        references = [(indices.aggregates(entity.entity_type), entity.entity_id) for entity in entities]
        return dict(zip(entities, self.engine.mget(references, source=False), strict=True))

    def _writes(self, indices: Indices, guards: Mapping[EntityReference, Document]) -> Iterator[Write]:
        """
        :param guards: read before anything else: whatever is committed after that makes a write of ours conflict
        """
        for (entity, guard), document in zip(guards.items(), self.documents(indices, list(guards)), strict=True):
            yield Write(indices.aggregates(entity.entity_type), entity.entity_id, document, guard)

    def documents(self, indices: Indices, entities: Sequence[EntityReference]) -> Iterator[JSON]:
        """The aggregates of entities as they ought to be now.

        :param entities: sorted
        """
        schema = self.plugin.schema
        live: dict[str, str | None] = {}
        for entity_type, some in groupby(entities, lambda entity: entity.entity_type):
            ids = [entity.entity_id for entity in some]
            found = groupby(self._counting(indices, entity_type, ids, live),
                            lambda contribution: contribution.entity.entity_id)
            entity_id, contributions = next(found, _NONE)
            for wanted in ids:
                entity = EntityReference(entity_type, wanted)
                if wanted == entity_id:
                    yield aggregate(schema, entity, contributions).to_json(schema)
                    entity_id, contributions = next(found, _NONE)
                else:
                    yield aggregate(schema, entity, []).to_json(schema)

    def _counting(self, indices: Indices, entity_type: str, ids: Sequence[str], live: dict[str, str | None]
                  ) -> Iterator[Contribution]:
        """The contributions to entities that count: those of the live version of their bundle.

        :param ids: of the entities, sorted, as the contributions then are
        :param live: version by bundle uuid, as far as known
        """
        ledger = Ledger(self.engine, indices.ledger)
        searchable = self.plugin.schema.entity_type[entity_type].searchable
        first, largest = (FIRST, LARGEST) if searchable else (FEW, MORE)
        for page in pages(self.engine, indices.contributions(entity_type), {'terms': {'entity_id': ids}},
                          ['entity_id', 'bundle_uuid', 'bundle_version'], first=first, largest=largest):
            contributions = [Contribution.from_json(entity_type, hit['_source']) for hit in page]
            unknown = {contribution.bundle.uuid for contribution in contributions} - live.keys()
            live |= {bundle_uuid: entry.live for bundle_uuid, entry in ledger.read(unknown).items()}
            yield from (each for each in contributions if live[each.bundle.uuid] == each.bundle.version)


_NONE: tuple[str, Iterable[Contribution]] = '', ()
