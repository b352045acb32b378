from collections.abc import Sequence
from typing import Any

from hca.rendering.lines import JSON, Document, indented, labelled, shortened, text

Columns = dict[str, dict[str, tuple[Any, list[str]]]]
"""By column and JSON of a cell the cell and where it is."""


def rows(documents: Sequence[tuple[str, Document]], name: str) -> str:
    """
    Column by column, because what becomes of a property is the same in all documents: what there is in the column, and
    where. `document` means that it is there in all rows of this one, `document:2` that it is in the third.

    :param documents: contributions, each with the FQID of its bundle
    :param name: the type of the inner entities that are parts of the rows
    """
    references = shortened(f'{fqid}/{document.id}' for fqid, document in documents)
    lines, columns = ['documents'], Columns()
    for fqid, document in documents:
        reference = references[f'{fqid}/{document.id}']
        part = _part(document, name)
        if part is None:
            lines += indented(labelled(f'{reference} ', document.source))
        else:
            numbered = {f'{reference}:{number}': row for number, row in enumerate(part['rows'])}
            rest = {member: value for member, value in part.items() if member not in ('shared', 'rows')}
            lines += indented(labelled(f'{reference} with {len(numbered)} rows ', [document.rest(), rest]))
            for place, row in {reference: part['shared'], **numbered}.items():
                for column, cell in row.items():
                    columns.setdefault(column, {}).setdefault(text(cell), (cell, []))[1].append(place)
    for column, cells in sorted(columns.items()):
        lines += ['', text(column)]
        for cell, places in cells.values():
            lines += indented(labelled(' '.join([*places, '']), cell))
    return '\n'.join(lines) + '\n'


def _part(document: Document, name: str) -> JSON | None:
    """The part that the document is, if it is just that."""
    contents = document.source.get('contents')
    match contents.get(name) if isinstance(contents, dict) and len(contents) == 1 else None:
        case [{'shared': dict(), 'rows': list(rows_)} as part] if all(isinstance(row, dict) for row in rows_):
            return {**part}
    return None
