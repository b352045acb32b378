"""A bundle as the data store gives it: a manifest and the JSON of its metadata files."""
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from azul.errors import BundleError, brief

JSON = dict[str, Any]

LONG = 2 ** 63
"""The first integer that is too large for the engine."""


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its canonical form, in either case."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


class BundleFQID(NamedTuple):
    """The fully qualified id of a bundle; versions of one uuid compare as strings, the greatest is the latest."""
    uuid: str
    version: str

    def __str__(self) -> str:
        return f'{self.uuid}.{self.version}'

    @classmethod
    def parse(cls, text: str) -> 'BundleFQID':
        """Inverse of `str()`. A version may contain dots, a uuid cannot.

        :raises ValueError: where one of the two is missing or the uuid is none
        """
        uuid_, _, version = text.partition('.')
        if not is_uuid(uuid_) or not version:
            raise ValueError(f'not a bundle FQID: {text!r}')
        return cls(uuid_, version)


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of a bundle.

    What was “not given” in any of the forms that occur (absent, null, the empty string) is None.

    :param indexed: whether the file is metadata, to be read by the indexer
    :param size: in bytes
    :param version: opaque; unlike that of a bundle it has many forms
    """
    name: str
    uuid: str
    version: str | None
    indexed: bool
    size: int | None
    content_type: str | None
    sha256: str | None
    sha1: str | None
    crc32c: str | None
    s3_etag: str | None

    @classmethod
    def from_json(cls, entry: Any) -> 'ManifestEntry':
        """
        :param entry: as in the data store's answer, or as stored, with `s3-etag` for `s3_etag`
        :raises BundleError: where there is no name or no uuid, the size is no number of bytes, or other members that
                             are given are no text
        """
        name = entry.get('name') if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            raise BundleError(f'manifest entry without a name: {brief(entry)}', file='manifest.json')

        def text(member: str) -> str | None:
            value = entry.get(member)
            if value is not None and not isinstance(value, str):
                raise BundleError(f'{member} in the manifest entry is no text: {brief(value)}', file=name)
            return value or None

        uuid_, size = entry.get('uuid'), entry.get('size')
        if not isinstance(uuid_, str) or not is_uuid(uuid_):
            raise BundleError(f'uuid of the manifest entry is none: {brief(uuid_)}', file=name)
        if size in (None, ''):
            size = None
        elif not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < LONG:
            raise BundleError(f'size in the manifest entry is no number of bytes: {brief(size)}', file=name)
        return cls(name=name,
                   uuid=uuid_,
                   version=text('version'),
                   indexed=entry.get('indexed') is True,
                   size=size,
                   content_type=text('content-type'),
                   sha256=text('sha256'),
                   sha1=text('sha1'),
                   crc32c=text('crc32c'),
                   s3_etag=text('s3_etag') or text('s3-etag'))


@dataclass(frozen=True)
class Bundle:
    """
    :param manifest: all entries, in the order of the manifest
    :param metadata: content of the entries that are `indexed`, by name
    """
    fqid: BundleFQID
    manifest: Sequence[ManifestEntry]
    metadata: Mapping[str, JSON]

    @cached_property
    def data_files(self) -> Mapping[str, ManifestEntry]:
        """The entries that are not metadata, by name."""
        return {entry.name: entry for entry in self.manifest if not entry.indexed}

    @classmethod
    def create(cls, fqid: BundleFQID, manifest: Sequence[ManifestEntry], metadata: Mapping[str, Any]) -> 'Bundle':
        """
        :raises BundleError: if two files share a name, or a metadata file is missing or no JSON object
        """
        names = set()
        for entry in manifest:
            if entry.name in names:
                raise BundleError('two files of this name', file=entry.name, bundle=str(fqid))
            names.add(entry.name)
        for entry in manifest:
            if entry.indexed and not isinstance(metadata.get(entry.name), dict):
                raise BundleError('metadata file is not a JSON object', file=entry.name, bundle=str(fqid))
        return cls(fqid, tuple(manifest), metadata)
