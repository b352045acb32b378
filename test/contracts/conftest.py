from collections.abc import Iterator
from pathlib import Path

import pytest

from azul.projects.hca import plugin
from contracts.client import Client
from fixtures.served import served

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'


@pytest.fixture(scope='session')
def client(engine: str, queues: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of a service that serves the sample bundles."""
    with served(SAMPLES, plugin, engine, queues, tmp_path_factory.mktemp('service')) as config:
        yield Client(config.service_url)
