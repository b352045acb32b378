"""A plug-in that was just scaffolded is as good as any: its own tests, its check, and the demo on the real engine."""
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from azul.local.scaffold import scaffold
from azul.local.stack import Ports

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    scaffold('otters', tmp_path / 'otters')
    return tmp_path / 'otters'


def run(distribution: Path, *arguments: object, **variables: str) -> str:
    """What a module of Python prints if all goes well. It is told nothing but where Azul is, and these variables."""
    path = os.pathsep.join(map(str, [ROOT / 'src', distribution]))
    done = subprocess.run([sys.executable, '-m', *map(str, arguments)], text=True, timeout=240, check=False,
                          env={'PATH': os.defpath, 'PYTHONPATH': path, **variables}, cwd=distribution.parent,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_its_own_tests_pass(distribution: Path):
    assert '5 passed' in run(distribution, 'pytest', '-c', ROOT / 'pyproject.toml', '-p', 'no:cacheprovider',
                             distribution / 'test' / 'otters')


def test_its_own_tests_bite(distribution: Path):
    transform = distribution / 'azul' / 'projects' / 'otters' / 'transform.py'
    for right, wrong in [
        ("'kind': document.get('kind')", "'kind': document['kind']"),
        ("'size': entry.size", "'size': 0"),
        ("raise BundleError('there is no sample', file='sample.json')", 'document = {"id": "x"}'),
        ("EntityReference('files', file['uuid'])", "EntityReference('files', file['name'])"),
    ]:
        text = transform.read_text()
        assert right in text
        transform.write_text(text.replace(right, wrong))
        with pytest.raises(AssertionError, match=r'\d failed'):
            run(distribution, 'pytest', '-c', ROOT / 'pyproject.toml', '-p', 'no:cacheprovider',
                distribution / 'test' / 'otters')
        transform.write_text(text)


def test_its_check_finds_no_fault_and_its_demo_indexes_what_is_to_be_indexed(distribution: Path, quick_folder: Path,
                                                                                 flavour: str):
    bundles = distribution / 'samples' / 'otters'
    checked = run(distribution, 'azul.local.check_plugin', 'otters', '--plugins', distribution, '--bundles', bundles)
    assert checked.endswith('\nno fault\n')
    assert 'WARNING' not in checked
    assert '5 bundles, 1 rejected; ' in checked
    shown = run(distribution, 'azul.local.demo', '--once', '--engine', flavour, '--project', 'otters', '--plugins',
                distribution.relative_to(distribution.parent), '--bundles', bundles,
                *(option for name, port in asdict(Ports.free()).items() for option in (f'--{name}-port', port)),
                TMPDIR=str(quick_folder))
    assert '4 of 5 bundles indexed, 0 outcomes not as expected' in shown
    assert 'failed, as expected. file sample.json: there is no sample' in shown
    figures = dict(line.split(maxsplit=1) for line in shown.splitlines() if line.startswith('  '))
    assert figures == {'fileCount': '5', 'sampleCount': '3', 'totalFileSize': '160,900.0',
                       'kind': 'water (3), soil (1), null (1)', 'fileFormat': 'csv (4), png (1)'}
