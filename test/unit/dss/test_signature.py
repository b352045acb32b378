from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.dss.signature import MAX_SKEW, key_id, sign, verify
from azul.errors import Unauthorized

NOW = datetime(2026, 11, 22, 10, 42, 20, tzinfo=UTC)
BODY = b'{"a": 1}'
KEYS = {'K': 'secret', 'L': 'other'}


def signed(**changes: str) -> dict[str, str]:
    return {**sign(BODY, 'K', 'secret', NOW), **changes}


def authorization(**parameters: str) -> str:
    original = {'keyId': 'K', 'algorithm': 'hmac-sha256', 'headers': 'date digest',
                'signature': 'AiXvH2MhErTyZP5Z/rxKLSvywMXBnLDysSfX3fQX+0M='}
    return 'Signature ' + ','.join(f'{name}="{value}"' for name, value in {**original, **parameters}.items())


def test_a_known_answer():
    assert signed() == {
        'Date': 'Sun, 22 Nov 2026 10:42:20 GMT',
        'Digest': 'SHA-256=+dhgKMbg1k4iUYb5astpM4ssWXZN95FiEH9cS7NNExA=',
        'Authorization': authorization(),
    }


@given(st.binary(), st.text(st.characters(codec='ascii', categories=['L', 'N']), min_size=1), st.text())
def test_what_is_signed_is_genuine(body: bytes, key: str, secret: str):
    headers = sign(body, key, secret.encode(errors='ignore').decode(), NOW)
    assert key_id(headers) == key
    verify(headers, body, {key: secret.encode(errors='ignore').decode()}, NOW)


def test_names_of_headers_may_have_any_case():
    verify({name.upper(): value for name, value in signed().items()}, BODY, KEYS, NOW)


@pytest.mark.parametrize('skew', [-MAX_SKEW, MAX_SKEW])
def test_clocks_may_differ_a_little(skew: timedelta):
    verify(signed(), BODY, KEYS, NOW + skew)


@pytest.mark.parametrize('skew', [-MAX_SKEW - timedelta(seconds=1), MAX_SKEW + timedelta(seconds=1)])
def test_a_signature_cannot_be_replayed_later(skew: timedelta):
    with pytest.raises(Unauthorized):
        verify(signed(), BODY, KEYS, NOW + skew)


@pytest.mark.parametrize('headers', [
    {},
    {'Authorization': 'Bearer token'},
    {'Authorization': authorization()},
    signed(Authorization=authorization(keyId='L')),
    signed(Authorization=authorization(keyId='M')),
    signed(Authorization=authorization(algorithm='rsa-sha256')),
    signed(Authorization=authorization(headers='date')),
    signed(Authorization=authorization(headers='digest')),
    signed(Authorization=authorization(headers='date digest host')),
    signed(Authorization=authorization(signature='')),
    signed(Authorization=authorization(signature='ä')),
    signed(Authorization=authorization(signature='AAAA')),
    signed(Authorization=authorization() + ',keyId="L"'),
    signed(Date='Sun, 22 Nov 2026 10:42:21 GMT'),
    signed(Date='yesterday'),
    signed(Date=''),
    signed(Digest='SHA-256=AAAA'),
    signed(Digest=sign(b'other', 'K', 'secret', NOW)['Digest']),
])
def test_anything_else_is_refused(headers: dict[str, str]):
    with pytest.raises(Unauthorized, match='Invalid authorization credentials'):
        verify(headers, BODY, KEYS, NOW)


def test_another_body_is_refused():
    with pytest.raises(Unauthorized):
        verify(signed(), b'{"a": 2}', KEYS, NOW)


@given(st.dictionaries(st.sampled_from(['Date', 'Digest', 'Authorization']), st.text()), st.binary())
def test_no_nonsense_is_more_than_refused(headers: dict[str, str], body: bytes):
    with pytest.raises(Unauthorized):
        verify({**signed(), 'Digest': 'none', **headers}, body, KEYS, NOW)


@given(st.dictionaries(st.sampled_from(['keyId', 'algorithm', 'headers', 'signature', 'other']), st.text()))
def test_no_nonsense_in_the_parameters_is_more_than_refused(parameters: dict[str, str]):
    with pytest.raises(Unauthorized):
        verify(signed(Authorization=authorization(**{'signature': '', **parameters})), BODY, KEYS, NOW)
