"""From a bundle version to its contributions, its ledger entry and the tallies of its entities, in one generation."""
import gc
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from azul.aws.sqs import MAX_DELAY, Queue
from azul.engine import Document, Engine, Write
from azul.errors import AzulError
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import Contribution, EntityReference, documents
from azul.indexer.generations import Generation, Generations
from azul.indexer.ledger import Ledger, LedgerEntry
from azul.indexer.messages import IN_ANY_CASE, Notification, Tally
from azul.indexer.scan import scan, slices
from azul.plugin import Plugin

log = logging.getLogger(__name__)

PAGE = 1000
"""Entities whose aggregates are looked up at a time."""

TALLIED = 30
"""Entities of one message. However long their ids are, a dead letter can have all of it."""

HOT = 250
"""Bundles. An entity that has as many is aggregated up to a second later, one with twice as many two, and so on."""


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

    def wanted(self, generation: Generation, bundles: Iterable[BundleFQID]) -> set[BundleFQID]:
        """The bundle versions that are not deleted for good."""
        bundles = set(bundles)
        known = self.ledger(generation).read(bundle.uuid for bundle in bundles)
        return {bundle for bundle in bundles if known[bundle.uuid].state(bundle.version) != 'deleted'}

    def add(self, generation: Generation, bundles: Mapping[BundleFQID, Sequence[Contribution]]
            ) -> dict[BundleFQID, AzulError]:
        """
        Add bundle versions, all with as few requests as one.

        :param bundles: the contributions of each
        :return: those that could not be added, and why
        """
        failures = self._write(generation, bundles)
        entries = self.ledger(generation).added({bundle: len(contributions) for bundle, contributions in bundles.items()
                                                 if bundle not in failures})
        known: set[EntityReference] = set()
        versions: set[str] = set()
        for bundle, entry in entries.items():
            if isinstance(entry, AzulError):
                failures[bundle] = entry
            elif entry.versions.keys() != {bundle.version}:
                versions.add(bundle.uuid)
            elif entry.state(bundle.version) == 'added':
                # The only version there ever was: its contributions are those that we have just written.
                known.update(contribution.entity for contribution in bundles[bundle])
        self._tally(generation, versions, known)
        return failures

    def delete(self, generation: Generation, bundle: BundleFQID) -> None:
        """Record the deletion, whether or not the bundle is known, and tally the entities of all its versions."""
        entry = self.ledger(generation).deleted(bundle)
        self.refresh(generation, self.plugin.schema.entity_type)
        self._tally(generation, {bundle.uuid})
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

    def _write(self, generation: Generation, bundles: Mapping[BundleFQID, Sequence[Contribution]]
               ) -> dict[BundleFQID, AzulError]:
        """Write contributions and make them searchable.

        :return: the bundles of which some could not be written, and why
        """
        indices = self.generations.indices(generation.number)
        written = [contribution for contributions in bundles.values() for contribution in contributions]
        outcomes = self.engine.write(
            Write(indices.contributions(contribution.entity.entity_type), contribution.id, document)
            for contributions in bundles.values()
            for contribution, document in zip(contributions, documents(contributions, self.plugin.schema), strict=True)
        )
        if written:
            self.refresh(generation, {contribution.entity.entity_type for contribution in written})
        return {contribution.bundle: outcome for contribution, outcome in zip(written, outcomes, strict=True)
                if isinstance(outcome, AzulError)}

    def refresh(self, generation: Generation, entity_types: Iterable[str]) -> None:
        """Make contributions searchable."""
        indices = self.generations.indices(generation.number)
        self.engine.refresh(map(indices.contributions, sorted(entity_types)))

    def _tally(self, generation: Generation, bundle_uuids: Collection[str], known: Collection[EntityReference] = ()
               ) -> None:
        """Send tallies of each entity that any version of the bundles contributes to, and of the known ones.

        While a generation is loading there are none: one pass over all contributions follows.
        """
        if generation.state != 'loading':
            self.send_tallies(generation, {*known, *self._entities(generation, bundle_uuids)})

    def send_tallies(self, generation: Generation, entities: Iterable[EntityReference]) -> None:
        """
        :param entities: whose contributions changed, which is committed
        """
        for some in slices(sorted(entities), PAGE):
            by_delay: dict[int, list[tuple[EntityReference, int]]] = {}
            for entity, aggregate in self._aggregates(generation, some).items():
                # A replica may not have seen the last writes yet: what it says would be too little.
                written = IN_ANY_CASE if self.generations.replicated else aggregate.version
                by_delay.setdefault(_delay(aggregate), []).append((entity, written))
            for delay, tallied in by_delay.items():
                self.tallies.send((Tally.of(generation.number, dict(part)).encode()
                                   for part in slices(tallied, TALLIED)), delay)

    def _aggregates(self, generation: Generation, entities: Sequence[EntityReference]
                    ) -> dict[EntityReference, Document]:
        """As they are now, with the number of their bundles."""
        indices = self.generations.indices(generation.number)
        references = [(indices.aggregates(entity.entity_type), entity.entity_id) for entity in entities]
        return dict(zip(entities, self.engine.mget(references, source='bundle_count'), strict=True))

    def _entities(self, generation: Generation, bundle_uuids: Collection[str]) -> set[EntityReference]:
        indices = self.generations.indices(generation.number)
        found: set[EntityReference] = set()
        if bundle_uuids:
            for entity_type in self.plugin.schema.entity_type:
                hits = scan(self.engine, indices.contributions(entity_type),
                            {'terms': {'bundle_uuid': sorted(bundle_uuids)}},
                            ['entity_id', 'bundle_uuid', 'bundle_version'], source=False)
                found.update(EntityReference(entity_type, hit['sort'][0]) for hit in hits)
        return found


def _delay(aggregate: Document) -> int:
    """The seconds that an aggregate may lag behind, so that many changes are done with at once where each costs much.

    So less than a constant number of contributions is read in a second, however many an entity has.
    """
    bundles = aggregate.source['bundle_count'] if aggregate.source else 0
    return min(bundles // HOT, MAX_DELAY)


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
