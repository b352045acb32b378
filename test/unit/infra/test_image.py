"""The Dockerfile, as far as it can be told without Docker, and the providers of Terraform that it gets for tests."""
import fnmatch
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from azul.infra.component import PROVIDER
from fixtures.terraform import mirror

ROOT = Path(__file__).resolve().parents[3]

INSTRUCTIONS = re.sub(r'\\\n', '', (ROOT / 'Dockerfile').read_text()).splitlines()

RECORDER = """#!/bin/sh
echo "$*" >> "$records/calls"
cp provider.tf.json "$records"
"""


def test_all_that_is_copied_is_sent_to_docker():
    """Of the context, that is what comes after an exclamation mark."""
    nothing, *sent = (ROOT / '.dockerignore').read_text().splitlines()
    assert nothing == '*'
    copied = [source for line in INSTRUCTIONS if line.startswith('COPY ') and '--from' not in line
              for source in line.split()[1:-1]]
    assert copied
    for source in copied:
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatchcase(source, pattern.removeprefix('!')) for pattern in sent), source


def test_the_image_has_the_provider_that_is_declared(tmp_path: Path):
    terraform = tmp_path / 'bin' / 'terraform'
    terraform.parent.mkdir()
    terraform.write_text(RECORDER)
    terraform.chmod(0o755)
    (tmp_path / 'provider').mkdir()
    shutil.copy(ROOT / 'src' / 'azul' / 'infra' / 'component.py', tmp_path / 'provider')
    [line] = [line for line in INSTRUCTIONS if line.startswith('RUN ') and 'terraform' in line]
    subprocess.run(['sh', '-c', line.removeprefix('RUN ')], cwd=tmp_path, check=True,
                   env={'PATH': f'{terraform.parent}:{os.defpath}', 'records': str(tmp_path)})
    assert json.loads((tmp_path / 'provider.tf.json').read_text()) == {
        'terraform': {'required_providers': {'aws': {'source': 'hashicorp/aws', 'version': PROVIDER}}}}
    assert (tmp_path / 'calls').read_text() == 'providers mirror /build/providers\n'
    assert 'ENV AZUL_TEST_TERRAFORM_PLUGINS=/build/providers' in INSTRUCTIONS


@pytest.mark.parametrize('file', [
    f'terraform-provider-aws_{PROVIDER}_linux_amd64.zip',
    f'{PROVIDER}/linux_amd64/terraform-provider-aws_v{PROVIDER}_x5',
], ids=['packed', 'unpacked'])
def test_tests_find_a_mirror_of_either_kind(tmp_path: Path, file: str):
    """Terraform makes packed ones, and takes both."""
    provider = tmp_path / 'below' / 'registry.terraform.io' / 'hashicorp' / 'aws' / file
    provider.parent.mkdir(parents=True)
    assert mirror([str(tmp_path / 'nowhere'), str(tmp_path)]) is None
    provider.touch()
    assert mirror([str(tmp_path / 'nowhere'), str(tmp_path)]) == tmp_path / 'below'


def test_a_mirror_of_another_version_is_none(tmp_path: Path):
    provider = tmp_path / 'registry.terraform.io' / 'hashicorp' / 'aws'
    provider.mkdir(parents=True)
    (provider / 'terraform-provider-aws_5.0.0_linux_amd64.zip').touch()
    assert mirror([str(tmp_path)]) is None
