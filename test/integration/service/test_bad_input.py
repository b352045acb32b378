"""Every parameter of every route, misused in every way: a 400 that names it, whatever else there is to be said."""
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
import requests
from chalice.app import Chalice

from azul.http.declared import Choice, Choices, Document, Number, Parameter, Repeated, Text
from fixtures.lambdas import listening, loaded
from fixtures.shelf import Shelf
from integration.service.test_app import PICTURE, config

PATHS = {
    '/integrations': {},
    '/repository/summary': {},
    '/repository/{entity_type}': {'entity_type': 'toys'},
    '/manifest/files': {},
    '/fetch/manifest/files': {},
    '/manifest/object': {},
    '/dss/files/{file_uuid}': {'file_uuid': PICTURE},
    '/fetch/dss/files/{file_uuid}': {'file_uuid': PICTURE},
    '/repository/{entity_type}/{entity_id}': {'entity_type': 'pictures', 'entity_id': PICTURE},
}
"""What to put in the place of variables, for the routes that have parameters."""

HUGE = 'x' * 1_000_000

# By kind: texts that no query may have, and values that no body may have.
TEXTS: Mapping[type[Parameter], list[str]] = {
    Number: ['', 'x', '0', '-1', '1.5', '1e3', '٣', ' 1', '1001', '9' * 30, 'true', 'NaN'],
    Choice: ['', 'nonsense', 'ASC', 'x' * 3000, 'asc,desc', '\x00'],
    Choices: ['nonsense', ',', 'colour,', 'colour,colour', 'x' * 3000],
    Document: ['x', '[]', '1', 'null', '"x"', '{', '{"colour": {"is": ["x"]}, "colour": {"is": ["y"]}}', '{"x": 1}',
               '{"colour": 1}', '{"colour": {"is": 1}}', '{"colour": {"like": []}}', '{"colour": {"is": [1]}}',
               '{"colour": {"is": [], "within": []}}', '{"colour": {"within": [[1, 2]]}}', '{"a": NaN}', "{'a': 1}",
               '{"ages": {"is": [1]}}', '{"ages": {"within": [[2, 1]]}}', '{"ages": {"within": [[null, null]]}}',
               '{"ages": {"within": [["1", "2"]]}}', '{"pieces": {"is": ["x"]}}', '{"pieces": {"is": [1.5]}}',
               '{"wooden": {"is": ["yes"]}}', '[' * 3000, '{"colour": {"is": ["' + '\\ud800' + '"]}}'],
    Text: [],
    Repeated: ['', 'x', 'BEADBEAD-0000-4000-8000-000000000000', PICTURE + ',' + PICTURE],
}
VALUES: Mapping[type[Parameter], list[Any]] = {
    Number: [None, True, 1.5, [], [1], {}, HUGE, 10 ** 30],
    Choice: [None, 1, True, ['asc'], {}, HUGE],
    Choices: [None, 1, {}, [1], [None], [['colour']], ['colour', 'colour'], ['a,b'], [''], HUGE],
    Document: [None, 1, True, [], ['{}'], HUGE, {HUGE: {'is': []}}, {'colour': {HUGE: []}}],
    Text: [None, 1, True, [], {}, HUGE],
    Repeated: [None, 1, {}, [1], [None], HUGE],
}


@pytest.fixture(scope='module')
def shelf(engine: str) -> Iterator[Shelf]:
    shelf = Shelf(engine)
    shelf.create()
    yield shelf
    shelf.close()


@pytest.fixture(scope='module')
def served(shelf: Shelf, engine: str) -> Chalice:
    return loaded(config(shelf, engine))


@pytest.fixture(scope='module')
def url(served: Chalice) -> Iterator[str]:
    with listening(served) as url:
        yield url


@pytest.fixture(scope='module')
def declared(served: Chalice) -> dict[str, tuple[Any, Mapping[str, Parameter]]]:
    """The parameters by the path, with their route."""
    routes = {route.path: route for route in served.operations}  # type: ignore[attr-defined]
    declared = {
        path.format(**variables): (routes[path], routes[path].parameters(**variables))
        for path, variables in PATHS.items()
    }
    others = [route.path for route in routes.values()
              if '{' not in route.path and route.path not in PATHS and 'GET' in route.methods]
    assert not [path for path in others if routes[path].parameters()], 'routes that PATHS lacks'
    return declared


def refused(name: str, response: requests.Response) -> None:
    assert response.status_code in (400, 414), (name, response.status_code, response.text[:300])
    assert response.headers['Access-Control-Allow-Origin'] == '*'
    body = response.json()
    assert body.keys() - {'Allowed'} == {'Code', 'Message'}
    assert len(body['Message']) < 1000, 'nobody wants to have all of it back'
    if response.status_code == 400:
        # The contract has texts of its own for these two.
        named = {'sort': 'Unable to sort by', 'filters': 'Unable to filter by'}.get(name, name)
        assert name in body['Message'] or named in body['Message'], body


def test_texts_that_a_parameter_does_not_take(url, declared):
    tried = 0
    for path, (_, parameters) in declared.items():
        for name, parameter in parameters.items():
            for text in TEXTS[kind(parameter)]:
                refused(name, requests.get(f'{url}{path}?{name}={quote(text)}', timeout=30))
                tried += 1
    assert tried > 100


def test_values_that_a_parameter_does_not_take(url, declared):
    for path, (route, parameters) in declared.items():
        if route.in_body:
            for name, parameter in parameters.items():
                for value in VALUES[kind(parameter)]:
                    refused(name, requests.post(f'{url}{path}', json={name: value}, timeout=30))


def test_parameters_that_are_repeated_or_no_utf_8_or_unknown(url, declared):
    for path, (_, parameters) in declared.items():
        for name, parameter in parameters.items():
            if not isinstance(parameter, Repeated):
                refused(name, requests.get(f'{url}{path}?{name}=1&{name}=1', timeout=30))
            refused(name, requests.get(f'{url}{path}?{name}=%ff%fe', timeout=30))
            refused(name + 'x', requests.get(f'{url}{path}?{name}x=1', timeout=30))
            refused(name.upper(), requests.get(f'{url}{path}?{name.upper()}=1', timeout=30))


def test_routes_without_parameters_take_none(url):
    for path in '/', '/version', '/health/basic', '/repository/toys/order':
        refused('size', requests.get(f'{url}{path}?size=1', timeout=30))


def test_positions_must_come_in_pairs_that_fit_the_sort(url):
    position = {'search_after': '"x"', 'search_after_uid': 'x'}
    assert requests.get(f'{url}/repository/toys', params=position, timeout=30).status_code == 200
    for wrong in ({'search_after': 'x'}, {'search_after': '[]'}, {'search_after': '1'}, {'search_after': 'true'},
                  {'sort': 'pieces'}, {'sort': 'pieces', 'search_after': '1.5'},
                  {'sort': 'pieces', 'search_after': str(2 ** 70)}):
        refused('search_after', requests.get(f'{url}/repository/toys', params={**position, **wrong}, timeout=30))
    for name in position:
        refused(name, requests.get(f'{url}/repository/toys', params={name: position[name]}, timeout=30))


@pytest.mark.parametrize('body', [b'', b'x', b'[]', b'1', b'null', b'{"size": 1, "size": 2}', b'\xff', b'[' * 100_000])
def test_bodies_that_are_no_object_of_parameters(url, body):
    response = requests.post(f'{url}/repository/toys', body, headers={'Content-Type': 'application/json'}, timeout=30)
    assert response.status_code == 400
    assert 'body' in response.json()['Message']


def test_a_query_and_a_body_do_not_mix(url):
    response = requests.post(f'{url}/repository/toys?size=1', json={}, timeout=30)
    refused('size', response)


def kind(parameter: Parameter) -> type[Parameter]:
    found, = (kind for kind in TEXTS if isinstance(parameter, kind))
    return found
