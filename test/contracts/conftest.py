from collections.abc import Iterator
from pathlib import Path

import pytest

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
def client(engine: str, queues: str, store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of a service that serves the sample bundles."""
    with served(SAMPLES, plugin, engine, queues, tmp_path_factory.mktemp('service'), store) as config:
        yield Client(config.service_url)
