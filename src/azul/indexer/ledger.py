"""What became of every bundle version: the commit point of all changes, one document per bundle uuid."""
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Self

from azul.engine import Engine, Write
from azul.errors import AzulError, Conflict, kept
from azul.index.bundle import JSON, BundleFQID

State = Literal['added', 'deleted', 'failed']

MAX_CAUSE = 1000
"""Characters of a cause, which is read along with the entry all the time. The dead letter has the rest."""

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


Change = Callable[[State | None], VersionEntry | None]
"""From the state that a version has to the entry that it gets; None leaves it as it is."""


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

    def changed(self, changes: Mapping[str, 'Change']) -> 'LedgerEntry':
        """
        :param changes: by version
        """
        entries = {version: change(self.state(version)) for version, change in changes.items()}
        return LedgerEntry({**self.versions,
                            **{version: entry for version, entry in entries.items() if entry is not None}})

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

    def added(self, contributions: Mapping[BundleFQID, int]) -> dict[BundleFQID, LedgerEntry | AzulError]:
        """Record that the contributions of bundle versions are searchable. `deleted` wins.

        :param contributions: their numbers
        :return: the entry of each bundle's uuid as it is afterwards, or why it could not be written
        """
        def change(number: int) -> Change:
            return lambda known: None if known == 'deleted' else VersionEntry('added', number)

        return self._record({bundle: change(number) for bundle, number in contributions.items()})

    def deleted(self, bundle: BundleFQID) -> LedgerEntry:
        """Record that a bundle version is gone, for good, whether or not it was known."""
        return self._record_one(bundle, lambda known: VersionEntry('deleted'))

    def failed(self, bundle: BundleFQID, cause: AzulError) -> LedgerEntry:
        """Record that a bundle version cannot be indexed. What was added or deleted stays so."""
        entry = VersionEntry('failed', cause=kept(str(cause))[:MAX_CAUSE])
        return self._record_one(bundle, lambda known: None if known in ('added', 'deleted') else entry)

    def _record_one(self, bundle: BundleFQID, change: Change) -> LedgerEntry:
        """
        :raises AzulError: if it could not be written
        """
        entry = self._record({bundle: change})[bundle]
        if isinstance(entry, AzulError):
            raise entry
        return entry

    def _record(self, changes: Mapping[BundleFQID, Change]) -> dict[BundleFQID, LedgerEntry | AzulError]:
        """
        Compare and set.

        :return: by bundle, the entry of its uuid as it is afterwards, or why it could not be written
        """
        recorded: dict[str, LedgerEntry | AzulError] = {}
        pending = {uuid for uuid, _ in changes}
        for _ in range(MAX_CONFLICTS):
            documents = self._engine.mget([(self._index, uuid) for uuid in sorted(pending)]) if pending else []
            writes: list[Write] = []
            for document in documents:
                known = LedgerEntry.from_json(document.source)
                entry = known.changed({version: change for (uuid, version), change in changes.items()
                                       if uuid == document.id})
                recorded[document.id] = entry
                if entry != known:
                    writes.append(Write(self._index, document.id, entry.to_json(document.id), guard=document))
            pending.clear()
            for write, outcome in zip(writes, self._engine.write(writes), strict=True):
                if isinstance(outcome, AzulError):
                    recorded[write.id] = outcome
                elif outcome == 'conflict':
                    pending.add(write.id)
            if not pending:
                break
        for uuid in pending:
            recorded[uuid] = Conflict(f'ledger entry of {uuid} changed {MAX_CONFLICTS} times while it was written')
        return {bundle: recorded[bundle.uuid] for bundle in changes}
