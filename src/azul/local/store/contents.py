"""What is in the bundles: their manifests and files.

The manifests that we serve are not quite those in the folder, in order that they fit the files in the folder:

* files in `metadata/` that the manifest does not list get an entry (old manifests list data files only);
* size and checksums of metadata files are those of what we serve; the ones of data files stay, but do not fit, as the
  content of data files is invented;
* a uuid and a version of a file denote one content, everywhere. Where the entry of a metadata file has a pair that
  belongs to something else already, the entry gets a uuid of its own. Data files keep theirs, come what may.
"""
import hashlib
import logging
import random
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import google_crc32c
import orjson

from azul.index.bundle import JSON, BundleFQID
from azul.local.store.folder import Folder

log = logging.getLogger(__name__)

NAMESPACE = uuid.UUID('4e2bd0a3-6b0f-5d7c-8d64-0a1f8d7cf3f5')
"""Of the uuids that we give to files."""

CHUNK = 64 * 1024


@dataclass(frozen=True)
class StoredFile:
    """
    :param fqid: of the bundle that the file is in, or of one of them
    :param entry: of the manifest that we serve
    :param path: None for a data file, whose content we invent
    """
    fqid: BundleFQID
    entry: JSON
    path: Path | None

    @property
    def size(self) -> int:
        size = self.entry.get('size')
        return size if isinstance(size, int) else 0

    def content(self) -> Iterator[bytes]:
        """The same at all times."""
        if self.path is not None:
            yield self.path.read_bytes()
        else:
            chunk = random.Random(f'{self.entry.get("uuid")} {self.entry.get("version")}').randbytes(CHUNK)  # noqa: S311
            for start in range(0, self.size, CHUNK):
                yield chunk[:self.size - start]


@dataclass(frozen=True)
class StoredBundle:
    """
    :param manifest: the entries that we serve
    :param files: by name; without those that we do not have
    """
    fqid: BundleFQID
    manifest: Sequence[Any]
    files: Mapping[str, StoredFile]

    def has(self, entry: Any) -> bool:
        return _is_file(entry) and entry['name'] in self.files


class Contents:
    """Reads what is asked for, when it is asked for, and remembers the last of it. Safe to share between threads."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._owners = _Owners()
        self._all_owned = False
        self._lock = threading.Lock()
        self._remembered = lru_cache(256)(self._read)

    def bundle(self, fqid: BundleFQID) -> StoredBundle | None:
        """
        :return: None if there is none, but a deleted one still is
        """
        home = self._folder.home(fqid)
        return None if home is None else self._remembered(fqid, home)

    def file(self, uuid: str, version: str | None) -> StoredFile | None:
        """
        :param version: None for the greatest
        """
        place = None if version is None else self._owners.place(uuid, version)
        if place is None:
            self._own_all()
            place = self._owners.place(uuid, self._owners.latest(uuid) if version is None else version)
            if place is None:
                return None
        fqid, name = place
        bundle = self.bundle(fqid)
        return None if bundle is None else bundle.files.get(name)

    def _own_all(self) -> None:
        """Afterwards it is known of all files which bundle they are in."""
        with self._lock:
            if not self._all_owned:
                for fqid in self._folder.all():
                    home = self._folder.home(fqid)
                    if home is not None:
                        try:
                            self._outline(fqid, home)
                        except (ValueError, OSError) as error:
                            log.warning('Bundle %s: %s', fqid, error)
                self._all_owned = True

    def _read(self, fqid: BundleFQID, home: Path) -> StoredBundle:
        manifest = self._outline(fqid, home)
        names = _metadata(home)
        files = {}
        for entry in filter(_is_file, manifest):
            path = home / 'metadata' / entry['name']
            if entry['name'] in names:
                entry.update(_measured(path))
                files[entry['name']] = StoredFile(fqid, entry, path)
            elif entry.get('indexed') is not True:
                files[entry['name']] = StoredFile(fqid, entry, None)
        return StoredBundle(fqid, manifest, files)

    def _outline(self, fqid: BundleFQID, home: Path) -> list[Any]:
        """The manifest that we serve, but for the measurements of metadata files, which take more time."""
        manifest = orjson.loads((home / 'manifest.json').read_bytes())
        if not isinstance(manifest, list):
            raise ValueError(f'{home / "manifest.json"} is not a list')
        entries = list(filter(_is_file, manifest))
        names = _metadata(home)
        for entry in entries:
            if 's3-etag' in entry:
                entry['s3_etag'] = entry.pop('s3-etag')
        for name in sorted(names - {entry['name'] for entry in entries}):
            entry = {'name': name, 'uuid': _uuid(fqid, name), 'version': fqid.version, 'indexed': True,
                     'content-type': 'application/json'}
            entries.append(entry)
            manifest.append(entry)
        # Data files first: they always keep their uuid.
        for entry in sorted(entries, key=lambda entry: entry['name'] in names or entry.get('indexed') is True):
            self._owners.claim(entry, fqid, None if entry.get('indexed') is not True else home / 'metadata')
        return manifest


class _Owners:
    """Which file a uuid and a version denote: the first one that claims them."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], tuple[BundleFQID, str, Path | None]] = {}
        self._latest: dict[str, str] = {}
        self._lock = threading.Lock()

    def place(self, uuid: str, version: str | None) -> tuple[BundleFQID, str] | None:
        place = None if version is None else self._places.get((uuid, version))
        return None if place is None else place[:2]

    def latest(self, uuid: str) -> str | None:
        return self._latest.get(uuid)

    def claim(self, entry: JSON, fqid: BundleFQID, metadata: Path | None) -> None:
        """
        :param entry: gets another uuid if need be
        :param metadata: folder of the file if it is metadata
        """
        name, version = entry['name'], str(entry.get('version') or '')
        path = None if metadata is None else metadata / name
        with self._lock:
            place = self._places.setdefault((entry['uuid'], version), (fqid, name, path))
            if path is not None and path != place[2] and not _same(path, place[2]):
                entry['uuid'] = _uuid(fqid, name)
                self._places[entry['uuid'], version] = fqid, name, path
            self._latest[entry['uuid']] = max(version, self._latest.get(entry['uuid'], ''))


def _same(path: Path, other: Path | None) -> bool:
    if other is None:
        return False
    try:
        return _digests(path) == _digests(other)
    except OSError:
        return False


def _is_file(entry: Any) -> bool:
    """Whether anything can be done with an entry. If not, we still serve it: indexers should see such things, too."""
    return isinstance(entry, dict) and isinstance(entry.get('name'), str) and isinstance(entry.get('uuid'), str)


def _uuid(fqid: BundleFQID, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f'{fqid}/{name}'))


def _metadata(home: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in (home / 'metadata').iterdir() if path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()


def _measured(path: Path) -> JSON:
    return dict(_digests(path))


@lru_cache(10_000)
def _digests(path: Path) -> Mapping[str, Any]:
    content = path.read_bytes()
    return {'size': len(content),
            'sha256': hashlib.sha256(content).hexdigest(),
            'sha1': hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            's3_etag': hashlib.md5(content, usedforsecurity=False).hexdigest(),
            'crc32c': f'{google_crc32c.value(content):08x}'}
