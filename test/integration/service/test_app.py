"""The service as its callers see it, but for the network."""
import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from chalice.test import Client, HTTPResponse

from azul.config import Config
from azul.local.ports import HOST, free_port
from azul.service.filters import MAX_VALUES
from azul.service.page import MAX_SIZE
from fixtures.lambdas import listening, loaded
from fixtures.shelf import Shelf, aggregate

PICTURE = '11111111-0000-4000-8000-000000000000'
OTHER = '22222222-0000-4000-8000-000000000000'


def config(shelf: Shelf, endpoint: str) -> Config:
    nowhere = f'http://{HOST}:{free_port()}'
    return Config(stage='test', project='toy', index_prefix=shelf.naming.index_prefix, es_endpoint=endpoint,
                  dss_endpoint=f'{nowhere}/v1', sqs_endpoint=nowhere, aws_endpoint=nowhere, indexer_url=nowhere,
                  service_url='', git_commit='0123abc')


def app_client(config: Config) -> Client:
    return Client(loaded(config))


@pytest.fixture(scope='module')
def shelf(engine: str) -> Iterator[Shelf]:
    shelf = Shelf(engine)
    shelf.create()
    picture = {'uuid': PICTURE, 'version': '1', 'name': 'bear.png', 'format': 'png', 'size': 5}
    shelf.put(aggregate('pictures', PICTURE, pictures=[picture], boxes=[{'label': ['x'], 'maker': [None]}]))
    yield shelf
    shelf.close()


@pytest.fixture(scope='module')
def client(shelf: Shelf, engine: str) -> Client:
    return app_client(config(shelf, engine))


def ask(client: Client, path: str, method: str = 'GET', **headers: str) -> tuple[int, Any, HTTPResponse]:
    response = client.http.request(method, path, headers=headers)
    assert response.headers['Access-Control-Allow-Origin'] == '*', 'every answer, whatever it is'
    return response.status_code, json.loads(response.body) if response.body else None, response


def test_the_service_is_there(client):
    assert ask(client, '/')[:2] == (200, {'Hello': 'World!'})


def test_the_version_tells_the_commit_and_the_latest_changes(client):
    status, body, _ = ask(client, '/version')
    assert status == 200
    assert body['git'] == {'commit': '0123abc', 'dirty': False}
    assert 1 <= len(body['changes']) <= 10


def test_a_page_is_answered_in_the_words_of_the_contract(client):
    status, body, response = ask(client, '/repository/pictures?filters=%7B%7D&size=15', Host='service.example')
    assert status == 200
    assert response.headers['Content-Type'] == 'application/json'
    assert list(body) == ['hits', 'pagination', 'termFacets']
    assert body['hits'][0]['pictures'] == [{
        'uuid': PICTURE, 'version': '1', 'name': 'bear.png', 'format': 'png', 'size': 5,
        'url': f'http://service.example/fetch/dss/files/{PICTURE}?version=1&replica=aws'
    }]
    assert body['pagination'] == {
        'count': 1, 'total': 1, 'size': 15, 'pages': 1, 'sort': 'pictureName', 'order': 'asc',
        'search_after': None, 'search_after_uid': None, 'search_before': None, 'search_before_uid': None,
        'next': None, 'previous': None
    }
    assert body['termFacets']['format'] == {'terms': [{'term': 'png', 'count': 1}], 'total': 1, 'type': 'terms'}


def test_what_the_server_says_about_the_order_is_accepted_back(client):
    for entity_type in ('pictures', 'toys', 'boxes'):
        pagination = ask(client, f'/repository/{entity_type}')[1]['pagination']
        query = '&'.join(f'{name}={pagination[name]}' for name in ('size', 'sort', 'order'))
        assert ask(client, f'/repository/{entity_type}?{query}')[1]['pagination'] == pagination


def test_a_single_entity_is_answered_by_itself(client):
    status, body, _ = ask(client, f'/repository/pictures/{PICTURE}')
    assert (status, body['entryId']) == (200, PICTURE)


def test_the_order_of_facets_is_known_by_a_path_like_that_of_an_entity(client):
    assert ask(client, '/repository/pictures/order')[:2] == (
        200, {'order': ['label', 'maker', 'colour', 'wooden', 'format']}
    )


def test_the_summary_has_a_path_like_that_of_an_entity_type(client):
    status, body, _ = ask(client, '/repository/summary?filters={}')
    assert (status, body['totalSize']) == (200, 5.0)


@pytest.mark.parametrize('path', ['/repository/pictures?size=1', f'/repository/pictures/{PICTURE}',
                                  '/repository/summary'])
def test_heads_are_answered(client, path):
    assert ask(client, path, 'HEAD')[:2] == (200, None)
    assert ask(client, f'{path}{"&" if "?" in path else "?"}x=1', 'HEAD')[:2] == (400, None)


def post(client: Client, path: str, described: Any) -> tuple[int, Any, HTTPResponse]:
    response = client.http.post(path, body=json.dumps(described).encode(), headers={'Content-Type': 'application/json'})
    assert response.headers['Access-Control-Allow-Origin'] == '*', 'every answer, whatever it is'
    return response.status_code, json.loads(response.body), response


@pytest.mark.parametrize('path', ['/', '/version', '/health/basic', '/repository/pictures', '/repository/summary',
                                  '/repository/pictures/order', f'/repository/pictures/{PICTURE}'])
def test_what_a_caller_knows_is_not_sent_again(client, path):
    status, _, response = ask(client, path)
    assert (status, response.headers['Cache-Control']) == (200, 'no-cache')
    for method in 'GET', 'HEAD':
        status, body, again = ask(client, path, method, **{'If-None-Match': response.headers['ETag']})
        assert (status, body, again.headers['ETag']) == (304, None, response.headers['ETag'])
        assert ask(client, path, method, **{'If-None-Match': '"other"'})[0] == 200


def test_what_has_changed_is_sent_again(shelf, client):
    path = '/repository/toys?size=1000'
    _, before, response = ask(client, path)
    shelf.put(aggregate('toys', toys=[{'name': 'new'}]))
    status, after, _ = ask(client, path, **{'If-None-Match': response.headers['ETag']})
    assert (status, after['pagination']['total']) == (200, before['pagination']['total'] + 1)


def test_a_caller_chooses_the_facets(client):
    for chosen, facets in ('', []), ('wooden', ['wooden']), ('format,label', ['label', 'format']):
        status, body, _ = ask(client, f'/repository/pictures?facets={chosen}')
        assert (status, list(body['termFacets'])) == (200, facets)
    _, body, _ = ask(client, '/repository/pictures?facets=size')
    assert body['Allowed'] == ['label', 'maker', 'colour', 'wooden', 'format']


def test_what_other_sites_offer_for_an_entity_is_answered(client):
    toy, other = 'beadbead-0000-4000-8000-000000000000', 'cafecafe-0000-4000-8000-000000000000'
    path = '/integrations?integration_type=get&entity_type=toy&entity_ids='
    for ids in [toy], [toy, other], [OTHER, toy]:
        status, body, _ = ask(client, path + '&entity_ids='.join(ids))
        assert (status, [portal['portal_name'] for portal in body]) == (200, ['Repair Shop'])
        integration, = body[0]['integrations']
        assert set(integration['entity_ids']) == set(ids) - {OTHER}
    assert ask(client, path + OTHER)[:2] == (200, [])
    assert ask(client, path + toy, 'HEAD')[:2] == (200, None)


QUERIES = [
    {},
    {'facets': 'format'},
    {'size': 15},
    {'size': '15', 'sort': 'pictureName', 'order': 'desc'},
    {'filters': {'format': {'is': ['png', None]}}},
    {'filters': '{"format": {"is": ["gif"]}}'},
    {'filters': ''},
]


@pytest.mark.parametrize('parameters', QUERIES)
def test_a_post_is_answered_like_a_get_with_the_same_parameters(client, parameters):
    only_filters = {name: value for name, value in parameters.items() if name == 'filters'}
    no_facets = {name: value for name, value in parameters.items() if name != 'facets'}
    for path, sent in (('/repository/pictures', parameters),
                       (f'/repository/pictures/{PICTURE}', no_facets),
                       ('/repository/summary', only_filters)):
        query = urlencode({name: value if isinstance(value, str) else json.dumps(value)
                           for name, value in sent.items()})
        assert post(client, path, sent)[:2] == ask(client, f'{path}?{query}')[:2]


def test_filters_that_no_url_could_hold_are_posted(client):
    formats = [f'{number:0100}' for number in range(MAX_VALUES - 1)]
    for path in '/repository/pictures', '/repository/summary':
        status, body, _ = post(client, path, {'filters': {'format': {'is': [*formats, 'png']}}})
        assert status == 200
        assert body.get('totalSize', 5.0) == 5.0
        assert len(body.get('hits', [1])) == 1
    assert post(client, f'/repository/pictures/{PICTURE}', {'filters': {'format': {'is': formats}}})[0] == 404


def test_a_body_of_another_type_than_json_is_refused(client):
    response = client.http.post('/repository/pictures', body=b'size=1',
                                headers={'Content-Type': 'application/x-www-form-urlencoded'})
    assert (response.status_code, json.loads(response.body)['Code']) == (415, 'UnsupportedMediaType')


@pytest.mark.parametrize(('path', 'body', 'text'), [
    *((path, body, text)
      for path in ('/repository/pictures', f'/repository/pictures/{PICTURE}', '/repository/summary')
      for body, text in (
          ([], 'Malformed body: must be an object with a member for each parameter'),
          ({'from': 1}, 'Invalid query parameter `from`'),
          ({'filters': []}, 'Query parameter `filters` must be an object'),
          ({'filters': '{'}, 'Malformed filters parameter'),
          ({'filters': {'bad-facet': {}}}, 'Unable to filter by undefined facet bad-facet.'),
          ({'filters': {'format': {'is': ['x'] * (MAX_VALUES + 1)}}},
           f'Malformed filters parameter: facet format has more than {MAX_VALUES} values'),
      )),
    ('/repository/pictures', {'size': 1001},
     f'Invalid value `1001` for parameter `size`: must be a whole number from 1 to {MAX_SIZE}'),
    ('/repository/pictures', {'size': '1', 'order': None}, 'Query parameter `order` must be a string'),
    ('/repository/summary', {'size': 1}, 'Invalid query parameter `size`'),
])
def test_what_is_wrong_with_a_body_is_told_in_the_same_words(client, path, body, text):
    status, error, _ = post(client, path, body)
    assert (status, error['Code'], error['Message']) == (400, 'BadRequestError', f'BadRequestError: {text}')


@pytest.fixture(scope='module')
def url(shelf: Shelf, engine: str) -> Iterator[str]:
    """Of the service as it runs on the laptop, network and all."""
    with listening(loaded(config(shelf, engine))) as url:
        yield url


PICTURES = '/repository/pictures'
JSON_TYPE = {'Content-Type': 'application/json'}


@pytest.mark.parametrize(('method', 'path', 'headers', 'body', 'status', 'text'), [
    ('GET', '/nowhere', {}, b'', 403, 'ForbiddenError: There is no such path.'),
    ('POST', '/version', JSON_TYPE, b'{}', 405, 'MethodNotAllowedError: Unsupported method: POST'),
    *((method, PICTURES, {}, b'', 405, f'MethodNotAllowedError: Unsupported method: {method}')
      for method in ('DELETE', 'TRACE', 'JUMP')),
    ('POST', PICTURES, {'Content-Type': 'text/plain'}, b'{}', 415,
     'UnsupportedMediaType: Unsupported media type: text/plain'),
    ('POST', PICTURES, JSON_TYPE, b'{"sort": "\xff"}', 400, 'BadRequestError: Malformed body: is no JSON'),
    ('POST', PICTURES, JSON_TYPE, b'', 400, 'BadRequestError: Malformed body: is no JSON'),
    ('POST', f'{PICTURES}?size=\xff', JSON_TYPE, b'{}', 400, 'BadRequestError: Invalid query parameter `size`'),
    ('GET', f'{PICTURES}/%ff', {}, b'', 400, 'BadRequestError: \ufffd is not a valid uuid.'),
    ('GET', '/repository/summary?filters=%ff', {}, b'', 400,
     'BadRequestError: Query parameter `filters` must be UTF-8'),
])
def test_whoever_refuses_it_does_so_in_one_form(url, method, path, headers, body, status, text):
    response = requests.request(method, url + path, headers=headers, data=body, timeout=30)
    assert (response.status_code, response.json()['Message']) == (status, text)
    assert response.json()['Code'] == text.partition(':')[0]
    assert response.headers['Access-Control-Allow-Origin'] == '*'
    assert 'Authorization' in response.headers['Access-Control-Allow-Headers']


def test_pages_are_asked_for_and_revalidated_over_a_kept_connection(url):
    with requests.Session() as session:
        page = session.get(f'{url}/repository/pictures', timeout=30)
        posted = session.post(f'{url}/repository/pictures', json={'filters': {}, 'size': 10}, timeout=30)
        assert posted.json() == page.json()
        head = session.head(f'{url}/repository/pictures', timeout=30)
        assert head.headers['Content-Length'] == str(len(page.content)) == page.headers['Content-Length']
        for method in 'GET', 'HEAD':
            known = session.request(method, f'{url}/repository/pictures', timeout=30,
                                    headers={'If-None-Match': page.headers['ETag']})
            assert (known.status_code, known.content) == (304, b'')
            assert known.headers['Access-Control-Allow-Origin'] == '*'
        assert session.get(f'{url}/repository/pictures', timeout=30).json() == page.json()


BAD_REQUESTS = [
    ('/repository/pictures?filters={"format":{"is":[]},"format":{"is":[]}}',
     'Malformed filters parameter: `format` is given more than once'),
    (f'/repository/pictures?filters={{"format":{{"is":[{"[" * 300 + "]" * 300}]}}}}',
     'Malformed filters parameter: is nested too deeply'),
    ('/repository/pictures?filters={', 'Malformed filters parameter'),
    ('/repository/pictures?filters={"bad-facet":{"is":["x"]}}', 'Unable to filter by undefined facet bad-facet.'),
    (f'/repository/pictures/{PICTURE}?filters={{"bad-facet":{{}}}}', 'Unable to filter by undefined facet bad-facet.'),
    ('/repository/summary?filters={"bad-facet":{"is":["x"]}}', 'Unable to filter by undefined facet bad-facet.'),
    ('/repository/pictures?sort=bad-facet', 'Unable to sort by undefined facet bad-facet.'),
    ('/repository/pictures?filters={"bad-facet":{"is":["x"]}}&sort=worse-facet',
     'Unable to filter by undefined facet bad-facet.'),
    ('/repository/pictures?search_after=1&search_before=2',
     'Bad arguments, only one of search_after or search_before can be set'),
    ('/repository/pictures/x', 'x is not a valid uuid.'),
    ('/repository/pictures?from=1', 'Invalid query parameter `from`'),
    ('/repository/pictures?facets=size', 'Invalid value `size` for parameter `facets`: there is no such facet'),
    (f'/repository/pictures?facetPrefix={"x" * 101}',
     f'Invalid value `{"x" * 100}` for parameter `facetPrefix`: has more than 100 characters'),
    ('/repository/pictures?facets=format,', 'Invalid value `` for parameter `facets`: there is no such facet'),
    (f'/repository/pictures/{PICTURE}?facets=format', 'Invalid query parameter `facets`'),
    ('/repository/summary?facets=format', 'Invalid query parameter `facets`'),
    ('/repository/pictures/order?size=1', 'Invalid query parameter `size`'),
    ('/repository/summary?size=1', 'Invalid query parameter `size`'),
    ('/repository/pictures?size=1&size=2', 'Query parameter `size` must not be given more than once'),
    ('/repository/pictures?filters=%ff', 'Query parameter `filters` must be UTF-8'),
    ('/integrations?catalog=x', 'Invalid query parameter `catalog`'),
    ('/integrations?entity_type=x&entity_type=x', 'Query parameter `entity_type` must not be given more than once'),
    ('/integrations?entity_ids=%ff', 'Query parameter `entity_ids` must be UTF-8'),
    ('/integrations?entity_ids=x', 'Invalid value for parameter `entity_ids`: x is not a valid uuid.'),
    ('/version?x=1', 'Invalid query parameter `x`'),
    *((f'/repository/pictures?size={size}',
       f'Invalid value `{size}` for parameter `size`: must be a whole number from 1 to {MAX_SIZE}')
      for size in ('0', '1001', '-1', 'ten', '')),
    ('/repository/pictures?order=up', 'Invalid value `up` for parameter `order`'),
    *((f'/health/{keys}', 'Invalid health keys')
      for keys in ('foo', 'elasticsearch,', ',elasticsearch', ',', '1', 'basic,progress', 'Progress')),
]


@pytest.mark.parametrize(('path', 'text'), BAD_REQUESTS)
def test_bad_requests_are_told_what_is_wrong(client, path, text):
    status, body, _ = ask(client, path)
    assert status == 400
    assert body['Code'] == 'BadRequestError'
    assert body['Message'] == f'BadRequestError: {text}'
    assert body.keys() <= {'Code', 'Message', 'Allowed'}


@pytest.mark.parametrize(('path', 'text'), [
    (f'/repository/pictures/{OTHER}', f"Can't find an entity in pictures with an uuid, {OTHER}."),
    ('/repository/unknown', 'There are no entities of type unknown.'),
    ('/repository/unknown/order', 'There are no entities of type unknown.'),
])
def test_what_does_not_exist_is_not_found(client, path, text):
    status, body, _ = ask(client, path)
    assert status == 404
    assert (body['Code'], body['Message']) == ('NotFoundError', f'NotFoundError: {text}')


@pytest.mark.parametrize(('path', 'keys'), [
    ('/health', ['elasticsearch', 'api_endpoints', 'up']),
    ('/health/', ['elasticsearch', 'queues', 'progress', 'api_endpoints', 'other_lambdas', 'up']),
    ('/health/progress,elasticsearch', ['progress', 'elasticsearch', 'up']),
])
def test_the_health_of_what_is_asked_for_is_answered(client, path, keys):
    status, body, _ = ask(client, path)
    assert list(body) == keys
    assert body['elasticsearch']['up']
    assert (status, body['up']) == (503, False), 'nothing else answers'


def test_basic_health_looks_at_nothing(client):
    assert ask(client, '/health/basic')[:2] == (200, {'up': True})


def test_without_an_engine_callers_are_told_to_come_again(shelf):
    lonely = app_client(config(shelf, f'{HOST}:{free_port()}'))
    for path in ('/repository/pictures', f'/repository/pictures/{PICTURE}', '/repository/summary'):
        status, body, response = ask(lonely, path)
        assert (status, body['Code']) == (503, 'ServiceUnavailableError')
        assert int(response.headers['Retry-After']) > 0
    status, body, _ = ask(lonely, '/health/elasticsearch')
    assert (status, body) == (503, {'elasticsearch': {'up': False, 'error': 'no answer'}, 'up': False})
    # What is wrong with the request can be told without the engine.
    assert ask(lonely, '/repository/pictures?size=0')[0] == 400


def test_the_configured_url_is_believed_rather_than_the_caller(shelf, engine):
    configured = dataclasses.replace(config(shelf, engine), service_url='https://service.example')
    _, body, _ = ask(app_client(configured), '/repository/pictures', Host='evil.example')
    assert body['hits'][0]['pictures'][0]['url'].startswith('https://service.example/fetch/dss/files/')
