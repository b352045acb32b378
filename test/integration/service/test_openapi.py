"""The document of the API is true: its routes are those there are, and real answers are as it describes them."""
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from azul.indexer.generation_document import State
from azul.local.gateway import MAX_REQUEST
from azul.local.lambdas import LAMBDAS
from azul.local.ports import HOST, free_port
from azul.projects.toy import plugin
from fixtures.described import Described, ask
from fixtures.toy_service import ToyService, serving, toy_service

OTHER = str(uuid.UUID(int=2))


@pytest.fixture(scope='module')
def service(engine: str, queues: str, aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyService]:
    with toy_service(engine, queues, aws, tmp_path_factory.mktemp('boxes'), tmp_path_factory.mktemp('run')) as service:
        yield service


@pytest.fixture(scope='module')
def url(service: ToyService) -> str:
    return service.url


@pytest.fixture(scope='module')
def described(url: str) -> Described:
    return Described(ask(url, '/openapi').json())


def test_the_document_is_one_of_openapi(described):
    assert described.document['openapi'].startswith('3.1.')
    validate(described.document, cls=OpenAPIV31SpecValidator)


def test_every_route_is_described_and_nothing_else_is(service, described):
    choices = {'{entity_type}': plugin.searchable}
    routes = {}
    for path, methods in service.app.routes.items():
        expanded = [path.replace('{entity_type}', name) for name in choices['{entity_type}']]
        for each in expanded if '{entity_type}' in path else [path]:
            routes[each] = {method.lower() for method in methods}
    assert {path: set(item) for path, item in described.document['paths'].items()} == routes


def test_no_answer_may_have_what_is_not_described(described):
    shapes = list(described.answers())
    assert len(shapes) > 50
    assert [fault for place, shape in shapes for fault in described.openings(place, shape)] == []


def test_only_the_document_itself_is_described_elsewhere(described):
    for path, item in described.document['paths'].items():
        if 'get' not in item:
            continue
        media = item['get']['responses'].get('200', {}).get('content', {}).get('application/json')
        assert media is None or ('schema' in media) == (path != '/openapi'), path


def test_generations_are_in_states_that_there_are(described):
    health = described.document['components']['schemas']['Health']['properties']
    generation = health['elasticsearch']['properties']['generations']['items']
    assert set(generation['properties']['state']['enum']) == set(get_args(State))


def requested(url: str) -> Iterator[requests.Response]:
    """Answers of all routes, good and bad."""
    yield from (ask(url, path) for path in ('/', '/version', '/repository', '/openapi', '/me'))
    yield from (ask(url, path) for path in ('/health', '/health/', '/health/basic', '/health/elasticsearch,queues'))
    yield ask(url, '/integrations')
    yield ask(url, '/integrations?entity_type=toy')
    filters: dict[str, str | dict[str, Any]] = {'filters': json.dumps({'colour': {'is': ['red', None]}})}
    for asked in {}, filters, {'filters': '{'}, {'size': '1'}:
        yield ask(url, '/repository/summary', params=asked)
    for entity_type in plugin.searchable:
        path = f'/repository/{entity_type}'
        for asked in ({}, filters, {'size': '1', 'order': 'desc'}, {'size': '0'}, {'facets': ''},
                      {'facets': 'label,maker', 'facetPrefix': 'L'}, {'sort': 'entryId', 'size': '2'}):
            yield ask(url, path, params=asked)
            yield ask(url, path, 'HEAD', params=asked)
            yield ask(url, path, 'POST', json=asked)
        first = ask(url, path, params={'size': '1'}).json()
        position = {name: first['pagination'][name] for name in ('search_after', 'search_after_uid')}
        if None not in position.values():
            yield ask(url, path, params={'size': '1', **position})
        for hit in ask(url, path, params={'size': '1000'}).json()['hits']:
            yield ask(url, f'{path}/{hit["entryId"]}')
        yield ask(url, f'{path}/{OTHER}')
        yield ask(url, f'{path}/x')
        yield ask(url, f'{path}/order')
        yield ask(url, path, 'POST', data=b'x', headers={'Content-Type': 'text/plain'})
        etag = ask(url, path).headers['ETag']
        for method in 'GET', 'HEAD':
            yield ask(url, path, method, headers={'If-None-Match': etag})


def test_real_answers_are_as_described(url, described):
    answers = list(requested(url))
    assert [fault for answer in answers for fault in described.faults(answer)] == []
    assert {200, 304, 400, 404, 415, 503} <= {answer.status_code for answer in answers}
    details = [answer.json() for answer in answers if 'pagination' not in answer.text and '"notes":{' in answer.text]
    assert details, 'objects with members were among them'


def test_what_the_gateway_answers_by_itself_is_as_described(url, service, described):
    with serving(service.config, max_seconds=0) as slow:
        late = [ask(slow.url, path) for path in ('/repository/toys', '/repository/summary', '/integrations')]
    long = ask(url, '/repository/toys', params={'filters': 'x' * 70_000})
    large = ask(url, '/repository/toys', 'POST', data=b' ' * (MAX_REQUEST + 1),
                headers={'Content-Type': 'application/json'})
    answers = [*late, long, large]
    assert [answer.status_code for answer in answers] == [504, 504, 504, 414, 413]
    assert [fault for answer in answers for fault in described.faults(answer)] == []


def test_what_is_answered_without_an_engine_is_as_described(service, described):
    with serving(replace(service.config, es_endpoint=f'{HOST}:{free_port()}')) as lonely:
        url = lonely.url
        answers = [ask(url, path) for path in ('/repository/toys', f'/repository/toys/{OTHER}', '/repository/summary',
                                               '/health/elasticsearch')]
        answers.append(ask(url, '/repository/toys', 'POST', json={}))
    assert {answer.status_code for answer in answers} == {503}
    assert [fault for answer in answers for fault in described.faults(answer)] == []


def test_the_description_finds_fault_with_other_answers(url, described):
    """Else the tests above would say nothing."""
    answer = ask(url, '/repository/toys')
    page = answer.json()
    for change, place in (
        (lambda body: body.update(more=1), '$'),
        (lambda body: body['hits'][0].pop('entryId'), '$.hits[0]'),
        (lambda body: body['hits'][0]['toys'][0].update(name=7), '$.hits[0].toys[0].name'),
        (lambda body: body['termFacets']['colour'].update(type='x'), '$.termFacets.colour.type'),
        (lambda body: body['pagination'].update(total=None), '$.pagination.total'),
    ):
        changed = json.loads(json.dumps(page))
        change(changed)
        answer._content = json.dumps(changed).encode()
        fault, = described.faults(answer)
        assert f': {place}: ' in fault
    answer.status_code = 418
    assert described.faults(answer) == ['get /repository/toys: status 418 is not described']


def test_what_there_is_to_be_asked_for_can_be_asked_for(url):
    found = ask(url, '/repository').json()
    assert [each['name'] for each in found['entityTypes']] == list(plugin.searchable)
    fields = {field['name']: field for field in found['fields']}
    assert [name for name, field in fields.items() if field['facet']] == [
        name for name in fields if name in plugin.facets
    ]
    assert fields['label']['aliases'] == ['boxLabel']
    for entity_type in found['entityTypes']:
        assert ask(url, entity_type['path']).json()['pagination']['sort'] == entity_type['sort']
        for name in entity_type['fields']:
            values = {'within': [[0, 1]], 'contains': [[0, 1]], 'intersects': [[0, 1]], 'is': [None]}
            for relation in fields[name]['relations']:
                filters = json.dumps({name: {relation: values[relation]}})
                assert ask(url, entity_type['path'], params={'filters': filters}).status_code == 200
            status = ask(url, entity_type['path'], params={'sort': name}).status_code
            assert status == (200 if fields[name]['sortable'] else 400), name
    summary = ask(url, found['summary']['path']).json()
    assert [figure['name'] for figure in found['summary']['figures']] == list(summary)


def test_the_description_is_made_when_it_is_first_asked_for():
    source = (LAMBDAS / 'service' / 'app.py').read_text()
    module_level = [line for line in source.splitlines() if line.startswith(('import ', 'from '))]
    assert not [line for line in module_level if 'openapi.document' in line or 'swagger' in line]
