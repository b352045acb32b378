"""The metadata rows of a bundle, for the export manifest that has all metadata."""
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Any

from azul.errors import BundleError
from azul.index.bundle import JSON, Bundle, ManifestEntry
from azul.index.rows import Row, enter, factor
from azul.projects.hca.metadata.layout import Entity
from azul.projects.hca.metadata.model import Metadata
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.properties import Properties
from azul.projects.hca.metadata.stores import Store

IGNORED = frozenset((
    'describedBy', 'schema_type', 'submission_date', 'update_date', 'biomaterial_id', 'process_id', 'contributors',
    'publications', 'protocol_id', 'project_description', 'file_format', 'file_name',
))
"""Properties that have no column, wherever they are."""

LONGEST_COLUMN = 1000
"""Characters of the name of a column: a long one for each of many values would be large beyond all proportion."""

WITHOUT_ROW = ('csv', 'txt', 'pdf')
"""Formats of files that accompany data rather than being any."""


def rows(bundle: Bundle, metadata: Metadata, oddities: Oddities) -> Sequence[JSON]:
    """The rows as they are stored (`azul.index.rows`), one for each file that there is to download. The v5 layout,
    whose metadata have other columns, has none.
    """
    if metadata.legacy:
        return []
    files = [(file, entry, _format(file, oddities)) for file, entry in metadata.downloads.items()]
    own = [_own(file, entry, format_, metadata.stores.get(file)) for file, entry, format_ in files
           if file in metadata.stores
           or (format_ or entry.name.rpartition('.')[2]).lower().lstrip('.') not in WITHOUT_ROW]
    if not own:
        return []
    shared: Row = {'bundle_uuid': bundle.fqid.uuid, 'bundle_version': bundle.fqid.version}
    for entity in metadata.entities:
        if entity.kind != 'file':
            _flatten(entity, shared)
    return list(factor(shared, own))


def _format(file: Entity, oddities: Oddities) -> str | None:
    return Properties(file.content, oddities).within('file_core').one_label('format', 'file_format')


def _own(file: Entity, entry: ManifestEntry, format_: str | None, store: Store | None) -> Row:
    fixed = {
        'file_uuid': entry.uuid,
        'file_version': entry.version,
        '*.file_core.file_name': entry.name if store is None else f'{store.name}/',
        '*.file_core.file_format': format_,
    }
    row: Row = {column: value for column, value in fixed.items() if value is not None}
    _flatten(file, row)
    return row


def _flatten(entity: Entity, row: Row) -> None:
    """Enter whatever is given of the entity, in columns `<schema>.<path>`. Lists add nothing to the path."""
    # A loop over iterators, because metadata may be nested more deeply than we can call, and lists may be long.
    ahead: list[Iterator[tuple[str, Any]]] = [iter([(entity.schema or entity.kind, entity.content)])]
    while ahead:
        following = next(ahead[-1], None)
        if following is None:
            ahead.pop()
            continue
        path, value = following
        if len(path) > LONGEST_COLUMN:
            raise BundleError(f'properties whose names are {len(path)} characters long: {path:.100}', file=entity.file)
        if isinstance(value, dict):
            ahead.append(_members(path, value))
        elif isinstance(value, list):
            ahead.append(zip(repeat(path), value))
        elif value is not None and value != '':
            enter(row, path, value if isinstance(value, str) else str(value))


def _members(path: str, value: JSON) -> Iterator[tuple[str, Any]]:
    return ((f'{path}.{name}', member) for name, member in value.items() if name not in IGNORED)
