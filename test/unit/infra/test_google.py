"""What the component `google` declares. There is no stand-in for Google, nor a provider: it is not applied anywhere."""
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.infra import google
from azul.infra.templates import render

ROOT = Path(__file__).resolve().parents[3]

DEPLOYMENT = Deployment(stage='dev', component='google', dss_endpoint='https://store.example.org/v1',
                        backend_bucket='state', google_project='our-project')

def component(folder: Path) -> Path:
    """A copy of ours."""
    return shutil.copytree(ROOT / 'terraform' / 'google', folder / 'terraform' / 'google',
                           ignore=shutil.ignore_patterns('*.tf.json', '.terraform*'))


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """All that Terraform would read, by what it is."""
    for name, value in DEPLOYMENT.to_environment().items():
        monkeypatch.setenv(name, value)
    files = render(component(tmp_path))
    assert len(files) == 2
    return {kind: declared for file in files for kind, declared in json.loads(file.read_bytes()).items()}


def test_there_are_a_service_account_and_a_key_of_it(rendered: dict[str, Any]):
    assert rendered['resource'].keys() == {'google_service_account', 'google_service_account_key'}
    assert rendered['resource']['google_service_account']['indexer']['account_id'] == 'azul-indexer-dev'
    assert rendered['resource']['google_service_account_key']['indexer'] == {
        'service_account_id': '${google_service_account.indexer.name}'}
    assert rendered['output']['key']['sensitive'] is True


def test_it_needs_nothing_but_google_and_a_state_of_its_own(rendered: dict[str, Any]):
    assert rendered['terraform']['required_providers'].keys() == rendered['provider'].keys() == {'google'}
    assert rendered['provider']['google'] == [{'project': 'our-project'}]
    # One version, as that of AWS
    assert re.fullmatch(r'\d+\.\d+\.\d+', rendered['terraform']['required_providers']['google']['version'])
    assert rendered['terraform']['backend']['s3']['key'] == 'azul-google-dev.tfstate'


@pytest.mark.parametrize(('changes', 'fault'), [
    ({'component': ''}, 'selects Azul itself'),
    ({'google_project': ''}, 'GOOGLE_PROJECT: must be set'),
    ({'subscribe_to_dss': False}, 'AZUL_SUBSCRIBE_TO_DSS: is 0'),
    ({'stage': 'x' * 18, 'es_domain': 'azul-index'}, 'AZUL_DEPLOYMENT_STAGE: is too long'),
], ids=str)
def test_what_is_in_its_way_is_told(changes, fault):
    with pytest.raises(ConfigurationError, match=fault):
        google.declared(replace(DEPLOYMENT, **changes))


def test_the_id_of_the_account_is_one_that_google_takes():
    assert google.account_id(replace(DEPLOYMENT, stage='a_b')) == 'azul-indexer-a-b'
