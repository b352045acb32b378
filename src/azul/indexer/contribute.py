"""From a bundle version to its contributions, its ledger entry and the tallies of its entities, in one generation."""
import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from azul.aws.sqs import Queue
from azul.engine import Engine, Write
from azul.errors import AzulError
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import Contribution, EntityReference, documents
from azul.indexer.generations import Generation, Generations
from azul.indexer.ledger import Ledger, LedgerEntry
from azul.indexer.messages import Notification, Tally
from azul.plugin import Plugin

log = logging.getLogger(__name__)

PAGE = 1000
"""Contributions whose keys are read at a time."""


class Store(Protocol):
    """What we ask of the data store; `azul.dss.client` answers it."""

    def bundle(self, fqid: BundleFQID) -> Bundle: ...

    def versions(self, bundle_uuid: str) -> Iterable[str]: ...


@dataclass(frozen=True)
class Contributor:
    """Applies notifications. Each of its steps may be repeated, and none is final before the ledger says so."""
    engine: Engine
    plugin: Plugin
    generations: Generations
    store: Store
    notifications: Queue
    tallies: Queue

    def contributions(self, bundle: BundleFQID) -> list[Contribution]:
        """Fetch a bundle and take it apart.

        :raises BundleError: if it cannot be indexed
        """
        return transform(self.plugin, self.store.bundle(bundle))

    def add(self, generation: Generation, bundle: BundleFQID,
            contributions: Callable[[], Sequence[Contribution]]) -> None:
        """
        :param contributions: those of the bundle; not called if they are not needed
        """
        ledger = self.ledger(generation)
        if ledger.read([bundle.uuid])[bundle.uuid].state(bundle.version) == 'deleted':
            return
        written = contributions()
        self._write(generation, written)
        entry = ledger.added(bundle, len(written))
        if entry.state(bundle.version) == 'added':
            self._tally(generation, bundle.uuid)

    def delete(self, generation: Generation, bundle: BundleFQID) -> None:
        """Record the deletion, whether or not the bundle is known, and tally the entities of all its versions."""
        entry = self.ledger(generation).deleted(bundle)
        self.refresh(generation)
        self._tally(generation, bundle.uuid)
        if entry.live is None or entry.live < bundle.version:
            self._add_successor(entry, bundle)

    def fail(self, generation: Generation, bundle: BundleFQID, cause: AzulError) -> None:
        """Record that the bundle version cannot be indexed, and have the next older one take its place."""
        entry = self.ledger(generation).failed(bundle, cause)
        if entry.state(bundle.version) == 'failed':
            self._add_successor(entry, bundle)

    def ledger(self, generation: Generation) -> Ledger:
        return Ledger(self.engine, self.generations.indices(generation.number).ledger)

    def _add_successor(self, entry: LedgerEntry, bundle: BundleFQID) -> None:
        version = entry.successor(self.store.versions(bundle.uuid))
        if version is not None:
            log.info('Bundle version %s is to take the place of %s', version, bundle)
            message = Notification.create(action='add', bundle_uuid=bundle.uuid, bundle_version=version)
            self.notifications.send([message.encode()])

    def _write(self, generation: Generation, contributions: Sequence[Contribution]) -> None:
        """Write contributions and make them searchable."""
        indices = self.generations.indices(generation.number)
        outcomes = self.engine.write(
            Write(indices.contributions(contribution.entity.entity_type), contribution.id, document)
            for contribution, document in zip(contributions, documents(contributions, self.plugin.schema), strict=True)
        )
        for outcome in outcomes:
            if isinstance(outcome, AzulError):
                raise outcome
        self.refresh(generation)

    def refresh(self, generation: Generation) -> None:
        """Make contributions searchable."""
        indices = self.generations.indices(generation.number)
        self.engine.refresh(map(indices.contributions, self.plugin.schema.entity_type))

    def _tally(self, generation: Generation, bundle_uuid: str) -> None:
        """Send a tally for each entity that any version of the bundle contributes to.

        While a generation is loading there are none: one pass over all contributions follows.
        """
        if generation.state != 'loading':
            self.send_tallies(generation, self._entities(generation, bundle_uuid))

    def send_tallies(self, generation: Generation, entities: Iterable[EntityReference]) -> None:
        self.tallies.send(
            Tally.create(generation=generation.number, entity_type=entity_type, entity_id=entity_id).encode()
            for entity_type, entity_id in entities
        )

    def _entities(self, generation: Generation, bundle_uuid: str) -> list[EntityReference]:
        indices = self.generations.indices(generation.number)
        found: set[EntityReference] = set()
        last: dict[str, list[str]] = {entity_type: [] for entity_type in self.plugin.schema.entity_type}
        while last:
            responses = self.engine.msearch(
                (indices.contributions(entity_type), _keys_query(bundle_uuid, after))
                for entity_type, after in last.items()
            )
            for (entity_type, _), response in zip(list(last.items()), responses, strict=True):
                hits = response['hits']['hits']
                found.update(EntityReference(entity_type, hit['sort'][0]) for hit in hits)
                if len(hits) < PAGE:
                    del last[entity_type]
                else:
                    last[entity_type] = hits[-1]['sort']
        return sorted(found)


def transform(plugin: Plugin, bundle: Bundle) -> list[Contribution]:
    """All contributions of a bundle, checked.

    :raises BundleError: if it cannot be indexed
    """
    with _collector_paused():
        contributions = list(plugin.transform(bundle))
    for contribution in contributions:
        contribution.check()
    return contributions


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from looking for garbage where there is none to be expected.

    It looks again and again, at all there is, as what a bundle is taken apart into grows. For small bundles that makes
    no difference, for those of thousands of files it is a quarter of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Several threads may do this at the same time: the first one that ends ends the pause, which harms nobody.
        if enabled:
            gc.enable()


def _keys_query(bundle_uuid: str, after: list[str]) -> dict[str, object]:
    return {
        'query': {'term': {'bundle_uuid': bundle_uuid}},
        'sort': ['entity_id', 'bundle_version'],
        '_source': False,
        'size': PAGE,
        'track_total_hits': False,
        **({'search_after': after} if after else {}),
    }
