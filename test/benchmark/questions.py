"""What the service is asked, and what would be asked of the engine in its place.

* The searches that the service sends for it, as they pass between the two: sent by somebody else, they show what the
  engine has to do with it, and what any service would have to do.
* The naive search for the same page: for each facet a filter of its own, with its terms and, beside them, what has
  none; and all that documents have.
"""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from azul.index.terms import MAX_TERMS
from azul.plugin import Plugin
from benchmark.load import Client, Request
from fixtures.meddler import Meddler, Passage

SIZE = 15
"""Hits on a page, as the UI asks for it."""

FIRST, FILTERED, DEEP, SUMMARY, DETAIL = 'first page', 'filtered page', 'deep page', 'summary', 'detail'

KINDS = (FIRST, FILTERED, DEEP, SUMMARY, DETAIL)

PAGES = (FIRST, FILTERED, DEEP)

FILES = '/repository/files'

FACETS = ('organ', 'fileFormat', 'libraryConstructionApproach', 'genusSpecies', 'project')
"""That the filters are by."""


@dataclass(frozen=True)
class Question:
    """
    :param path: that the service is asked for
    :param passages: the calls of the engine that it makes for the answer
    :param naive: the path and the body of the naive search for the same; None where that is no page
    """
    kind: str
    path: str
    passages: Sequence[Passage]
    naive: tuple[str, bytes] | None

    @property
    def searches(self) -> Sequence[Passage]:
        return [each for each in self.passages if 'search' in each.path]

    @property
    def bytes_from_engine(self) -> int:
        return sum(len(each.answer) for each in self.passages)

    def of_service(self, address: str) -> Request:
        return Request(self.kind, address, 'GET', self.path)

    def of_raw(self, address: str) -> Request:
        """Of the service that does nothing. Searches that follow on others are sent with them: all are known."""
        path, = {each.path for each in self.searches}
        body = b''.join(each.question for each in self.searches)
        return Request(self.kind, address, 'POST', f'/raw?path={quote(path, safe="")}', body)

    def of_engine(self, address: str) -> Sequence[Request]:
        return [Request(self.kind, address, each.method, each.path, each.question) for each in self.searches]

    def of_naive(self, address: str) -> Request:
        assert self.naive is not None
        return Request(self.kind, address, 'POST', *self.naive)


def questions(service: str, network: Meddler, plugin: Plugin) -> list[Question]:
    """
    Some of each kind, about what there is.

    :param service: `host:port` of one that reaches the engine through the network, and is asked by nobody else
    """
    client = Client()

    def answer(path: str, **parameters: object) -> Any:
        return orjson.loads(client.ask(Request('', service, 'GET', _path(path, parameters))).content)

    def asked(kind: str, path: str, filters: Mapping[str, str] | None = None, **parameters: object) -> Question:
        if filters:
            described = {name: {'is': [term]} for name, term in filters.items()}
            parameters['filters'] = orjson.dumps(described).decode()
        network.passed.clear()
        answer(path, **parameters)
        passages = list(network.passed)
        naive = _naive(plugin, passages, filters or {}) if kind in PAGES else None
        return Question(kind, _path(path, parameters), passages, naive)

    first = answer(FILES, size=SIZE)
    terms = {name: [each['term'] for each in first['termFacets'][name]['terms'] if each['term'] is not None][:4]
             for name in FACETS}
    filters = [{name: term} for name, listed in terms.items() for term in listed[:2]]
    filters += [{FACETS[0]: one, FACETS[1]: other} for one in terms[FACETS[0]] for other in terms[FACETS[1]][:2]]
    found = [asked(FIRST, FILES, size=SIZE)]
    found += [asked(FILTERED, FILES, each, size=SIZE) for each in filters]
    # Seen from the other end, the last of a page is one deep within.
    for depth in range(100, 1001, 200):
        last = answer(FILES, size=depth, order='desc', facets='')['pagination']
        position = {name: last[name] for name in ('search_after', 'search_after_uid')}
        if position['search_after'] is not None:
            found.append(asked(DEEP, FILES, size=SIZE, **position))
    found += [asked(SUMMARY, '/repository/summary', each) for each in [None, *filters[:4]]]
    hits = answer(FILES, size=20, sort='fileSize', facets='')['hits']
    found += [asked(DETAIL, f'{FILES}/{hit["entryId"]}') for hit in hits]
    client.close()
    return found


def _path(path: str, parameters: Mapping[str, object]) -> str:
    return f'{path}?{urlencode(parameters)}' if parameters else path


def _naive(plugin: Plugin, passages: Sequence[Passage], filters: Mapping[str, str]) -> tuple[str, bytes]:
    """The service's own search tells which index it is, which page, and the order."""
    fields = plugin.schema.indexed_fields('files')
    search = next(each for each in passages if 'search' in each.path)
    head, page = map(orjson.loads, search.question.splitlines()[:2])
    clauses = {name: {'term': {fields[name].path: term}} for name, term in filters.items()}

    def others(facet: str) -> Iterator[Any]:
        return (clause for name, clause in clauses.items() if name != facet)

    body = {
        'query': {'bool': {'filter': [{'term': {'live': True}}]}},
        'post_filter': {'bool': {'filter': list(clauses.values())}},
        'aggs': {
            name: {
                'filter': {'bool': {'filter': list(others(name))}},
                'aggs': {'terms': {'terms': {'field': fields[name].path, 'size': MAX_TERMS}},
                         'missing': {'missing': {'field': fields[name].path}}}
            } for name in plugin.facets
        },
        **{name: page[name] for name in ('size', 'sort', 'search_after', 'track_total_hits') if name in page}
    }
    return f'/{head["index"]}/_search', orjson.dumps(body)
