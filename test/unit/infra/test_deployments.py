"""The folders of `deployments`, as `environment` takes them."""
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from azul.config import Config
from azul.deployment import MAIN_STAGES, Deployment
from azul.errors import ConfigurationError
from azul.infra.variables import declared
from azul.local.stack import Ports, configuration
from fixtures.clone import ROOT, Clone

NAMES = ['dev', 'dev.gitlab', 'integration', 'prod', 'prod.gitlab', 'samples', 'sandbox', 'staging']

ZONE = 'data.humancellatlas.org'


@cache
def variables(name: str) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        clone = Clone(Path(folder))
        for file in (ROOT / 'deployments').glob('[!.]*/environment'):
            clone.write(f'deployments/{file.parent.name}/environment', file.read_text())
        clone.select(name)
        return clone.sourced()


def deployment(name: str) -> Deployment:
    return Deployment.from_environment(variables(name))


def test_these_are_all():
    folders = (ROOT / 'deployments').glob('[!.]*/environment')
    assert sorted(path.parent.name for path in folders if not path.parent.name.endswith('.local')) == NAMES


@pytest.mark.parametrize('name', NAMES)
def test_a_deployment_is_well_formed(name: str):
    stage = {'samples': 'local'}.get(name, name.removesuffix('.gitlab'))
    assert deployment(name).stage == stage
    assert deployment(name).selects('gitlab') == name.endswith('.gitlab')


def test_there_is_a_deployment_for_each_protected_branch():
    assert {name for name in NAMES if deployment(name).is_main and deployment(name).selects('')} \
        == set(MAIN_STAGES.values())


@pytest.mark.parametrize(('name', 'hosts', 'store', 'short', 'zone', 'engine'), [
    ('dev', [f'service.dev.explore.{ZONE}', f'drs.dev.{ZONE}'], 'staging.', 'dev.dev.url', 'dev.url', 'azul-index-dev'),
    ('integration', [f'service.integration.explore.{ZONE}', f'drs.integration.{ZONE}'], 'integration.',
     'integration.url', '', 'azul-index-dev'),
    ('staging', [f'service.staging.explore.{ZONE}', f'drs.staging.{ZONE}'], 'staging.', 'staging.url', '',
     'azul-index-dev'),
    ('prod', [f'service.explore.{ZONE}', f'drs.{ZONE}'], '', 'url', '', 'azul-index-prod'),
    ('sandbox', [f'service.sandbox.dev.explore.{ZONE}', f'drs.sandbox.dev.explore.{ZONE}'], 'staging.',
     'sandbox.dev.url', 'dev.url', 'azul-index-dev'),
])
def test_a_deployment_is_where_clients_look_for_it(name: str, hosts: list[str], store: str, short: str, zone: str,
                                                   engine: str):
    found = deployment(name)
    assert found.hosts('service') == tuple(hosts)
    assert found.dss_endpoint == f'https://dss.{store}{ZONE}/v1'
    assert found.redirect_domain == f'{short}.{ZONE}'
    assert found.redirect_zone == (f'{zone}.{ZONE}' if zone else '')
    assert found.engine_domain == engine
    assert found.share_es_domain == (found.engine_domain != f'azul-index-{found.stage}')
    assert found.monitoring
    assert found.subscribe_to_dss
    assert found.es_replicas  # the loss of a node must not be that of an index


@pytest.mark.parametrize('stage', ['dev', 'prod'])
def test_gitlab_has_the_settings_of_what_it_deploys(stage: str):
    gitlab = variables(f'{stage}.gitlab')
    differing = {name for name in gitlab.keys() | variables(stage).keys() if name in declared()
                 if gitlab.get(name) != variables(stage).get(name)}
    assert differing == {'azul_terraform_component'}
    assert deployment(f'{stage}.gitlab').state_key == f'azul-gitlab-{stage}.tfstate'


def test_the_states_of_production_are_kept_apart():
    buckets = {name: deployment(name).backend_bucket for name in NAMES}
    assert {name for name, bucket in buckets.items() if bucket == buckets['prod']} == {'prod', 'prod.gitlab'}


def test_samples_is_the_stack_of_the_demo():
    samples = Config.from_environment(variables('samples'))
    assert samples == configuration(samples.project, Ports())


def test_the_example_has_to_be_changed_and_is_good_then(tmp_path: Path):
    clone = Clone(tmp_path)
    shutil.copytree(ROOT / 'deployments' / '.example.local', tmp_path / 'deployments' / 'mine.local')
    clone.select('mine.local')
    with pytest.raises(ConfigurationError, match="AZUL_DEPLOYMENT_STAGE: 'CHANGE_THIS'"):
        Deployment.from_environment(clone.sourced())
    path = tmp_path / 'deployments' / 'mine.local' / 'environment'
    path.write_text(path.read_text().replace('CHANGE_THIS', 'mine'))
    found = clone.sourced()
    mine = Deployment.from_environment(found)
    assert mine.host('service') == f'service.mine.dev.explore.{ZONE}'
    assert mine.redirect_domain == f'mine.dev.url.{ZONE}'
    assert mine.engine_domain == 'azul-index-dev'
    assert (mine.dss_query_prefix, mine.subscribe_to_dss, mine.is_main) == ('42', False, False)
    assert (found['AWS_PROFILE'], found['AWS_DEFAULT_REGION']) == ('CHANGE_THIS', 'us-east-1')


@pytest.mark.parametrize(('path', 'ignored'), [
    ('deployments/.active', True),
    ('deployments/mine.local/environment', True),
    ('deployments/mine.local/environment.local', True),
    ('deployments/dev/environment.local', True),
    ('deployments/dev/.terraform/terraform.tfstate', True),
    ('environment.local', True),
    ('deployments/.example.local/environment', False),
    ('deployments/.example.local/environment.local', False),
    ('deployments/dev/environment', False),
    ('environment', False),
])
def test_git_ignores_what_is_of_one_person_only(path: str, ignored: bool, tmp_path: Path):
    subprocess.run(['git', 'init', '--quiet', tmp_path], check=True)
    shutil.copy(ROOT / '.gitignore', tmp_path)
    git = subprocess.run(['git', 'check-ignore', '--quiet', path], cwd=tmp_path, check=False)
    assert git.returncode == (0 if ignored else 1)
