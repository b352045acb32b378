from datetime import UTC, datetime

import jwt
import pytest
import requests

from azul.dss.service_account import LIFETIME, ServiceAccount
from azul.errors import ConfigurationError
from fixtures.issuer import public_pem
from fixtures.service_accounts import GoogleAccount

STORE = 'https://store.example.org/v1'

ACCOUNT = GoogleAccount('indexer@project.iam.gserviceaccount.com')


MADE_UP = '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n'


@pytest.fixture
def us() -> ServiceAccount:
    return ServiceAccount(ACCOUNT.key, STORE, 'https://store.example.org/', {'https://claims.example/group': 'readers'})


def authorization(us: ServiceAccount, url: str) -> str | None:
    request = requests.Request('GET', url, auth=us).prepare()
    return request.headers.get('Authorization')


def test_the_account_signs_its_tokens_itself(us):
    scheme, token = (authorization(us, f'{STORE}/subscriptions?replica=aws') or '').split(' ')
    assert scheme == 'Bearer'
    assert jwt.get_unverified_header(token)['kid'] == 'first'
    claims = jwt.decode(token, public_pem(ACCOUNT.private), ['RS256'], audience='https://store.example.org/')
    now = datetime.now(UTC).timestamp()
    assert claims['iss'] == claims['sub'] == ACCOUNT.email == us.email
    assert claims['https://claims.example/group'] == 'readers'
    assert now - 60 <= claims['iat'] <= now
    assert claims['exp'] == claims['iat'] + LIFETIME


@pytest.mark.parametrize('url', ['https://elsewhere.example.org/v1/subscriptions', 'http://store.example.org/v1/x',
                                 'https://store.example.org/v1.evil.example/', 'https://store.example.org/v10/x'])
def test_nobody_else_gets_a_token(us, url):
    assert authorization(us, url) is None


@pytest.mark.parametrize(('changes', 'fault'), [
    ({'type': 'authorized_user'}, 'its type is not service_account'),
    ({'client_email': None}, 'it has no client_email'),
    ({'private_key': ''}, 'it has no private_key'),
    ({'private_key': 'hush'}, 'its private_key cannot be read'),
    ({'private_key': MADE_UP}, 'its private_key cannot be read'),
    ({'private_key_id': 1}, 'it has no private_key_id'),
    ({'token_uri': None}, 'it has no token_uri'),
], ids=str)
def test_what_is_no_key_is_refused_and_not_shown(changes, fault):
    with pytest.raises(ConfigurationError) as caught:
        ServiceAccount({**ACCOUNT.key, **changes}, STORE, 'audience')
    assert caught.value.faults == (fault,)
    assert 'hush' not in str(caught.value)
    assert caught.value.__cause__ is None
