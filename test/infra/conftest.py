"""Terraform as it is, with the provider as it is, and an account that is none."""
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azul.local.aws import ENVIRONMENT
from azul.local.ports import free_port
from azul.local.process import Child, get
from fixtures.checkout import Checkout


@pytest.fixture
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the stand-in for an AWS account in which there is nothing."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name('stand_in.py')), '-H', '127.0.0.1', '-p', str(port)]

    def ready(child: Child) -> bool:
        answer = get(child.url, '/moto-api/')
        return answer is not None and answer.ok

    with Child('account', command, port=port, run=tmp_path_factory.mktemp('account'), environment=ENVIRONMENT,
               ready=ready) as child:
        yield child.wait().url


@pytest.fixture
def checkout(tmp_path: Path, plugins: Path) -> Checkout:
    return Checkout(tmp_path, plugins)
