"""What readers will see change when they are sent to another generation."""
from collections.abc import Iterator
from dataclasses import dataclass

from azul.engine import Engine
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.generations import Generation, Generations
from azul.indexer.ledger import Ledger, LedgerEntry
from azul.indexer.scan import scan

SAMPLE = 100
"""Documents of each entity type that are compared."""

LIVE: JSON = {'term': {'live': True}}


@dataclass(frozen=True)
class Comparison:
    engine: Engine
    generations: Generations
    old: Generation
    new: Generation

    def differences(self) -> Iterator[str]:
        """Each as a sentence; none where one generation shows the same as the other, as far as looked at."""
        for generation in self.old, self.new:
            self.engine.refresh(self._index(generation, entity_type) for entity_type in generation.entity_types)
        for entity_type in sorted({*self.old.entity_types, *self.new.entity_types}):
            if entity_type not in self.new.entity_types:
                yield f'there are no {entity_type} any more'
            elif entity_type not in self.old.entity_types:
                yield f'there are {entity_type} now: {self._count(self.new, entity_type):,}'
            else:
                before, after = self._count(self.old, entity_type), self._count(self.new, entity_type)
                if before != after:
                    yield f'{entity_type}: {before:,} before, {after:,} after'
                yield from self._sampled(entity_type)

    def new_failures(self) -> Iterator[tuple[BundleFQID, str]]:
        """The bundle versions that failed in the new generation but not in the old one, with their causes."""
        old = Ledger(self.engine, self.generations.indices(self.old.number).ledger)
        index = self.generations.indices(self.new.number).ledger
        self.engine.refresh([index])
        for hit in scan(self.engine, index, {'term': {'versions.state': 'failed'}}, ['bundle_uuid']):
            uuid = hit['_source']['bundle_uuid']
            before = old.read([uuid])[uuid]
            for version, entry in LedgerEntry.from_json(hit['_source']).versions.items():
                if entry.state == 'failed' and before.state(version) != 'failed':
                    yield BundleFQID(uuid, version), entry.cause

    def _count(self, generation: Generation, entity_type: str) -> int:
        response = self.engine.search(self._index(generation, entity_type),
                                      {'query': LIVE, 'size': 0, 'track_total_hits': True})
        total: int = response['hits']['total']['value']
        return total

    def _sampled(self, entity_type: str) -> Iterator[str]:
        # The same for the same index, so that a look at a difference can be repeated.
        random: JSON = {'function_score': {'query': LIVE, 'random_score': {'seed': 1, 'field': '_seq_no'}}}
        hits = self.engine.search(self._index(self.old, entity_type), {'query': random, 'size': SAMPLE})['hits']['hits']
        index = self._index(self.new, entity_type)
        for hit, document in zip(hits, self.engine.mget([(index, hit['_id']) for hit in hits]), strict=True):
            if document.source is None or not document.source['live']:
                yield f'{entity_type}: {document.id} is not there any more'
            elif document.source != hit['_source']:
                members = {*document.source, *hit['_source']}
                changed = [name for name in sorted(members) if document.source.get(name) != hit['_source'].get(name)]
                yield f'{entity_type}: {document.id} differs in {", ".join(changed)}'

    def _index(self, generation: Generation, entity_type: str) -> str:
        return self.generations.indices(generation.number).aggregates(entity_type)
