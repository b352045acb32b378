"""Metadata rows: what all metadata of a bundle say of each of its data files, as a table of texts.

Most of what a row says is true of all files of the bundle: of a plate with many wells, or an experiment with many
images, a full table would grow with the product of files and entities. So rows are stored *factored*: the cells that
all rows share once, and those of each row. And because there may be very many rows, they are cut into *parts*, each a
document of its own::

    {"part": 0, "shared": {column: [value, …]}, "rows": [{column: value or [value, …]}, …]}

The shared cells come first, before any row, also where they fill several parts; a column that is cut goes on in the
next part. A row is never cut.
"""
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from azul.errors import BundleError, brief
from azul.index.bundle import JSON

Cell = str | set[str]
"""Its distinct values; a set only where there are several, because there are very many cells."""
Row = dict[str, Cell]

PART = 4_000_000
"""Bytes of JSON that a part may have, give or take its keys: no document is to be larger than 5 MB."""

PART_FIELDS = ('part', 'shared', 'rows')
"""What a plug-in declares of the inner entity that is a part."""

SEPARATOR = '||'


def enter(row: Row, column: str, value: str) -> None:
    """Add a value to a cell."""
    known = row.setdefault(column, value)
    if isinstance(known, set):
        known.add(value)
    elif known != value:
        row[column] = {known, value}


def factor(shared: Row, rows: Sequence[Row], limit: int = PART) -> Iterator[JSON]:
    """
    The parts that rows are stored as; none if there is no row.

    :param shared: cells that all rows have
    :param rows: the other cells of each row; those that turn out to be the same in all of them are shared, too
    :param limit: of the size of a part
    :raises BundleError: if a value, or what only one row has, is larger than a part may be
    """
    part, size = _part(0), 0
    for column, piece in _pieces(shared, rows):
        grown = len(orjson.dumps([column, piece]))
        if grown > limit:
            raise BundleError(f'{grown} bytes of metadata in one value or of one file: {brief(column or piece)}')
        if size + grown > limit:
            yield part
            part, size = _part(part['part'] + 1), 0
        size += grown
        if column is None:
            part['rows'].append(piece)
        else:
            part['shared'].setdefault(column, []).append(piece)
    if rows:
        yield part


def unfold(parts: Iterable[JSON]) -> Iterator[dict[str, str]]:
    """
    The rows with all of their cells, several values of one cell sorted and joined: the inverse of `factor`.

    :param parts: those of one bundle, in order
    """
    shared: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for part in parts:
        for column, values in part['shared'].items():
            shared.setdefault(column, []).extend(values)
            texts[column] = _text(shared[column])
        for row in part['rows']:
            own = {column: _text([*shared.get(column, ()), *_values(cell)]) for column, cell in row.items()}
            yield {**texts, **own}


def _pieces(shared: Row, rows: Sequence[Row]) -> Iterator[tuple[str | None, Any]]:
    """What is stored, in order: column and value of shared cells, then None and the other cells of each row."""
    if not rows:
        return
    first, *others = rows
    common = {column: cell for column, cell in first.items() if all(row.get(column) == cell for row in others)}
    for column in sorted({*shared, *common}):
        for value in sorted({*_values(shared.get(column, ())), *_values(common.get(column, ()))}):
            yield column, value
    for row in rows:
        own = {column: cell for column, cell in row.items() if column not in common}
        yield None, {column: cell if isinstance(cell, str) else sorted(cell) for column, cell in own.items()}


def _part(number: int) -> JSON:
    return {'part': number, 'shared': {}, 'rows': []}


def _values(cell: str | Iterable[str]) -> Iterable[str]:
    return (cell,) if isinstance(cell, str) else cell


def _text(values: Iterable[str]) -> str:
    return SEPARATOR.join(sorted(set(values)))
