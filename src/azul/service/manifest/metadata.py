"""The table with all metadata: a row for each data file of each bundle that has an entity which was asked for.

There are two ways through the rows: one to learn which columns there are, and one to write them.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

from azul.aws.objects import MIN_PART
from azul.engine.view import View
from azul.index.bundle import JSON
from azul.index.fields import BUNDLE_UUID, Schema
from azul.index.manifest import ExportManifest
from azul.index.rows import unfold
from azul.service.manifest.export import Order, Step
from azul.service.manifest.text import line, plain

BUNDLES = 50
"""Of which the rows are looked up at a time."""

PARTS = 4
"""Of rows that are in memory at a time, of up to four megabytes each."""


@dataclass(frozen=True)
class Metadata:
    manifest: ExportManifest
    schema: Schema
    order: Order

    def step(self, view: View, memo: JSON) -> Step:
        """
        :param memo: `columns` that are known, with `written` once they are all known; `after`, the bundle that the step
                     before ended with; `skipped`, how many rows of the following ones are written; `rows`, `titles`
        """
        bundles = self._bundles(view, memo.get('after'))
        after = {'after': bundles[-1]} if len(bundles) == BUNDLES else {}
        if not memo.get('written'):
            return self._learned(self._rows(view, bundles), memo, after)
        return self._written(view, bundles, memo, after)

    def _written(self, view: View, bundles: Sequence[str], memo: JSON, after: JSON) -> Step:
        columns, skipped = memo['columns'], memo.get('skipped', 0)
        first = 'after' not in memo and 'skipped' not in memo
        content, number = bytearray(line(map(plain, columns)).encode() if first else b''), 0
        # A bundle may have very many files, and each row has all that they share.
        for row in islice(self._rows(view, bundles), skipped, None):
            content += line(plain(row.get(column, '')) for column in columns).encode()
            number += 1
            if len(content) >= MIN_PART:
                return Step(bytes(content), number, {**memo, 'skipped': skipped + number})
        return Step(bytes(content), number, {**memo, **after, 'skipped': 0} if after else None)

    def _learned(self, rows: Iterator[dict[str, str]], memo: JSON, after: JSON) -> Step:
        columns = set(memo.get('columns', self.manifest.row_columns))
        titles = set(memo.get('titles', ()))
        number = memo.get('rows', 0)
        for row in rows:
            columns |= row.keys()
            number += 1
            if len(titles) < 2 and self.manifest.title is not None:
                titles.add(row.get(self.manifest.title, ''))
        known: JSON = {'columns': sorted(columns), 'titles': sorted(titles)[:2], 'rows': number}
        if after:
            return Step(b'', 0, {**known, **after})
        title, = titles if len(titles) == 1 else ['']
        return Step(b'', 0, {**known, 'written': True}, number, title or None)

    def _bundles(self, view: View, after: str | None) -> Sequence[str]:
        values: JSON = {'sources': [{'uuid': {'terms': {'field': BUNDLE_UUID.path}}}], 'size': BUNDLES}
        if after is not None:
            values['after'] = {'uuid': after}
        body = {'query': self.order.query, 'size': 0, 'aggs': {'bundles': {'composite': values}}}
        answer = view.search(self.order.indices[self.manifest.entity_type], body)
        return [bucket['key']['uuid'] for bucket in answer['aggregations']['bundles']['buckets']]

    def _rows(self, view: View, bundles: Sequence[str]) -> Iterator[dict[str, str]]:
        parts = sorted(self._parts(view, bundles))
        # Most bundles have one part only: to read those of several bundles together is several times as fast.
        read = zip(parts, self._read(view, [entity_id for _, _, entity_id in parts]), strict=True)
        for _, of_bundle in groupby(read, lambda each: each[0][0]):
            yield from unfold(part for _, part in of_bundle)

    def _parts(self, view: View, bundles: Sequence[str]) -> Iterator[tuple[str, int, str]]:
        """Of each part of the rows of the bundles, the bundle, the number and the id."""
        after: JSON = {}
        while True:
            hits = self._search(view, {
                'query': {'bool': {'filter': [{'term': {'live': True}}, {'terms': {BUNDLE_UUID.path: list(bundles)}}]}},
                '_source': ['entity_id', 'bundles', f'contents.{self._inner}.part'],
                'sort': [{'entity_id': 'asc'}], 'size': 1000, **after
            })
            for hit in hits:
                source = hit['_source']
                part, = source['contents'][self._inner]
                yield source['bundles'][0]['uuid'], part['part'], source['entity_id']
            if len(hits) < 1000:
                return
            after = {'search_after': hits[-1]['sort']}

    def _read(self, view: View, entity_ids: Sequence[str]) -> Iterator[JSON]:
        for start in range(0, len(entity_ids), PARTS):
            some = entity_ids[start:start + PARTS]
            hits = self._search(view, {'query': {'terms': {'entity_id': list(some)}}, 'size': len(some),
                                       '_source': ['entity_id', f'contents.{self._inner}']})
            by_id = {hit['_source']['entity_id']: hit['_source']['contents'][self._inner][0] for hit in hits}
            yield from (by_id[entity_id] for entity_id in some)

    def _search(self, view: View, body: JSON) -> list[Any]:
        assert self.manifest.rows is not None
        hits: list[Any] = view.search(self.order.indices[self.manifest.rows], body)['hits']['hits']
        return hits

    @property
    def _inner(self) -> str:
        assert self.manifest.rows is not None
        return self.schema.entity_type[self.manifest.rows].verbatim[0]


def file_name(title: str, made: float) -> str:
    """
    :param made: when the table was, in seconds of the epoch
    """
    return f'{title} {datetime.fromtimestamp(made, UTC):%Y-%m-%d %H.%M}'
