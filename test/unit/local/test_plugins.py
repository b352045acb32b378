import os
import subprocess
import sys
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.local.plugins import offer

SRC = Path(__file__).resolve().parents[3] / 'src'

ELSEWHERE = """
from dataclasses import replace
from azul.projects.toy import plugin as toys

plugin = replace(toys, name={name!r})
"""


def write(folder: Path, name: str, text: str = ELSEWHERE) -> None:
    home = folder / 'azul' / 'projects' / name
    home.mkdir(parents=True)
    (home / '__init__.py').write_text(text.format(name=name))


def run(program: str, *path: Path, cwd: Path = SRC) -> str:
    """What a program prints, errors included, that finds modules in these folders."""
    toys = SRC.parent / 'test' / 'toy'
    environment = {'PYTHONPATH': os.pathsep.join(map(str, [SRC, toys, *path]))}
    done = subprocess.run([sys.executable, '-c', program], env=environment, cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout


def test_a_plugin_may_come_from_another_distribution_on_the_path(tmp_path: Path):
    write(tmp_path, 'elsewhere')
    shown = run('from azul.plugin import load; plugin = load("elsewhere"); print(plugin.name, plugin.searchable)',
                tmp_path)
    assert shown == "elsewhere ('pictures', 'toys', 'boxes')\n"


def test_several_distributions_get_along(tmp_path: Path):
    write(tmp_path / 'one', 'elsewhere')
    write(tmp_path / 'two', 'nowhere')
    shown = run('from azul.plugin import load; print([load(name).name for name in ("nowhere", "elsewhere", "toy")])',
                tmp_path / 'one', tmp_path / 'two')
    assert shown == "['nowhere', 'elsewhere', 'toy']\n"


def test_a_folder_may_be_offered_while_the_process_runs(tmp_path: Path):
    write(tmp_path / 'one', 'elsewhere')
    shown = run('from pathlib import Path; from azul.local.plugins import home, offer; from azul.plugin import load\n'
                'import azul.projects.toy\n'
                'root = offer(Path("one")); print(load("elsewhere").name, home("elsewhere").relative_to(root))',
                cwd=tmp_path)
    assert shown == 'elsewhere azul/projects/elsewhere\n'


@pytest.mark.parametrize('hiding', ['azul/__init__.py', 'azul/projects/__init__.py'])
def test_a_distribution_that_would_hide_azul_is_refused(tmp_path: Path, hiding: str):
    write(tmp_path, 'elsewhere')
    (tmp_path / hiding).touch()
    with pytest.raises(ConfigurationError, match='it would hide the rest') as raised:
        offer(tmp_path)
    assert str(tmp_path / hiding) in str(raised.value)


def test_a_folder_without_plugins_is_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError, match='there is no folder'):
        offer(tmp_path / 'nowhere')


@pytest.mark.parametrize(('text', 'faults'), [
    ('', ['azul.projects.odd.plugin is not an instance of azul.plugin.Plugin']),
    ('plugin = "odd"', ['azul.projects.odd.plugin is not an instance of azul.plugin.Plugin']),
    ('from azul.projects.toy import plugin', ["it calls itself 'toy'"]),
    ('from dataclasses import replace\nfrom azul.projects.toy import plugin as toys\n'
     'plugin = replace(toys, version=0, facets=("label", "weight"), highlights=("size",))',
     ['version 0 is not at least 1', "facet 'weight' is not the external name of a field",
      "highlight 'size' is not a facet", "it calls itself 'toy'"]),
])
def test_all_that_is_wrong_with_a_package_is_said_at_once(tmp_path: Path, text: str, faults: list[str]):
    write(tmp_path, 'odd', text)
    shown = run('from azul.errors import ConfigurationError; from azul.plugin import load\n'
                'try:\n    load("odd")\nexcept ConfigurationError as error:\n    print(error)', tmp_path)
    assert shown.splitlines() == ["Plug-in 'odd':", *(f'  * {fault}' for fault in faults)]


def test_a_module_that_a_plugin_lacks_is_not_taken_for_the_plugin(tmp_path: Path):
    write(tmp_path, 'odd', 'import azul.projects.odd.missing')
    shown = run('from azul.plugin import load; load("odd")', tmp_path)
    assert "ModuleNotFoundError: No module named 'azul.projects.odd.missing'" in shown
