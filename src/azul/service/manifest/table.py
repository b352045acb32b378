"""The table with a row for each entity and each of its bundles, of which the plug-in declares the columns."""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from azul.engine.view import View
from azul.index.accumulate import flat
from azul.index.bundle import JSON
from azul.index.fields import BUNDLE_UUID
from azul.index.manifest import ExportManifest
from azul.service.manifest.export import PAGE, Order, Step
from azul.service.manifest.text import joined, line, plain


@dataclass(frozen=True)
class Table:
    manifest: ExportManifest
    order: Order

    def step(self, view: View, memo: JSON) -> Step:
        body = {'query': self.order.query, '_source': self.source}
        if not memo:
            body['aggs'] = {'rows': {'value_count': {'field': BUNDLE_UUID.path}}}
        page = view.page(self.order.indices[self.manifest.entity_type], body, PAGE, memo.get('cursor'))
        content, number = bytearray(), 0
        if not memo:
            content += line(column.name for column in self.manifest.columns).encode()
        for hit in page.hits:
            # Not all of them at once: a file may be in thousands of bundles.
            content += ''.join(self._rows(hit['_source'])).encode()
            number += len(hit['_source']['bundles'])
        return Step(bytes(content), number, page.memo, None if memo else page.aggregations['rows']['value'])

    def _rows(self, source: JSON) -> Iterator[str]:
        cells = [''] * len(self.manifest.columns)
        contents = source.get('contents', {})
        for inner, columns in self._columns.items():
            # Most documents lack some types of inner entities.
            if entities := contents.get(inner):
                for position, field in columns:
                    cells[position] = joined(flat(entities, field))
        for bundle in source['bundles']:
            for position, field in self._columns[None]:
                cells[position] = plain(bundle[field])
            yield line(cells)

    @cached_property
    def _columns(self) -> Mapping[str | None, Sequence[tuple[int, str]]]:
        """Of each type of inner entity, and of bundles, the positions and the fields of the columns."""
        columns: dict[str | None, list[tuple[int, str]]] = {None: []}
        for position, column in enumerate(self.manifest.columns):
            columns.setdefault(column.inner, []).append((position, column.field))
        return columns

    @cached_property
    def source(self) -> list[str]:
        """What is read of documents."""
        return ['bundles', *sorted({f'contents.{column.inner}.{column.field}' for column in self.manifest.columns
                                    if column.inner is not None})]
