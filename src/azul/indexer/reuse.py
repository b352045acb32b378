"""Copying what other generations know: contributions, instead of computing them again, and deletions."""
import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from azul.engine import Write
from azul.errors import AzulError, TerminalError, TransientError
from azul.index.bundle import BundleFQID
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation
from azul.indexer.ledger import LedgerEntry
from azul.indexer.patience import Patience, PatientEngine
from azul.indexer.scan import scan, slices

log = logging.getLogger(__name__)

BUNDLES = 200
"""Bundles whose contributions are copied together."""


class Progress(Protocol):
    """Is told how far a step is."""

    def __call__(self, step: str, done: int, total: int | None) -> None: ...


def reuse(contributor: Contributor, source: Generation, target: Generation, wanted: Collection[BundleFQID],
          progress: Progress, patience: Patience) -> int:
    """
    Copy the contributions of bundle versions that the source has added, then record these as added in the target.

    The same plug-in makes the same contributions of the same version: which of two workers wrote them last, and in
    which generation, is of no consequence.

    :return: the number of bundle versions
    """
    bundles = sorted(wanted)
    copied = 0
    for start in range(0, len(bundles), BUNDLES):
        part = bundles[start:start + BUNDLES]
        try:
            copied += patience(lambda part=part: _copied(contributor, source, target, part))  # type: ignore[misc]
        except TerminalError as error:
            log.warning('%s bundles are computed again: %s', len(part), error)
        progress('reuse', start + len(part), len(bundles))
    return copied


def _copied(contributor: Contributor, source: Generation, target: Generation, bundles: Sequence[BundleFQID]) -> int:
    known = contributor.ledger(source).read(bundle.uuid for bundle in bundles)
    added = {bundle: known[bundle.uuid].versions[bundle.version].contributions for bundle in bundles
             if known[bundle.uuid].state(bundle.version) == 'added'}
    copied: list[BundleFQID] = []
    written: Counter[BundleFQID] = Counter()
    outcomes = contributor.engine.write(_writes(contributor, source, target, added, copied))
    for bundle, outcome in zip(copied, outcomes, strict=True):
        if isinstance(outcome, TransientError):
            raise outcome
        written[bundle] += outcome == 'written'
    contributor.refresh(target, target.entity_types)
    # Less of them would mean that somebody deleted some by hand, or that the engine does not take one any more: whoever
    # computes them again finds out.
    whole = {bundle: number for bundle, number in added.items() if written[bundle] == number}
    for entry in contributor.ledger(target).added(whole).values():
        if isinstance(entry, AzulError):
            raise entry
    return len(whole)


def _writes(contributor: Contributor, source: Generation, target: Generation, bundles: Collection[BundleFQID],
            copied: list[BundleFQID]) -> Iterator[Write]:
    """Writes of all contributions of the bundle versions.

    :param copied: is told the bundle of each, as it passes
    """
    old, new = (contributor.generations.indices(generation.number) for generation in (source, target))
    query = {'terms': {'bundle_uuid': [bundle.uuid for bundle in bundles]}}
    for entity_type in target.entity_types:
        sort = ['bundle_uuid', 'bundle_version', 'entity_id']
        for hit in scan(contributor.engine, old.contributions(entity_type), query, sort):
            contribution = hit['_source']
            bundle = BundleFQID(contribution['bundle_uuid'], contribution['bundle_version'])
            if bundle in bundles:
                copied.append(bundle)
                yield Write(new.contributions(entity_type), hit['_id'], contribution)


def copy_deleted(contributor: Contributor, source: int, target: Generation, patience: Patience) -> None:
    """Record as deleted what the ledger of another generation calls so."""
    engine, ledger = PatientEngine(contributor.engine, patience), contributor.ledger(target)
    index = contributor.generations.indices(source).ledger
    # Workers do not: they read it by id, in real time.
    engine.refresh([index])
    for hits in slices(scan(engine, index, {'term': {'versions.state': 'deleted'}}, ['bundle_uuid']), BUNDLES):
        deleted = [BundleFQID(hit['_source']['bundle_uuid'], version) for hit in hits
                   for version, entry in LedgerEntry.from_json(hit['_source']).versions.items()
                   if entry.state == 'deleted']
        known = patience(lambda deleted=deleted: ledger.read(bundle.uuid for bundle in deleted))  # type: ignore[misc]
        for bundle in deleted:
            if known[bundle.uuid].state(bundle.version) != 'deleted':
                patience(lambda bundle=bundle: ledger.deleted(bundle))  # type: ignore[misc]
