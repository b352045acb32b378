"""Who asks, as the service sees it, and what it says to whom, with a real issuer."""
import dataclasses
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

from azul.errors import ConfigurationError
from fixtures.described import Described
from fixtures.described import ask as described_ask
from fixtures.issuer import AUDIENCE, Issuer, ec_key
from fixtures.lambdas import listening, loaded
from fixtures.shelf import Shelf, aggregate
from integration.service.test_app import app_client, ask, config

OPEN = '11111111-0000-4000-8000-000000000000'
CLOSED = '22222222-0000-4000-8000-000000000000'

AUTHENTICATORS = {
    'nobody': 'azul.service.auth.none.Nobody',
    'trusting': 'azul.service.auth.trusting.Trusting',
    'oidc': 'azul.service.auth.oidc.OIDC',
    'google': 'fixtures.issuer.GoogleAtHome',
}

EVERYTHING = json.dumps({})

DATA = ('/repository/toys', f'/repository/toys/{OPEN}', '/repository/summary', '/integrations')

NO_DATA = ('/', '/version', '/health/basic', '/repository', '/repository/toys/order', '/openapi')


@pytest.fixture(scope='module')
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope='module')
def shelf(engine: str) -> Iterator[Shelf]:
    shelf = Shelf(engine)
    shelf.create()
    shelf.put(*(aggregate('toys', entity_id, boxes=[{'maker': [maker], 'label': [None]}], toys=[{'name': maker}])
                for entity_id, maker in ((OPEN, 'Carver'), (CLOSED, 'Toymaker'))))
    yield shelf
    shelf.close()


@pytest.fixture(scope='module')
def clients(shelf: Shelf, engine: str, issuer: Issuer) -> dict[str, Client]:
    return {
        name: app_client(dataclasses.replace(config(shelf, engine), project='guarded', authenticator=authenticator,
                                             auth_issuer=issuer.url, auth_audiences=f'x,{AUDIENCE}', debug=2))
        for name, authenticator in AUTHENTICATORS.items()
    }


def seen(client: Client, token: str | None = None) -> Any:
    """The hits, by their name."""
    status, body, _ = ask(client, '/repository/toys', **bearing(token))
    assert status == 200, body
    return [hit['toys'][0]['name'] for hit in body['hits']]


def bearing(token: str | None) -> dict[str, str]:
    return {} if token is None else {'Authorization': f'Bearer {token}'}


def tokens(issuer: Issuer, **claims: Any) -> dict[str, str]:
    return {'trusting': json.dumps({'sub': 'alice', **claims}), 'oidc': issuer.token('ec', **claims),
            'google': issuer.google_token(**claims)}


def test_who_asks_decides_what_is_seen(clients, issuer):
    both = json.dumps({'maker': ['Toymaker', 'Carver']})
    closed = json.dumps({'maker': ['Toymaker']})
    for name, token in tokens(issuer, allowed=EVERYTHING).items():
        client = clients[name]
        assert seen(client) == ['Carver']
        assert seen(client, token) == ['Carver', 'Toymaker']
        assert seen(client, tokens(issuer, allowed=both)[name]) == ['Carver', 'Toymaker']
        assert seen(client, tokens(issuer, allowed=closed)[name]) == ['Toymaker']
        assert seen(client, tokens(issuer)[name]) == ['Carver']


def test_the_parameters_of_a_post_are_no_way_around(clients):
    response = clients['trusting'].http.post('/repository/toys', headers={'Content-Type': 'application/json'},
                                             body=json.dumps({'filters': {'maker': {'is': ['Toymaker']}}}).encode())
    assert json.loads(response.body)['hits'] == []


def test_where_nobody_is_known_everybody_is_nobody_in_particular(clients):
    assert seen(clients['nobody']) == seen(clients['nobody'], '{"sub": "a", "allowed": "{}"}') == ['Carver']
    status, _, response = ask(clients['nobody'], '/repository/toys', Authorization='Basic nonsense')
    assert (status, response.headers['Cache-Control']) == (200, 'no-cache')
    assert 'Vary' not in response.headers


@pytest.mark.parametrize('path', [*DATA, '/me'])
def test_a_token_that_is_not_good_is_refused_wherever_data_are_read(clients, issuer, path):
    bad = {'trusting': '{"hd": "x"}', 'oidc': issuer.token(key=ec_key()), 'google': issuer.google_token(exp=1)}
    for name, token in bad.items():
        for header in (f'Bearer {token}', token, '', 'Basic YTpi'):
            for method in 'GET', 'HEAD':
                status, body, response = ask(clients[name], path, method, Authorization=header)
                assert status == 403
                assert (body is None) == (method == 'HEAD')
                assert body is None or body['Code'] == 'ForbiddenError'
                assert token not in response.body.decode()
                check_private(response)


WITHOUT_DATA = {'/', '/version', '/health', '/health/{keys}', '/repository', '/repository/{entity_type}/order',
                '/openapi', '/swagger', '/swagger/{file}', '/manifest/object',
                '/ga4gh/drs/v1/service-info', '/url'}


def test_a_route_looks_at_tokens_unless_it_is_known_to_have_no_data(shelf, engine):
    served = loaded(dataclasses.replace(config(shelf, engine), authenticator=AUTHENTICATORS['trusting']))
    assert {'/me', '/integrations', '/repository/{entity_type}'} <= served.routes.keys()
    for route in served.routes:
        path = route.format(keys='basic', entity_type='toys', entity_id=OPEN, file='x', file_uuid=OPEN, object_id=OPEN,
                            access_id='https')
        response = Client(served).http.get(path, headers={'Authorization': 'nonsense'})
        assert (response.status_code == 403) == (route not in WITHOUT_DATA), route


def test_a_refusal_is_the_same_whether_or_not_there_is_what_is_asked_for(clients):
    answers = {ask(clients['oidc'], f'/repository/toys/{entity_id}', Authorization='Bearer x')[2].body
               for entity_id in (OPEN, CLOSED, OPEN.replace('1', '3'))}
    assert len(answers) == 1


@pytest.mark.parametrize('path', NO_DATA)
def test_what_has_no_data_is_for_everybody(clients, path):
    for client in clients.values():
        assert ask(client, path, Authorization='nonsense')[0] == 200


def check_private(response: Any) -> None:
    assert response.headers['Cache-Control'] in ('no-cache, private', 'no-store, private')
    assert response.headers['Vary'] == 'Authorization'


@pytest.mark.parametrize('path', [*DATA, *NO_DATA, '/repository/toys?size=0', f'/repository/toys/{CLOSED}', '/me'])
def test_no_answer_may_be_kept_for_others(clients, path):
    for name in AUTHENTICATORS.keys() - {'nobody'}:
        for method in 'GET', 'HEAD':
            check_private(ask(clients[name], path, method)[2])


def test_what_one_knows_is_not_sent_again_but_only_to_those_who_may_see_it(clients):
    client, token = clients['trusting'], json.dumps({'sub': 'a', 'allowed': EVERYTHING})
    path = f'/repository/toys/{CLOSED}'
    tag = ask(client, path, **bearing(token))[2].headers['ETag']
    status, _, response = ask(client, path, **bearing(token), **{'If-None-Match': tag})
    assert status == 304
    check_private(response)
    assert ask(client, path, **{'If-None-Match': tag})[0] == 404
    assert ask(client, path, Authorization='Bearer {', **{'If-None-Match': tag})[0] == 403
    page = ask(client, '/repository/toys', **bearing(token))[2].headers['ETag']
    assert ask(client, '/repository/toys', **{'If-None-Match': page})[0] == 200, 'another page'


def test_callers_are_told_what_is_known_of_them(clients, issuer):
    for name, token in tokens(issuer, email='a@b.example', groups=['x'], exp=int(time.time()) + 100).items():
        status, body, response = ask(clients[name], '/me', **bearing(token))
        assert status == 200
        assert body.keys() == {'claims', 'ttl', 'last_updated'}
        assert body['claims']['sub'] == 'alice'
        assert body['claims']['email'] == 'a@b.example'
        assert 'groups' not in body['claims']
        assert 90 <= body['ttl'] <= 100
        assert abs(body['last_updated'] - time.time()) < 10
        assert token not in response.body.decode()
        assert response.headers['Cache-Control'] == 'no-store, private'
        assert 'ETag' not in response.headers
        assert ask(clients[name], '/me', 'HEAD', **bearing(token))[:2] == (200, None)
    assert ask(clients['trusting'], '/me', **bearing('bob'))[1]['ttl'] is None


def test_the_document_of_the_api_says_what_is_answered_to_whom(shelf, engine):
    settings = dataclasses.replace(config(shelf, engine), project='guarded', authenticator=AUTHENTICATORS['trusting'])
    with listening(loaded(settings)) as url:
        described = Described(described_ask(url, '/openapi').json())
        assert described.document['components']['securitySchemes'] == {'token': {'type': 'http', 'scheme': 'bearer'}}
        statuses = set()
        for headers in {}, bearing('{"sub": "alice", "n": 1.5, "b": true, "nothing": null}'), bearing('{'):
            for path in (*DATA, f'/repository/toys/{CLOSED}', '/me'):
                for method in 'GET', 'HEAD':
                    answer = described_ask(url, path, method, headers)
                    statuses.add((path, answer.status_code))
                    assert described.faults(answer) == []
        assert statuses >= {('/me', 200), ('/me', 401), ('/me', 403), (DATA[0], 200), (DATA[0], 403)}


def test_who_does_not_say_who_they_are_is_told_how_to(clients):
    for client in clients.values():
        status, body, response = ask(client, '/me')
        assert (status, body['Code'], response.headers['WWW-Authenticate']) == (401, 'UnauthorizedError', 'Bearer')
    assert ask(clients['nobody'], '/me', Authorization='Bearer x')[0] == 401, 'nobody knows anybody'


def test_while_the_issuer_does_not_answer_those_with_a_token_have_to_come_again(shelf, engine, issuer):
    configured = dataclasses.replace(config(shelf, engine), project='guarded', authenticator=AUTHENTICATORS['oidc'],
                                     auth_issuer=issuer.url, auth_audiences=AUDIENCE)
    client = app_client(configured)
    issuer.status = 0
    try:
        for path in (*DATA, '/me'):
            status, body, response = ask(client, path, **bearing(issuer.token()))
            assert (status, body['Code']) == (503, 'ServiceUnavailableError')
            assert int(response.headers['Retry-After']) > 0
            check_private(response)
        assert seen(client) == ['Carver']
    finally:
        issuer.status = 200


@pytest.mark.parametrize(('allowed', 'fault'), [
    ({'nothing': []}, "restriction: 'nothing' is not the external name of a field that all entity types have"),
    ({'entryId': [OPEN]}, "restriction: 'entryId' is not the external name"),
    ({'boxId': ['x']}, "restriction: aggregates of pictures do not have all values of 'boxId'"),
    ({'pieces': ['1']}, "restriction: aggregates of pictures do not have all values of 'pieces'"),
    ({'ages': []}, "restriction: 'ages' is a range"),
    ({'maker': 'Carver'}, "restriction: 'maker' has no collection of values, but str"),
    ({'maker': 7}, "restriction: 'maker' has no collection of values, but int"),
    ({'maker': None}, "restriction: 'maker' has no collection of values, but NoneType"),
    ({'maker': ['Carver', 7]}, "restriction: 'maker': int is no text"),
    ({'maker': [['Carver']]}, "restriction: 'maker': list is no text"),
    ({'maker': ['\ud800']}, "restriction: 'maker': 'utf-8' codec"),
    ({'wooden': ['yes']}, "restriction: 'wooden': \"yes\" is neither null nor a value of type boolean"),
    ({'maker': [str(number) for number in range(501)]}, 'restriction: it has more than 500 values'),
    ([], 'restriction: it is no mapping, but list'),
    (None, 'restriction: it is no mapping, but NoneType'),
])
def test_a_restriction_that_makes_no_sense_shows_nothing_and_is_the_plug_ins_fault(clients, caplog, allowed, fault):
    token = json.dumps({'sub': 'alice', 'allowed': json.dumps(allowed)})
    for path in DATA:
        status, body, _ = ask(clients['trusting'], path, **bearing(token))
        assert (status, body['Code']) == (500, 'InternalServerError')
    assert caplog.text.count("Plug-in 'guarded'") == len(DATA)
    assert caplog.text.count(fault) == len(DATA)


def test_the_library_of_an_authenticator_is_loaded_only_where_it_is_chosen(shelf, engine):
    def loaded(authenticator: str) -> set[str]:
        settings = dataclasses.replace(config(shelf, engine), authenticator=authenticator, auth_audiences='a',
                                       auth_issuer='https://issuer.example')
        code = 'import sys; from azul.local.lambdas import load_app; load_app("service"); print(*sys.modules)'
        path = os.pathsep.join(path for path in sys.path if path)
        found = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True,
                               env={**settings.to_environment(), 'PYTHONPATH': path})
        return set(found.stdout.split()) & {'jwt', 'google.auth.jwt', 'cryptography', 'azul.local.lambdas'}

    assert loaded(AUTHENTICATORS['nobody']) == loaded(AUTHENTICATORS['trusting']) == {'azul.local.lambdas'}
    assert loaded(AUTHENTICATORS['oidc']) == {'azul.local.lambdas', 'jwt', 'cryptography'}
    assert loaded('azul.service.auth.google.Google') == {'azul.local.lambdas', 'google.auth.jwt', 'cryptography'}


@pytest.mark.parametrize(('settings', 'variable'), [
    ({'authenticator': 'azul.service.auth.nowhere.Nobody'}, 'AZUL_AUTHENTICATOR'),
    ({'authenticator': AUTHENTICATORS['trusting'], 'aws_endpoint': ''}, 'AZUL_AUTHENTICATOR'),
    ({'authenticator': AUTHENTICATORS['oidc']}, 'AZUL_AUTH_ISSUER'),
])
def test_a_service_does_not_start_with_an_authenticator_that_is_none(shelf, engine, settings, variable):
    with pytest.raises(ConfigurationError, match=variable):
        app_client(dataclasses.replace(config(shelf, engine), **settings))


def test_tokens_are_nowhere_to_be_read(clients, issuer, caplog):
    caplog.set_level(logging.DEBUG)
    issuer.asked.clear()
    secret = 'thisismysecret'
    for name, good in tokens(issuer, allowed=EVERYTHING, jti=secret).items():
        bad = [f'Bearer {token}' for token in (
            good[:-8], f'{good}x', f'{good}.{secret}', secret, '{' + secret, f'a.{secret}.c', f'{secret} {secret}',
            issuer.token('unknown', key=ec_key(), jti=secret), issuer.token(exp=1, jti=secret)
        )]
        for header in (f'Bearer {good}', *bad, secret, f'Basic {secret}', f'Bearer {good}é'):
            for path in (*DATA, '/me', '/repository/toys?size=0', f'/repository/toys/{CLOSED}'):
                for method in 'GET', 'HEAD':
                    response = ask(clients[name], path, method, Authorization=header)[2]
                    own = path == '/me' and response.status_code == 200
                    assert own or secret not in response.body.decode()
                    assert good not in response.body.decode()
    issuer.status = 500
    try:
        ask(clients['oidc'], '/me', Authorization=f'Bearer {issuer.token("unknown", key=ec_key(), jti=secret)}')
    finally:
        issuer.status = 200
    assert caplog.records, 'something is logged'
    assert {record.name.partition('.')[0] for record in caplog.records} >= {'urllib3', 'elasticsearch'}
    assert caplog.records[0].levelno <= logging.INFO
    whole = '\n'.join([caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert secret not in whole
    for token in tokens(issuer, allowed=EVERYTHING).values():
        assert token.split('.')[0] not in whole
