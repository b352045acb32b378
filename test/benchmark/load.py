"""Clients, in processes of their own: what they do must not hold up what is measured.

Each client keeps its connection and asks one thing after the other, as fast as it is answered.
"""
import itertools
import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from random import Random

PROCESSES = 2


@dataclass(frozen=True)
class Request:
    """
    :param kind: what the answers to it are counted as
    :param address: `host:port`
    """
    kind: str
    address: str
    method: str
    path: str
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """
    :param seconds: from the first byte of the request to the last one of the answer
    """
    kind: str
    seconds: float
    content: bytes


class Client:
    def __init__(self) -> None:
        self._connections: dict[str, HTTPConnection] = {}

    def ask(self, request: Request) -> Answer:
        """
        :raises AssertionError: if the answer is not 200
        """
        connection = self._connections.get(request.address)
        if connection is None:
            connection = self._connections[request.address] = HTTPConnection(request.address, timeout=60)
            connection.connect()
        headers = {'Content-Type': 'application/json'} if request.body else {}
        started = time.perf_counter()
        connection.request(request.method, request.path, request.body, headers)
        response = connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - started
        assert response.status == 200, f'{request.method} {request.path}: {response.status} {content[:500]!r}'
        return Answer(request.kind, seconds, content)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


@contextmanager
def crowd() -> Iterator[Executor]:
    """The processes of clients, for `load`."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context('spawn')) as pool:
        list(pool.map(time.sleep, [0.5] * PROCESSES))  # they are there before anything is measured
        yield pool


def load(crowd: Executor, requests: Sequence[Request], clients: int, seconds: float, seed: int
         ) -> list[tuple[str, float]]:
    """
    What kind of request each answer was for, and the seconds it took.

    :param clients: so many ask at a time
    :param seconds: that they do so
    """
    shares = [clients // PROCESSES + (number < clients % PROCESSES) for number in range(PROCESSES)]
    futures = [crowd.submit(_load, requests, share, seconds, seed + number)
               for number, share in enumerate(shares) if share]
    return [answer for future in futures for answer in future.result()]


def _load(requests: Sequence[Request], clients: int, seconds: float, seed: int) -> list[tuple[str, float]]:
    end = time.monotonic() + seconds
    answers: list[tuple[str, float]] = []
    failures: list[Exception] = []

    def ask(number: int) -> None:
        client = Client()
        order = list(requests)
        Random(f'{seed} {number}').shuffle(order)
        try:
            for request in itertools.cycle(order):
                if failures or time.monotonic() > end:
                    break
                answer = client.ask(request)
                answers.append((answer.kind, answer.seconds))
        except Exception as error:  # noqa: BLE001 - raised where it is noticed
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers
