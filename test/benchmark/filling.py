"""Many documents into an engine, as fast as it takes them."""
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import orjson
import requests

from azul.engine import Write
from azul.indexer.scan import slices
from benchmark.corpus import Corpus, Document
from fixtures.shelf import Shelf

REQUEST = 2000
"""Documents that are written together."""

THREADS = 2


def fill(shelf: Shelf, corpus: Corpus, files: int, seed: int) -> None:
    """Make indices with so many files and all that belongs to them. They can be searched when the call returns."""
    started = time.monotonic()
    shelf.create()
    written: Counter[str] = Counter()
    _tune(shelf, {'refresh_interval': '-1', 'translog.durability': 'async'})

    def write(documents: Sequence[Document]) -> None:
        outcomes = shelf.engine.write(
            # It is JSON already.
            Write(shelf.index(each.entity_type, 1), each.entity_id, orjson.Fragment(each.text))  # type: ignore[arg-type]
            for each in documents
        )
        assert set(outcomes) == {'written'}, Counter(outcomes)

    pending: deque[Future[None]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for some in slices(corpus.documents(files, seed), REQUEST):
            written.update(document.entity_type for document in some)
            if len(pending) == THREADS:
                pending.popleft().result()
            pending.append(pool.submit(write, some))
        for each in pending:
            each.result()
    _tune(shelf, {'refresh_interval': '1s', 'translog.durability': 'request'})
    shelf.engine.refresh(shelf.index(entity_type, 1) for entity_type in written)
    print(f'{", ".join(f"{number} {name}" for name, number in sorted(written.items()))}: written in '
          f'{time.monotonic() - started:.0f} s', flush=True)


def settle(engine: str) -> None:
    """
    Wait for the engine to merge what was written.

    :param engine: URL
    """
    while requests.get(f'{engine}/_stats/merge', timeout=60).json()['_all']['total']['merges']['current']:
        time.sleep(1)


def _tune(shelf: Shelf, settings: dict[str, str]) -> None:
    shelf.engine.request('PUT', f'/{shelf.naming.index_prefix}_*/_settings', {'index': settings})
