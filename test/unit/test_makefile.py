"""What `make` would run, without running it."""
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str) -> str:
    """What it prints, errors included. Of the `make` that we are run by, and of its variables, it knows nothing."""
    return subprocess.run(['make', *arguments], cwd=ROOT, env={'PATH': os.defpath}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A distribution of a plug-in with samples, in a folder with an awkward name."""
    folder = tmp_path / 'my otters'
    (folder / 'samples' / 'otters').mkdir(parents=True)
    return folder


def test_the_demo_has_the_samples_of_the_default_project_unless_told_otherwise():
    shown = make('-n', 'demo')
    assert '--bundles "samples/bundles"' in shown
    assert '--project' not in shown
    assert '--bundles "mine"' in make('-n', 'demo', 'bundles=mine')


def test_the_demo_has_the_samples_of_another_project(elsewhere: Path):
    shown = make('-n', 'demo', 'project=otters', f'plugins={elsewhere}', 'once=1', 'store_port=1')
    assert f'--bundles "{elsewhere}/samples/otters"' in shown
    assert f'--project "otters" --plugins "{elsewhere}"' in shown
    assert '--once' in shown
    assert '--store-port 1' in shown
    assert '--bundles "mine"' in make('-n', 'demo', 'project=otters', f'plugins={elsewhere}', 'bundles=mine')


def test_the_demo_of_a_project_without_samples_needs_bundles():
    assert 'Give bundles=DIR: there is no samples/otters' in make('-n', 'demo', 'project=otters')
    assert '--bundles "mine"' in make('-n', 'demo', 'project=otters', 'bundles=mine')


def test_a_plugin_is_checked_on_its_samples_if_it_has_any(elsewhere: Path):
    shown = make('-n', 'check-plugin', 'name=otters', f'plugins={elsewhere}')
    assert f'check_plugin "otters" --plugins "{elsewhere}"' in shown
    assert f'--bundles "{elsewhere}/samples/otters"' in shown
    assert '--bundles "mine"' in make('-n', 'check-plugin', 'name=otters', 'bundles=mine')
    assert '--bundles' not in make('-n', 'check-plugin', 'name=otters')


def test_a_plugin_is_written_here_or_elsewhere(elsewhere: Path):
    command = 'azul.local.scaffold "otters"'
    assert command in make('-n', 'plugin', 'name=otters')
    assert f'{command} --out "{elsewhere}"' in make('-n', 'plugin', 'name=otters', f'out={elsewhere}')


def test_tests_of_a_plugin_elsewhere_run_with_our_settings(elsewhere: Path):
    shown = make('-n', 'test', 'args=-x', f'plugins={elsewhere}')
    assert f'PYTHONPATH="{elsewhere}"' in shown
    assert shown.rstrip().endswith('-c pyproject.toml -x')


def test_help_lists_what_there_is_for_plugins():
    shown = make('help')
    for target in 'demo', 'plugin', 'check-plugin', 'test':
        assert f'\n  {target} ' in shown
