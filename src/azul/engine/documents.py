"""Documents that are read and written one by one, and what is said to the engine of many at once."""
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from azul.index.bundle import JSON

Body = Mapping[str, Any]

WRITER = '.writer'
"""At the end of the name of the alias by which an index is written to. By its own name, a late write would bring an
index back that was deleted, with a guessed mapping."""

MAX_CHUNK = 8 * 1024 * 1024
"""Bytes. Amazon's smaller instances take no more than 10 MiB in a request."""


@dataclass(frozen=True)
class Document:
    """
    :param source: None if there is no such document
    :param seq_no, primary_term: what a guarded write of the document must present; None if there is no such document
    :param version: how often it has been written; 0 if there is no such document
    """
    id: str
    source: JSON | None
    seq_no: int | None
    primary_term: int | None
    version: int


@dataclass(frozen=True)
class Write:
    """
    A document to be written.

    :param guard: the document as it was read: the write conflicts if it has changed since, or has come into being.
                  None writes in any case.
    """
    index: str
    id: str
    source: Body
    guard: Document | None = None

    def lines(self) -> Iterator[bytes]:
        target: JSON = {'_index': self.index + WRITER, 'require_alias': True, '_id': self.id}
        operation = 'index'
        if self.guard is not None:
            if self.guard.seq_no is None:
                operation = 'create'
            else:
                target |= {'if_seq_no': self.guard.seq_no, 'if_primary_term': self.guard.primary_term}
        yield orjson.dumps({operation: target})
        yield orjson.dumps(self.source)


def chunks(writes: Iterable[Write]) -> Iterator[bytes]:
    """Bodies of `_bulk` requests, as few as their size allows."""
    chunk: list[bytes] = []
    size = 0
    for write in writes:
        lines = list(write.lines())
        length = sum(map(len, lines)) + len(lines)
        if chunk and size + length > MAX_CHUNK:
            yield b'\n'.join(chunk) + b'\n'
            chunk, size = [], 0
        chunk += lines
        size += length
    if chunk:
        yield b'\n'.join(chunk) + b'\n'
