"""Bundles as a data store sends them: those in a folder, and generated ones."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from azul.errors import BundleError
from azul.index.bundle import Bundle, BundleFQID, ManifestEntry
from azul.local.store.contents import Contents
from azul.local.store.folder import Folder
from samples.generator import GeneratedBundle


@dataclass(frozen=True)
class RawBundle:
    """
    :param metadata: bytes by the name of the file; compact JSON, as the indentation of files that were made to be
                     read would flatter everything that is compared with their size or with the time to parse them
    """
    fqid: BundleFQID
    manifest: Sequence[ManifestEntry]
    metadata: Mapping[str, bytes]

    @classmethod
    def of(cls, bundle: GeneratedBundle) -> Self:
        return cls(BundleFQID.parse(bundle.fqid),
                   [ManifestEntry.from_json(entry) for entry in bundle.manifest],
                   {name: orjson.dumps(document) for name, document in bundle.metadata.items()})

    @property
    def size(self) -> int:
        """Bytes of metadata."""
        return sum(map(len, self.metadata.values()))

    def parse(self) -> dict[str, Any]:
        return {name: orjson.loads(content) for name, content in self.metadata.items()}

    def bundle(self, metadata: Mapping[str, Any]) -> Bundle:
        """
        :param metadata: parsed
        :raises BundleError: see `Bundle.create`
        """
        return Bundle.create(self.fqid, self.manifest, metadata)


class Bundles:
    """The bundles in a folder that are not deleted."""

    def __init__(self, path: Path) -> None:
        folder = Folder(path)
        self.fqids = list(folder.live())
        self._contents = Contents(folder)

    def read(self, fqid: BundleFQID) -> RawBundle:
        """
        :raises BundleError: if it can be seen already that the bundle cannot be indexed
        """
        try:
            stored = self._contents.bundle(fqid)
            assert stored is not None
            manifest = [ManifestEntry.from_json(entry) for entry in stored.manifest]
            paths = {entry.name: stored.files[entry.name].path for entry in manifest
                     if entry.indexed and entry.name in stored.files}
            metadata = {name: orjson.dumps(orjson.loads(path.read_bytes()))
                        for name, path in paths.items() if path is not None}
        except ValueError as error:
            raise BundleError(f'not JSON: {error}', bundle=str(fqid)) from error
        return RawBundle(fqid, manifest, metadata)
