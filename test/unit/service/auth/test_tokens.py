import time

import pytest

from azul.config import Config
from azul.errors import ConfigurationError, Forbidden, Unauthorized
from azul.plugin import Principal
from azul.service import auth
from azul.service.auth import tokens
from azul.service.auth.google import Google
from azul.service.auth.me import about
from azul.service.auth.none import Nobody
from azul.service.auth.oidc import OIDC
from azul.service.auth.tokens import MAX_TOKEN, bearer


def config(**settings: str) -> Config:
    return Config(stage='test', es_endpoint='engine:1', dss_endpoint='http://store', **settings)


def test_a_token_follows_the_name_of_its_scheme():
    assert bearer(None) is None
    for header in ('Bearer a.b-c', 'bearer a.b-c', 'BEARER  a.b-c '):
        assert bearer(header) == 'a.b-c'


@pytest.mark.parametrize('header', ['', ' ', 'Bearer', 'Bearer ', 'Bearer  ', 'Basic YTpi', 'a.b.c', 'Bearera',
                                    f'Bearer {"a" * (MAX_TOKEN + 1)}', 'Bearer ä', 'Bearer a\x00', 'Bearer\ta'])
def test_a_header_that_is_something_else_is_refused(header):
    with pytest.raises(Forbidden):
        bearer(header)


def test_claims_with_several_values_are_tuples_and_objects_are_left_out():
    claims = {'sub': 'x', 'groups': ['a', 'b'], 'nested': [['a']], 'address': {'street': 'y'}, 'none': None}
    assert tokens.principal(claims) == Principal('x', {'sub': 'x', 'groups': ('a', 'b'), 'none': None})


@pytest.mark.parametrize('claims', [{}, {'sub': None}, {'sub': ''}, {'sub': 3}, {'sub': ['a']}])
def test_claims_say_whose_they_are(claims):
    with pytest.raises(Forbidden):
        tokens.principal(claims)


def test_nobody_is_known_unless_somebody_is_asked_for():
    nobody = auth.load(config())
    assert isinstance(nobody, Nobody)
    assert nobody.principal(None) is nobody.principal('Bearer x') is nobody.principal('nonsense') is None


def test_on_a_laptop_everybody_is_believed():
    trusting = auth.load(config(authenticator='azul.service.auth.trusting.Trusting', aws_endpoint='http://stand-in'))
    assert trusting.principal(None) is None
    assert trusting.principal('Bearer alice') == Principal('alice', {'sub': 'alice'})
    now = int(time.time())
    assert trusting.principal(f'Bearer {{"sub": "alice", "hd": "x", "groups": ["y"], "exp": {now + 9}}}') == Principal(
        'alice', {'sub': 'alice', 'hd': 'x', 'groups': ('y',), 'exp': now + 9}
    )
    for token in (f'{{"sub": "alice", "exp": {now - 1}}}', '{"sub": "alice", "exp": "never"}', '{"hd": "x"}', '{', '{}',
                  '{"sub": "a", "sub": "b"}'):
        with pytest.raises(Forbidden):
            trusting.principal(f'Bearer {token}')


GOOGLE, ANY, TRUSTING = (f'azul.service.auth.{each}' for each in ('google.Google', 'oidc.OIDC', 'trusting.Trusting'))


@pytest.mark.parametrize(('settings', 'faults'), [
    ({'authenticator': 'azul.service.auth.nowhere.Nobody'}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': 'nowhere.Nobody'}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': 'azul.service.auth.none.Somebody'}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': 'azul.service.auth.load'}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': 'azul.config.Config'}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': TRUSTING}, ['AZUL_AUTHENTICATOR']),
    ({'authenticator': GOOGLE}, ['AZUL_AUTH_AUDIENCES']),
    ({'authenticator': ANY}, ['AZUL_AUTH_AUDIENCES', 'AZUL_AUTH_ISSUER']),
    ({'authenticator': ANY, 'auth_issuer': 'http://issuer', 'auth_audiences': 'a'}, ['AZUL_AUTH_ISSUER']),
])
def test_what_is_wrong_with_the_choice_of_an_authenticator_is_named(settings, faults):
    with pytest.raises(ConfigurationError) as caught:
        auth.load(config(**settings))
    assert [fault.split()[0].rstrip(':') for fault in caught.value.faults] == faults


@pytest.mark.parametrize(('settings', 'kind'), [
    ({'authenticator': GOOGLE, 'auth_audiences': 'a,b'}, Google),
    ({'authenticator': ANY, 'auth_audiences': 'a', 'auth_issuer': 'https://issuer.example/'}, OIDC),
    ({'authenticator': ANY, 'auth_audiences': 'a', 'auth_issuer': 'http://issuer', 'aws_endpoint': 'http://b'}, OIDC),
])
def test_an_authenticator_is_made_from_the_settings_and_asks_nobody_until_there_is_a_token(settings, kind):
    authenticator = auth.load(config(**settings))
    assert isinstance(authenticator, kind)
    assert authenticator.principal(None) is None


def test_callers_are_told_what_is_known_of_them():
    before = time.time()
    exp = int(before) + 100
    told = about(Principal('a', {'sub': 'a', 'exp': exp, 'email': 'a@b.example'}))
    assert list(told['claims'].items()) == [('email', 'a@b.example'), ('exp', exp), ('sub', 'a')]
    assert before <= told['last_updated'] <= time.time()
    assert told['ttl'] in (98, 99, 100)
    assert about(Principal('a', {'sub': 'a'}))['ttl'] is None


def test_who_does_not_say_who_they_are_is_told_how_to():
    with pytest.raises(Unauthorized) as caught:
        about(None)
    assert (caught.value.status, caught.value.headers) == (401, {'WWW-Authenticate': 'Bearer'})
