"""A lambda on this machine that is a part of a deployment elsewhere: `make -C lambdas/X local`."""
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from azul.config import Config
from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID
from azul.indexer.wiring import Indexer
from azul.local.aws import ENVIRONMENT
from azul.local.ports import free_port
from azul.local.process import Child, get
from azul.local.provision import provision
from azul.local.store.server import serving
from fixtures.scripts import Operate
from fixtures.toys import box, new_uuid, toy, unique, write
from fixtures.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
VERSION = '2020-01-01T000000.000000Z'

Start = Callable[[str], Child]


@pytest.fixture
def deployment(engine: str, queues: str, aws: str, tmp_path: Path) -> Iterator[Config]:
    """One of whose functions none runs, and a data store with a bundle."""
    prefix = unique('azul')
    (tmp_path / 'bundles').mkdir()
    write(tmp_path / 'bundles', box(BundleFQID(new_uuid(), VERSION), toy('bear')))
    with serving(tmp_path / 'bundles') as store:
        config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                        dss_endpoint=f'{store}/v1', sqs_endpoint=queues, aws_endpoint=aws, visibility=10,
                        indexer_url='http://indexer.invalid', service_url='http://service.invalid')
        provision(config)
        indexer = Indexer(config)
        try:
            yield config
        finally:
            indexer.engine.delete_indices(f'{prefix}_*')
            indexer.engine.close()


def running(name: str, environment: dict[str, str], run: Path) -> Child:
    port = free_port()
    return Child(name, [sys.executable, '-m', 'azul.local.deployed', name, str(port)], port=port, run=run,
                 environment={**ENVIRONMENT, 'PYTHONPATH': f'{ROOT / "src"}:{ROOT / "test" / "toy"}', **environment},
                 ready=lambda child: get(child.url, '/health/basic') is not None)


@pytest.fixture
def start(deployment: Config, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(running(name, deployment.to_environment(), tmp_path)).wait()


def test_what_is_indexed_here_is_found_here(deployment: Config, start: Start, operate: Operate):
    indexer, service = start('indexer'), start('service')
    told, _ = operate(deployment, 'reindex', '--index', '--sync', '--workers', '1', '--indexer-url', f'{indexer.url}/')
    assert '1 bundles were announced' in told

    def found() -> list[str]:
        return [hit['entryId'] for hit in requests.get(f'{service.url}/repository/toys', timeout=10).json()['hits']]

    assert eventually(lambda: found() == ['bear'])
    assert sum(Indexer(deployment).contributor.tallies.counts()) == 0


def test_its_links_lead_to_itself(start: Start):
    service = start('service')
    answer = requests.get(f'{service.url}/manifest/files?format=jsonl', allow_redirects=False, timeout=10)
    assert answer.headers['Location'].startswith(f'{service.url}/')


def test_messages_are_left_to_others(deployment: Config, start: Start):
    start('indexer')
    notifications = Indexer(deployment).contributor.notifications
    notifications.send(['{}'])
    time.sleep(2)  # longer than a worker would need
    assert notifications.counts().queued == 1


def test_without_settings_it_says_what_is_wrong(deployment: Config, tmp_path: Path):
    settings = {**deployment.to_environment(), 'AZUL_DSS_ENDPOINT': '', 'AZUL_TERRAFORM_BACKEND_BUCKET': 'states'}
    with running('service', settings, tmp_path) as child, pytest.raises(ConfigurationError, match='AZUL_DSS_ENDPOINT'):
        child.wait()
