"""The keys of notifications, and of who subscribes to them, in a Secrets Manager."""
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.dss.signature import sign
from azul.errors import SecretError, SecretMissing, Unauthorized
from azul.indexer import credentials
from azul.indexer.credentials import ACTIONS, Action, keys
from azul.indexer.door import Door
from azul.local.provision import provide_secrets
from fixtures.service_accounts import GoogleAccount
from fixtures.toys import unique

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(aws: str) -> Config:
    return Config(stage=unique('test'), project='toy', es_endpoint='nowhere:1', aws_endpoint=aws,
                  dss_endpoint='http://nowhere.invalid/v1')


@pytest.fixture
def secret(config) -> Secret:
    return connect(config)


def connect(config: Config) -> Secret:
    return Secret(clients.secrets(config), config.naming.hmac_secret())


def lets_in(config: Config, key: tuple[str, str], action: Action) -> bool:
    door = Door(connect(config), None, lambda: datetime.now(UTC))
    try:
        door.verify(action, 'post /', sign(b'', *key, datetime.now(UTC)), b'')
    except Unauthorized:
        return False
    return True


def test_a_secret_that_exists_is_left_alone(config, secret):
    assert secret.create(credentials.generated())
    before = secret.read()
    assert not secret.create(credentials.generated())
    provide_secrets(config)
    assert connect(config).read() == before
    assert [len(keys(before, action)) for action in ACTIONS] == [1, 1]


def test_a_secret_that_terraform_made_without_a_value_gets_one(config, secret):
    clients.secrets(config).create_secret(Name=config.naming.hmac_secret())
    with pytest.raises(SecretMissing):
        secret.read()
    assert secret.create(credentials.generated())
    before = connect(config).read()
    assert not secret.create(credentials.generated())
    assert connect(config).read() == before


def test_of_each_action_the_new_key_and_the_one_before_are_good_for_that_action_only(config, secret):
    secret.create(credentials.generated())
    history: dict[Action, list[tuple[str, str]]] = {action: [] for action in ACTIONS}
    for generation in range(4):
        for action, other in zip(ACTIONS, reversed(ACTIONS), strict=True):
            newest = next(iter(keys(secret.read(), action).items()))
            history[action].insert(0, newest)
            good = [lets_in(config, key, action) for key in history[action]]
            assert good == [True, True, False, False][:generation + 1]
            assert not lets_in(config, newest, other)
        credentials.rotate(secret)
    assert len({key for known in history.values() for key in known}) == 8


def test_what_was_destroyed_can_be_created_again(secret):
    secret.create(credentials.generated())
    before = secret.read()
    secret.destroy()
    secret.destroy()
    with pytest.raises(SecretMissing, match='cannot read'):
        secret.read()
    assert secret.create(credentials.generated())
    assert secret.read() != before


def test_there_is_nothing_to_rotate_before_it_is_created(secret):
    with pytest.raises(SecretError, match=r'cannot read .*ResourceNotFound'):
        credentials.rotate(secret)
    with pytest.raises(SecretError, match=r'cannot write .*ResourceNotFound'):
        secret.write({})


def test_a_secret_of_another_make_is_neither_rotated_nor_shown(config, secret):
    secret.create({'add': ['hush']})
    with pytest.raises(SecretError, match='the secret must be') as caught:
        credentials.rotate(secret)
    assert 'hush' not in str(caught.value)
    assert connect(config).read() == {'add': ['hush']}


def operate(config: Config, *arguments: str, status: int = 0, answer: str = '', kind: str = 'hmac') -> str:
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / 'provision_credentials.py'), kind, *arguments],
                          env={**config.to_environment(), 'AZUL_TERRAFORM_BACKEND_BUCKET': 'none',
                               'PYTHONPATH': str(ROOT / 'src'), 'AZUL_DEBUG': '2'},
                          text=True, input=answer, capture_output=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_line_shows_no_secret(config):
    clients.secrets(config).create_secret(Name=config.naming.hmac_secret())
    told = operate(config, 'create')
    value = connect(config).read()
    told += operate(config, 'create')
    assert 'left alone' in told
    told += operate(config, 'rotate')
    rotated = connect(config).read()
    assert rotated['add'][1:] == value['add']
    assert 'Nothing was destroyed' in operate(config, 'destroy', status=1)
    assert 'Nothing was destroyed' in operate(config, 'destroy', status=1, answer='n')
    assert connect(config).read() == rotated
    told += operate(config, 'destroy', answer='y')
    told += operate(config, 'destroy', '--yes')
    for each in value, rotated:
        for entry in each['add'] + each['delete']:
            assert entry['key'] not in told
            assert entry['key_id'] not in told
    assert 'cannot read' in operate(config, 'rotate', status=1)


@pytest.mark.parametrize('kind', ['hmac', 'token'])
def test_a_secret_that_is_terraforms_to_make_is_not_made_in_its_place(config, kind):
    name = {'hmac': config.naming.hmac_secret(), 'token': config.naming.token_secret()}[kind]
    # It would fail over one that exists.
    assert '`make terraform` makes it' in operate(config, 'create', kind=kind, status=1)
    with pytest.raises(SecretMissing):
        Secret(clients.secrets(config), name).write({})


@pytest.fixture
def account() -> GoogleAccount:
    return GoogleAccount('indexer@project.iam.gserviceaccount.com')


def test_the_key_of_a_service_account_is_kept_as_google_gave_it_out(config, account):
    name = config.naming.google_secret()

    def kept():
        return Secret(clients.secrets(config), name).read()

    told = operate(config, 'create', kind='google-key', answer=json.dumps(account.key))
    assert kept() == account.key
    told += operate(config, 'create', kind='google-key', answer=json.dumps({**account.key, 'private_key_id': 'second'}))
    assert 'left alone' in told
    assert kept() == account.key
    assert 'Nothing was destroyed' in operate(config, 'destroy', kind='google-key', status=1)
    told += operate(config, 'destroy', '--yes', kind='google-key')
    told += operate(config, 'destroy', '--yes', kind='google-key')
    operate(config, 'create', kind='google-key', answer=json.dumps(account.key))
    assert not any(line in told for line in account.key['private_key'].splitlines())


@pytest.mark.parametrize(('content', 'fault'), [
    ('', 'not a JSON object'),
    ('["hush"]', 'not a JSON object'),
    ('{"private_key": "hush"}', 'it has no client_email'),
], ids=str)
def test_what_is_no_key_of_a_service_account_is_not_kept(config, content, fault):
    said = operate(config, 'create', kind='google-key', answer=content, status=1)
    assert fault in said
    assert 'hush' not in said
    with pytest.raises(SecretMissing):
        Secret(clients.secrets(config), config.naming.google_secret()).read()
