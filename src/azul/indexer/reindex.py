"""Building a new generation in the background while another one serves; and adding all there is to what serves.

Each step may be repeated, and is, when a reindex is resumed that was killed; readers see nothing before `swap`::

    register    the new generation: from now on workers apply each message to it, too
    wait        one visibility time-out: whoever did not see it is done or dead
    copy        what the serving ledger calls deleted, which the data store may list all the same
    list        the data store: of each bundle its greatest version
    reuse       contributions that the serving generation has of these, if the same plug-in made them
    announce    the others
    load        until every listed version is in the ledger
    aggregate   each entity once
"""
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from azul.errors import AzulError, ConfigurationError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.announcement import Announcer
from azul.indexer.contribute import Contributor
from azul.indexer.generations import BUILDING, Generation
from azul.indexer.ledger import LedgerEntry
from azul.indexer.messages import IN_ANY_CASE
from azul.indexer.reuse import Progress, reuse
from azul.indexer.scan import count, scan, slices, terms

log = logging.getLogger(__name__)

SLICE = 1000
"""Bundles, or entities, that are dealt with together."""

SHOWN = 20
"""Bundles that were not taken, of which is told why; the others are counted."""

POLLING = 0.1
"""The share of the time that may be spent to see how far others are."""


def silent(step: str, done: int, total: int | None) -> None:
    pass


@dataclass(frozen=True)
class Reindex:
    """
    :param listing: the bundle versions that the data store has, all or some of them, in any order
    :param visibility: seconds after which whoever was working on a message is done or dead
    :param patience: seconds without any progress after which we give up; a reindex can be resumed
    :param reusing: whether contributions of the serving generation are copied rather than computed again
    :param workers: how many slices are aggregated at once
    """
    contributor: Contributor
    aggregator: Aggregator
    listing: Callable[[], Iterable[BundleFQID]]
    announcer: Announcer
    visibility: float
    patience: float
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

    def build(self, number: int) -> int:
        """Complete a generation, from wherever it is.

        :return: of how many bundles contributions were copied
        :raises ConfigurationError: if bundles were not taken, if there is no progress, or if the generation is dropped
                                    meanwhile
        """
        reused = 0
        generations = self.contributor.generations
        if generations.get(number).state == 'loading':
            self.progress('wait', 0, None)
            self.sleep(self.visibility)
            self.progress('wait', 1, 1)
            reused = self._load(generations.get(number))
            generations.advance(number, 'aggregating')
        if generations.get(number).state == 'aggregating':
            # From now on workers send tallies again; one that did not know that yet committed before it sees it.
            self._aggregate(generations.get(number))
            generations.advance(number, 'serving')
        return reused

    def add(self) -> int:
        """The add pass alone: announce what is listed, so that it is added to what is there. Where there is nothing, a
        first generation is created.

        :return: the number of bundles
        :raises ConfigurationError: if bundles were not taken, or there is no generation that they may be added to
        """
        generations = self.contributor.generations
        generations.create_first()
        writable = generations.writable()
        if not writable:
            raise ConfigurationError('Generations', [
                'there is none that this code may write to: `make reindex` builds one'])
        bundles = self.listed(writable[0])
        self._announce(bundles)
        return len(bundles)

    def listed(self, generation: Generation | None) -> list[BundleFQID]:
        """Of each bundle that is listed the greatest version that the ledger does not call deleted.

        :param generation: whose ledger; None if there is none yet
        """
        greatest: dict[str, str] = {}
        seen = 0
        for part in slices(self.listing(), SLICE):
            entries = {} if generation is None else self._ledger(generation, part)
            for uuid, version in part:
                if uuid not in entries or entries[uuid].state(version) != 'deleted':
                    greatest[uuid] = max(version, greatest.get(uuid, ''))
            seen += len(part)
            self.progress('list', seen, None)
        self.progress('list', seen, seen)
        return sorted(BundleFQID(uuid, version) for uuid, version in greatest.items())

    def _load(self, generation: Generation) -> int:
        source = self._source(generation)
        if source is not None:
            self._copy_deleted(source.number, generation)
        bundles = self.listed(generation)
        missing = self._missing(generation, bundles)
        reused = 0
        if source is not None and self.reusing and source.fingerprint == generation.fingerprint:
            reused = reuse(self.contributor, source, generation, missing, self.progress)
            missing = self._missing(generation, missing)
        self._announce(missing)
        self._wait_for(generation, bundles, missing)
        return reused

    def _source(self, generation: Generation) -> Generation | None:
        """The generation that readers are sent to; None if there is none, or it is the one that is being built."""
        generations = self.contributor.generations
        served = generations.served()
        return next((each for each in generations.read() if each.number == served != generation.number), None)

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

    def _announce(self, bundles: Sequence[BundleFQID]) -> None:
        faults = []
        for done, (bundle, fault) in enumerate(zip(bundles, self.announcer.announce(bundles), strict=True), 1):
            if fault:
                faults.append(f'{bundle}: {fault}')
            self.progress('announce', done, len(bundles))
        if faults:
            more = [f'… and {len(faults) - SHOWN} more'] if len(faults) > SHOWN else []
            raise ConfigurationError(f'{len(faults)} of {len(bundles)} bundles were not taken',
                                     [*faults[:SHOWN], *more])

    def _wait_for(self, generation: Generation, bundles: Sequence[BundleFQID], missing: Sequence[BundleFQID]) -> None:
        since = time.monotonic()
        while True:
            self.progress('load', len(bundles) - len(missing), len(bundles))
            if not missing:
                return
            self._require_loading(generation.number)
            started = time.monotonic()
            left = self._missing(generation, missing)
            looked = time.monotonic()
            if len(left) < len(missing):
                missing, since = left, looked
            elif looked - since > self.patience:
                raise ConfigurationError(f'No progress for {self.patience:.0f} s', [
                    f'{len(missing)} bundles are neither added nor failed, {missing[0]} first: look into the queues, '
                    f'then resume'
                ])
            if missing:
                self.sleep(max(1, (looked - started) / POLLING))

    def _require_loading(self, number: int) -> None:
        """
        :raises ConfigurationError: if somebody drops the generation, or completes it, while we wait
        """
        state = self.contributor.generations.get(number).state
        if state != 'loading':
            raise ConfigurationError(f'Generation {number}', [f'it is {state} all of a sudden'])

    def _missing(self, generation: Generation, bundles: Iterable[BundleFQID]) -> list[BundleFQID]:
        """Those of which the ledger does not know what became of them."""
        return [bundle for part in slices(bundles, SLICE) for entries in [self._ledger(generation, part)]
                for bundle in part if entries[bundle.uuid].state(bundle.version) is None]

    def _ledger(self, generation: Generation, bundles: Collection[BundleFQID]) -> Mapping[str, LedgerEntry]:
        return self.contributor.ledger(generation).read(bundle.uuid for bundle in bundles)

    def _aggregate(self, generation: Generation) -> None:
        engine, indices = self.contributor.engine, self.contributor.generations.indices(generation.number)
        entity_types = generation.entity_types
        engine.refresh(map(indices.contributions, entity_types))
        # How many entities there are would take as long to count as to list them, and some take longer than others.
        total = sum(count(engine, indices.contributions(entity_type), {'match_all': {}})
                    for entity_type in entity_types)
        done = 0

        def step(entities: Sequence[tuple[EntityReference, int]]) -> Mapping[EntityReference, AzulError]:
            tallied = dict.fromkeys((entity for entity, _ in entities), IN_ANY_CASE)
            return self.aggregator.aggregate(generation.number, tallied)

        with ThreadPoolExecutor(self.workers) as pool:
            for entity_type in entity_types:
                ids = terms(engine, indices.contributions(entity_type), 'entity_id')
                entities = ((EntityReference(entity_type, entity_id), number) for entity_id, number in ids)
                # A few slices at a time, because a pool takes all that it is given.
                for some in slices(entities, SLICE * self.workers):
                    parts = list(slices(some, SLICE // 10))
                    for part, failures in zip(parts, pool.map(step, parts), strict=True):
                        self._leave_to_workers(generation, failures)
                        done += sum(number for _, number in part)
                        # Some may have come meanwhile.
                        self.progress('aggregate', done, max(done, total))

    def _leave_to_workers(self, generation: Generation, failures: Mapping[EntityReference, AzulError]) -> None:
        """Whatever it was: they try again, and bury what cannot be aggregated, with the cause."""
        for entity, error in failures.items():
            log.warning('%s is left to the queue: %s', entity, error)
        self.contributor.send_tallies(generation, failures)
