"""Authenticators, with a real issuer: real keys, and a server that can be asked for them."""
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from azul.errors import Forbidden, IssuerError
from azul.plugin import Principal
from azul.service.auth import Authenticator
from azul.service.auth.google import Google
from azul.service.auth.keys import MIN_AGE
from azul.service.auth.oidc import DISCOVERY, OIDC
from azul.service.auth.tokens import LEEWAY
from fixtures.issuer import AUDIENCE, CERTIFICATES, KEYS, Issuer, ec_key, public, public_pem, rsa_key

KINDS = ('oidc', 'google')

LATE = LEEWAY + 60
SOON = LEEWAY // 2


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope='module')
def shared() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def issuer(shared: Issuer) -> Iterator[Issuer]:
    keys = dict(shared.keys)
    shared.asked.clear()
    yield shared
    shared.keys, shared.described, shared.status = keys, {}, 200


def authenticator(kind: str, issuer: Issuer, clock: Clock) -> Authenticator:
    if kind == 'oidc':
        return OIDC(issuer.url, ['other', AUDIENCE], clock)
    return Google(['other', AUDIENCE], issuer.url + CERTIFICATES, clock)


def token(kind: str, issuer: Issuer, *arguments: Any, **changes: Any) -> str:
    return (issuer.token if kind == 'oidc' else issuer.google_token)(*arguments, **changes)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('key_id', ['rsa', 'ec'])
def test_a_token_of_the_issuer_is_believed(issuer, kind, key_id):
    asked = authenticator(kind, issuer, Clock())
    for _ in range(3):
        principal = asked.principal(f'Bearer {token(kind, issuer, key_id, email="a@b.example", groups=["x"])}')
        assert principal is not None
        assert (principal.subject, principal.claims['email']) == ('alice', 'a@b.example')
        assert principal.claims.keys() == {'iss', 'aud', 'sub', 'iat', 'exp', 'email', 'groups'}
        assert principal.claims['groups'] == ('x',)
    assert len(issuer.asked) == {'oidc': 2, 'google': 1}[kind], 'keys are kept'


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('changes', [
    {'iss': 'https://issuer.example'}, {'iss': None}, {'iss': ''},
    {'aud': 'somebody-else'}, {'aud': None}, {'aud': []},
    {'exp': int(time.time()) - LATE}, {'exp': None}, {'exp': 'tomorrow'},
    {'iat': int(time.time()) + LATE + 600},
    {'sub': None}, {'sub': ''}, {'sub': 3},
], ids='-'.join)  # not by values: those of times differ between processes
def test_a_token_with_other_claims_is_refused(issuer, kind, changes):
    refuses(authenticator(kind, issuer, Clock()), token(kind, issuer, **changes))


def test_the_issuer_must_be_exactly_the_one_that_is_configured(issuer):
    refuses(OIDC(issuer.url, [AUDIENCE]), issuer.token(iss=issuer.url + '/'))
    refuses(OIDC(issuer.url, [AUDIENCE]), issuer.google_token())
    refuses(authenticator('google', issuer, Clock()), issuer.token())


def test_one_of_several_audiences_is_enough(issuer):
    assert OIDC(issuer.url, [AUDIENCE]).principal(f'Bearer {issuer.token(aud=["x", AUDIENCE])}') is not None


@pytest.mark.parametrize('kind', KINDS)
def test_clocks_may_differ_a_little(issuer, kind):
    now = int(time.time())
    asked = authenticator(kind, issuer, Clock())
    for changes in ({'exp': now - SOON}, {'iat': now + SOON}):
        assert asked.principal(f'Bearer {token(kind, issuer, **changes)}') is not None


def test_a_token_is_not_believed_before_its_time(issuer):
    asked = authenticator('oidc', issuer, Clock())
    assert asked.principal(f'Bearer {issuer.token(nbf=int(time.time()) + SOON)}') is not None
    refuses(asked, issuer.token(nbf=int(time.time()) + LATE))


@pytest.mark.parametrize('kind', KINDS)
def test_a_token_that_somebody_else_signed_is_refused(issuer, kind):
    asked = authenticator(kind, issuer, Clock())
    for key_id, key in ('rsa', rsa_key()), ('ec', ec_key()), ('rsa', ec_key()), ('ec', rsa_key()):
        refuses(asked, token(kind, issuer, key_id, key=key))
    refuses(asked, token(kind, issuer, 'rsa', key=issuer.keys['ec']))
    refuses(asked, token(kind, issuer, 'ec', key=issuer.keys['rsa']))


@pytest.mark.parametrize('kind', KINDS)
def test_a_token_that_was_changed_is_refused(issuer, kind):
    asked = authenticator(kind, issuer, Clock())
    good = token(kind, issuer)
    assert asked.principal(f'Bearer {good}') is not None
    head, claims, signature = good.split('.')
    other = encoded({**issuer.claims(), 'sub': 'mallory'})
    for bad in (f'{head}.{other}.{signature}', f'{head}.{claims}.', f'{head}.{claims}', f'{head}..{signature}',
                f'{head}.{claims}.{signature[:-4]}', f'{good}.', f'.{good}', '..', '.', good.replace('.', ' ')):
        refuses(asked, bad)


@pytest.mark.parametrize('kind', KINDS)
def test_which_algorithm_is_used_is_not_for_the_token_to_say(issuer, kind):
    asked = authenticator(kind, issuer, Clock())
    key = issuer.keys['rsa']
    claims = encoded(issuer.claims() | ({'iss': 'accounts.google.com'} if kind == 'google' else {}))
    for name in ('none', 'None', 'NONE', '', None, 7, ['RS256'], {}, 'HS256', 'RS512', 'ES256', 'PS256'):
        head = encoded({'alg': name, 'kid': 'rsa', 'typ': 'JWT'})
        refuses(asked, f'{head}.{claims}.')
        # What is public to all as a key must not be taken for a password.
        for password in public_pem(key), json.dumps(public(key)).encode(), b'':
            mac = hmac.new(password, f'{head}.{claims}'.encode(), hashlib.sha256).digest()
            refuses(asked, f'{head}.{claims}.{based(mac)}')


def test_a_key_is_good_for_its_own_purpose_only(issuer):
    keys = [{**public(issuer.keys['rsa']), 'kid': 'rsa', **changes} for changes in (
        {'use': 'enc'}, {'alg': 'RS512'}, {'kid': None}, {'kty': 'oct', 'k': based(b'x' * 64), 'alg': 'HS256'}
    )]
    for key in keys:
        issuer.described = {KEYS: {'keys': [key, {**public(issuer.keys['ec']), 'kid': 'ec'}]}}
        asked = authenticator('oidc', issuer, Clock())
        refuses(asked, issuer.token())
        assert asked.principal(f'Bearer {issuer.token("ec")}') is not None


@pytest.mark.parametrize('kind', KINDS)
def test_a_token_says_with_which_key_it_is_signed(issuer, kind):
    asked = authenticator(kind, issuer, Clock())
    claims = decoded(token(kind, issuer))
    assert asked.principal(f'Bearer {signed(issuer, {"alg": "RS256", "kid": "rsa"}, claims)}') is not None
    refuses(asked, signed(issuer, {'alg': 'RS256'}, claims))
    for key_id in (None, 7, ['rsa'], {}, 'ec', 'unknown'):
        refuses(asked, signed(issuer, {'alg': 'RS256', 'kid': key_id}, claims))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('algorithm', ['RS384', 'RS512', 'PS256'])
def test_an_algorithm_that_nobody_agreed_on_is_refused_even_if_all_is_right(issuer, kind, algorithm):
    claims = decoded(token(kind, issuer))
    other = jwt.encode(claims, issuer.keys['rsa'], algorithm, headers={'kid': 'rsa'})
    refuses(authenticator(kind, issuer, Clock()), other)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@pytest.mark.parametrize('kind', KINDS)
def test_whatever_comes_for_a_token_is_refused(shared, kind):
    asked = authenticator(kind, shared, Clock())
    assert asked.principal(f'Bearer {token(kind, shared)}') is not None
    known = {'alg': st.sampled_from(['RS256', 'ES256']) | JSON, 'kid': st.sampled_from(['rsa', 'ec']) | JSON}
    heads = st.fixed_dictionaries({}, optional={**known, 'crit': JSON, 'b64': JSON}).map(encoded)

    @settings(deadline=None, max_examples=150)
    @given(st.one_of(
        st.text(), st.tuples(heads, (JSON | st.fixed_dictionaries({'exp': JSON})).map(encoded), st.binary().map(based)
                             ).map('.'.join),
        st.just(f'{based(b"[" * 3000)}.{based(b"{" * 2000)}.')
    ))
    def check(text: str) -> None:
        refuses(asked, text)

    check()


@pytest.mark.parametrize('kind', KINDS)
def test_keys_may_change(issuer, kind):
    clock = Clock()
    asked = authenticator(kind, issuer, clock)
    old = token(kind, issuer)
    assert asked.principal(f'Bearer {old}') is not None
    issuer.keys = {'new': rsa_key()}
    new = token(kind, issuer, 'new')
    refuses(asked, new)
    clock.now += MIN_AGE + 1
    assert asked.principal(f'Bearer {new}') is not None
    refuses(asked, old)


@pytest.mark.parametrize('kind', KINDS)
def test_who_makes_keys_up_does_not_have_the_issuer_asked_again_and_again(issuer, kind):
    asked = authenticator(kind, issuer, Clock())
    key = ec_key()
    for number in range(50):
        refuses(asked, token(kind, issuer, f'key-{number}', key=key))
    assert len(issuer.asked) == {'oidc': 2, 'google': 1}[kind]
    assert asked.principal(f'Bearer {token(kind, issuer)}') is not None


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('status', [0, 404, 500, 302])
def test_while_the_issuer_does_not_answer_nobody_is_told_that_they_are_wrong(issuer, kind, status):
    clock = Clock()
    asked = authenticator(kind, issuer, clock)
    good = token(kind, issuer)
    issuer.status = status
    for _ in range(3):
        with pytest.raises(IssuerError) as caught:
            asked.principal(f'Bearer {good}')
        assert good not in str(caught.value)
    assert len(issuer.asked) == 1
    refuses(asked, 'nonsense')
    issuer.status = 200
    clock.now += MIN_AGE + 1
    assert asked.principal(f'Bearer {good}') == Principal('alice', {
        name: value for name, value in issuer.claims().items() if name not in ('iss', 'iat', 'exp')
    } | {name: value for name, value in decoded(good).items() if name in ('iss', 'iat', 'exp')})


@pytest.mark.parametrize(('kind', 'described'), [
    ('oidc', {DISCOVERY: []}), ('oidc', {DISCOVERY: {}}), ('oidc', {DISCOVERY: {'issuer': 'https://other.example'}}),
    ('oidc', {DISCOVERY: {'issuer': 'SELF'}}), ('oidc', {DISCOVERY: {'issuer': 'SELF', 'jwks_uri': 7}}),
    ('oidc', {DISCOVERY: {'issuer': 'SELF', 'jwks_uri': 'file:///etc/passwd'}}),
    ('oidc', {KEYS: {}}), ('oidc', {KEYS: {'keys': 'x'}}), ('oidc', {KEYS: {'keys': [7, {}, {'kty': 'RSA'}]}}),
    ('google', {CERTIFICATES: []}), ('google', {CERTIFICATES: {'rsa': 7}}),
], ids=str)
def test_an_issuer_that_makes_no_sense_is_as_good_as_none(issuer, kind, described):
    issuer.described = json.loads(json.dumps(described).replace('SELF', issuer.url))
    with pytest.raises(IssuerError):
        authenticator(kind, issuer, Clock()).principal(f'Bearer {token(kind, issuer)}')


def test_a_certificate_that_is_none_makes_no_token_good(issuer):
    issuer.described = {CERTIFICATES: {'rsa': 'x', 'ec': ''}}
    for key_id in ('rsa', 'ec'):
        refuses(authenticator('google', issuer, Clock()), issuer.google_token(key_id))


def refuses(asked: Authenticator, text: str) -> None:
    with pytest.raises(Forbidden) as caught:
        asked.principal(f'Bearer {text}')
    error = caught.value
    assert error.__cause__ is None
    assert len(text.strip()) < 3 or text not in error.text


def signed(issuer: Issuer, head: Any, claims: Any) -> str:
    """A token with a good signature, whatever it says of that."""
    content = f'{encoded(head)}.{encoded(claims)}'
    signature = issuer.keys['rsa'].sign(content.encode(), PKCS1v15(), SHA256())
    return f'{content}.{based(signature)}'


def based(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b'=').decode()


def encoded(value: Any) -> str:
    return based(json.dumps(value).encode())


def decoded(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split('.')[1] + '=='))
    return claims
