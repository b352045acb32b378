import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.local.bundles import Bundles
from azul.local.expectation import read_expectation
from azul.local.scaffold import PLACEHOLDER, scaffold
from azul.local.scaffold.__main__ import main
from azul.local.scaffold.names import TEMPLATE, name_faults
from azul.local.scaffold.samples import write_samples
from azul.naming import PREFIX

ROOT = Path(__file__).resolve().parents[3]


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that is in a folder, with the contents of files."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in folder.rglob('*')}


def test_a_plugin_is_written_with_its_tests_and_bundles(tmp_path: Path):
    made = scaffold('otters', tmp_path / 'new')
    root = tmp_path / 'new'
    assert made == [root / 'azul' / 'projects' / 'otters', root / 'test' / 'otters', root / 'samples' / 'otters']
    assert {path.name for path in made[0].iterdir()} == {
        '__init__.py', 'declarations.py', 'transform.py', 'subscription.py', 'README.md'
    }
    assert [path.name for path in made[1].iterdir()] == ['test_otters.py']
    assert {path.name for path in root.iterdir()} == {'azul', 'test', 'samples', 'pyproject.toml'}
    for name, content in tree(root).items():
        assert PLACEHOLDER not in name
        assert PLACEHOLDER.encode() not in (content or b'')


def test_in_a_checkout_the_package_is_where_packages_are(tmp_path: Path):
    (tmp_path / 'src' / 'azul').mkdir(parents=True)
    (tmp_path / 'src' / 'azul' / '__init__.py').touch()
    package, tests, bundles = scaffold('otters', tmp_path, 'src')
    assert package == tmp_path / 'src' / 'azul' / 'projects' / 'otters'
    assert (tests, bundles) == (tmp_path / 'test' / 'otters', tmp_path / 'samples' / 'otters')
    assert not (tmp_path / 'pyproject.toml').exists()


def test_several_plugins_fit_into_one_distribution(tmp_path: Path):
    scaffold('otters', tmp_path)
    before = tree(tmp_path)
    scaffold('herons', tmp_path)
    assert before.items() <= tree(tmp_path).items(), 'what describes the distribution stays as it is'


def test_a_distribution_can_be_installed_beside_azul(tmp_path: Path):
    for name in 'otters', 'herons':
        scaffold(name, tmp_path / 'new')
    site = tmp_path / 'site'
    # setuptools and wheel are there because Chalice needs them.
    install = ['pip', 'install', '--quiet', '--disable-pip-version-check', '--no-index', '--no-deps', '--no-cache-dir',
               '--no-build-isolation', '--target', site, tmp_path / 'new']
    load = ['-c', 'from azul.plugin import load; print(load("otters").name, load("herons").name)']
    for arguments in ['-m', *install], load:
        done = subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=False, text=True,
                              env={'PYTHONPATH': os.pathsep.join(map(str, [ROOT / 'src', site])), 'PATH': os.defpath,
                                   'PIP_CONFIG_FILE': os.devnull},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
    assert done.stdout == 'otters herons\n'
    assert {path.name for path in site.iterdir()} == {'azul', 'azul_otters-1.dist-info'}
    assert {path.name for path in (site / 'azul').iterdir() if path.name != '__pycache__'} == {'projects'}


def test_the_files_are_readable_for_others(tmp_path: Path):
    scaffold('otters', tmp_path)
    for path in tmp_path.rglob('*'):
        assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444, path


@pytest.mark.parametrize(('name', 'fault'), [
    *((name, f'must match {PREFIX.pattern}') for name in (
        '', 'Otters', '2otters', 'my-otters', 'my otters', '../otters', 'ötters', '_otters', 'otters\n', 'b' * 31
    )),
    ('lambda', 'is a keyword of Python'),
    ('match', 'is a keyword of Python'),
    ('calendar', 'is that of a module of the standard library'),
    ('toy', 'there is a plug-in azul.projects.toy already'),
    ('azul', 'is a word that code of Azul uses'),
    ('notification', 'is a word that code of Azul uses'),
    ('placeholder', 'is a word that code of Azul uses'),
    ('get', 'is a word that code of Azul uses'),
])
def test_a_name_that_would_do_harm_is_refused(tmp_path: Path, name: str, fault: str):
    with pytest.raises(ConfigurationError) as raised:
        scaffold(name, tmp_path / 'new')
    assert fault in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_other_names_are_not_refused():
    assert [list(name_faults(name)) for name in ('otters', 'human_otters', 'b2', 'b' * 30)] == [[]] * 4


@pytest.mark.parametrize('existing', ['azul/projects/otters', 'test/otters', 'samples/otters'])
@pytest.mark.parametrize('kind', ['file', 'folder', 'link'])
def test_nothing_is_overwritten(tmp_path: Path, existing: str, kind: str):
    path = tmp_path / existing
    path.parent.mkdir(parents=True)
    {'file': path.touch, 'folder': path.mkdir, 'link': lambda: path.symlink_to('nowhere')}[kind]()
    before = tree(tmp_path)
    with pytest.raises(ConfigurationError, match=f'{path} exists'):
        scaffold('otters', tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize('hiding', ['azul/__init__.py', 'azul/projects/__init__.py'])
def test_a_distribution_that_hides_azul_gets_no_plugin(tmp_path: Path, hiding: str):
    (tmp_path / hiding).parent.mkdir(parents=True)
    (tmp_path / hiding).touch()
    before = tree(tmp_path)
    with pytest.raises(ConfigurationError, match='it would hide the rest'):
        scaffold('otters', tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize('obstacle', ['', 'azul', 'test', 'samples'])
def test_what_cannot_be_written_whole_is_not_written_at_all(tmp_path: Path, obstacle: str):
    root = tmp_path / 'new'
    (root / obstacle).parent.mkdir(exist_ok=True)
    (root / obstacle).write_text('a file where a folder should be')
    before = tree(tmp_path)
    with pytest.raises(ConfigurationError, match='cannot be written'):
        scaffold('otters', root)
    assert tree(tmp_path) == before


def test_the_samples_are_the_same_each_time_but_others_for_each_plugin(tmp_path: Path):
    for folder, name in ('one', 'otters'), ('again', 'otters'), ('other', 'herons'):
        write_samples(name, tmp_path / folder)
    assert tree(tmp_path / 'one') == tree(tmp_path / 'again')
    assert not set(Bundles(tmp_path / 'one').fqids) & set(Bundles(tmp_path / 'other').fqids)
    expected = read_expectation(tmp_path / 'one')
    assert sorted(expected) == Bundles(tmp_path / 'one').fqids
    assert sum(not each.indexed for each in expected.values()) == 1


def test_what_is_said_can_be_typed_as_it_is(tmp_path: Path, capsys):
    assert main(['otters', '--out', str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f'  make check-plugin name=otters plugins={tmp_path}\n' in said
    assert f'  make test args={tmp_path}/test/otters plugins={tmp_path}\n' in said
    assert f'  make demo project=otters plugins={tmp_path}\n' in said
    readme = Path(said.rpartition('read ')[2].rstrip('.\n'))
    assert readme.is_file()
    assert main(['otters', '--out', str(tmp_path)]) == 1
    assert capsys.readouterr().err.count(' exists\n') == 3


def test_a_path_with_spaces_can_be_typed_as_well(tmp_path: Path, capsys):
    out = tmp_path / 'my otters'
    assert main(['otters', '--out', str(out)]) == 0
    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines() if line.startswith('  make ')]
    assert commands == [
        ['make', 'check-plugin', 'name=otters', f'plugins={out}'],
        ['make', 'test', f"args='{out}/test/otters'", f'plugins={out}'],
        ['make', 'demo', 'project=otters', f'plugins={out}'],
    ]


def test_the_readme_names_what_there_is(tmp_path: Path):
    package, tests, bundles = scaffold('otters', tmp_path)
    readme = (package / 'README.md').read_text()
    for path in [*package.glob('[a-z]*.py'), tests, bundles]:
        assert f'`{path.relative_to(tmp_path)}`' in readme


def test_the_template_is_as_clean_as_our_own_code_under_any_name(tmp_path: Path):
    """Under its own name it is linted and type-checked with the rest."""
    assert list(TEMPLATE.rglob('*.py'))
    for name in 'b2', 'b' * 30:
        scaffold(name, tmp_path)
    done = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--config', ROOT / 'pyproject.toml', '--no-cache',
                           tmp_path], capture_output=True, text=True, check=False, env={'PATH': os.defpath})
    assert done.returncode == 0, done.stdout
    for path in tmp_path.rglob('*.md'):
        assert all(len(line) < 200 for line in path.read_text().splitlines())
