"""Where the time of handlers goes: each moment of a thread counts for the innermost of the things that it does."""
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import elasticsearch
import orjson

from azul.engine.documents import WRITER

Answer = dict[str, Any]


class Stopwatch:
    """Safe to share between threads.

    :param seconds: by what was done
    :param counts: how often it was done, and whatever else was counted
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads = threading.local()

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        inner: list[float] = self._threads.__dict__.setdefault('inner', [])
        inner.append(0)
        started = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - started
            own = elapsed - inner.pop()
            if inner:
                inner[-1] += elapsed
            with self._lock:
                self.seconds[what] += own
                self.counts[what] += 1

    def count(self, what: str, number: int) -> None:
        with self._lock:
            self.counts[what] += number


class TimedIndices:
    def __init__(self, indices: Any, watch: Stopwatch, kind: Callable[[str], str]) -> None:
        self._indices, self._watch, self._kind = indices, watch, kind

    def refresh(self, index: str, params: Answer) -> Answer:
        with self._watch('engine: refresh'):
            answer: Answer = self._indices.refresh(index=index, params=params)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._indices, name)


class TimedClient:
    """What `azul.engine.Engine` asks of a client.

    :param kind: what an index holds, by its name
    """

    def __init__(self, client: elasticsearch.Elasticsearch, watch: Stopwatch, kind: Callable[[str], str]) -> None:
        self._client, self._watch, self._kind = client, watch, kind
        self.indices = TimedIndices(client.indices, watch, kind)

    def search(self, index: str, body: Answer, params: Answer) -> Answer:
        with self._watch(f'engine: search {self._kind(index)}'):
            response: Answer = self._client.search(index=index, body=body, params=params)
        self._read(index, body, response)
        return response

    def msearch(self, body: bytes, params: Answer) -> Answer:
        lines = [orjson.loads(line) for line in body.splitlines()]
        with self._watch(f'engine: search {self._kind(lines[0]["index"])}'):
            found: Answer = self._client.msearch(body=body, params=params)
        for head, search, response in zip(lines[::2], lines[1::2], found['responses'], strict=True):
            self._read(head['index'], search, response)
        return found

    def mget(self, body: Answer, params: Answer) -> Answer:
        with self._watch(f'engine: read {self._kind(body["docs"][0]["_index"])}'):
            found: Answer = self._client.mget(body=body, params=params)
        return found

    def bulk(self, body: bytes, params: Answer) -> Answer:
        (target,) = orjson.loads(body.partition(b'\n')[0]).values()
        kind = self._kind(target['_index'].removesuffix(WRITER))
        with self._watch(f'engine: write {kind}'):
            answer: Answer = self._client.bulk(body=body, params=params)
        self._watch.count(f'written {kind}', len(answer['items']))
        self._watch.count(f'conflicts {kind}', sum(item['status'] == 409 for each in answer['items']
                                                   for item in each.values()))
        return answer

    def close(self) -> None:
        self._client.close()

    def _read(self, index: str, body: Answer, response: Answer) -> None:
        """Count the contributions that are read with all they contain."""
        if self._kind(index) == 'contributions' and body.get('_source') is not False:
            self._watch.count('contributions read', len(response.get('hits', {}).get('hits', ())))
