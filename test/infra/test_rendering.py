"""What is written of each deployment, for Terraform to read."""
import json
import re
import time
from pathlib import Path

import pytest

from fixtures.checkout import ROOT, Checkout

SECONDS = 2
"""That it may take to write all of a component."""

DEPLOYMENTS = ['dev', 'integration', 'staging', 'prod', 'sandbox', 'dev.gitlab', 'prod.gitlab']


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, tmp_path)


def rendered(checkout: Checkout, folder: str = 'terraform') -> dict[str, object]:
    """The documents of a component, by their names."""
    checkout.does(f'.venv/bin/python -m azul.infra.render {folder}')
    return {file.name: json.loads(file.read_text()) for file in sorted((checkout.folder / folder).glob('*.tf.json'))}


def test_these_are_all_deployments():
    folders = {path.parent.name for path in (ROOT / 'deployments').glob('[!.]*/environment')
               if not path.parent.name.endswith('.local') and not path.parent.is_symlink()}
    assert folders - {'samples'} == set(DEPLOYMENTS)


@pytest.mark.parametrize('name', DEPLOYMENTS)
def test_each_deployment_is_written_soon(name: str, checkout: Checkout):
    checkout.select(name, **({'azul_gitlab_ssh_keys': 'ssh-ed25519 AAAA'} if name.endswith('gitlab') else {}))
    folder = 'terraform/gitlab' if name.endswith('.gitlab') else 'terraform'
    script = ('import sys, time; started = time.process_time(); from azul.infra import render;'
              f'status = render.main(["{folder}"]); print(time.process_time() - started); sys.exit(status)')
    seconds = float(checkout.does(f".venv/bin/python -c '{script}'"))
    assert seconds < SECONDS
    assert rendered(checkout, folder)


def test_a_deployment_is_written_the_same_each_time(checkout: Checkout):
    checkout.select('dev')
    first = rendered(checkout)
    times = {file: file.stat().st_mtime_ns for file in (checkout.folder / 'terraform').glob('*.tf.json')}
    time.sleep(0.01)
    assert rendered(checkout) == first
    assert {file: file.stat().st_mtime_ns for file in times} == times


def test_what_another_deployment_has_is_removed(checkout: Checkout):
    checkout.select('dev')
    assert {'alarms.tf.json', 'domains.tf.json', 'health_checks.tf.json'} <= rendered(checkout).keys()
    checkout.select('dev', AZUL_ENABLE_MONITORING='0', AZUL_DOMAIN_NAME='', AZUL_DRS_DOMAIN_NAME='')
    assert not {'alarms.tf.json', 'domains.tf.json', 'health_checks.tf.json'} & rendered(checkout).keys()


def test_a_deployment_that_shares_the_engine_of_another_makes_none(checkout: Checkout):
    checkout.select('sandbox')
    assert rendered(checkout)['engine.tf.json'] == {
        'data': {'aws_elasticsearch_domain': {'engine': {'domain_name': 'azul-index-dev'}}}
    }


def test_two_deployments_have_no_name_in_common(checkout: Checkout):
    """Of what they make. What both find there is shared: zones, topics, and the policy that bounds roles."""
    names = {}
    for deployment in ('dev', 'sandbox'):
        checkout.select(deployment)
        documents = rendered(checkout)
        made = [documents[name] for name in documents if name not in ('component.tf.json', 'dashboard.tf.json')]
        keys = 'name|function_name|bucket|domain_name|alarm_name|dashboard_name|policy_name|fqdn'
        text = json.dumps([document.get(part, {}) for document in made for part in ('resource', 'module')])
        names[deployment] = {value for value in re.findall(rf'"(?:{keys})": "([^"]+)"', text) if '${' not in value}
        # The data browser is nobody's own.
        names[deployment] -= {'dev.data.humancellatlas.org'}
    assert len(names['sandbox']) > 15
    assert names['dev'] & names['sandbox'] == set()


@pytest.mark.parametrize(('name', 'settings', 'fault'), [
    ('dev.gitlab', {}, "azul_terraform_component: selects component 'gitlab', but this is Azul itself"),
    ('dev', {'AZUL_VISIBILITY': '100'}, 'AZUL_VISIBILITY: 100 must be at least 1800'),
    ('dev', {'AZUL_DEPLOYMENT_STAGE': 'Dev'}, "AZUL_DEPLOYMENT_STAGE: 'Dev' must match"),
])
def test_settings_that_cannot_be_are_told(name: str, settings: dict[str, str], fault: str, checkout: Checkout):
    checkout.select(name, **settings)
    done = checkout.run('.venv/bin/python -m azul.infra.render terraform')
    assert done.returncode == 1
    assert fault in done.stderr
    assert 'Traceback' not in done.stderr
