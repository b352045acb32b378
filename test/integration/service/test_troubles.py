"""What callers are told when the engine fails, is slow, or answers in part: over HTTP, against a real engine behind a
network that is not to be relied on.
"""
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
import requests

from azul.config import Config
from azul.http import RETRY_AFTER
from azul.local.ports import HOST, free_port
from azul.service.wiring import Service
from fixtures.lambdas import listening, loaded
from fixtures.meddler import Meddle, Meddler, honest, meddling
from fixtures.shelf import Shelf, aggregate

TOY = 'dec0dedd-0000-4000-8000-000000000000'

PATHS = ['/repository/toys', f'/repository/toys/{TOY}', '/repository/summary']
"""All that ask the engine, but for health."""

SECONDS = 3.0
"""That requests may wait for the engine here: not many, but enough on a machine that is busy with other things."""


@pytest.fixture(scope='module')
def shelf(engine: str) -> Iterator[Shelf]:
    shelf = Shelf(engine)
    shelf.create()
    shelf.put(aggregate('toys', TOY, toys=[{'name': 'bear', 'colour': ['red']}]))
    yield shelf
    shelf.close()


@contextmanager
def serving(shelf: Shelf, endpoint: str) -> Iterator[str]:
    """
    :return: URL of a service that is not as patient as the real one
    """
    nowhere = f'http://{HOST}:{free_port()}'
    config = Config(stage='test', project='toy', index_prefix=shelf.naming.index_prefix, es_endpoint=endpoint,
                    dss_endpoint=f'{nowhere}/v1', sqs_endpoint=nowhere, aws_endpoint=nowhere)
    app = loaded(config)
    # What the root of the app is made of is the only thing that is not as it is deployed.
    vars(sys.modules['azul_lambda_service'])['service'] = Service(config, max_seconds=SECONDS)
    with listening(app) as url:
        yield url


@pytest.fixture(scope='module')
def network(engine: str) -> Iterator[Meddler]:
    meddler = Meddler(engine)
    yield meddler
    meddler.close()


@pytest.fixture(scope='module')
def url(shelf: Shelf, network: Meddler) -> Iterator[str]:
    with serving(shelf, network.address) as url:
        yield url


def refused(url: str, path: str, status: int, code: str) -> float:
    """
    Check that the answer is that error, in the form that callers know.

    :return: the seconds that it took
    """
    started = time.monotonic()
    response = requests.get(url + path, timeout=30)
    seconds = time.monotonic() - started
    assert (response.status_code, response.json()['Code']) == (status, code)
    assert response.json()['Message'].startswith(f'{code}: ')
    assert response.headers['Retry-After'] == str(RETRY_AFTER)
    assert response.headers['Access-Control-Allow-Origin'] == '*'
    return seconds


def unavailable(url: str, path: str) -> float:
    return refused(url, path, 503, 'ServiceUnavailableError')


def late(url: str, path: str) -> float:
    return refused(url, path, 504, 'GatewayTimeoutError')


@pytest.mark.parametrize('path', PATHS)
def test_nobody_waits_for_an_engine_that_is_not_there(shelf, path):
    with serving(shelf, f'{HOST}:{free_port()}') as url:
        assert unavailable(url, path) < SECONDS


@pytest.mark.parametrize('path', PATHS)
def test_nobody_waits_for_ever_for_an_engine_that_never_answers(shelf, path):
    with socket.create_server((HOST, 0)) as silent, serving(shelf, f'{HOST}:{silent.getsockname()[1]}') as url:
        assert late(url, path) < SECONDS + 2


def slowly(resolving: float, searching: float) -> Meddle:
    def meddle(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        time.sleep(resolving if '_alias' in path else searching)
        return status, body

    return meddle


@pytest.mark.parametrize('path', PATHS)
def test_the_time_of_all_calls_together_is_limited(network, url, path):
    with meddling(network, slowly(0.6 * SECONDS, 0)):
        assert requests.get(url + path, timeout=30).status_code == 200, 'what is left is enough'
    with meddling(network, slowly(0, 0.6 * SECONDS)):
        assert requests.get(url + path, timeout=30).status_code == 200, 'likewise'
    with meddling(network, slowly(0.6 * SECONDS, 0.6 * SECONDS)):
        assert late(url, path) < SECONDS + 2
    assert requests.get(url + path, timeout=30).status_code == 200, 'what is over is over'


def answering(status: int, body: bytes) -> Meddle:
    return lambda path, *_: (status, body)


def breaking_off(path: str, status: int, body: bytes) -> None:
    return None


def cut_short(path: str, status: int, body: bytes) -> tuple[int, bytes]:
    return status, body[:len(body) // 2]


@pytest.mark.parametrize('meddle', [
    answering(429, b'{"error": {"type": "rejected_execution_exception"}, "status": 429}'),
    answering(503, b'{"error": {"type": "cluster_block_exception"}, "status": 503}'),
    answering(502, b'<html>proxy</html>'),
    answering(200, b'<html>proxy</html>'),
    answering(200, b''),
    cut_short,
    breaking_off,
], ids=['overloaded', 'blocked', 'proxy', 'garbage', 'empty', 'cut short', 'broken off'])
@pytest.mark.parametrize('call', ['_alias', 'search'])
@pytest.mark.parametrize('path', PATHS)
def test_callers_are_asked_to_come_again_whichever_call_fails_in_whatever_way(network, url, meddle, call, path):
    def only(asked: str, status: int, body: bytes) -> Any:
        return (meddle if call in asked else honest)(asked, status, body)

    with meddling(network, only):
        assert unavailable(url, path) < SECONDS
    assert requests.get(url + path, timeout=30).status_code == 200, 'it does not remember'


def in_part(number: int, damage: Callable[[Any], None]) -> Meddle:
    """
    :param number: of the search in a request for several
    """
    def meddle(path: str, status: int, body: bytes) -> tuple[int, bytes]:
        if 'search' not in path:
            return status, body
        answer = orjson.loads(body)
        answers = answer.get('responses', [answer])
        damage(answers[number % len(answers)])
        return status, orjson.dumps(answer)

    return meddle


def lacking_a_shard(answer: Any) -> None:
    answer['_shards'] |= {'total': 2, 'failed': 1}


def cut_off(answer: Any) -> None:
    answer['timed_out'] = True


@pytest.mark.parametrize('number', [0, -1])
@pytest.mark.parametrize('path', PATHS)
def test_an_answer_in_part_is_not_taken_for_the_whole(network, url, path, number):
    with meddling(network, in_part(number, lacking_a_shard)):
        unavailable(url, path)
    with meddling(network, in_part(number, cut_off)):
        late(url, path)
