"""What became of every bundle version: the commit point of all changes, one document per bundle uuid."""
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

from azul.engine import Document, Engine, Write
from azul.errors import AzulError, Conflict, kept
from azul.index.bundle import JSON, BundleFQID

State = Literal['added', 'deleted', 'failed']

MAX_CONFLICTS = 20
"""Writers of one uuid are few: so many conflicts in a row mean that something is wrong."""


@dataclass(frozen=True)
class VersionEntry:
    """
    :param contributions: how many the version made; 0 unless it is `added`
    :param cause: why it is `failed`, for people
    """
    state: State
    contributions: int = 0
    cause: str = ''


@dataclass(frozen=True)
class LedgerEntry:
    """All that is known of the versions of one bundle uuid."""
    versions: Mapping[str, VersionEntry]

    def state(self, version: str) -> State | None:
        entry = self.versions.get(version)
        return None if entry is None else entry.state

    @property
    def live(self) -> str | None:
        """The version whose contributions count: the greatest `added` one."""
        return max((version for version, entry in self.versions.items() if entry.state == 'added'), default=None)

    def successor(self, offered: Iterable[str]) -> str | None:
        """The version to add when the live one went: the greatest one offered that is neither deleted nor failed.

        None if there is no such version, or nothing is to be done because it, or a greater one, is added.
        """
        candidates = (version for version in offered if self.state(version) not in ('deleted', 'failed'))
        version = max(candidates, default=None)
        return version if version is not None and (self.live is None or self.live < version) else None

    @classmethod
    def from_json(cls, source: JSON | None) -> Self:
        """
        :param source: None for a bundle that nothing is known of
        """
        versions = [] if source is None else source['versions']
        return cls({
            version['version']: VersionEntry(version['state'], version['contributions'], version['cause'])
            for version in versions
        })

    def to_json(self, bundle_uuid: str) -> JSON:
        return {
            'bundle_uuid': bundle_uuid,
            'versions': [
                {'version': version, 'state': entry.state, 'contributions': entry.contributions, 'cause': entry.cause}
                for version, entry in sorted(self.versions.items())
            ],
        }


class Ledger:
    """The ledger of one generation."""

    def __init__(self, engine: Engine, index: str) -> None:
        self._engine, self._index = engine, index

    def read(self, bundle_uuids: Iterable[str]) -> dict[str, LedgerEntry]:
        """The entries in real time, an empty one for a uuid that nothing is known of."""
        documents = self._engine.mget([(self._index, bundle_uuid) for bundle_uuid in sorted(set(bundle_uuids))])
        return {document.id: LedgerEntry.from_json(document.source) for document in documents}

    def added(self, bundle: BundleFQID, contributions: int) -> LedgerEntry:
        """Record that the contributions of a bundle version are searchable. `deleted` wins."""
        entry = VersionEntry('added', contributions)
        return self._record(bundle, lambda known: None if known == 'deleted' else entry)

    def deleted(self, bundle: BundleFQID) -> LedgerEntry:
        """Record that a bundle version is gone, for good, whether or not it was known."""
        return self._record(bundle, lambda known: VersionEntry('deleted'))

    def failed(self, bundle: BundleFQID, cause: AzulError) -> LedgerEntry:
        """Record that a bundle version cannot be indexed. What was added or deleted stays so."""
        entry = VersionEntry('failed', cause=kept(str(cause)))
        return self._record(bundle, lambda known: None if known in ('added', 'deleted') else entry)

    def _record(self, bundle: BundleFQID, change: Callable[[State | None], VersionEntry | None]) -> LedgerEntry:
        """
        Compare and set.

        :param change: from the state that a version has to the entry that it gets; None leaves it as it is
        :return: the entry of the bundle uuid as it is afterwards
        """
        for _ in range(MAX_CONFLICTS):
            document = self._engine.get(self._index, bundle.uuid)
            known = LedgerEntry.from_json(document.source)
            changed = change(known.state(bundle.version))
            if changed is None or changed == known.versions.get(bundle.version):
                return known
            entry = replace(known, versions={**known.versions, bundle.version: changed})
            if self._write(document, entry, bundle.uuid):
                return entry
        raise Conflict(f'ledger entry of bundle {bundle.uuid} changed {MAX_CONFLICTS} times while it was written')

    def _write(self, document: Document, entry: LedgerEntry, bundle_uuid: str) -> bool:
        write = Write(self._index, bundle_uuid, entry.to_json(bundle_uuid), guard=document)
        outcome, = self._engine.write([write])
        if isinstance(outcome, AzulError):
            raise outcome
        return outcome == 'written'
