"""The manifest of a bundle: the list of its files, in one of the forms that stores have given it."""
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from samples.generator.chance import Chance, uuid_of
from samples.generator.files import CONTENT_TYPES
from samples.generator.graph import Entity

JSON = dict[str, Any]

SIZES = {'fastq.gz': (10 ** 7, 10 ** 10), 'bam': (10 ** 8, 10 ** 11), 'loom': (10 ** 7, 10 ** 9),
         'h5ad': (10 ** 7, 10 ** 10), 'Rds': (10 ** 7, 10 ** 9), 'unknown': (10 ** 2, 10 ** 6)}
"""Least and greatest in bytes; in between every order of magnitude is as likely."""


def serialise(document: Any) -> bytes:
    """A JSON document as it lies in the folder, which is what sizes and checksums are of."""
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + '\n').encode()


@dataclass(frozen=True)
class File:
    """A file of a bundle, before it has the form of an entry.

    :param kind: of the metadata; None if it is a data file
    :param generated: whether the consortium made it when it put the bundle together
    """
    name: str
    uuid: str
    version: datetime
    size: int
    content_type: str
    checksums: Mapping[str, str]
    kind: str | None
    generated: bool = False

    @property
    def indexed(self) -> bool:
        return self.kind is not None

    def entry(self) -> JSON:
        """The entry in the form that the data store gave for most of its life."""
        type_ = f'dcp-type="metadata/{self.kind}"' if self.indexed else 'dcp-type=data'
        return {'name': self.name, 'uuid': self.uuid, 'version': f'{self.version:%Y-%m-%dT%H%M%S.%fZ}',
                'content-type': f'{self.content_type}; {type_}', 'size': self.size, 'indexed': self.indexed,
                **self.checksums}


def metadata_file(name: str, uuid: str, version: datetime, document: JSON, kind: str, *, generated: bool) -> File:
    content = serialise(document)
    return File(name, uuid, version, len(content), 'application/json', {
        # The store had more than one use for checksums, security was none.
        'crc32c': f'{crc32c(content):08x}',
        's3_etag': hashlib.md5(content, usedforsecurity=False).hexdigest(),
        'sha1': hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        'sha256': hashlib.sha256(content).hexdigest()}, kind, generated)


def data_file(entity: Entity, version: datetime) -> File:
    """The invented file that a file entity describes."""
    core = entity.content['file_core']
    return invented_file(core['file_name'], core['format'], uuid_of(entity.id, 'data'), version,
                         generated=entity.schema == 'analysis_file')


def invented_file(name: str, format_: str, uuid: str, version: datetime, *, generated: bool = False) -> File:
    """A file that nobody has, with size and checksums that are its own."""
    chance = Chance(1, 'data', uuid)
    least, most = SIZES.get(format_, (10 ** 3, 10 ** 7))
    bits = {'crc32c': 32, 's3_etag': 128, 'sha1': 160, 'sha256': 256}
    return File(name, uuid, version, round(least * (most / least) ** chance.random.random()), CONTENT_TYPES[format_],
                {sum_: f'{chance.random.getrandbits(size):0{size // 4}x}' for sum_, size in bits.items()},
                None, generated)


@cache
def _crc32c_table() -> tuple[int, ...]:
    table = []
    for remainder in range(256):
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82f63b78 if remainder & 1 else 0)
        table.append(remainder)
    return tuple(table)


def crc32c(content: bytes) -> int:
    """Castagnoli's checksum, which is not the one of zlib."""
    table = _crc32c_table()
    remainder = 0xffffffff
    for byte in content:
        remainder = table[(remainder ^ byte) & 0xff] ^ remainder >> 8
    return remainder ^ 0xffffffff


def complete(file: File) -> JSON:
    return file.entry()


def stored(file: File) -> JSON:
    """As the store kept it, with a hyphen in the name of the tag, and before content types told what a file was for."""
    entry = file.entry()
    entry['s3-etag'] = entry.pop('s3_etag')
    return entry | {'content-type': file.content_type if file.indexed else 'application/octet-stream'}


def bare(file: File) -> JSON:
    """Nothing known of data files but that they exist."""
    entry = file.entry() | {'content-type': file.content_type}
    return entry if file.indexed else {key: entry[key] for key in ('name', 'uuid', 'version', 'indexed')}


def numbered(file: File) -> JSON:
    """From an upload that counted versions."""
    type_ = 'application/json; dcp-type="metadata/json"' if file.indexed else 'application/octet-stream'
    return file.entry() | {'version': '1', 'content-type': type_}


def stitched(file: File) -> JSON:
    """From the second DCP, which puts bundles together from what it finds, and has no sums of metadata."""
    entry = file.entry() | {'version': _with_colons(file), 'is_stitched': not file.generated}
    if file.indexed or file.generated:
        del entry['s3_etag'], entry['sha1']
    if file.indexed:
        return entry | {'crc32c': '', 'sha256': ''}
    twice = {} if file.generated else {'content-type': f'{entry["content-type"]}; dcp-type=data'}
    return entry | twice | {'drs_path': _drs_path(file)}


def unstitched(file: File) -> JSON:
    """From the second DCP's first months."""
    entry = stitched(file)
    del entry['is_stitched']
    if file.indexed:
        return entry
    return {key: value for key, value in entry.items() if key not in ('s3_etag', 'sha1')}


def null_sums(file: File) -> JSON:
    """What the second DCP does not know as nulls."""
    entry = file.entry() | {'version': _with_colons(file)}
    if file.indexed:
        return entry | {'content-type': 'application/json;', 's3_etag': None, 'sha1': None}
    return entry


def null_sums_of_data(file: File) -> JSON:
    """… and of data files likewise."""
    entry = file.entry() | {'version': _with_colons(file), 's3_etag': None, 'sha1': None}
    return entry if file.indexed else entry | {'drs_path': _drs_path(file)}


def _with_colons(file: File) -> str:
    return f'{file.version:%Y-%m-%dT%H:%M:%S.%fZ}'


def _drs_path(file: File) -> str:
    return f'v1_{uuid_of("snapshot")}_{file.uuid}'


FORMS: dict[str, Callable[[File], JSON]] = {
    'complete': complete, 'stored': stored, 'bare': bare, 'numbered': numbered, 'stitched': stitched,
    'unstitched': unstitched, 'null sums': null_sums, 'null sums of data': null_sums_of_data}
