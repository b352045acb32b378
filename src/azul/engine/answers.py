"""Answers of the engine, none of which is taken for more than it is.

The engine answers 200 to a search of which shards failed or that timed out, and to a `_bulk` or `_mget` of which
entries failed. Here such an answer is an `EngineError`, or a result that the caller cannot overlook.
"""
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import elasticsearch

from azul.engine.documents import Document
from azul.errors import EngineError, EngineRejection, EngineTimeout, NoIndex, TooManyBuckets
from azul.index.bundle import JSON

CONFLICT = 409

Outcome = Literal['written', 'conflict'] | EngineError | EngineRejection
"""What became of a `Write`. An error is a value here, so that it concerns no other document."""


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the client, as ours."""
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


def as_object(response: Any) -> JSON:
    # What is empty, or says `text/plain`, the client hands out as it is.
    if not isinstance(response, dict):
        raise EngineError('damaged answer')
    return response


def listed(response: Any, name: str) -> list[JSON]:
    """The parts of an answer to several requests at once, to be looked at one by one."""
    entries = as_object(response).get(name)
    if not isinstance(entries, list):
        raise EngineError('damaged answer')
    return entries


def complete(answer: Any) -> JSON:
    """
    :raises EngineError: if it is an error, or an answer in part
    """
    response = as_object(answer)
    if 'error' in response:
        raise _error(response.get('status', 500), response['error'])
    if response.get('timed_out'):
        raise EngineTimeout('answered in part, as time was up')
    failed = response.get('_shards', {}).get('failed', 0)
    if failed:
        raise EngineError(f'{failed} shards failed')
    return response


def document(part: JSON) -> Document:
    """Of an answer to `_mget`."""
    if 'error' in part:
        raise _error(500, part['error'])
    source = part.get('_source', {}) if part.get('found') else None
    return Document(part['_id'], source, part.get('_seq_no'), part.get('_primary_term'), part.get('_version', 0))


def outcome(item: JSON) -> Outcome:
    """Of an answer to `_bulk`."""
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
