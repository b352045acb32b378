"""Building a new generation in the background while another one serves; and adding all there is to what serves.

Each step may be repeated, and is, when a reindex is resumed that was killed; readers see nothing before `swap`::

    register    the new generation: from now on workers apply each message to it, too
    wait        one visibility time-out: whoever did not see it is done or dead
    copy        what any other ledger calls deleted, which the data store may list all the same
    list        the data store: of each bundle its greatest version
    reuse       contributions that the serving generation has of these, if the same plug-in made them
    announce    the others
    load        until every listed version is in the ledger
    aggregate   each entity once

What fails for now is tried again; then the reindex ends, and can be resumed. What fails for good fails alone: bundles
are recorded as failed, and entities are left to the workers, who bury them.
"""
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID
from azul.indexer.aggregation import Aggregator
from azul.indexer.aggregation_pass import AggregationPass
from azul.indexer.announcement import Announcer
from azul.indexer.contribute import Contributor
from azul.indexer.generations import BUILDING, Generation, State
from azul.indexer.ledger import LedgerEntry
from azul.indexer.patience import Patience, PatientEngine
from azul.indexer.reuse import Progress, copy_deleted, reuse
from azul.indexer.scan import slices

SLICE = 1000
"""Bundles that are looked up together."""

SHOWN = 20
"""Bundles that were not taken, of which is told why; the others are counted."""

POLLING = 0.1
"""The share of the time that may be spent to see how far others are."""


def silent(step: str, done: int, total: int | None) -> None:
    pass


class Built(NamedTuple):
    """
    :param reused: of how many bundles contributions were copied
    :param left: how many entities are left to the workers, and not aggregated yet
    """
    reused: int
    left: int


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
        """The generation that is being built, or the last complete one after that which serves: there may be nothing
        left to do but to send readers there.

        :raises ConfigurationError: if there is none to go on with
        """
        generations = self.contributor.generations
        served = generations.served() or 0
        ours = generations.writable()
        begun = [*(each for each in ours if each.number > served), *(each for each in ours if each.state in BUILDING)]
        if not begun:
            raise ConfigurationError('Nothing to resume', [
                'no generation of this plug-in is being built, or waits for readers to be sent there'])
        return begun[-1]

    def build(self, number: int) -> Built:
        """Complete a generation, from wherever it is.

        :raises ConfigurationError: if bundles were not taken, if there is no progress, or if the generation is dropped
                                    meanwhile, or somebody else goes on with it
        """
        reused = left = 0
        generation = self._generation(number)
        if generation.state == 'loading':
            self.progress('wait', 0, None)
            self.sleep(self.visibility)
            self.progress('wait', 1, 1)
            reused = self._load(generation)
            generation = self._advanced(number, 'aggregating')
        if generation.state == 'aggregating':
            # From now on workers send tallies again; one that did not know that yet committed before it sees it.
            left = AggregationPass(self.contributor, self.aggregator, generation, self._patience, self.workers,
                                   self.progress).run()
            self._advanced(number, 'serving')
        return Built(reused, left)

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
        _refuse(self._announce(bundles), len(bundles))
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

    @cached_property
    def _patience(self) -> Patience:
        return Patience(self.sleep)

    @cached_property
    def _patient(self) -> Contributor:
        return replace(self.contributor, engine=PatientEngine(self.contributor.engine, self._patience))

    def _generation(self, number: int) -> Generation:
        return self._patience(lambda: self.contributor.generations.get(number))

    def _advanced(self, number: int, state: State) -> Generation:
        self._patience(lambda: self.contributor.generations.advance(number, state))
        return self._generation(number)

    def _load(self, generation: Generation) -> int:
        source = self._source(generation)
        for other in self._patience(self.contributor.generations.read):
            # Whichever serves may be about to be dropped, but is not before it does not serve any more.
            if other.number != generation.number and (other.state != 'dropping' or other == source):
                self._copy_deleted(other.number, generation)
        bundles = self.listed(generation)
        missing = self._missing(generation, bundles)
        reused = 0
        if source is not None and self.reusing and source.fingerprint == generation.fingerprint:
            reused = reuse(self.contributor, source, generation, missing, self.progress, self._patience)
            missing = self._missing(generation, missing)
        refused = self._announce(missing)
        # An indexer that indexes within requests refuses what it then records as failed.
        unknown = self._missing(generation, refused)
        _refuse({bundle: refused[bundle] for bundle in unknown}, len(missing))
        self._wait_for(generation, bundles, missing)
        return reused

    def _source(self, generation: Generation) -> Generation | None:
        """The generation that readers are sent to; None if there is none, or it is the one that is being built."""
        generations = self.contributor.generations
        served = self._patience(generations.served)
        known = self._patience(generations.read)
        return next((each for each in known if each.number == served != generation.number), None)

    def _copy_deleted(self, other: int, generation: Generation) -> None:
        copy_deleted(self.contributor, other, generation, self._patience)

    def _announce(self, bundles: Sequence[BundleFQID]) -> dict[BundleFQID, str]:
        """
        :return: those that were not taken, and why
        """
        faults: dict[BundleFQID, str] = {}
        for done, (bundle, fault) in enumerate(zip(bundles, self.announcer.announce(bundles), strict=True), 1):
            if fault:
                faults[bundle] = fault
            self.progress('announce', done, len(bundles))
        return faults

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
        state = self._generation(number).state
        if state != 'loading':
            raise ConfigurationError(f'Generation {number}', [f'it is {state} all of a sudden'])

    def _missing(self, generation: Generation, bundles: Iterable[BundleFQID]) -> list[BundleFQID]:
        """Those of which the ledger does not know what became of them."""
        return [bundle for part in slices(bundles, SLICE) for entries in [self._ledger(generation, part)]
                for bundle in part if entries[bundle.uuid].state(bundle.version) is None]

    def _ledger(self, generation: Generation, bundles: Collection[BundleFQID]) -> Mapping[str, LedgerEntry]:
        return self._patient.ledger(generation).read(bundle.uuid for bundle in bundles)


def _refuse(faults: Mapping[BundleFQID, str], announced: int) -> None:
    """
    :param faults: the bundles that were not taken, and why
    :raises ConfigurationError: if there are any
    """
    if faults:
        told = [f'{bundle}: {fault}' for bundle, fault in faults.items()]
        more = [f'… and {len(told) - SHOWN} more'] if len(told) > SHOWN else []
        raise ConfigurationError(f'{len(told)} of {announced} bundles were not taken', [*told[:SHOWN], *more])
