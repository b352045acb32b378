"""Building a new generation in the background while another one serves.

Each step may be repeated, and is, when a reindex is resumed that was killed; readers see nothing before `swap`::

    register    the new generation: from now on workers apply each message to it, too
    wait        one visibility time-out: whoever did not see it is done or dead
    copy        what the serving ledger calls deleted, which the data store may list all the same
    list        the data store: of each bundle its greatest version
    reuse       contributions that the serving generation has of these, if the same plug-in made them
    queue       the others
    load        until every listed version is in the ledger
    aggregate   each entity once
"""
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar

from azul.errors import AzulError, ConfigurationError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import BUILDING, Generation
from azul.indexer.ledger import LedgerEntry
from azul.indexer.messages import Notification
from azul.indexer.reuse import Progress, reuse
from azul.indexer.scan import scan, terms

log = logging.getLogger(__name__)

T = TypeVar('T')

SLICE = 1000
"""Bundles, or entities, that are dealt with together."""


class Listing(Protocol):
    """What we ask of the data store; `azul.dss.client` answers it."""

    def list_bundles(self, prefix: str = '') -> Iterable[BundleFQID]: ...


def silent(step: str, done: int, total: int | None) -> None:
    pass


@dataclass(frozen=True)
class Reindex:
    """
    :param visibility: seconds after which whoever was working on a message is done or dead
    :param patience: seconds without any progress after which we give up; a reindex can be resumed
    :param prefix: of the uuids of the bundles to list
    :param reusing: whether contributions of the serving generation are copied rather than computed again
    """
    contributor: Contributor
    aggregator: Aggregator
    store: Listing
    visibility: float
    patience: float
    prefix: str = ''
    reusing: bool = True
    workers: int = 4
    progress: Progress = silent
    sleep: Callable[[float], None] = field(default=time.sleep)

    def begin(self) -> Generation:
        """
        :raises ConfigurationError: if another one is being built
        """
        return self.contributor.generations.register()

    def resume(self) -> Generation:
        """
        :raises ConfigurationError: if there is none to go on with
        """
        for generation in self.contributor.generations.writable():
            if generation.state in BUILDING:
                return generation
        raise ConfigurationError('Nothing to resume', ['no generation of this plug-in is being built'])

    def build(self, number: int) -> None:
        """Complete a generation, from wherever it is."""
        generations = self.contributor.generations
        if generations.get(number).state == 'loading':
            self.progress('wait', 0, None)
            self.sleep(self.visibility)
            self.progress('wait', 1, 1)
            self._load(generations.get(number))
            generations.advance(number, 'aggregating')
        if generations.get(number).state == 'aggregating':
            # From now on workers send tallies again; one that did not know that yet committed before it sees it.
            self._aggregate(generations.get(number))
            generations.advance(number, 'serving')

    def listed(self, generation: Generation) -> list[BundleFQID]:
        """The greatest version of each bundle that the data store has and the ledger does not call deleted."""
        greatest: dict[str, str] = {}
        for part in _slices(self.store.list_bundles(self.prefix)):
            entries = self._ledger(generation, part)
            for uuid, version in part:
                if entries[uuid].state(version) != 'deleted':
                    greatest[uuid] = max(version, greatest.get(uuid, ''))
        return sorted(BundleFQID(uuid, version) for uuid, version in greatest.items())

    def _load(self, generation: Generation) -> None:
        served = self.contributor.generations.served()
        if served is not None and served != generation.number:
            self._copy_deleted(served, generation)
        bundles = self.listed(generation)
        missing = self._missing(generation, bundles)
        if self.reusing and served is not None:
            source = self.contributor.generations.get(served)
            if source.fingerprint == generation.fingerprint and source.number != generation.number:
                copied = reuse(self.contributor, source, generation, missing, self.progress)
                log.info('%i of %i bundles are reused', copied, len(bundles))
                missing = self._missing(generation, missing)
        self.contributor.notifications.send(
            Notification.create(action='add', bundle_uuid=bundle.uuid, bundle_version=bundle.version).encode()
            for bundle in missing
        )
        self._wait_for(generation, bundles, missing)

    def _copy_deleted(self, served: int, generation: Generation) -> None:
        engine, generations = self.contributor.engine, self.contributor.generations
        ledger = self.contributor.ledger(generation)
        index = generations.indices(served).ledger
        # Workers do not: they read it by id, in real time.
        engine.refresh([index])
        query = {'term': {'versions.state': 'deleted'}}
        for hit in scan(engine, index, query, ['bundle_uuid']):
            for version, entry in LedgerEntry.from_json(hit['_source']).versions.items():
                if entry.state == 'deleted':
                    ledger.deleted(BundleFQID(hit['_source']['bundle_uuid'], version))

    def _wait_for(self, generation: Generation, bundles: Sequence[BundleFQID], missing: Sequence[BundleFQID]) -> None:
        since = time.monotonic()
        while missing:
            self.progress('load', len(bundles) - len(missing), len(bundles))
            left = self._missing(generation, missing)
            if len(left) < len(missing):
                missing, since = left, time.monotonic()
            elif time.monotonic() - since > self.patience:
                raise ConfigurationError(f'No progress for {self.patience:.0f} s', [
                    f'{len(missing)} bundles are neither added nor failed, {missing[0]} first: look into the queues, '
                    f'then resume'
                ])
            else:
                self.sleep(1)
        self.progress('load', len(bundles), len(bundles))

    def _missing(self, generation: Generation, bundles: Iterable[BundleFQID]) -> list[BundleFQID]:
        """Those of which the ledger does not know what became of them."""
        return [bundle for part in _slices(bundles) for entries in [self._ledger(generation, part)] for bundle in part
                if entries[bundle.uuid].state(bundle.version) is None]

    def _ledger(self, generation: Generation, bundles: Collection[BundleFQID]) -> Mapping[str, LedgerEntry]:
        return self.contributor.ledger(generation).read(bundle.uuid for bundle in bundles)

    def _aggregate(self, generation: Generation) -> None:
        engine, indices = self.contributor.engine, self.contributor.generations.indices(generation.number)
        entity_types = generation.entity_types
        engine.refresh(map(indices.contributions, entity_types))
        done = 0

        def step(entities: Sequence[EntityReference]) -> Mapping[EntityReference, AzulError]:
            return self.aggregator.aggregate(generation.number, entities)

        with ThreadPoolExecutor(self.workers) as pool:
            for entity_type in entity_types:
                ids = terms(engine, indices.contributions(entity_type), 'entity_id')
                entities = (EntityReference(entity_type, entity_id) for entity_id in ids)
                # A few slices at a time, because a pool takes all that it is given.
                for some in _slices(entities, SLICE * self.workers):
                    for failures in pool.map(step, _slices(some, SLICE // 10)):
                        self._leave_to_workers(generation, failures)
                    done += len(some)
                    self.progress('aggregate', done, None)

    def _leave_to_workers(self, generation: Generation, failures: Mapping[EntityReference, AzulError]) -> None:
        """Whatever it was: they try again, and bury what cannot be aggregated, with the cause."""
        for entity, error in failures.items():
            log.warning('%s is left to the queue: %s', entity, error)
        self.contributor.send_tallies(generation, failures)


def _slices(items: Iterable[T], size: int = SLICE) -> Iterator[list[T]]:
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part
