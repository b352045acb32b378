import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from azul.http import MAX_ANSWER, RETRY_AFTER
from azul.local.gateway import MAX_REQUEST, Gateway
from azul.local.lambdas import load_app
from azul.local.ports import HOST, Port, free_port, require_free

LAMBDAS = Path(__file__).parent / 'lambdas'
CORS = 'Access-Control-Allow-Origin'


def error(code: str, text: str) -> dict[str, str]:
    return {'Code': code, 'Message': f'{code}: {text}'}


def serve(max_seconds: float) -> Iterator[str]:
    port = free_port()
    gateway = Gateway(load_app('mini', LAMBDAS), port, LAMBDAS / 'mini', max_seconds)
    yield f'{HOST}:{port}'
    gateway.stop()
    require_free([Port(port, 'mini')])


@pytest.fixture(scope='module')
def address() -> Iterator[str]:
    yield from serve(max_seconds=29)


@pytest.fixture(scope='module')
def impatient_address() -> Iterator[str]:
    yield from serve(max_seconds=0.3)


@pytest.fixture
def connection(address: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(address, timeout=20)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None = None,
        **headers: str
        ) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection.request(method, path, body, {name.replace('_', '-'): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def ask_raw(connection: http.client.HTTPConnection, method: str, *headers: tuple[str, str]) -> tuple[int, Any, bool]:
    """Status, body, and whether the server will close the connection."""
    connection.putrequest(method, '/echo')
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, json.loads(response.read()), response.will_close


def test_the_app_answers(address: str) -> None:
    response = requests.post(f'http://{address}/echo?a=1', json={'b': 2})
    assert response.status_code == 200
    assert response.json() == {'query': {'a': '1'}, 'body': {'b': 2}}
    assert response.headers[CORS] == '*'
    assert response.headers['Content-Type'] == 'application/json'


def test_requests_that_overlap_are_not_mixed(address: str) -> None:
    def one(number: int) -> bool:
        response = requests.get(f'http://{address}/echo', params={'number': number, 'pause': number % 5 / 50})
        return bool(response.json()['query']['number'] == str(number))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(one, range(100)))


def test_requests_on_a_kept_connection_do_not_wait_for_acknowledgments(connection: http.client.HTTPConnection) -> None:
    def one() -> float:
        started = time.monotonic()
        assert ask(connection, 'GET', '/echo')[0] == 200
        return time.monotonic() - started

    # Each would take 40 ms if they did; on a busy machine some may take longer for other reasons.
    assert min(one() for _ in range(50)) < 0.02


def test_an_answer_to_head_has_no_body_but_its_length(connection: http.client.HTTPConnection) -> None:
    status, headers, body = ask(connection, 'HEAD', '/echo')
    assert (status, body) == (200, b'')
    assert int(headers['Content-Length']) == len(ask(connection, 'GET', '/echo')[2])


@pytest.mark.parametrize(('method', 'path', 'headers', 'status'), [
    ('GET', '/nowhere', {}, 403),
    ('GET', '/nowhere', {'Authorization': 'Bearer x'}, 403),
    ('DELETE', '/echo', {}, 405),
    ('TRACE', '/echo', {}, 405),
    ('JUMP', '/echo', {}, 405),
    ('HEAD', '/', {}, 405),
    ('POST', '/echo', {'Content_Type': 'text/plain'}, 415)
])
def test_the_gateway_s_own_errors_can_be_read_by_browsers(connection: http.client.HTTPConnection,
                                                          method: str,
                                                          path: str,
                                                          headers: dict[str, str],
                                                          status: int
                                                          ) -> None:
    answer = ask(connection, method, path, b'{}' if method == 'POST' else None, **headers)
    assert answer[0] == status
    assert answer[1].get_all(CORS) == ['*']
    # The connection is still good
    assert ask(connection, 'GET', '/echo')[0] == 200


@pytest.mark.parametrize('headers', [{}, {'Authorization': 'Bearer secret'}])
def test_a_path_that_does_not_exist_is_told_as_the_app_would(connection: http.client.HTTPConnection,
                                                             headers: dict[str, Any]
                                                             ) -> None:
    _, _, body = ask(connection, 'GET', '/nowhere', **headers)
    assert json.loads(body) == error('ForbiddenError', 'There is no such path.')


@pytest.mark.parametrize(('request_line', 'status', 'body'), [
    (b'GET /echo?x=%s HTTP/1.1' % (b'y' * 70_000), 414,
     error('RequestURITooLongError', 'The URL is too long: POST the parameters as a JSON object.')),
    (b'GET echo of this HTTP/1.1', 400, error('BadRequestError', "Bad request syntax ('GET echo of this HTTP/1.1')")),
    (b'GET /echo HTTP/1.1\r\nA: %s' % (b'y' * 70_000), 431, error('RequestHeaderFieldsTooLargeError', 'Line too long')),
])
def test_what_cannot_be_read_is_answered_in_the_same_form(address: str,
                                                          request_line: bytes,
                                                          status: int,
                                                          body: dict[str, str]
                                                          ) -> None:
    host, port = address.split(':')
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(request_line + b'\r\n\r\n')
        response = http.client.HTTPResponse(client)
        response.begin()
        assert (response.status, json.loads(response.read())) == (status, body)
        assert response.headers.get_all(CORS) == ['*']
        assert response.will_close


def test_an_answer_that_the_client_has_comes_without_a_head_of_its_own(connection: http.client.HTTPConnection) -> None:
    status, headers, body = ask(connection, 'GET', '/unchanged')
    assert (status, body) == (304, b'')
    assert not {'content-length', 'content-type'} & {name.lower() for name in headers}
    # The connection is still good
    assert ask(connection, 'GET', '/echo')[0] == 200


def test_the_app_may_say_how_long_an_answer_to_head_would_be(connection: http.client.HTTPConnection) -> None:
    _, headers, body = ask(connection, 'HEAD', '/headed')
    assert (headers.get_all('Content-Length'), body) == (['7'], b'')


def test_errors_of_the_app_are_its_own(connection: http.client.HTTPConnection) -> None:
    status, headers, body = ask(connection, 'GET', '/bad')
    assert (status, headers.get_all(CORS)) == (400, ['*'])
    assert json.loads(body) == {'Code': 'BadRequestError', 'Message': 'not like that'}
    status, headers, _ = ask(connection, 'GET', '/bug')
    assert (status, headers.get_all(CORS)) == (500, None)


def test_a_preflight_request_is_answered(connection: http.client.HTTPConnection) -> None:
    status, headers, _ = ask(connection, 'OPTIONS', '/echo', Origin='https://example.org')
    assert (status, headers.get_all(CORS)) == (200, ['*'])
    assert 'POST' in headers['Access-Control-Allow-Methods']


@pytest.mark.parametrize('length', ['ten', '-1', '1.5', '', '٣'])
def test_a_length_that_is_no_number_is_a_bad_request(connection: http.client.HTTPConnection, length: str) -> None:
    connection.putrequest('POST', '/echo')
    connection.putheader('Content-Length', length.encode())
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 400
    assert json.loads(response.read()) == error('BadRequestError', 'Content-Length is not a number.')
    assert response.will_close


def test_a_body_without_a_length_is_refused(connection: http.client.HTTPConnection) -> None:
    assert ask_raw(connection, 'POST', ('Transfer-Encoding', 'chunked')) == (
        411, error('LengthRequiredError', 'Send the length of the body.'), True
    )


def test_a_body_that_no_lambda_would_be_given_is_refused_unread(connection: http.client.HTTPConnection) -> None:
    assert ask_raw(connection, 'POST', ('Content-Length', str(MAX_REQUEST + 1))) == (
        413, error('PayloadTooLargeError', f'A request may have {MAX_REQUEST} bytes.'), True
    )


def test_the_largest_answer_is_sent(address: str) -> None:
    response = requests.get(f'http://{address}/large/{MAX_ANSWER}')
    assert (response.status_code, len(response.content)) == (200, MAX_ANSWER)
    assert response.headers['Content-Type'] == 'text/plain'


def test_a_larger_answer_is_an_error_that_names_the_remedy(address: str) -> None:
    response = requests.get(f'http://{address}/large/{MAX_ANSWER + 1}')
    assert (response.status_code, response.headers[CORS]) == (413, '*')
    body = response.json()
    assert body.keys() == {'Code', 'Message'}
    assert body['Code'] == 'PayloadTooLargeError'
    assert body['Message'].startswith('PayloadTooLargeError: ')
    assert '`size`' in body['Message']


def test_an_answer_that_comes_too_late_is_not_given(impatient_address: str) -> None:
    assert requests.get(f'http://{impatient_address}/echo').status_code == 200
    response = requests.get(f'http://{impatient_address}/echo', params={'pause': 0.5})
    assert (response.status_code, response.headers[CORS]) == (504, '*')
    assert response.json() == error('GatewayTimeoutError', 'The answer took too long.')
    assert response.headers['Retry-After'] == str(RETRY_AFTER)


def test_a_request_on_which_chalice_stumbles_is_answered(connection: http.client.HTTPConnection) -> None:
    # It wants to quote the header, and cannot.
    connection.putrequest('GET', '/nowhere')
    connection.putheader('Authorization', 'é'.encode())
    connection.endheaders()
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())) == (502, error('BadGatewayError', 'Internal server error'))
    assert response.headers.get_all(CORS) == ['*']


def test_many_clients_at_once_are_all_served_soon(address: str) -> None:
    def one(_: int) -> float:
        started = time.monotonic()
        assert requests.get(f'http://{address}/echo').status_code == 200
        return time.monotonic() - started

    # Whom the server keeps from connecting tries again after a second. One calm round suffices on a busy machine.
    with ThreadPoolExecutor(32) as pool:
        assert min(max(pool.map(one, range(200))) for _ in range(3)) < 0.9
