"""A table in a bag: BagIt 0.97, zipped, so that whoever gets it can tell whether it is whole.

The sums of a bag are of the whole table, and cannot be gone on with by another worker. So the table is an object of its
own before there is a bag. It is read twice: at once, to add it up and to see what a ZIP file has around it, and slice
by slice, to be copied in between.
"""
import hashlib
import io
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from azul.engine.view import View
from azul.index.bundle import JSON
from azul.service.manifest.export import Draft, Step

FOLDER = 'manifest'
PAYLOAD = 'data/participants.tsv'
SUMS = 'md5', 'sha256'
SLICE = 8 * 1024 * 1024
"""Bytes of the table that are in memory at a time."""


@dataclass(frozen=True)
class Bag:
    table: Draft

    def step(self, view: View, memo: JSON) -> Step:
        """
        :param memo: `head` and `tail` of the ZIP file, around the table; `start` of the next slice
        """
        if not memo:
            head, tail = self._around()
            return Step(head, 0, {'tail': b64encode(tail).decode(), 'start': 0})
        start = memo['start']
        content = self.table.read(start, min(start + SLICE, self.table.size)) if start < self.table.size else b''
        if start + len(content) < self.table.size:
            return Step(content, 0, {**memo, 'start': start + len(content)})
        return Step(content + b64decode(memo['tail']), 0, None)

    def _around(self) -> tuple[bytes, bytes]:
        file = _Hollow()
        sums = {name: hashlib.new(name, usedforsecurity=False) for name in SUMS}
        with zipfile.ZipFile(file, 'w', zipfile.ZIP_STORED) as archive:
            with archive.open(_entry(PAYLOAD), 'w', force_zip64=True) as payload:
                file.hollow = True
                for content in self._slices():
                    payload.write(content)
                    for each in sums.values():
                        each.update(content)
                file.hollow = False
            tags = {
                'bagit.txt': 'BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n',
                'bag-info.txt': f'Payload-Oxum: {self.table.size}.1\n',
                **{f'manifest-{name}.txt': f'{each.hexdigest()}  {PAYLOAD}\n' for name, each in sums.items()}
            }
            tags |= {f'tagmanifest-{name}.txt': ''.join(
                f'{hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()}  {tag}\n'
                for tag, text in tags.items()
            ) for name in SUMS}
            for tag, text in tags.items():
                archive.writestr(_entry(tag), text)
        return bytes(file.head), bytes(file.tail)

    def _slices(self) -> Iterator[bytes]:
        for start in range(0, self.table.size, SLICE):
            yield self.table.read(start, min(start + SLICE, self.table.size))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f'{FOLDER}/{name}')  # dated 1980, so that equal tables make for equal bags
    entry.external_attr = 0o644 << 16
    return entry


class _Hollow(io.RawIOBase):
    """A file that keeps only what is written before and after something large.

    :ivar hollow: while it is set, what is written is the large thing
    """

    def __init__(self) -> None:
        self.head, self.tail = bytearray(), bytearray()
        self.hollow = False
        self._position = self._size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation
        self._position = position
        return position

    def write(self, content: bytes) -> int:  # type: ignore[override]
        position, length = self._position, len(content)
        if self.hollow:
            self._size += length
        elif position < len(self.head) or not self._size:
            self.head[position:position + length] = content
        else:
            position -= len(self.head) + self._size
            self.tail[position:position + length] = content
        self._position += length
        return length
