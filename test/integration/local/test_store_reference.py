"""The data store over real bundles."""
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from azul.dss.client import DssClient
from azul.index.bundle import BundleFQID
from azul.local.expectation import read_expectation
from azul.local.store.server import serving


@pytest.fixture(scope='module')
def url(reference_bundles: Path) -> Iterator[str]:
    with serving(reference_bundles) as url:
        yield f'{url}/v1'


@pytest.fixture(scope='module')
def listed(url: str) -> list[BundleFQID]:
    return list(DssClient.connect(url, 1).list_bundles())


def get(url: str, **parameters: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # a proxy would not know this machine
        return session.get(url, params=parameters, timeout=30)


def test_all_bundles_are_listed(reference_bundles: Path, listed: list[BundleFQID]):
    assert listed == sorted(BundleFQID.parse(path.parent.name) for path in reference_bundles.glob('*/manifest.json'))
    assert set(listed) == read_expectation(reference_bundles).keys()


def test_all_metadata_files_can_be_had_and_are_what_the_manifest_says(reference_bundles: Path,
                                                                     url: str,
                                                                     listed: list[BundleFQID]):

    def check(fqid: BundleFQID, entry: Any) -> tuple[BundleFQID, str, bool]:
        content = get(f'{url}/files/{entry["uuid"]}', replica='aws', version=entry['version'])
        path = reference_bundles / str(fqid) / 'metadata' / entry['name']
        if content.status_code == 200:
            assert content.content == path.read_bytes()
            assert hashlib.sha256(content.content).hexdigest() == entry['sha256']
            assert len(content.content) == entry['size']
        else:
            assert content.status_code == 404
        return fqid, entry['name'], content.status_code == 200

    metadata = []
    for fqid in listed:
        response = get(f'{url}/bundles/{fqid.uuid}', replica='aws', version=fqid.version)
        while True:
            metadata += [(fqid, entry) for entry in response.json()['bundle']['files'] if entry['indexed']]
            if 'next' not in response.links:
                break
            response = get(response.links['next']['url'])
    with ThreadPoolExecutor(4) as pool:
        served = {(fqid, name) for fqid, name, found in pool.map(lambda args: check(*args), metadata) if found}
    assert served == {(BundleFQID.parse(path.parents[1].name), path.name)
                      for path in reference_bundles.glob('*/metadata/*')}
