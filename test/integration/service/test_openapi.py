"""The document of the API is true: its routes are those there are, and real answers are as it describes them."""
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from azul.config import Config
from azul.index.aggregate import aggregate
from azul.index.bundle import BundleFQID
from azul.local.gateway import Gateway
from azul.local.lambdas import LAMBDAS, load_app
from azul.local.ports import HOST, free_port
from azul.projects.toy import plugin
from fixtures.described import Described, ask
from fixtures.served import contributed
from fixtures.shelf import Shelf
from fixtures.toys import box, new_uuid, toy, write

OTHER = str(uuid.UUID(int=2))


@pytest.fixture(scope='module')
def shelf(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """What becomes of some boxes with all that boxes can have, and can lack."""
    folder = tmp_path_factory.mktemp('boxes')
    ids = [new_uuid() for _ in range(6)]
    write(folder, box(BundleFQID(new_uuid(), '1'), toy(ids[0], colours=['red', 'blue'], pieces=3, wooden=True,
                                                       ages={'gte': 3, 'lte': None}, pictures=['a.png', 'b']),
                      toy(ids[1], wooden=False), id=ids[2], maker='Carver', notes={'the_author': 'x', 'text': 'y'}))
    write(folder, box(BundleFQID(new_uuid(), '1'), toy(ids[0], colours=['red'], pictures=['a.png']), id=ids[3],
                      label=None, notes=[{'other': 1}, None]))
    write(folder, box(BundleFQID(new_uuid(), '1'), id=ids[4]))
    shelf = Shelf(engine)
    shelf.create()
    shelf.put(*(aggregate(plugin.schema, entity, contributions)
                for entity, contributions in contributed(folder, plugin).items()))
    yield shelf
    shelf.close()


@pytest.fixture(scope='module')
def app(shelf: Shelf, engine: str) -> Any:
    nowhere = f'http://{HOST}:{free_port()}'
    config = Config(stage='test', project='toy', index_prefix=shelf.naming.index_prefix, es_endpoint=engine,
                    dss_endpoint=f'{nowhere}/v1', sqs_endpoint=nowhere, aws_endpoint=nowhere, indexer_url=nowhere,
                    service_url='', git_commit='0123abc')
    with pytest.MonkeyPatch.context() as patch:
        for name, value in config.to_environment().items():
            patch.setenv(name, value)
        return load_app('service')


@pytest.fixture(scope='module')
def url(app: Any) -> Iterator[str]:
    port = free_port()
    gateway = Gateway(app, port, LAMBDAS / 'service')
    yield f'http://{HOST}:{port}'
    gateway.stop()


@pytest.fixture(scope='module')
def described(url: str) -> Described:
    return Described(ask(url, '/openapi').json())


def test_the_document_is_one_of_openapi(described):
    assert described.document['openapi'].startswith('3.1.')
    validate(described.document, cls=OpenAPIV31SpecValidator)


def test_every_route_is_described_and_nothing_else_is(app, described):
    choices = {'{entity_type}': plugin.searchable}
    routes = {}
    for path, methods in app.routes.items():
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
