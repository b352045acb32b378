"""The export manifest, as a plug-in declares it."""
from collections.abc import Callable
from dataclasses import dataclass

from azul.index.bundle import JSON, BundleFQID
from azul.index.contradictions import repeated
from azul.index.fields import Schema
from azul.index.misfits import Faults
from azul.index.rows import PART_FIELDS


@dataclass(frozen=True)
class Column:
    """A column of the export manifest.

    :param inner: the type of inner entity whose values it lists; None for the bundle that the row is about, of which
                  `field` is `uuid` or `version`
    """
    name: str
    inner: str | None
    field: str


@dataclass(frozen=True)
class ExportManifest:
    """The table that people take with them: a row for each entity of a type and each of its bundles.

    :param entity_type: that of the rows, which must list its bundles
    :param rows: the entity type whose documents hold the metadata rows of a bundle (`azul.index.rows`), from which
                 the table with all metadata is made; None if there is no such table
    :param row_columns: columns that this table has in any case, so that it has a header where there are no rows
    :param kind: of an inner entity that is a file, a word: files of a kind are side by side in the table of
                 participants, which has a row for each bundle; None if there is no such table
    :param title: a column of these rows: a table in which it is the same in all of them is called after it
    """
    entity_type: str
    columns: tuple[Column, ...]
    rows: str | None = None
    row_columns: tuple[str, ...] = ()
    title: str | None = None
    kind: Callable[[JSON], str] | None = None


def manifest_faults(schema: Schema, manifest: ExportManifest) -> Faults:
    yield from repeated('column', (column.name for column in manifest.columns))
    for name in manifest.entity_type, manifest.rows:
        if name is not None and name not in schema.entity_type:
            yield f'no entity type {name!r}'
    yield from repeated('column of rows', manifest.row_columns)
    if manifest.rows is not None and not manifest.row_columns:
        yield 'rows without row_columns: where there are none, the table would have no header'
    yield from _rows_faults(schema, manifest.rows)
    entity_type = schema.entity_type.get(manifest.entity_type)
    if entity_type is None:
        return
    if entity_type.bundles != 'list':
        yield f'entity type {entity_type.name!r} does not list its bundles'
    for column in manifest.columns:
        there = (column.field in BundleFQID._fields if column.inner is None
                 else schema.has(entity_type.name, column.inner, column.field))
        if not there:
            yield (f'column {column.name!r}: documents of {entity_type.name!r} do not have '
                   f'{column.inner or "bundles"}.{column.field}')


def _rows_faults(schema: Schema, rows: str | None) -> Faults:
    if rows is not None and rows in schema.entity_type:
        verbatim = [schema.inner_entity[name] for name in schema.entity_type[rows].verbatim
                    if name in schema.inner_entity]
        if not any(set(PART_FIELDS) <= {field.name for field in inner.fields} for inner in verbatim):
            yield (f'documents of {rows!r} hold no metadata rows: they have nothing verbatim with the fields '
                   f'{", ".join(PART_FIELDS)}')
