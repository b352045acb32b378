"""The key of the service account, on its way from Terraform, which has none here, to the Secrets Manager."""
import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.deployment import Deployment
from fixtures.service_accounts import GoogleAccount
from fixtures.toys import unique

ROOT = Path(__file__).resolve().parents[3]

TERRAFORM = """#!/usr/bin/env bash
# Terraform, as far as it tells of the key.
if [[ $1 == output ]]; then
    if [[ -z $key ]]; then echo 'No outputs found' >&2; exit 1; fi
    printf %s "$key"
fi
"""


@dataclass(frozen=True)
class Tree:
    """As much of a checkout as the component needs."""
    folder: Path
    deployment: Deployment

    def make_key(self, key: Any) -> tuple[int, str]:
        """
        :param key: what Terraform has; None for nothing
        :return: the status, and what is said
        """
        encoded = '' if key is None else base64.b64encode(json.dumps(key).encode()).decode()
        done = subprocess.run(['make', '-C', str(self.folder / 'terraform' / 'google'), 'key'],
                              env={**self.deployment.to_environment(), 'key': encoded, 'HOME': str(self.folder),
                                   'PATH': f'{self.folder / "bin"}:{os.defpath}'},
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
        return done.returncode, done.stdout

    def kept(self) -> Any:
        return Secret(clients.secrets(self.deployment), self.deployment.naming.google_secret()).read()


@pytest.fixture
def tree(tmp_path: Path, aws: str) -> Tree:
    shutil.copytree(ROOT / 'terraform' / 'google', tmp_path / 'terraform' / 'google',
                    ignore=shutil.ignore_patterns('*.tf.json', '.terraform*'))
    shutil.copy(ROOT / 'terraform' / 'component.mk', tmp_path / 'terraform')
    for name in 'common.mk', 'requirements.txt', 'requirements.dev.txt':
        shutil.copy(ROOT / name, tmp_path)
    for name in 'src', 'scripts':
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / '.venv').symlink_to(sys.prefix)
    terraform = tmp_path / 'bin' / 'terraform'
    terraform.parent.mkdir()
    terraform.write_text(TERRAFORM)
    terraform.chmod(0o755)
    deployment = Deployment(stage=unique('test'), component='google', dss_endpoint='https://store.example.org/v1',
                            backend_bucket=unique('state').replace('_', '-'), google_project='our-project',
                            aws_endpoint=aws)
    clients.s3(deployment).create_bucket(Bucket=deployment.backend_bucket)
    return Tree(tmp_path, deployment)


def test_the_key_is_kept_and_not_shown(tree: Tree):
    account = GoogleAccount('azul-indexer@our-project.iam.gserviceaccount.com')
    status, said = tree.make_key(account.key)
    assert status == 0, said
    assert tree.kept() == account.key
    assert not any(line in said for line in account.key['private_key'].splitlines())


def test_without_a_key_nothing_is_kept(tree: Tree):
    status, said = tree.make_key(None)
    assert status != 0
    assert 'No outputs found' in said
    with pytest.raises(Exception, match='cannot read'):
        tree.kept()


def test_a_component_that_is_not_selected_is_not_touched(tree: Tree):
    (tree.folder / 'bin' / 'terraform').write_text('#!/usr/bin/env bash\necho touched\n')
    tree = replace(tree, deployment=replace(tree.deployment, component=''))
    status, said = tree.make_key({})
    assert status != 0
    assert 'azul_terraform_component: selects Azul itself' in said
    assert 'touched' not in said
