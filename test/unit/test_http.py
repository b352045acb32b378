"""What all answers of both lambdas have in common, seen through Chalice's own client."""
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.app import Response
from chalice.test import Client, HTTPResponse

from azul.errors import BadRequest, EngineError, EngineTimeout, NotFound, TerminalError, Unauthorized
from azul.http import MAX_ANSWER, RETRY_AFTER, App, answer
from azul.http.declared import Choices, Document, Number, Repeated, Text


def app(private: bool = False) -> App:
    app = App('test', private=private)

    @app.route('/echo/{word}', methods=['GET', 'HEAD', 'POST'], parameters={'a': Text(''), 'b': Text('')})
    def echo(word: str) -> Any:
        return {'word': word, 'parameters': app.parameters, 'path': app.raw_path, 'url': app.base_url('')}

    @app.route('/target/{word}', methods=['GET', 'POST'], parameters={'a': Text(''), 'b': Text('')})
    def target(word: str) -> Any:
        return app.target

    @app.route('/ask', methods=['GET', 'POST'], in_body=True,
               parameters={'text': Text(''), 'number': Number('', 1, 10, 1), 'object': Document('', dict),
                           'list': Repeated('', Text('')), 'names': Choices('', ['x', 'y', 'z'], what='name')})
    def ask() -> Any:
        parameters = {name: value for name, value in app.parameters.items() if name != 'list'}
        return {'parameters': parameters, 'list': app.values('list')}

    @app.route('/bad', methods=['GET', 'HEAD'])
    def bad() -> Any:
        raise BadRequest('No such thing.', ['this', 'that'])

    @app.route('/fleeting', methods=['GET', 'HEAD'])
    def fleeting() -> Any:
        return answer({'now': 1}, headers={'Cache-Control': 'no-store'})

    @app.route('/nobody')
    def nobody() -> Any:
        raise Unauthorized('Who are you?', 'Bearer')

    @app.route('/foreign', methods=['GET', 'HEAD'], errors=lambda status, message: {'number': status, 'text': message},
               parameters={'fail': Choices('', ['late', 'bug', 'none'], what='failure')})
    def foreign() -> Any:
        failures = {'late': EngineTimeout('secret'), 'bug': KeyError('secret'), 'none': NotFound('Nothing there.')}
        if 'fail' in app.parameters:
            raise failures[app.parameters['fail']]
        return {'Message': 'all is well'}

    @app.route('/none')
    def none() -> Any:
        raise NotFound('Nothing there.')

    @app.route('/json', methods=['POST'])
    def json_body() -> Any:
        return app.request.json_body

    @app.route('/transient')
    def transient() -> Any:
        raise EngineError('no answer: secret-host')

    @app.route('/late')
    def late() -> Any:
        raise EngineTimeout('no answer in time: secret-host')

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


@pytest.mark.parametrize('target', ['/target/x%2Cy/', '/target/x?a=1', '/target/x?a=%2B+%C3%A4&b='])
def test_the_target_is_the_one_that_the_caller_asked_for(client, target):
    assert body(client.http.get(target)) == f'get {target}'
    assert body(client.http.post(target)) == f'post {target}'


@pytest.mark.parametrize(('path', 'query', 'target'), [
    ('/dev/target/x', None, 'post /dev/target/x'),  # by the URL that the gateway has of its own, which names the stage
    ('/target/x', {'a': ['true']}, 'post /target/x?a=true'),  # by a domain name
])
def test_the_target_in_a_lambda_has_the_stage_if_the_url_of_the_caller_has_it(path, query, target):
    event = {'resource': '/target/{word}', 'path': '/target/x', 'httpMethod': 'POST', 'body': None,
             'isBase64Encoded': False, 'headers': {'Host': 'h'}, 'pathParameters': {'word': 'x'},
             'stageVariables': None, 'multiValueQueryStringParameters': query,
             'requestContext': {'resourcePath': '/target/{word}', 'path': path, 'httpMethod': 'POST', 'stage': 'dev',
                                'identity': {'sourceIp': '192.0.2.1'}}}
    assert json.loads(app()(event, None)['body']) == target


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


def test_a_route_can_have_its_errors_in_other_words(client):
    for query, status, text in (('?fail=none', 404, 'NotFoundError: Nothing there.'),
                                ('?x=1', 400, 'BadRequestError: Invalid query parameter `x`'),
                                ('?fail=bug', 500, 'An internal server error occurred.')):
        response = client.http.get(f'/foreign{query}')
        assert (response.status_code, body(response)) == (status, {'number': status, 'text': text})
        assert response.headers['Content-Type'] == 'application/json'
        check_cors(response)
        assert client.http.head(f'/foreign{query}').status_code == status
    response = client.http.get('/foreign?fail=late')
    assert (body(response)['number'], response.headers['Retry-After']) == (504, str(RETRY_AFTER))
    assert 'secret' not in response.body.decode()
    assert body(client.http.get('/foreign')) == {'Message': 'all is well'}, 'that is not an error'


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
    assert response.headers['Allow'] == 'GET, HEAD'
    check_cors(response)
    response = client.http.post('/json', body=b'x', headers={'Content-Type': 'text/plain'})
    assert response.status_code == 415
    assert body(response) == {'Code': 'UnsupportedMediaType',
                              'Message': 'UnsupportedMediaType: Unsupported media type: text/plain'}
    check_cors(response)


@pytest.mark.parametrize(('path', 'status', 'code'), [('/transient', 503, 'ServiceUnavailableError'),
                                                      ('/late', 504, 'GatewayTimeoutError')])
def test_who_comes_when_a_part_does_not_answer_is_told_to_come_again(client, caplog, path, status, code):
    response = client.http.get(path)
    assert response.status_code == status
    assert body(response)['Code'] == code
    assert body(response)['Message'].startswith(f'{code}: ')
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


KEEPABLE = ['/echo/x', '/status', '/bad', '/none', '/transient', '/bug']


@pytest.mark.parametrize('path', KEEPABLE)
def test_whatever_is_kept_is_to_be_asked_for_again(client, path):
    assert client.http.get(path).headers['Cache-Control'] == 'no-cache'


@pytest.mark.parametrize('path', KEEPABLE)
def test_what_depends_on_who_asks_is_for_nobody_else_to_keep(path):
    with Client(app(private=True)) as client:
        answers = [client.http.get(path), client.http.get(path, headers={'If-None-Match': '*'})]
        for response in answers:
            assert response.headers['Cache-Control'] == 'no-cache, private'
            assert response.headers['Vary'] == 'Authorization'
        assert (answers[1].status_code == 304) == (path == KEEPABLE[0])


def test_what_must_not_be_kept_has_no_tag(client):
    response = client.http.get('/fleeting', headers={'If-None-Match': '*'})
    assert (response.status_code, response.headers['Cache-Control']) == (200, 'no-store')
    assert 'ETag' not in response.headers
    head = client.http.request('HEAD', '/fleeting')
    assert (head.status_code, head.body, head.headers['Content-Length']) == (200, b'', str(len(response.body)))


def test_an_error_may_have_headers_of_its_own(client):
    response = client.http.get('/nobody')
    assert (response.status_code, response.headers['WWW-Authenticate']) == (401, 'Bearer')
    assert 'WWW-Authenticate' not in client.http.get('/none').headers
    check_cors(response)


@pytest.mark.parametrize('path', KEEPABLE[1:])
def test_only_what_succeeds_has_a_tag(client, path):
    assert 'ETag' not in client.http.get(path, headers={'If-None-Match': '*'}).headers


def test_the_same_answer_has_the_same_tag_and_another_one_another(client):
    tags = [client.http.request(method, f'/echo/{word}').headers['ETag']
            for method, word in (('GET', 'x'), ('GET', 'x'), ('HEAD', 'x'), ('GET', 'y'))]
    assert tags[0] == tags[1] == tags[2] != tags[3]
    assert re.fullmatch('"[0-9a-f]{32}"', tags[0])


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
@pytest.mark.parametrize('known', ['{tag}', 'W/{tag}', '"a", W/{tag}', '"a,b",{tag} ,"c"', ' * '])
def test_an_answer_that_is_known_is_not_sent_again(client, method, known):
    tag = client.http.get('/echo/x').headers['ETag']
    response = client.http.request(method, '/echo/x', headers={'If-None-Match': known.format(tag=tag)})
    assert (response.status_code, response.body) == (304, b'')
    assert (response.headers['ETag'], response.headers['Cache-Control']) == (tag, 'no-cache')
    assert not response.headers.keys() & {'Content-Type', 'Content-Length'}
    check_cors(response)


@pytest.mark.parametrize('known', ['', '"a"', '{tag}x"', '"*"', 'W/"a", "b"', '{bare}', '"', '**'])
def test_an_answer_that_is_not_known_is_sent(client, known):
    tag = client.http.get('/echo/x').headers['ETag']
    known = known.format(tag=tag[:-1], bare=tag.strip('"'))
    response = client.http.get('/echo/x', headers={'If-None-Match': known})
    assert (response.status_code, body(response)['word']) == (200, 'x')


def test_answers_to_a_post_are_not_to_be_kept(client):
    response = ask(client, {})
    assert not response.headers.keys() & {'ETag', 'Cache-Control'}
    tag = client.http.get('/ask').headers['ETag']
    assert ask(client, {}, **{'If-None-Match': tag}).status_code == 200


def test_a_head_tells_how_long_the_answer_to_a_get_is(client):
    for path in ('/echo/%C3%A4', '/bad'):
        got, head = client.http.get(path), client.http.head(path)
        assert head.headers == {**got.headers, 'Content-Length': str(len(got.body))}


def ask(client: Client, described: Any, path: str = '/ask', **headers: str) -> HTTPResponse:
    sent = described if isinstance(described, bytes) else json.dumps(described).encode()
    return client.http.post(path, body=sent, headers={'Content-Type': 'application/json; charset=utf-8', **headers})


def test_a_body_has_the_parameters_that_a_query_would_have(client):
    described = {'text': 'ä\ufffd', 'number': 15, 'object': {'a': [None, 1]}, 'list': ['x', 'y']}
    assert body(ask(client, described)) == {
        'parameters': {'text': 'ä\ufffd', 'number': '15', 'object': '{"a":[null,1]}'}, 'list': ['x', 'y']
    }
    as_strings = {'text': '', 'number': '15', 'object': '{"a": 1}', 'list': 'x'}
    assert body(ask(client, as_strings)) == {
        'parameters': {name: value for name, value in as_strings.items() if name != 'list'}, 'list': ['x']
    }
    for names, text in ([], ''), (['x', 'z'], 'x,z'), ('z,x', 'z,x'):
        assert body(ask(client, {'names': names}))['parameters'] == {'names': text}
    assert body(ask(client, {'list': []})) == body(ask(client, {})) == {'parameters': {}, 'list': []}


def test_what_is_a_list_may_be_repeated_in_a_query(client):
    assert body(client.http.get('/ask?list=x&list=y&number=1')) == {'parameters': {'number': '1'}, 'list': ['x', 'y']}


@pytest.mark.parametrize(('described', 'text'), [
    ({'other': 1}, 'Invalid query parameter `other`'),
    ({'text': 1}, 'Query parameter `text` must be a string'),
    ({'text': None}, 'Query parameter `text` must be a string'),
    ({'number': 1.5}, 'Query parameter `number` must be a whole number'),
    ({'number': True}, 'Query parameter `number` must be a whole number'),
    ({'number': 10 ** 30}, 'Query parameter `number` must be a whole number'),
    ({'object': [1]}, 'Query parameter `object` must be an object'),
    ({'list': ['x', 1]}, 'Query parameter `list` must be a list of strings'),
    *(({'names': value}, 'Query parameter `names` must be a string or a list of strings')
      for value in (['x', 1], ['x,y'], [''], {}, None)),
    ([], 'Malformed body: must be an object with a member for each parameter'),
    (b'null', 'Malformed body: must be an object with a member for each parameter'),
    (b'', 'Malformed body: is no JSON'),
    (b'{', 'Malformed body: is no JSON'),
    (b'{"text": "\xff"}', 'Malformed body: is no JSON'),
    (b'{"text": "\\ud800"}', 'Malformed body: is no JSON'),
    (b'{"number": NaN}', 'Malformed body: is no JSON'),
    (b'{"a":' * 2000 + b'1' + b'}' * 2000, 'Malformed body: is no JSON'),
    (b'{"text": "a", "text": "b"}', 'Malformed body: `text` is given more than once'),
    (b'{"object": {"a": {"b": 1, "b": 1}}}', 'Malformed body: `b` is given more than once'),
])
def test_a_body_that_cannot_be_meant_is_refused_by_name(client, described, text):
    response = ask(client, described)
    assert response.status_code == 400
    assert body(response)['Message'] == f'BadRequestError: {text}'
    check_cors(response)


def test_a_body_with_an_unknown_parameter_is_refused_with_the_known_ones(client):
    assert body(ask(client, {'x': 1}))['Allowed'] == ['list', 'names', 'number', 'object', 'text']


def test_who_posts_parameters_has_none_in_the_query(client):
    response = ask(client, {}, '/ask?text=x')
    assert (response.status_code, body(response)['Message']) == (400, 'BadRequestError: Invalid query parameter `text`')


@pytest.mark.parametrize('depth', [300, 900, 990, 1000, 1020])
def test_a_body_that_is_nested_too_deeply_is_refused(client, depth):
    nested = b'{"a":' * depth + b'1' + b'}' * depth
    response = ask(client, b'{"object":' + nested + b'}')
    assert body(response)['Message'] == 'BadRequestError: Malformed body: is nested too deeply'


def test_who_does_not_declare_to_read_the_body_has_it_to_himself(client):
    response = client.http.post('/echo/x?a=1', body=b'x', headers={'Content-Type': 'application/json'})
    assert body(response)['parameters'] == {'a': '1'}
