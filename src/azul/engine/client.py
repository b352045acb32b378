"""The calls to the engine that we make, strict about partial answers.

The engine answers 200 to a search of which shards failed or that timed out, and to a `_bulk` or `_mget` of which
entries failed. Here such an answer is an `EngineError`, or a result that the caller cannot overlook.

Who gives up waiting closes the connection, upon which the engine ends the search by itself: it need not be told how
long we wait.
"""
import copy
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import elasticsearch
import orjson
from elasticsearch.serializer import JSONSerializer

from azul.engine.connection import Sign, SignedConnection
from azul.errors import EngineError, EngineRejection, EngineTimeout, NoIndex, TooManyBuckets
from azul.index.bundle import JSON

Body = Mapping[str, Any]

WRITER = '.writer'
"""At the end of the name of the alias by which an index is written to. By its own name, a late write would bring an
index back that was deleted, with a guessed mapping."""

OVERLOADED = 429
CONFLICT = 409

HTTPS = '443'


@dataclass(frozen=True)
class Document:
    """
    :param source: None if there is no such document
    :param seq_no, primary_term: what a guarded write of the document must present; None if there is no such document
    :param version: how often it has been written; 0 if there is no such document
    """
    id: str
    source: JSON | None
    seq_no: int | None
    primary_term: int | None
    version: int


@dataclass(frozen=True)
class Write:
    """
    A document to be written.

    :param guard: the document as it was read: the write conflicts if it has changed since, or has come into being.
                  None writes in any case.
    """
    index: str
    id: str
    source: Body
    guard: Document | None = None

    def lines(self) -> Iterator[bytes]:
        target: JSON = {'_index': self.index + WRITER, 'require_alias': True, '_id': self.id}
        operation = 'index'
        if self.guard is not None:
            if self.guard.seq_no is None:
                operation = 'create'
            else:
                target |= {'if_seq_no': self.guard.seq_no, 'if_primary_term': self.guard.primary_term}
        yield orjson.dumps({operation: target})
        yield orjson.dumps(self.source)


Outcome = Literal['written', 'conflict'] | EngineError | EngineRejection
"""What became of a `Write`. An error is a value here, so that it concerns no other document."""


class OrjsonSerializer(JSONSerializer):
    """A tenth of the time that the standard library takes."""

    def dumps(self, data: Any) -> Any:
        return data if isinstance(data, str | bytes) else orjson.dumps(data)

    def loads(self, s: Any) -> Any:
        try:
            return orjson.loads(s)
        except orjson.JSONDecodeError as error:
            raise elasticsearch.SerializationError(s, error) from error


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
        with _translated():
            response = self._client.search(index=index, body=body,
                                           params=self._params(allow_partial_search_results='false'))
        return _complete(response)

    def request(self, method: str, path: str, body: Body | None = None, **params: str | int) -> JSON:
        """What this class has no words for; as strict as all else.

        :param params: of the query
        """
        with _translated():
            response = self._client.transport.perform_request(method, path, body=body, params=self._params(**params))
        return _complete(response)

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
        with _translated():
            lines = [orjson.dumps(line) for index, body in searches for line in ({'index': index, **head}, body)]
            params = self._params(filter_path=f'-responses.{unread}') if unread else self._params()
            response = self._client.msearch(body=b'\n'.join(lines) + b'\n', params=params)
        return [_complete(part) for part in _list(response, 'responses')]

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
        with _translated():
            params = self._params() if source is True else self._params(_source=source or 'false')
            response = self._client.mget(body={'docs': docs}, params=params)
        return [_document(part) for part in _list(response, 'docs')]

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
        with _translated():
            for body in _chunks(writes):
                params = self._params(refresh='true') if refresh else self._params()
                response = self._client.bulk(body=body, params=params)
                outcomes.extend(_outcome(next(iter(item.values()))) for item in _list(response, 'items'))
        return outcomes

    def refresh(self, indices: Iterable[str]) -> None:
        with _translated():
            response = self._client.indices.refresh(index=','.join(indices), params=self._params())
        _complete(response)

    def create_index(self, index: str, body: Body) -> bool:
        """Idempotent: an index that exists is left alone.

        :return: whether it did not exist
        """
        with _translated():
            response = self._client.indices.create(index=index, body={**body, 'aliases': {index + WRITER: {}}},
                                                   params=self._params(ignore=400))
        error = _object(response).get('error')
        if error and error['type'] != 'resource_already_exists_exception':
            raise EngineRejection(f'cannot create index {index}: {error["reason"]}')
        return not error

    def update_aliases(self, actions: Sequence[Body]) -> None:
        """Atomic: readers see all of the actions or none."""
        with _translated():
            self._client.indices.update_aliases(body={'actions': actions}, params=self._params())

    def resolve(self, aliases: Iterable[str]) -> dict[str, str]:
        """The indices behind aliases, all at one moment; an alias that is none is left out."""
        wanted = set(aliases)
        with _translated():
            response = self._client.indices.get_alias(name=','.join(sorted(wanted)), params=self._params(ignore=404))
        # If one of them is missing, the others are in the answer beside an error.
        resolved: dict[str, str] = {}
        for index, described in _object(response).items():
            for alias in wanted.intersection(described['aliases'] if isinstance(described, dict) else ()):
                if alias in resolved:
                    raise EngineRejection(f'alias {alias} has several indices: {resolved[alias]} and {index}')
                resolved[alias] = index
        return resolved

    def delete_indices(self, pattern: str) -> None:
        """Idempotent.

        :param pattern: names and wildcards, separated by commas
        """
        with _translated():
            self._client.indices.delete(index=pattern, params=self._params(ignore=404, ignore_unavailable='true'))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except elasticsearch.ConnectionTimeout as error:
        raise EngineTimeout(f'no answer in time: {error.error}') from error
    except elasticsearch.ConnectionError as error:
        raise EngineError(f'no answer: {error.error}') from error
    except elasticsearch.TransportError as error:
        text = f'{error.status_code} {error.error}'
        if error.status_code in (400, 413):
            raise EngineRejection(f'{text}: {str(error.info)[:500]}') from error
        raise EngineError(text) from error
    except elasticsearch.SerializationError as error:
        raise EngineError('damaged answer') from error
    except (TypeError, ValueError) as error:
        raise EngineRejection(f'cannot be said in JSON: {error}') from error


def _object(response: Any) -> JSON:
    # What is empty, or says `text/plain`, the client hands out as it is.
    if not isinstance(response, dict):
        raise EngineError('damaged answer')
    return response


def _list(response: Any, name: str) -> list[JSON]:
    entries = _object(response).get(name)
    if not isinstance(entries, list):
        raise EngineError('damaged answer')
    return entries


def _complete(answer: Any) -> JSON:
    response = _object(answer)
    if 'error' in response:
        raise _error(response.get('status', 500), response['error'])
    if response.get('timed_out'):
        raise EngineTimeout('answered in part, as time was up')
    failed = response.get('_shards', {}).get('failed', 0)
    if failed:
        raise EngineError(f'{failed} shards failed')
    return response


def _document(part: JSON) -> Document:
    if 'error' in part:
        raise _error(500, part['error'])
    source = part.get('_source', {}) if part.get('found') else None
    return Document(part['_id'], source, part.get('_seq_no'), part.get('_primary_term'), part.get('_version', 0))


def _outcome(item: JSON) -> Outcome:
    if item['status'] == CONFLICT:
        return 'conflict'
    if 'error' in item:
        return _error(item['status'], item['error'])
    # A write that reached the primary but not a replica counts: the engine itself fails that replica.
    return 'written'


def _error(status: int, error: Any) -> EngineError | EngineRejection:
    text = f'{error.get("type")}: {error.get("reason")}'[:500] if isinstance(error, dict) else str(error)[:500]
    if 'too_many_buckets_exception' in _causes(error):
        return TooManyBuckets(text)  # to the engine that is no fault of the request, but it is none that goes away
    if 'index_not_found_exception' in _causes(error):
        return NoIndex(text)
    return EngineRejection(text) if status == 400 else EngineError(text)


def _causes(error: Any) -> Iterator[str]:
    while isinstance(error, dict):
        yield error.get('type', '')
        error = error.get('caused_by')


MAX_CHUNK = 8 * 1024 * 1024
"""Bytes. Amazon's smaller instances take no more than 10 MiB in a request."""


def _chunks(writes: Iterable[Write]) -> Iterator[bytes]:
    chunk: list[bytes] = []
    size = 0
    for write in writes:
        lines = list(write.lines())
        length = sum(map(len, lines)) + len(lines)
        if chunk and size + length > MAX_CHUNK:
            yield b'\n'.join(chunk) + b'\n'
            chunk, size = [], 0
        chunk += lines
        size += length
    if chunk:
        yield b'\n'.join(chunk) + b'\n'
