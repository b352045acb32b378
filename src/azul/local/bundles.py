"""The bundles in a folder, without a data store in between."""
from pathlib import Path

import orjson

from azul.errors import BundleError
from azul.index.bundle import Bundle, BundleFQID, ManifestEntry
from azul.local.store.contents import Contents, StoredBundle
from azul.local.store.folder import Folder


class Bundles:
    """
    The bundles as our data store serves them, without what its client looks at on the way: the content types, sizes and
    checksums of metadata files, in which a bundle of another data store may be wrong.

    :param path: a folder with `<uuid>.<version>/manifest.json` and `<uuid>.<version>/metadata/<name>.json`
    :raises ConfigurationError: if the folder cannot be read
    """

    def __init__(self, path: Path) -> None:
        folder = Folder(path)
        self._contents = Contents(folder)
        self.fqids = list(folder.live())
        """All that are not deleted, in ascending order."""

    def read(self, fqid: BundleFQID) -> Bundle:
        """
        :raises BundleError: if it can be seen already that the bundle cannot be indexed
        :raises KeyError: if there is no such bundle
        """
        try:
            stored = self._contents.bundle(fqid)
            if stored is None:
                raise KeyError(fqid)
            return _bundle(stored)
        except ValueError as error:
            raise BundleError(f'cannot be read: {error}', file='manifest.json', bundle=str(fqid)) from error
        except BundleError as error:
            raise error.within(str(fqid)) from error


def _bundle(stored: StoredBundle) -> Bundle:
    manifest = [ManifestEntry.from_json(entry) for entry in stored.manifest]
    metadata = {}
    for entry in manifest:
        if entry.indexed:
            file = stored.files.get(entry.name)
            if file is None or file.path is None:
                raise BundleError('the folder lacks this metadata file of the manifest', file=entry.name)
            try:
                metadata[entry.name] = orjson.loads(file.path.read_bytes())
            except orjson.JSONDecodeError as error:
                raise BundleError(f'not JSON: {error}', file=entry.name) from error
    return Bundle.create(stored.fqid, manifest, metadata)
