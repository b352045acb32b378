"""Copying contributions from one generation to another, instead of computing them again."""
from collections.abc import Collection, Iterator
from typing import Protocol

from azul.engine import Write
from azul.errors import AzulError
from azul.index.bundle import BundleFQID
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation
from azul.indexer.scan import scan

BUNDLES = 200
"""Bundles whose contributions are copied together."""


class Progress(Protocol):
    """Is told how far a step is."""

    def __call__(self, step: str, done: int, total: int | None) -> None: ...


def reuse(contributor: Contributor, source: Generation, target: Generation, wanted: Collection[BundleFQID],
          progress: Progress) -> int:
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
        known = contributor.ledger(source).read(bundle.uuid for bundle in part)
        added = {bundle: known[bundle.uuid].versions[bundle.version].contributions for bundle in part
                 if known[bundle.uuid].state(bundle.version) == 'added'}
        counts = dict.fromkeys(added, 0)
        for outcome in contributor.engine.write(_writes(contributor, source, target, counts)):
            if isinstance(outcome, AzulError):
                raise outcome
        contributor.refresh(target, target.entity_types)
        # Less of them would mean that somebody deleted some by hand: better to compute them again.
        whole = {bundle: count for bundle, count in counts.items() if count == added[bundle]}
        for entry in contributor.ledger(target).added(whole).values():
            if isinstance(entry, AzulError):
                raise entry
        copied += len(whole)
        progress('reuse', start + len(part), len(bundles))
    return copied


def _writes(contributor: Contributor, source: Generation, target: Generation,
            counts: dict[BundleFQID, int]) -> Iterator[Write]:
    """Writes of all contributions of the bundle versions; they are counted as they pass."""
    old, new = (contributor.generations.indices(generation.number) for generation in (source, target))
    query = {'terms': {'bundle_uuid': [bundle.uuid for bundle in counts]}}
    for entity_type in target.entity_types:
        sort = ['bundle_uuid', 'bundle_version', 'entity_id']
        for hit in scan(contributor.engine, old.contributions(entity_type), query, sort):
            contribution = hit['_source']
            bundle = BundleFQID(contribution['bundle_uuid'], contribution['bundle_version'])
            if bundle in counts:
                counts[bundle] += 1
                yield Write(new.contributions(entity_type), hit['_id'], contribution)
