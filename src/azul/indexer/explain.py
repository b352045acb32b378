"""Why an entity, or a bundle, is in the indices the way it is.

What is said of the queues are numbers of messages about whatever: nobody can look for a message in a queue.
"""
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self, cast

import orjson

from azul.aws.sqs import Queue
from azul.engine import Engine
from azul.errors import NotFound, TransientError
from azul.index.bundle import JSON
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.generations import Generation, Indices
from azul.indexer.ledger import Ledger, LedgerEntry
from azul.indexer.scan import pages, scan

LISTED = 500
"""Contributions of an entity, or of a bundle version, that are listed; all are counted."""

MAX_CAUSE = 200
"""Characters of the causes in such a list. That of a bundle is told in full when one asks about the bundle."""

SECONDS = 15
"""That a request may take, roughly: a call to the engine is not cut short, and the gateway waits for 29 seconds."""


class TimeIsUp(TransientError):
    pass


class HurriedEngine:
    """An engine that can be called until a deadline, a time by the monotonic clock."""

    def __init__(self, engine: Engine, deadline: float) -> None:
        self._engine, self._deadline = engine, deadline

    def __getattr__(self, name: str) -> Any:
        if time.monotonic() > self._deadline:
            raise TimeIsUp('time is up')
        return getattr(self._engine, name)


@dataclass(frozen=True)
class Explain:
    """Only reads. Both explanations are JSON, with a member for each generation of indices, the oldest first.

    :param listed: as `LISTED`
    :param deadline: a time by the monotonic clock, after which an entity is not looked into any further
    """
    aggregator: Aggregator
    notifications: Queue
    tallies: Queue
    listed: int = LISTED
    deadline: float = float('inf')

    def within(self, seconds: float = SECONDS) -> Self:
        """The same, for entities of as many contributions as you like: what does not get done is `left_out`."""
        return replace(self, deadline=time.monotonic() + seconds)

    def entity(self, entity: EntityReference) -> JSON:
        """
        Of each generation: the `contributions` to the entity, `counts` of them by standing, and the `aggregate`.

        A contribution's `standing` is `counts`, `masked` (`by` a newer version), `deleted`, `failed` (with the
        `cause`), or `not committed`, if the ledger does not know of it. What the explanation lacks, for want of time or
        because it is too much, is said in `left_out`, in sentences for people.

        :raises NotFound: if no generation has anything of it
        """
        if entity.entity_type not in self.aggregator.plugin.schema.entity_type:
            raise NotFound(f'There is no entity type {entity.entity_type!r:.100}',
                           sorted(self.aggregator.plugin.schema.entity_type))
        generations = []
        for generation, indices, described in self._generations():
            if entity.entity_type in generation.entity_types:
                contributions = self._contributions(indices, entity)
                aggregate = self._aggregate(generation, indices, entity)
                left_out = contributions.pop('left_out') + aggregate.pop('left_out')
                generations.append({**described, **contributions, 'aggregate': aggregate, 'left_out': left_out})
        if not any(generation['counts'] or generation['aggregate']['exists'] for generation in generations):
            raise NotFound(f'Nothing is known of {entity!s:.600}')
        return {**entity._asdict(), 'generations': generations, 'pending': self._pending()}

    def bundle(self, bundle_uuid: str) -> JSON:
        """
        Of each generation: the `versions` of the bundle with their `standing`, as that of contributions, the number of
        `contributions` that the ledger has, those `found` by entity type, and the `entities` that these are to.

        :raises NotFound: if no generation has anything of it
        """
        generations = [{**described, 'versions': self._versions(generation, indices, bundle_uuid)}
                       for generation, indices, described in self._generations()]
        if not any(generation['versions'] for generation in generations):
            raise NotFound(f'Nothing is known of bundle {bundle_uuid:.100}')
        return {'bundle_uuid': bundle_uuid, 'generations': generations, 'pending': self._pending()}

    def _generations(self) -> Iterator[tuple[Generation, Indices, JSON]]:
        """Each with its indices, and with what is said of it in general."""
        generations = self.aggregator.generations
        served = generations.served()
        for generation in generations.read():
            if generation.state != 'dropping':
                number = generation.number
                described = {'generation': number, 'state': generation.state, 'served': number == served}
                yield generation, generations.indices(number), described

    @property
    def _hurried(self) -> Aggregator:
        """For what takes the longer the more contributions there are."""
        return replace(self.aggregator, engine=cast('Engine', HurriedEngine(self.aggregator.engine, self.deadline)))

    def _contributions(self, indices: Indices, entity: EntityReference) -> JSON:
        index, query = indices.contributions(entity.entity_type), {'term': {'entity_id': entity.entity_id}}
        counting = {'query': query, 'size': 0, 'track_total_hits': True}
        total = self.aggregator.engine.search(index, counting)['hits']['total']['value']
        listed: list[JSON] = []
        counts: Counter[str] = Counter()
        left_out = []
        try:
            for bundle_uuid, version, standing in self._standings(indices, entity.entity_type, query):
                counts[standing['standing']] += 1
                if len(listed) < self.listed:
                    listed.append({'bundle_uuid': bundle_uuid, 'bundle_version': version, **_abridged(standing)})
        except TimeIsUp:
            counts['not looked up'] = max(0, total - counts.total())
            left_out.append(f'time was up before all of {total} contributions were looked up')
        if counts.total() > len(listed):
            left_out.append(f'{counts.total() - len(listed)} of {counts.total()} contributions are not listed')
        return {'counts': counts, 'contributions': listed, 'left_out': left_out}

    def _standings(self, indices: Indices, entity_type: str, query: JSON) -> Iterator[tuple[str, str, JSON]]:
        """Uuid and version of the bundles that contribute, and how they stand."""
        engine = self._hurried.engine
        ledger = Ledger(engine, indices.ledger)
        for page in pages(engine, indices.contributions(entity_type), query, ['bundle_uuid', 'bundle_version'],
                          source=False):
            keys = [hit['sort'] for hit in page]
            entries = ledger.read(uuid for uuid, _ in keys)
            for uuid, version in keys:
                yield uuid, version, _standing(entries[uuid], version)

    def _aggregate(self, generation: Generation, indices: Indices, entity: EntityReference) -> JSON:
        """`differs_in`: where it is not as it ought to be; null if that cannot be told, see `left_out`."""
        found = self.aggregator.engine.get(indices.aggregates(entity.entity_type), entity.entity_id).source
        differing, left_out = None, []
        if generation.fingerprint != self.aggregator.plugin.fingerprint:
            left_out.append('the aggregate was made by another version of the plug-in: it was not looked into')
        else:
            try:
                document, = self._hurried.documents(indices, [entity])
                wanted = orjson.loads(orjson.dumps(document))
                # One that there is not is as good as an empty one.
                differing = sorted(_differing(found, wanted)) if found or wanted['live'] else []
            except TimeIsUp:
                left_out.append('whether the aggregate is as it ought to be was not found out, time was up')
        return {'exists': found is not None,
                'live': bool(found and found['live']),
                'bundle_count': found['bundle_count'] if found else 0,
                'differs_in': differing,
                'left_out': left_out}

    def _versions(self, generation: Generation, indices: Indices, bundle_uuid: str) -> list[JSON]:
        engine = self.aggregator.engine
        entry = Ledger(engine, indices.ledger).read([bundle_uuid])[bundle_uuid]
        found: dict[str, Counter[str]] = {version: Counter() for version in entry.versions}
        entities: dict[str, list[str]] = {}
        for entity_type in generation.entity_types:
            for hit in scan(engine, indices.contributions(entity_type), {'term': {'bundle_uuid': bundle_uuid}},
                            ['entity_id', 'bundle_version'], source=False):
                entity_id, version = hit['sort']
                found.setdefault(version, Counter())[entity_type] += 1
                listed = entities.setdefault(version, [])
                if len(listed) < self.listed:
                    listed.append(str(EntityReference(entity_type, entity_id)))
        return [
            {'bundle_version': version,
             **_standing(entry, version),
             'contributions': entry.versions[version].contributions if version in entry.versions else 0,
             'found': counts,
             'entities': entities.get(version, [])}
            for version, counts in sorted(found.items())
        ]

    def _pending(self) -> JSON:
        """Messages in the queues, whatever they are about."""
        return {'notifications': sum(self.notifications.counts()), 'tallies': sum(self.tallies.counts())}


def _standing(entry: LedgerEntry, version: str) -> JSON:
    known = entry.versions.get(version)
    if known is None:
        return {'standing': 'not committed'}
    if known.state == 'failed':
        return {'standing': 'failed', 'cause': known.cause}
    if known.state == 'deleted':
        return {'standing': 'deleted'}
    return {'standing': 'counts'} if entry.live == version else {'standing': 'masked', 'by': entry.live}


def _abridged(standing: JSON) -> JSON:
    cause = standing.get('cause', '')
    return standing if len(cause) <= MAX_CAUSE else {**standing, 'cause': f'{cause[:MAX_CAUSE]}…'}


def _differing(found: Any, wanted: Any, path: str = '') -> Iterator[str]:
    """The paths of the members in which two objects differ, no longer than two names."""
    if path.count('.') < 1 and isinstance(found, dict) and isinstance(wanted, dict):
        for name in found.keys() | wanted.keys():
            yield from _differing(found.get(name), wanted.get(name), f'{path}.{name}' if path else name)
    elif found != wanted:
        yield path or 'everything'
