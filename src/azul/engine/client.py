"""The calls to the engine that we make, strict about partial answers.

Who gives up waiting closes the connection, upon which the engine ends the search by itself: it need not be told how
long we wait.
"""
import copy
import time
from collections.abc import Iterable, Sequence
from typing import Any, Self

import elasticsearch
import orjson

from azul.engine.answers import Outcome, as_object, complete, document, listed, outcome, translated
from azul.engine.connection import OrjsonSerializer, Sign, SignedConnection
from azul.engine.documents import WRITER, Body, Document, Write, chunks
from azul.errors import EngineRejection, EngineTimeout
from azul.index.bundle import JSON

HTTPS = '443'


class Engine:
    """Safe to share between threads.

    Every call raises `EngineTimeout` where the engine takes too long, and `EngineError` where it fails otherwise.
    """

    def __init__(self, client: elasticsearch.Elasticsearch) -> None:
        self._client = client
        self._deadline: float | None = None

    @classmethod
    def connect(cls, endpoint: str, timeout: float, connections: int = 10, sign: Sign | None = None) -> Self:
        """
        :param endpoint: `host:port`. Behind the port of HTTPS it is spoken to by that.
        :param timeout: seconds, for each call
        :param sign: for an engine that takes signed requests only
        """
        host, port = endpoint.rsplit(':', 1)
        # No retries below us: they would repeat guarded writes that were applied, and report them as conflicts.
        return cls(elasticsearch.Elasticsearch([{'host': host, 'port': int(port), 'use_ssl': port == HTTPS}],
                                               connection_class=SignedConnection,
                                               sign=sign,
                                               timeout=timeout,
                                               max_retries=0,
                                               maxsize=connections,
                                               serializer=OrjsonSerializer()))

    def within(self, seconds: float) -> Self:
        """The same engine for one piece of work: all calls together may take so many seconds, whatever each may take
        otherwise."""
        limited = copy.copy(self)
        limited._deadline = time.monotonic() + seconds
        return limited

    def _params(self, **params: str | int) -> dict[str, Any]:
        if self._deadline is None:
            return params
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise EngineTimeout('no time left to ask')
        return {**params, 'request_timeout': left}

    def close(self) -> None:
        self._client.close()

    def ping(self) -> bool:
        return bool(self._client.ping())

    def search(self, index: str, body: Body) -> JSON:
        with translated():
            response = self._client.search(index=index, body=body,
                                           params=self._params(allow_partial_search_results='false'))
        return complete(response)

    def request(self, method: str, path: str, body: Body | None = None, **params: str | int) -> JSON:
        """What this class has no words for; as strict as all else.

        :param params: of the query
        """
        with translated():
            response = self._client.transport.perform_request(method, path, body=body, params=self._params(**params))
        return complete(response)

    def msearch(self,
                searches: Iterable[tuple[str, Body]],
                *,
                remembered: bool = False,
                unread: str = ''
                ) -> list[JSON]:
        """
        :param searches: pairs of an index and a request body
        :param remembered: whether the engine is to remember which documents are found until there are others. It
                           remembers what is counted in any case.
        :param unread: path of a member of the responses that they need not have
        :return: the responses, in the order of the requests
        """
        head: JSON = {'allow_partial_search_results': False, **({'request_cache': True} if remembered else {})}
        with translated():
            lines = [orjson.dumps(line) for index, body in searches for line in ({'index': index, **head}, body)]
            params = self._params(filter_path=f'-responses.{unread}') if unread else self._params()
            response = self._client.msearch(body=b'\n'.join(lines) + b'\n', params=params)
        return [complete(part) for part in listed(response, 'responses')]

    def get(self, index: str, id: str) -> Document:
        """The document in real time, whether or not it is searchable yet."""
        return self.mget([(index, id)])[0]

    def mget(self, references: Sequence[tuple[str, str]], source: bool | str = True) -> list[Document]:
        """
        Likewise, several documents.

        :param references: pairs of an index and an id
        :param source: whether to read the source, too, or the name of the only member of it to be read. Without any, a
                       document that exists looks like an empty one
        """
        if not references:
            return []
        docs = [{'_index': index, '_id': document_id} for index, document_id in references]
        with translated():
            params = self._params() if source is True else self._params(_source=source or 'false')
            response = self._client.mget(body={'docs': docs}, params=params)
        return [document(part) for part in listed(response, 'docs')]

    def write(self, writes: Iterable[Write], refresh: bool = False) -> list[Outcome]:
        """
        Write documents with as few requests as their size allows.

        :param writes: not more of them are held in memory than are sent with one request
        :param refresh: whether the documents are searchable when the call returns
        :return: the outcome of each, in the same order
        :raises EngineError: if the request as a whole failed; some documents may have been written
        :raises EngineRejection: if one of the documents cannot be said in JSON; likewise
        """
        outcomes: list[Outcome] = []
        with translated():
            for body in chunks(writes):
                params = self._params(refresh='true') if refresh else self._params()
                response = self._client.bulk(body=body, params=params)
                outcomes.extend(outcome(next(iter(item.values()))) for item in listed(response, 'items'))
        return outcomes

    def refresh(self, indices: Iterable[str]) -> None:
        with translated():
            response = self._client.indices.refresh(index=','.join(indices), params=self._params())
        complete(response)

    def create_index(self, index: str, body: Body) -> bool:
        """Idempotent: an index that exists is left alone.

        :return: whether it did not exist
        """
        with translated():
            response = self._client.indices.create(index=index, body={**body, 'aliases': {index + WRITER: {}}},
                                                   params=self._params(ignore=400))
        error = as_object(response).get('error')
        if error and error['type'] != 'resource_already_exists_exception':
            raise EngineRejection(f'cannot create index {index}: {error["reason"]}')
        return not error

    def update_aliases(self, actions: Sequence[Body]) -> None:
        """Atomic: readers see all of the actions or none."""
        with translated():
            self._client.indices.update_aliases(body={'actions': actions}, params=self._params())

    def resolve(self, aliases: Iterable[str]) -> dict[str, str]:
        """The indices behind aliases, all at one moment; an alias that is none is left out."""
        wanted = set(aliases)
        with translated():
            response = self._client.indices.get_alias(name=','.join(sorted(wanted)), params=self._params(ignore=404))
        # If one of them is missing, the others are in the answer beside an error.
        resolved: dict[str, str] = {}
        for index, described in as_object(response).items():
            for alias in wanted.intersection(described['aliases'] if isinstance(described, dict) else ()):
                if alias in resolved:
                    raise EngineRejection(f'alias {alias} has several indices: {resolved[alias]} and {index}')
                resolved[alias] = index
        return resolved

    def delete_indices(self, pattern: str) -> None:
        """Idempotent.

        :param pattern: names and wildcards, separated by commas
        """
        with translated():
            self._client.indices.delete(index=pattern, params=self._params(ignore=404, ignore_unavailable='true'))
