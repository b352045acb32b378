"""`scripts/subscribe.py`: a deployment, a Secrets Manager, and a data store that wants to know who asks."""
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.deployment import Deployment
from azul.dss.client import DssClient
from azul.dss.service_account import ServiceAccount
from azul.indexer import credentials
from azul.indexer.credentials import keys
from azul.local.store.server import serving
from fixtures.bundle_folder import VERSION
from fixtures.callbacks import Callbacks, callbacks
from fixtures.service_accounts import GoogleAccount
from fixtures.toys import unique
from scripts.subscribe import main

ROOT = Path(__file__).resolve().parents[3]

US = GoogleAccount('azul-indexer@project.iam.gserviceaccount.com')

PREFIX = 'https://claims.example/'

CLAIMS = {f'{PREFIX}group': 'readers', f'{PREFIX}email': US.email}


@dataclass(frozen=True)
class Trial:
    """
    :ivar store: URL of the data store
    """
    deployment: Deployment
    store: str
    capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str, status: int = 0, **changes: Any) -> str:
        """What the script says, to whomever, which is never a secret."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in replace(self.deployment, **changes).to_environment().items():
                patch.setenv(name, value)
            done = main(arguments)
        said = ''.join(self.capture.readouterr())
        assert done == status, said
        for secret in self.secrets():
            assert secret not in said
        return said

    def secrets(self) -> list[str]:
        lines = US.key['private_key'].splitlines()[1:-1]
        try:
            value = self.hmac.read()
        except Exception:  # noqa: BLE001
            return lines
        return [*lines, *(each['key'] for action in ('add', 'delete') for each in value[action])]

    def subscriptions(self, account: GoogleAccount = US) -> list[dict[str, Any]]:
        endpoint = self.deployment.dss_endpoint
        claims = {**CLAIMS, f'{PREFIX}email': account.email}
        us = ServiceAccount(account.key, endpoint, f'{self.store}/', claims)
        return list(DssClient.connect(endpoint, 1, account=us).subscriptions())

    def callbacks(self) -> set[str]:
        return {each['callback_url'] for each in self.subscriptions()}

    def notify(self, kind: str, uuid: str = 'abcdef01-1111-4111-8111-111111111111') -> int:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f'{self.store}/_notify', json={'uuid': uuid, 'version': VERSION, 'kind': kind},
                                  timeout=10)
        number: int = answer.json()['notifications']
        return number

    @property
    def hmac(self) -> Secret:
        return Secret(clients.secrets(self.deployment), self.deployment.naming.hmac_secret())

    @property
    def google(self) -> Secret:
        return Secret(clients.secrets(self.deployment), self.deployment.naming.google_secret())


@pytest.fixture
def indexer() -> Iterator[Callbacks]:
    with callbacks() as served:
        yield served


@pytest.fixture
def trial(aws: str, tmp_path: Path, indexer: Callbacks, capsys: pytest.CaptureFixture[str]) -> Iterator[Trial]:
    with serving(tmp_path) as store:
        US.introduce(store, f'{store}/', CLAIMS)
        trial = Trial(Deployment(stage=unique('test'), project='toy', aws_endpoint=aws, dss_endpoint=f'{store}/v1',
                                 indexer_url=indexer.url, backend_bucket='nobodys', dss_claim_prefix=PREFIX,
                                 dss_group='readers'), store, capsys)
        trial.hmac.create(credentials.generated())
        trial.google.create(US.key)
        yield trial


def test_a_deployment_is_subscribed_and_hears_of_what_happens(trial: Trial, indexer: Callbacks) -> None:
    assert '2 made, 0 deleted' in trial.run()
    assert trial.callbacks() == {f'{indexer.url}/', f'{indexer.url}/delete'}
    assert {each['owner'] for each in trial.subscriptions()} == {US.email}
    secret = trial.hmac.read()
    for number, (kind, path) in enumerate([('add', '/'), ('delete', '/delete')]):
        assert trial.notify(kind) == 1
        call = indexer.wait(number + 1)[number]
        assert call.path == path
        call.verify(*next(iter(keys(secret, kind).items())))  # type: ignore[arg-type]


def test_it_is_a_program(trial: Trial) -> None:
    environment = {**trial.deployment.to_environment(), 'PYTHONPATH': f'{ROOT}/src:{ROOT}/test/toy', 'AZUL_DEBUG': '2'}
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / 'subscribe.py')], env=environment, text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, '')
    assert '2 made, 0 deleted' in done.stdout
    assert not any(secret in done.stdout for secret in trial.secrets())
    assert len(trial.subscriptions()) == 2


def test_to_subscribe_again_changes_nothing(trial: Trial) -> None:
    trial.run()
    before = trial.subscriptions()
    assert 'Nothing had to be changed' in trial.run()
    assert trial.subscriptions() == before


def test_where_the_callback_has_changed_there_are_new_subscriptions_and_no_old_ones(trial: Trial) -> None:
    trial.run()
    new = 'https://indexer.example.org/stage'
    said = trial.run(indexer_url=new)
    assert '2 made, 2 deleted' in said
    assert f'To be made: {new}/delete' in said
    assert f'To be deleted: {trial.deployment.indexer_url}/delete' in said
    assert trial.callbacks() == {f'{new}/', f'{new}/delete'}
    assert '0 made, 2 deleted' in trial.run('--unsubscribe', indexer_url=new)
    assert trial.subscriptions() == []


def test_after_a_rotation_notifications_are_signed_with_the_new_keys(trial: Trial) -> None:
    trial.run()
    credentials.rotate(trial.hmac)
    assert '2 made, 2 deleted' in trial.run()
    newest = {next(iter(keys(trial.hmac.read(), action))) for action in credentials.ACTIONS}
    assert {each['hmac_key_id'] for each in trial.subscriptions()} == newest


def test_with_another_prefix_there_are_other_subscriptions(trial: Trial) -> None:
    trial.run()
    assert '2 made, 2 deleted' in trial.run(dss_query_prefix='42')
    assert [trial.notify('add'), trial.notify('delete')] == [0, 0]
    assert trial.notify('add', '42cdef01-1111-4111-8111-111111111111') == 1


def test_what_other_deployments_of_the_same_account_have_is_left_alone(trial: Trial) -> None:
    other = replace(trial, deployment=replace(trial.deployment, stage=unique('other'),
                                              indexer_url='https://other.example'))
    other.hmac.create(credentials.generated())
    other.google.create(US.key)
    other.run()
    theirs = other.callbacks()
    assert 'Left alone, as it is not of this deployment: https://other.example/' in trial.run()
    trial.run(indexer_url='https://third.example')
    trial.run('--unsubscribe', indexer_url='https://third.example')
    assert trial.callbacks() == theirs


def test_to_unsubscribe_takes_neither_subscriptions_nor_keys_of_notifications(trial: Trial) -> None:
    trial.run()
    trial.hmac.destroy()
    assert 'told by their URLs alone' in trial.run('-U')
    assert trial.subscriptions() == []
    assert 'Nothing had to be changed' in trial.run('-U')


def test_a_dry_run_tells_and_does_nothing(trial: Trial, indexer: Callbacks) -> None:
    assert f'To be made: {indexer.url}/delete' in trial.run('--dry-run')
    assert trial.subscriptions() == []


@pytest.mark.parametrize('arguments', [[], ['--unsubscribe']], ids=['subscribe', 'unsubscribe'])
def test_a_deployment_that_is_not_to_be_subscribed_is_left_alone(trial: Trial, arguments: list[str]) -> None:
    trial.google.destroy()
    assert 'AZUL_SUBSCRIBE_TO_DSS=0. Nothing was done' in trial.run(*arguments, subscribe_to_dss=False)


def test_without_a_key_of_the_account_it_is_told_how_to_make_one(trial: Trial) -> None:
    trial.google.destroy()
    assert 'provision_credentials.py google-key create' in trial.run(status=1)


def test_without_keys_of_notifications_it_is_told_how_to_make_them(trial: Trial) -> None:
    trial.hmac.destroy()
    assert '`make terraform` makes it' in trial.run(status=1)
    assert trial.subscriptions() == []


def test_a_key_that_is_none_is_not_shown(trial: Trial) -> None:
    trial.google.write({'private_key': 'hush'})
    said = trial.run(status=1)
    assert 'it has no client_email' in said
    assert 'hush' not in said


def test_an_account_that_the_store_does_not_trust_is_named(trial: Trial) -> None:
    trial.google.write(GoogleAccount('stranger@elsewhere.iam.gserviceaccount.com').key)
    said = trial.run(status=1)
    assert 'status 401' in said
    assert 'trust the Google project of stranger@elsewhere.iam.gserviceaccount.com' in said


def test_a_key_that_google_has_forgotten_is_refused(trial: Trial) -> None:
    trial.google.write(GoogleAccount(US.email, 'second').key)
    assert 'is the key still valid' in trial.run(status=1)


@pytest.mark.parametrize(('changes', 'status', 'advice'), [
    ({'dss_audience': 'https://elsewhere.example/'}, 401, 'azul_dss_audience'),
    ({'dss_group': 'others'}, 403, 'azul_dss_group'),
    ({'dss_group': ''}, 403, 'azul_dss_group'),
    ({'dss_claim_prefix': ''}, 403, 'azul_dss_claim_prefix'),
], ids=str)
def test_settings_of_the_token_that_the_store_does_not_like_are_named(trial: Trial, changes: dict[str, str],
                                                                      status: int, advice: str) -> None:
    said = trial.run(status=1, **changes)
    assert f'status {status}' in said
    assert advice in said
    assert trial.subscriptions() == []


def test_without_a_url_of_the_indexer_there_is_nothing_to_be_called(trial: Trial) -> None:
    assert 'AZUL_INDEXER_URL: must be set' in trial.run(status=1, indexer_url='')


def test_a_store_that_is_not_there_is_no_surprise(trial: Trial) -> None:
    assert 'ConnectionError' in trial.run(status=1, dss_endpoint='http://127.0.0.1:1/v1')


def test_an_account_has_its_own_subscriptions_only(trial: Trial) -> None:
    other = GoogleAccount('other@project.iam.gserviceaccount.com')
    other.introduce(trial.store, f'{trial.store}/', {**CLAIMS, f'{PREFIX}email': other.email})
    trial.run()
    [uuid, _] = [each['uuid'] for each in trial.subscriptions()]
    assert trial.subscriptions(other) == []
    for method in 'GET', 'DELETE':
        with requests.Session() as session:
            session.trust_env = False
            us = ServiceAccount(other.key, trial.store, f'{trial.store}/', {**CLAIMS, f'{PREFIX}email': other.email})
            answer = session.request(method, f'{trial.store}/v1/subscriptions/{uuid}', auth=us, timeout=10,
                                     params={'replica': 'aws', 'subscription_type': 'elasticsearch'})
        assert answer.status_code == 403
    assert len(trial.subscriptions()) == 2
