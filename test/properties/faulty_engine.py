"""A client of the engine whose calls are made one at a time, and some of which fail."""
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import elasticsearch
import orjson
from elasticsearch.exceptions import ConnectionTimeout, TransportError

from azul.engine.documents import WRITER
from properties.baton import Baton, Killed
from properties.faults import Faults

Answer = dict[str, Any]

BEFORE = ('killed before', 'overloaded (429)', 'unavailable (503)', 'timed out, never applied')
AFTER = ('killed after', 'timed out, applied at once')
PARTIAL = ('shard failed', 'timed out in part')
BULK = ('timed out, applied later', 'some writes refused', 'sent twice (409)', 'refused as conflicting (409)')


class FaultyCalls:
    """
    :param late: writes of which nobody knows whether and when they are applied
    """

    def __init__(self, baton: Baton, faults: Faults, random: Random, prefix: str) -> None:
        self._baton, self.faults, self._random, self._prefix = baton, faults, random, prefix
        self.late: list[Callable[[], object]] = []

    def call(self, what: str, index: str, make: Callable[[], Answer],
             special: Mapping[str, Callable[[], Answer]] | None = None, reads: bool = False) -> Answer:
        """
        :param special: what to do instead, by faults that only this call knows
        :param reads: whether the call has no effect, so that what goes wrong after it went wrong before it
        """
        special = special or {}
        label = f'{what} {index.replace(self._prefix + "_", "").removesuffix(WRITER)}'
        self._baton.call(label)
        fault = self.faults.draw(label, [*BEFORE, *(() if reads else AFTER), *special])
        if fault is None:
            return make()
        self._baton.report(f'  {fault}: {label}')
        if fault in special:
            return special[fault]()
        if fault in AFTER:
            make()
        if fault.startswith('killed'):
            raise Killed
        raise self._error(fault)

    @staticmethod
    def _error(fault: str) -> Exception:
        if fault.startswith('timed out'):
            return ConnectionTimeout('TIMEOUT', fault, Exception(fault))
        status = 429 if '429' in fault else 503
        return TransportError(status, fault, {})

    def bulk(self, make: Callable[[bytes], Answer], body: bytes) -> Answer:
        lines = body.splitlines()
        writes = [b'\n'.join(pair) + b'\n' for pair in zip(lines[::2], lines[1::2], strict=True)]
        operations = [orjson.loads(line) for line in lines[::2]]
        (first,) = operations[0].values()
        guarded = [target for operation in operations for kind, target in operation.items()
                   if kind == 'create' or 'if_seq_no' in target]

        def later() -> Answer:
            self.late += [lambda write=write: make(write) for write in writes]
            raise self._error('timed out')

        def some() -> Answer:
            refused = {'status': 429, 'error': {'type': 'es_rejected_execution_exception', 'reason': 'queue is full'}}
            taken = [self._random.random() < 0.5 for _ in writes]
            taken[self._random.randrange(len(writes))] = False
            items = iter(make(b''.join(write for write, does in zip(writes, taken, strict=True) if does))['items']
                         if any(taken) else ())
            return {'items': [next(items) if does else {'index': refused} for does in taken]}

        def twice() -> Answer:
            make(body)
            return make(body)

        def conflicting() -> Answer:
            # Whatever somebody else would have written, only our workers can: they are the somebody.
            return {'items': [{'index': {'status': 409, 'error': {'type': 'version_conflict_engine_exception'}}}
                              for _ in writes]}

        special = {'timed out, applied later': later, 'some writes refused': some}
        if guarded:
            special |= {'sent twice (409)': twice, 'refused as conflicting (409)': conflicting}
        return self.call('bulk', first['_index'], lambda: make(body), special)


class FaultyIndices:
    """Refreshes are made by those only who ask for one, so that what was not made searchable certainly is not.

    Nor is anything forced onto the disk, for the sake of speed.
    """

    def __init__(self, client: Any, calls: FaultyCalls) -> None:
        self._client, self._calls = client, calls

    def refresh(self, index: str, params: Answer) -> Answer:
        answer = {'_shards': {'total': 2, 'successful': 1, 'failed': 1}}
        return self._calls.call('refresh', index, lambda: self._client.refresh(index=index, params=params),
                                {'shard failed': lambda: answer})

    def create(self, index: str, body: Answer, params: Answer) -> Answer:
        if 'settings' in body:
            body = {**body, 'settings': {**body['settings'], 'refresh_interval': '-1',
                                         'translog.durability': 'async'}}
        return self._calls.call('create', index, lambda: self._client.create(index=index, body=body, params=params))

    def update_aliases(self, body: Answer, params: Answer) -> Answer:
        return self._calls.call('aliases', '', lambda: self._client.update_aliases(body=body, params=params))

    def get_alias(self, name: str, params: Answer) -> Answer:
        return self._calls.call('resolve', '', lambda: self._client.get_alias(name=name, params=params), reads=True)

    def delete(self, index: str, params: Answer) -> Answer:
        return self._calls.call('drop', index, lambda: self._client.delete(index=index, params=params))


class FaultyClient:
    """What `azul.engine.Engine` asks of a client."""

    def __init__(self, client: elasticsearch.Elasticsearch, calls: FaultyCalls) -> None:
        self._client, self._calls = client, calls
        self.indices = FaultyIndices(client.indices, calls)

    def search(self, index: str, body: Answer, params: Answer) -> Answer:
        def make() -> Answer:
            return self._client.search(index=index, body=body, params=params)

        return self._calls.call('search', index, make,
                                {fault: lambda fault=fault: _in_part(make(), fault) for fault in PARTIAL}, reads=True)

    def msearch(self, body: bytes, params: Answer) -> Answer:
        def make() -> Answer:
            return self._client.msearch(body=body, params=params)

        def in_part(fault: str) -> Answer:
            return {'responses': [_in_part(response, fault) for response in make()['responses']]}

        index = orjson.loads(body.partition(b'\n')[0])['index']
        return self._calls.call('msearch', index, make,
                                {fault: lambda fault=fault: in_part(fault) for fault in PARTIAL}, reads=True)

    def mget(self, body: Answer, params: Answer) -> Answer:
        def make() -> Answer:
            return self._client.mget(body=body, params=params)

        def in_part() -> Answer:
            first, *others = make()['docs']
            error = {'type': 'no_shard_available_action_exception', 'reason': 'shard failed'}
            return {'docs': [{'_index': first['_index'], '_id': first['_id'], 'error': error}, *others]}

        return self._calls.call('mget', body['docs'][0]['_index'], make, {'entry failed': in_part}, reads=True)

    def bulk(self, body: bytes, params: Answer) -> Answer:
        return self._calls.bulk(lambda some: self._client.bulk(body=some, params=params), body)

    def delete(self, index: str, id: str, params: Answer) -> Answer:
        """Nothing of ours asks for it, unless a rule is left out."""
        return self._calls.call('delete', index, lambda: self._client.delete(index=index, id=id, params=params))

    def close(self) -> None:
        self._client.close()


def _in_part(answer: Answer, fault: str) -> Answer:
    """An answer that lacks what a shard would have told, and says so where it is easily overlooked."""
    hits = {**answer['hits'], 'hits': []} if 'hits' in answer else {}
    if fault == 'shard failed':
        return {**answer, 'hits': hits, '_shards': {'total': 2, 'successful': 1, 'failed': 1}}
    return {**answer, 'hits': hits, 'timed_out': True}
