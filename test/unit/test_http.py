"""What all answers of both lambdas have in common, seen through Chalice's own client."""
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.app import Response
from chalice.test import Client, HTTPResponse

from azul.errors import BadRequest, EngineError, NotFound, TerminalError
from azul.http import MAX_ANSWER, RETRY_AFTER, App, answer


def app() -> App:
    app = App('test')

    @app.route('/echo/{word}', methods=['GET', 'HEAD', 'POST'], parameters=['a', 'b'])
    def echo(word: str) -> Any:
        return {'word': word, 'parameters': app.parameters, 'path': app.raw_path, 'url': app.base_url('')}

    @app.route('/bad')
    def bad() -> Any:
        raise BadRequest('No such thing.', ['this', 'that'])

    @app.route('/none')
    def none() -> Any:
        raise NotFound('Nothing there.')

    @app.route('/json', methods=['POST'])
    def json_body() -> Any:
        return app.request.json_body

    @app.route('/transient')
    def transient() -> Any:
        raise EngineError('no answer: secret-host')

    @app.route('/terminal')
    def terminal() -> Any:
        raise TerminalError('secret')

    @app.route('/bug')
    def bug() -> Any:
        raise KeyError('secret')

    @app.route('/unsayable')
    def unsayable() -> Any:
        return {'x': object()}

    @app.route('/large')
    def large() -> Any:
        return 'ä' * (MAX_ANSWER // 2)

    @app.route('/status')
    def status() -> Response:
        return answer({'up': False}, 503)

    return app


@pytest.fixture(scope='module')
def client() -> Iterator[Client]:
    with Client(app()) as client:
        yield client


def body(response: HTTPResponse) -> Any:
    return json.loads(response.body)


def check_cors(response: HTTPResponse) -> None:
    assert response.headers['Access-Control-Allow-Origin'] == '*'
    assert response.headers['Access-Control-Allow-Headers'] == (
        'Authorization,Content-Type,X-Amz-Date,X-Amz-Security-Token,X-Api-Key'
    )


def test_a_view_gets_its_parameters_and_its_words(client):
    response = client.http.get('/echo/x%2Cy/?a=%2B%20&b=', headers={'Host': 'h', 'X-Forwarded-Proto': 'https'})
    assert response.status_code == 200
    assert response.headers['Content-Type'] == 'application/json'
    assert body(response) == {'word': 'x,y', 'parameters': {'a': '+ ', 'b': ''}, 'path': '/echo/x%2Cy/', 'url': 'https://h'}
    check_cors(response)


def test_the_url_is_plain_http_unless_a_gateway_says_otherwise(client):
    assert body(client.http.get('/echo/x', headers={'Host': 'h:1'}))['url'] == 'http://h:1'
    assert body(client.http.get('/echo/x'))['url'] == 'http://localhost'


@pytest.mark.parametrize(('query', 'text'), [
    ('c=1', 'Invalid query parameter `c`'),
    ('A=1', 'Invalid query parameter `A`'),
    ('=1', 'Invalid query parameter ``'),
    ('a=1&a=1', 'Query parameter `a` must not be given more than once'),
    ('b=x%ff', 'Query parameter `b` must be UTF-8'),
])
def test_parameters_that_cannot_be_meant_are_refused_by_name(client, query, text):
    response = client.http.get(f'/echo/x?{query}')
    assert response.status_code == 400
    assert body(response)['Message'] == f'BadRequestError: {text}'


def test_an_unknown_parameter_is_refused_with_the_known_ones(client):
    assert body(client.http.get('/echo/x?c=1'))['Allowed'] == ['a', 'b']
    assert body(client.http.get('/none?a=1'))['Allowed'] == []


def test_a_head_is_answered_without_the_body(client):
    response = client.http.head('/echo/x?a=1')
    assert (response.status_code, response.body) == (200, b'')
    check_cors(response)
    assert client.http.head('/echo/x?c=1').status_code == 400


def test_our_errors_have_their_status_and_body(client):
    response = client.http.get('/bad')
    assert response.status_code == 400
    assert body(response) == {'Code': 'BadRequestError', 'Message': 'BadRequestError: No such thing.',
                              'Allowed': ['this', 'that']}
    check_cors(response)
    response = client.http.get('/none')
    assert response.status_code == 404
    assert body(response) == {'Code': 'NotFoundError', 'Message': 'NotFoundError: Nothing there.'}
    check_cors(response)


def test_the_errors_of_chalice_have_our_body(client):
    response = client.http.post('/json', body=b'{', headers={'Content-Type': 'application/json'})
    assert response.status_code == 400
    assert body(response) == {'Code': 'BadRequestError', 'Message': 'BadRequestError: Error Parsing JSON'}
    check_cors(response)
    response = client.http.request('DELETE', '/bad')
    assert response.status_code == 405
    assert body(response) == {'Code': 'MethodNotAllowedError',
                              'Message': 'MethodNotAllowedError: Unsupported method: DELETE'}
    assert response.headers['Allow'] == 'GET'
    check_cors(response)
    response = client.http.post('/json', body=b'x', headers={'Content-Type': 'text/plain'})
    assert response.status_code == 415
    assert body(response) == {'Code': 'UnsupportedMediaType',
                              'Message': 'UnsupportedMediaType: Unsupported media type: text/plain'}
    check_cors(response)


def test_who_comes_when_a_part_does_not_answer_is_told_to_come_again(client, caplog):
    response = client.http.get('/transient')
    assert response.status_code == 503
    assert body(response)['Code'] == 'ServiceUnavailableError'
    assert body(response)['Message'].startswith('ServiceUnavailableError: ')
    assert response.headers['Retry-After'] == str(RETRY_AFTER)
    check_cors(response)
    assert 'secret-host' not in response.body.decode()
    assert 'secret-host' in caplog.text, 'the operator must be able to tell why'


@pytest.mark.parametrize('path', ['/bug', '/terminal', '/unsayable'])
def test_the_cause_of_an_internal_error_is_logged_not_told(client, caplog, path):
    with caplog.at_level(logging.ERROR):
        response = client.http.get(path)
    assert response.status_code == 500
    assert body(response) == {'Code': 'InternalServerError', 'Message': 'An internal server error occurred.'}
    check_cors(response)
    assert 'Traceback' in caplog.text


def test_an_answer_that_is_too_large_names_what_makes_it_smaller(client):
    response = client.http.get('/large')
    assert response.status_code == 413
    assert body(response)['Code'] == 'PayloadTooLargeError'
    assert '`size`' in body(response)['Message']
    check_cors(response)


def test_an_answer_may_have_another_status(client):
    response = client.http.get('/status')
    assert (response.status_code, body(response)) == (503, {'up': False})
    check_cors(response)
