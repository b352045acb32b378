"""Why an entity, or a bundle, is in the indices the way it is.

What is said of the queues are numbers of messages about whatever: nobody can look for a message in a queue.
"""
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from azul.aws.sqs import Queue
from azul.errors import NotFound
from azul.index.bundle import JSON
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.generations import Generation, Indices
from azul.indexer.ledger import Ledger, LedgerEntry
from azul.indexer.scan import scan

LISTED = 1000
"""Contributions of an entity, or of a bundle version, that are listed; all are counted."""

PAGE = 500
"""Contributions whose bundles are looked up in the ledger at a time."""


@dataclass(frozen=True)
class Explain:
    """Only reads. Both explanations are JSON, with a member for each generation of indices, the oldest first.

    :param listed: as `LISTED`
    """
    aggregator: Aggregator
    notifications: Queue
    tallies: Queue
    listed: int = LISTED

    def entity(self, entity: EntityReference) -> JSON:
        """
        Of each generation: the `contributions` to the entity, `counts` of them by standing, and the `aggregate`.

        A contribution's `standing` is `counts`, `masked` (`by` a newer version), `deleted`, `failed` (with the
        `cause`), or `not committed`, if the ledger does not know of it.

        :raises NotFound: if no generation has anything of it
        """
        if entity.entity_type not in self.aggregator.plugin.schema.entity_type:
            raise NotFound(f'There is no entity type {entity.entity_type!r:.100}',
                           sorted(self.aggregator.plugin.schema.entity_type))
        generations = [
            {**described, **self._contributions(indices, entity),
             'aggregate': self._aggregate(generation, indices, entity)}
            for generation, indices, described in self._generations()
            if entity.entity_type in generation.entity_types
        ]
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

    def _contributions(self, indices: Indices, entity: EntityReference) -> JSON:
        ledger = Ledger(self.aggregator.engine, indices.ledger)
        query = {'term': {'entity_id': entity.entity_id}}
        hits = scan(self.aggregator.engine, indices.contributions(entity.entity_type), query,
                    ['bundle_uuid', 'bundle_version'], PAGE, source=False)
        listed: list[JSON] = []
        counts: Counter[str] = Counter()
        while page := [hit['sort'] for hit in islice(hits, PAGE)]:
            entries = ledger.read(uuid for uuid, _ in page)
            for uuid, version in page:
                standing = _standing(entries[uuid], version)
                counts[standing['standing']] += 1
                if len(listed) < self.listed:
                    listed.append({'bundle_uuid': uuid, 'bundle_version': version, **standing})
        return {'counts': counts, 'contributions': listed}

    def _aggregate(self, generation: Generation, indices: Indices, entity: EntityReference) -> JSON:
        """`differs_in`: where it is not as it ought to be; null if another plug-in made it, so that we cannot tell."""
        found = self.aggregator.engine.get(indices.aggregates(entity.entity_type), entity.entity_id).source
        differing = None
        if generation.fingerprint == self.aggregator.plugin.fingerprint:
            document, = self.aggregator.documents(indices, [entity])
            wanted = orjson.loads(orjson.dumps(document))
            # One that there is not is as good as an empty one.
            differing = sorted(_differing(found, wanted)) if found or wanted['live'] else []
        return {'exists': found is not None,
                'live': bool(found and found['live']),
                'bundle_count': found['bundle_count'] if found else 0,
                'differs_in': differing}

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


def _differing(found: Any, wanted: Any, path: str = '') -> Iterator[str]:
    """The paths of the members in which two objects differ, no longer than two names."""
    if path.count('.') < 1 and isinstance(found, dict) and isinstance(wanted, dict):
        for name in found.keys() | wanted.keys():
            yield from _differing(found.get(name), wanted.get(name), f'{path}.{name}' if path else name)
    elif found != wanted:
        yield path or 'everything'
