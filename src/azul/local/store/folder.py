"""Which bundles there are."""
import os
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID, is_uuid

TOMBSTONE = '.dead'


class Folder:
    """
    The bundles in a folder as it is now; later changes of the folder are not seen.

    What is deleted or added here is so in memory only: the folder is never written to.

    :raises ConfigurationError: if the folder cannot be read
    """

    def __init__(self, path: Path) -> None:
        self._homes: dict[BundleFQID, Path] = {}
        self._dead: set[str] = set()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self._note(path, entry)
        except OSError as error:
            raise ConfigurationError('Bundles', [f'{path} cannot be read: {error.strerror}']) from error
        tombstones = {BundleFQID.parse(name) for name in self._dead if '.' in name}
        self._fqids = sorted(self._homes.keys() | tombstones)
        self._lock = threading.Lock()

    def _note(self, path: Path, entry: os.DirEntry[str]) -> None:
        name = entry.name.removesuffix(TOMBSTONE)
        try:
            fqid = None if is_uuid(name) else BundleFQID.parse(name)
        except ValueError:
            return
        if name != entry.name:
            self._dead.add(name)
        elif fqid is not None and (path / name / 'manifest.json').is_file():
            self._homes[fqid] = path / name

    def home(self, fqid: BundleFQID) -> Path | None:
        """Where the files of the bundle are, whether or not it is deleted."""
        return self._homes.get(fqid)

    def is_deleted(self, fqid: BundleFQID) -> bool:
        return fqid.uuid in self._dead or str(fqid) in self._dead

    def is_live(self, fqid: BundleFQID) -> bool:
        return fqid in self._homes and not self.is_deleted(fqid)

    def all(self) -> list[BundleFQID]:
        """Including those of which only a tombstone is left; in ascending order. Not to be changed."""
        return self._fqids

    def live(self, prefix: str = '', after: BundleFQID | None = None) -> Iterator[BundleFQID]:
        """
        In ascending order.

        :param prefix: of the uuids
        :param after: only those greater than this one
        """
        fqids = self._fqids
        start = bisect_left(fqids, (prefix, ''))
        if after is not None:
            start = max(start, bisect_right(fqids, after))
        following = (fqids[index] for index in range(start, len(fqids)))
        return filter(self.is_live, takewhile(lambda fqid: fqid.uuid.startswith(prefix), following))

    def versions(self, uuid: str) -> list[str]:
        """Those of a bundle that are not deleted; ascending."""
        return [fqid.version for fqid in self.live(uuid) if fqid.uuid == uuid]

    def delete(self, uuid: str, version: str | None) -> list[BundleFQID]:
        """
        :param version: None for all that there are or will be
        :return: what was deleted by that; if there is nothing to delete nothing changes
        """
        with self._lock:
            deleted = [BundleFQID(uuid, known) for known in self.versions(uuid) if version in (None, known)]
            if deleted:
                self._dead.add(uuid if version is None else f'{uuid}.{version}')
            return deleted

    def copy(self, fqid: BundleFQID, version: str) -> BundleFQID:
        """
        Add another version of a bundle, with the same content.

        :raises KeyError: if there is no such bundle
        :raises ValueError: if that version exists already, or is deleted
        """
        with self._lock:
            home, copy = self._homes[fqid], fqid._replace(version=version)
            if copy in self._homes or self.is_deleted(copy):
                raise ValueError(f'{copy} exists already, or is deleted')
            self._homes[copy] = home
            fqids = self._fqids.copy()  # others may be in the middle of the old one
            insort(fqids, copy)
            self._fqids = fqids
            return copy
