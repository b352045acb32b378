"""The commands by which a deployment is made and deleted, as the README and the page on deploying tell them."""
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from azul.dss.client import DssClient
from azul.dss.service_account import ServiceAccount
from azul.local.store.server import serving
from fixtures.checkout import Checkout
from fixtures.deployed import HOSTS, Deployed, make_zones, write_personal
from fixtures.service_accounts import GoogleAccount

pytestmark = [pytest.mark.infra, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Subscriber:
    """A deployment with all kinds of hosts, and a data store that trusts its account.

    :ivar store: its URL
    """
    deployed: Deployed
    store: str

    def callbacks(self) -> set[str]:
        """What the data store calls on behalf of the account."""
        us = ServiceAccount(US.key, self.store, f'{self.store}/', CLAIMS)
        return {each['callback_url'] for each in DssClient.connect(f'{self.store}/v1', 1, account=us).subscriptions()}

    def delete(self, order: Sequence[str]) -> None:
        """Say the commands of the page on deploying that delete it, and see what each does."""
        there = {'callbacks': True, 'functions': True, 'queues': True}
        for command in order:
            there |= GONE[command]
            self.deployed.confirm(DELETING[command])
            left = self.deployed.left().keys()
            assert there == {'callbacks': self.callbacks() != set(), 'queues': 'queues' in left,
                             'functions': not left.isdisjoint({'functions', 'apis', 'sources'})}
        assert self.deployed.left() == {'secrets': [GOOGLE_KEY]}
        self.deployed.checkout.does(f'{CREDENTIALS} google-key destroy --yes')
        assert self.deployed.left() == {}


US = GoogleAccount('azul-indexer-example@project.iam.gserviceaccount.com')

PREFIX = 'https://claims.example/'

CLAIMS = {f'{PREFIX}group': 'readers', f'{PREFIX}email': US.email}

GOOGLE_KEY = 'dcp/azul/example/indexer/google_service_account'

CREDENTIALS = '.venv/bin/python scripts/provision_credentials.py'

DELETING = {'unsubscribe': 'unsubscribe', 'lambdas': '-C lambdas delete', 'terraform': '-C terraform destroy'}

GONE = {'unsubscribe': {'callbacks': False}, 'lambdas': {'functions': False},
        'terraform': {'functions': False, 'queues': False}}


@pytest.fixture
def subscriber(sources: Checkout, prepared: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subscriber]:
    with serving(tmp_path_factory.mktemp('store')) as store:
        US.introduce(store, f'{store}/', CLAIMS)
        make_zones(prepared, HOSTS)
        yield Subscriber(Deployed(sources, prepared, 'example', **HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1',
                                  AZUL_DSS_ENDPOINT=f'{store}/v1', azul_dss_audience='', azul_dss_claim_prefix=PREFIX,
                                  azul_dss_group='readers'), store)


def keep_key(sources: Checkout) -> None:
    """Of the account, as the page on deploying tells."""
    key = sources.folder / 'key.json'
    key.write_text(json.dumps(US.key))
    sources.does(f'{CREDENTIALS} google-key create < key.json')
    key.unlink()


NOTHING = 'Resources: 0 added, 0 changed, 0 destroyed.'


def test_a_deployment_comes_and_goes_by_the_commands_of_the_readme(subscriber: Subscriber, sources: Checkout):
    deployed = subscriber.deployed
    refused = deployed.answer('no', 'terraform')
    assert refused.returncode != 0
    assert 'Apply cancelled.' in refused.stdout
    assert deployed.left() == {}

    assert NOTHING not in deployed.confirm('terraform')
    made = deployed.left()
    assert NOTHING in deployed.confirm('deploy')
    assert NOTHING in deployed.confirm('terraform')
    assert deployed.left() == made

    keep_key(sources)
    assert '2 made, 0 deleted' in deployed.make('subscribe')
    assert 'Nothing had to be changed' in deployed.make('subscribe')
    host = 'https://indexer.example.test.invalid'
    assert subscriber.callbacks() == {f'{host}/', f'{host}/delete'}

    made = deployed.left()
    for target in '-C lambdas delete', '-C terraform destroy':
        refused = deployed.answer('no', target)
        assert refused.returncode != 0
        assert 'Destroy cancelled.' in refused.stdout
    assert deployed.left() == made
    deployed.checkout.does('_select example')
    subscriber.delete(['unsubscribe', 'lambdas', 'terraform'])


@pytest.mark.parametrize('order', [('lambdas', 'unsubscribe', 'terraform'), ('unsubscribe', 'terraform', 'lambdas'),
                                   ('lambdas', 'terraform', 'unsubscribe')], ids='-'.join)
def test_a_deployment_goes_in_any_order(order: tuple[str, ...], subscriber: Subscriber, sources: Checkout):
    """Each two commands come in the other order than that of the README."""
    subscriber.deployed.confirm('deploy')
    keep_key(sources)
    subscriber.deployed.make('subscribe')
    subscriber.delete(order)


def test_a_deployment_with_another_name_is_another_one(sources: Checkout, prepared: str):
    write_personal(sources, 'first', 'otter')
    first = Deployed(sources, prepared, 'first', AZUL_ES_ENDPOINT='127.0.0.1:1')
    make_zones(prepared, sources.settings())
    first.confirm('deploy')
    made = first.left()

    # With all that there is in the folder, what Terraform keeps of the state of the first one included
    shutil.copytree(sources.folder / 'deployments' / 'first', sources.folder / 'deployments' / 'second')
    write_personal(sources, 'second', 'badger')
    second = Deployed(sources, prepared, 'second', AZUL_ES_ENDPOINT='127.0.0.1:1')
    changes = second.plan()['resource_changes']
    assert {tuple(change['change']['actions']) for change in changes} == {('create',)}
    assert len(changes) > 50
    assert 'otter' not in json.dumps(changes)
    second.confirm('terraform')

    first = Deployed(sources, prepared, 'first', AZUL_ES_ENDPOINT='127.0.0.1:1')
    assert first.planned() == {}
    second = Deployed(sources, prepared, 'second', AZUL_ES_ENDPOINT='127.0.0.1:1')
    second.confirm('-C terraform destroy')
    assert second.left() == made
