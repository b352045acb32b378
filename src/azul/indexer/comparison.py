"""What readers will see change when they are sent to another generation."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from azul.engine import Engine
from azul.errors import EngineRejection
from azul.index.bundle import JSON, BundleFQID
from azul.index.figure_queries import Listed, figure
from azul.index.figures import SummaryItem
from azul.indexer.generations import Generation, Generations
from azul.indexer.ledger import Ledger, LedgerEntry, State
from azul.indexer.scan import count, scan, slices
from azul.plugin import Plugin, Total

SAMPLE = 100
"""Documents of each entity type and generation that are looked for in the other generation."""

SLICE = 1000
"""Bundles that are looked up together."""

SHOWN = 3
"""Terms of a figure of the summary that are told if they differ; the others are counted."""

LIVE: JSON = {'term': {'live': True}}


@dataclass(frozen=True)
class Comparison:
    engine: Engine
    generations: Generations
    plugin: Plugin
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
        yield from self._summary()

    def new_failures(self) -> Iterator[tuple[BundleFQID, str]]:
        """The bundle versions that failed in the new generation but not in the old one, with their causes."""
        for uuid, new, old in self._entries(self.new, 'failed', self.old):
            for version, entry in new.versions.items():
                if entry.state == 'failed' and old.state(version) != 'failed':
                    yield BundleFQID(uuid, version), entry.cause

    def losses(self) -> Iterator[BundleFQID]:
        """The bundle versions that count in the old generation, and of which the new one has neither this nor a later
        version, for no good reason: it knows nothing of a deletion or a failure."""
        for uuid, old, new in self._entries(self.old, 'added', self.new):
            live = old.live
            if live is not None and (new.live or '') < live and new.state(live) not in ('deleted', 'failed'):
                yield BundleFQID(uuid, live)

    def _entries(self, generation: Generation, state: State, other: Generation
                 ) -> Iterator[tuple[str, LedgerEntry, LedgerEntry]]:
        """The bundle uuids of which a generation has a version in a state, with the entries that it and the other one
        have."""
        index = self.generations.indices(generation.number).ledger
        ledger = Ledger(self.engine, self.generations.indices(other.number).ledger)
        self.engine.refresh([index])
        for hits in slices(scan(self.engine, index, {'term': {'versions.state': state}}, ['bundle_uuid']), SLICE):
            entries = {hit['_source']['bundle_uuid']: LedgerEntry.from_json(hit['_source']) for hit in hits}
            others = ledger.read(entries)
            yield from ((uuid, entry, others[uuid]) for uuid, entry in entries.items())

    def _count(self, generation: Generation, entity_type: str) -> int:
        return count(self.engine, self._index(generation, entity_type), LIVE)

    def _sampled(self, entity_type: str) -> Iterator[str]:
        """Looks from both sides: what is new is not in a sample of the old ones."""
        ids = sorted({*self._sample(self.old, entity_type), *self._sample(self.new, entity_type)})
        before, after = (self._documents(generation, entity_type, ids) for generation in (self.old, self.new))
        for id_, old, new in zip(ids, before, after, strict=True):
            if old is not None and new is None:
                yield f'{entity_type}: {id_} is not there any more'
            elif old is None and new is not None:
                yield f'{entity_type}: {id_} is new'
            elif old is not None and new is not None and old != new:
                changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
                yield f'{entity_type}: {id_} differs in {", ".join(changed)}'

    def _sample(self, generation: Generation, entity_type: str) -> list[str]:
        # The same for the same index, so that a look at a difference can be repeated.
        random: JSON = {'function_score': {'query': LIVE, 'random_score': {'seed': 1, 'field': '_seq_no'}}}
        body = {'query': random, 'size': SAMPLE, '_source': False, 'track_total_hits': False}
        return [hit['_id'] for hit in self.engine.search(self._index(generation, entity_type), body)['hits']['hits']]

    def _documents(self, generation: Generation, entity_type: str, ids: list[str]) -> list[JSON | None]:
        """None for those that readers do not see."""
        index = self._index(generation, entity_type)
        return [document.source if document.source is not None and document.source['live'] else None
                for document in self.engine.mget([(index, id_) for id_ in ids])]

    def _summary(self) -> Iterator[str]:
        """What differs in the figures that the plug-in declares for the summary; the numbers of entities are not told
        again."""
        for item in self.plugin.summary:
            known = item.entity_type in self.old.entity_types and item.entity_type in self.new.entity_types
            if known and not isinstance(item, Total):
                try:
                    before, after = (self._figure(generation, item) for generation in (self.old, self.new))
                except EngineRejection as error:  # another plug-in may have declared the field with another type
                    yield f'summary: {item.name} cannot be compared: {error}'
                else:
                    yield from (f'summary: {item.name}{difference}' for difference in _changes(before, after))

    def _figure(self, generation: Generation, item: SummaryItem) -> Mapping[str, str]:
        """What it says of each term, or of the empty one if it is a single number."""
        current = figure(item, self.plugin.schema.indexed_fields(item.entity_type))
        index = self._index(generation, item.entity_type)
        while True:
            response = self.engine.search(index, {'query': LIVE, **current.body})
            following = current.next(response)
            if following is None:
                break
            current = following
        if not isinstance(current, Listed):
            return {'': f'{current.read(response)[0]:,.0f}'}
        beyond = current.beyond(response)
        return {
            **{f' of {"null" if term.term is None else term.term}': _shown(*current.numbers(term))
               for term in current.terms(response)},
            **({' of all other terms': f'{beyond:,}'} if beyond else {})
        }

    def _index(self, generation: Generation, entity_type: str) -> str:
        return self.generations.indices(generation.number).aggregates(entity_type)


def _shown(number: float, total: float | None = None) -> str:
    """The numbers of a term."""
    return f'{number:,}' + ('' if total is None else f' with a sum of {total:,.0f}')


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    changed = sorted(term for term in {*before, *after} if before.get(term) != after.get(term))
    for term in changed[:SHOWN]:
        yield f'{term}: {before.get(term, "none")} before, {after.get(term, "none")} after'
    if len(changed) > SHOWN:
        yield f': {len(changed) - SHOWN} more terms differ'
