"""The table with a row for each entity and each of its bundles, of which the plug-in declares the columns."""
from collections.abc import Iterator
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
        body = {'query': self.order.query, '_source': self._paths}
        if not memo:
            body['aggs'] = {'rows': {'value_count': {'field': BUNDLE_UUID.path}}}
        page = view.page(self.order.indices[self.manifest.entity_type], body, PAGE, memo.get('cursor'))
        lines = [] if memo else [line(column.name for column in self.manifest.columns)]
        total = None if memo else page.aggregations['rows']['value']
        rows = [row for hit in page.hits for row in self._rows(hit['_source'])]
        return Step(''.join([*lines, *rows]).encode(), len(rows), page.memo, total)

    def _rows(self, source: JSON) -> Iterator[str]:
        contents = source.get('contents', {})
        cells = [
            None if column.inner is None else joined(flat(contents.get(column.inner, ()), column.field))
            for column in self.manifest.columns
        ]
        for bundle in source['bundles']:
            yield line(
                plain(bundle[column.field]) if cell is None else cell
                for column, cell in zip(self.manifest.columns, cells, strict=True)
            )

    @cached_property
    def _paths(self) -> list[str]:
        return ['bundles', *sorted({f'contents.{column.inner}.{column.field}' for column in self.manifest.columns
                                    if column.inner is not None})]
