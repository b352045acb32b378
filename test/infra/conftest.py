"""Terraform as it is, with the provider as it is, and an account that is none."""
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from azul.local.aws import ENVIRONMENT
from azul.local.ports import free_port
from azul.local.process import Child, get
from fixtures.checkout import Checkout
from fixtures.deployed import BUCKET, HOSTS, NO_HOSTS, Deployed, client, complete

ZONE = 'test.invalid'


def stand_in(run: Path) -> Child:
    """An AWS account in which there is nothing."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name('stand_in.py')), '-H', '127.0.0.1', '-p', str(port)]

    def ready(child: Child) -> bool:
        answer = get(child.url, '/moto-api/')
        return answer is not None and answer.ok

    return Child('account', command, port=port, run=run, environment=ENVIRONMENT, ready=ready)


@pytest.fixture
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of such an account."""
    with stand_in(tmp_path_factory.mktemp('account')) as child:
        yield child.wait().url


@contextmanager
def declared(plugins: Path, folders: pytest.TempPathFactory, **settings: str) -> Iterator[Deployed]:
    """The deployment `example`, of which nothing is made yet, and an account with the bucket for its state."""
    checkout = Checkout(folders.mktemp('checkout'), plugins)
    complete(checkout)
    with stand_in(folders.mktemp('account')) as child:
        account = child.wait().url
        client('s3', account).create_bucket(Bucket=BUCKET)
        yield Deployed(checkout, account, 'example', **settings)


@pytest.fixture(scope='module')
def deployed(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A small deployment that is made: without hosts, and without an engine of its own."""
    with declared(plugins, tmp_path_factory, **NO_HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1') as small:
        small.confirm('terraform')
        yield small


@pytest.fixture(scope='module')
def undeployed(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A deployment that is not made yet, with all kinds of resources there are: with an engine of its own, too."""
    everything = {**HOSTS, 'AZUL_DOMAIN_NAME': ZONE, 'AZUL_DRS_DOMAIN_NAME': f'drs.{ZONE}',
                  'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME': ZONE, 'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME': f'url.{ZONE}',
                  'AZUL_ENABLE_MONITORING': '1', 'AZUL_ALARM_TOPICS': 'alarms',
                  'AZUL_PERMISSIONS_BOUNDARY': 'azul-gitlab'}
    with declared(plugins, tmp_path_factory, **everything) as whole:
        client('route53', whole.account).create_hosted_zone(Name=ZONE, CallerReference='1')
        yield whole


@pytest.fixture
def checkout(tmp_path: Path, plugins: Path) -> Checkout:
    return Checkout(tmp_path, plugins)


@pytest.fixture
def prepared(account: str) -> str:
    """An account with what there has to be before."""
    client('s3', account).create_bucket(Bucket=BUCKET)
    return account


@pytest.fixture
def sources(checkout: Checkout) -> Checkout:
    complete(checkout)
    return checkout
