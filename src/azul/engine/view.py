"""Views: what some indices hold at one moment, to be read to its end however much is written meanwhile.

A view is JSON, so that another process can go on with it. Where the engine has points in time, a view is one. Where it
has not, the pages are those of a scroll, of the moment of the first one, and cannot be read again; all else is read as
it is now, and the view is gone as soon as anything has been written.
"""
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import elasticsearch
import orjson

from azul.engine.client import Engine
from azul.engine.documents import Body
from azul.errors import EngineError, EngineRejection, ViewGone
from azul.index.bundle import JSON

KEEP = '50m'
"""For how long the engine remembers a view that nobody reads: longer than it takes until somebody goes on with what
somebody else was killed over."""


class Page(NamedTuple):
    """
    :param cursor: by which to ask for the next page; None after the last one
    :param total: how many hits all pages have together; None if this is not the first one
    :param aggregations: those of the body, on the first page
    """
    hits: Sequence[JSON]
    cursor: JSON | None
    total: int | None
    aggregations: JSON

    @property
    def memo(self) -> JSON | None:
        """What to remember for the next page; None after the last one."""
        return None if self.cursor is None else {'cursor': self.cursor}


def content(engine: Engine, indices: Iterable[str]) -> str:
    """What changes with everything that is written to one of the indices, whether it can be searched yet or not.

    :raises EngineRejection: if one of the indices is not there any more
    """
    try:
        stats = engine.request('GET', f'/{",".join(sorted(indices))}/_stats/docs', level='shards')
    except EngineError as error:
        if isinstance(error.__cause__, elasticsearch.NotFoundError):
            raise EngineRejection('one of the indices is not there any more') from error
        raise
    numbers = sorted(
        (index, shard, copy['seq_no']['max_seq_no'])
        for index, described in stats['indices'].items()
        for shard, copies in described['shards'].items()
        for copy in copies if copy['routing']['primary']
    )
    return hashlib.sha256(orjson.dumps(numbers)).hexdigest()[:16]


@dataclass(frozen=True)
class View:
    """
    :param indices: those that can be read
    :param point: by which the engine knows the point in time; empty if it has no such thing
    :param content: what the indices held when the view was opened
    """
    engine: Engine
    indices: Sequence[str]
    point: str
    content: str

    @classmethod
    def open(cls, engine: Engine, indices: Sequence[str]) -> 'View':
        """All that was written before can be seen in it.

        :raises EngineRejection: if one of the indices is not there any more
        """
        # In this order: what is written in between must not look as if it could be seen.
        before = content(engine, indices)
        engine.refresh(indices)
        try:
            path = f'/{",".join(indices)}/_search/point_in_time'
            point: str = engine.request('POST', path, keep_alive=KEEP)['pit_id']
        except EngineRejection:
            point = ''
        return cls(engine, indices, point, before)

    def to_json(self) -> JSON:
        return {'indices': list(self.indices), 'point': self.point, 'content': self.content}

    @classmethod
    def from_json(cls, engine: Engine, view: JSON) -> 'View':
        return cls(engine, **view)

    @property
    def repeatable(self) -> bool:
        """Whether a page can be read again."""
        return bool(self.point)

    def page(self, index: str, body: Body, size: int, cursor: JSON | None) -> Page:
        """
        Hits in ascending order of their entity ids.

        :param body: the same for all pages, but for aggregations: those are for the first one
        :param cursor: what the page before had; None for the first one
        :raises ViewGone: if the engine has forgotten the view
        """
        first = cursor is None
        # To count them, the engine has to look at all of them, and not only at those that may be on the page.
        body = {**body, 'size': size, 'sort': [{'entity_id': 'asc'}], 'track_total_hits': first}
        if self.point:
            response = self.search(index, body if cursor is None else {**body, 'search_after': cursor['after']})
            hits = response['hits']
            following = {'after': hits['hits'][-1]['sort']} if hits['hits'] else None
        else:
            response = self._scrolled(index, body, cursor)
            hits = response['hits']
            following = {'scroll': response['_scroll_id']}
        last = len(hits['hits']) < size
        if last:
            self._forget(following)
        return Page(hits['hits'], None if last else following, hits['total']['value'] if first else None,
                    response.get('aggregations', {}))

    def search(self, index: str, body: Body) -> JSON:
        """
        :raises ViewGone: if the engine has forgotten the view, or something has been written that it cannot leave out
        """
        if not self.point:
            response = self.engine.search(index, body)
            if content(self.engine, self.indices) != self.content:
                raise ViewGone('something has been written, and the engine has no points in time')
            return response
        # A point in time is of several indices.
        query = {'bool': {'filter': [{'term': {'_index': index}}, body.get('query', {'match_all': {}})]}}
        body = {**body, 'query': query, 'pit': {'id': self.point, 'keep_alive': KEEP}}
        return self._viewed('/_search', body, allow_partial_search_results='false')

    def close(self) -> None:
        """Let the engine forget it. It would anyway, in time."""
        if self.point:
            with suppress(EngineError):
                self.engine.request('DELETE', '/_search/point_in_time', {'pit_id': [self.point]})

    def _scrolled(self, index: str, body: Body, cursor: JSON | None) -> JSON:
        if cursor is not None:
            return self._viewed('/_search/scroll', {'scroll_id': cursor['scroll'], 'scroll': KEEP})
        return self._viewed(f'/{index}/_search', body, scroll=KEEP, allow_partial_search_results='false')

    def _viewed(self, path: str, body: Body, **params: str) -> JSON:
        try:
            return self.engine.request('POST', path, body, **params)
        except EngineError as error:
            if isinstance(error.__cause__, elasticsearch.NotFoundError):
                raise ViewGone('the engine has forgotten the view') from error
            raise

    def _forget(self, cursor: JSON | None) -> None:
        if cursor is not None and 'scroll' in cursor:
            with suppress(EngineError):
                self.engine.request('DELETE', '/_search/scroll', {'scroll_id': [cursor['scroll']]})
