"""The table with all metadata: a row for each data file of each bundle that has an entity which was asked for.

There are two ways through the rows: one to learn which columns there are, and one to write them. The values of a cell
have two bars between them, as clients have it. Some values have them, too, and look like two.
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
from azul.service.manifest.walk import Walk, counts

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
        :param memo: `columns` that are known, with `written` once they are all known; `walk`, where the step before
                     ended; `skipped`, how many rows of the next bundle are written; `rows`, `titles`
        """
        walk = Walk.resume(view, self.order.indices[self.manifest.entity_type], self.order.query, memo.get('walk'))
        if memo.get('written'):
            return self._written(view, walk, memo)
        return self._learned(view, walk, memo)

    def _written(self, view: View, walk: Walk, memo: JSON) -> Step:
        columns, skipped = memo['columns'], memo.get('skipped', 0)
        content, number = bytearray(b'' if 'walk' in memo else line(map(plain, columns)).encode()), 0
        bundles = self._visible(view, walk)
        for bundle, rows in self._rows(view, bundles):
            # A bundle may have very many files, and each row has all that they share.
            for position, row in enumerate(islice(rows, skipped, None), start=skipped + 1):
                content += line(plain(row.get(column, '')) for column in columns).encode()
                number += 1
                if len(content) >= MIN_PART:
                    walked = walk.beyond([uuid for uuid, _ in walk.bundles].index(bundle))
                    return Step(bytes(content), number, {**memo, 'walk': walked, 'skipped': position})
            skipped = 0
        following = walk.beyond(BUNDLES)
        return Step(bytes(content), number, following and {**memo, 'walk': following, 'skipped': 0})

    def _learned(self, view: View, walk: Walk, memo: JSON) -> Step:
        columns = set(memo.get('columns', self.manifest.row_columns))
        titles = set(memo.get('titles', ()))
        number = memo.get('rows', 0)
        for _, rows in self._rows(view, self._visible(view, walk)):
            for row in rows:
                columns |= row.keys()
                number += 1
                if len(titles) < 2 and self.manifest.title is not None:
                    titles.add(row.get(self.manifest.title, ''))
        known: JSON = {'columns': sorted(columns), 'titles': sorted(titles)[:2], 'rows': number}
        following = walk.beyond(BUNDLES)
        if following:
            return Step(b'', 0, {**known, 'walk': following})
        title, = titles if len(titles) == 1 else ['']
        return Step(b'', 0, {**known, 'written': True}, number, title or None)

    def _visible(self, view: View, walk: Walk) -> Sequence[str]:
        """The next bundles but those of which something must not be seen: each row has what all files share."""
        bundles = [uuid for uuid, _ in walk.bundles[:BUNDLES]]
        if self.order.visible is None:
            return bundles
        invisible = {'bool': {'filter': [{'term': {'live': True}}], 'must_not': [self.order.visible]}}
        hidden = counts(view, self.order.indices[self.manifest.entity_type], invisible, bundles)
        return [bundle for bundle in bundles if bundle not in hidden]

    def _rows(self, view: View, bundles: Sequence[str]) -> Iterator[tuple[str, Iterator[dict[str, str]]]]:
        """Those of each bundle that has some, in the order of their uuids; to be read in this order, too."""
        parts = sorted(self._parts(view, bundles))
        # Most bundles have one part only: to read those of several bundles together is several times as fast.
        read = zip(parts, self._read(view, [entity_id for _, _, entity_id in parts]), strict=True)
        for bundle, of_bundle in groupby(read, lambda each: each[0][0]):
            yield bundle, unfold(part for _, part in of_bundle)

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
