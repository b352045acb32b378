from collections.abc import Iterator
from pathlib import Path

import pytest

from azul.config import Config
from azul.local.store.server import serving
from azul.projects.hca import plugin
from contracts.client import Client
from fixtures.served import served

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'


@pytest.fixture(scope='session')
def store() -> Iterator[str]:
    """URL of a data store that has the sample bundles."""
    with serving(SAMPLES) as url:
        yield url


@pytest.fixture(scope='session')
def config(engine: str, queues: str, aws: str, store: str, tmp_path_factory: pytest.TempPathFactory
           ) -> Iterator[Config]:
    """Of a service that serves the sample bundles, and makes manifests of them."""
    with served(SAMPLES, plugin, engine, queues, tmp_path_factory.mktemp('service'), store, aws) as config:
        yield config


@pytest.fixture(scope='session')
def client(config: Config) -> Client:
    return Client(config.service_url)
