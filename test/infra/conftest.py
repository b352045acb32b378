"""Terraform as it is, with the provider as it is, and an account that is none."""
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azul.local.aws import ENVIRONMENT
from azul.local.ports import free_port
from azul.local.process import Child, get
from fixtures.checkout import Checkout
from fixtures.deployed import BUCKET, NO_HOSTS, Deployed, client, complete


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


@pytest.fixture(scope='module')
def deployed(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A small deployment that is made: without hosts, and without an engine of its own."""
    checkout = Checkout(tmp_path_factory.mktemp('checkout'), plugins)
    complete(checkout)
    with stand_in(tmp_path_factory.mktemp('account')) as child:
        account = child.wait().url
        client('s3', account).create_bucket(Bucket=BUCKET)
        small = Deployed(checkout, account, 'example', **NO_HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1')
        small.make('-C terraform auto_apply')
        yield small


@pytest.fixture
def checkout(tmp_path: Path, plugins: Path) -> Checkout:
    return Checkout(tmp_path, plugins)
