"""`scripts/envhook.py`, installed in a virtual environment of its own."""
import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from fixtures.clone import ROOT, Clone

PRINT = 'import json, os; print(json.dumps({name: os.environ.get(name) for name in %r}))'

NAMES = ('AZUL_DEPLOYMENT_STAGE', 'AZUL_DEBUG', 'AZUL_ES_SHARDS', 'PYTHONPATH', 'AWS_PROFILE')


class Hooked(Clone):

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.write('deployments/here/environment', '_set AZUL_DEPLOYMENT_STAGE here')
        self.select('here')
        (self.folder / 'scripts').mkdir()
        self.script = Path(shutil.copy(ROOT / 'scripts' / 'envhook.py', self.folder / 'scripts'))
        venv.create(self.folder / '.venv', with_pip=False, symlinks=True)
        (packages,) = (self.folder / '.venv' / 'lib').glob('python*/site-packages')
        self.link = packages / 'sitecustomize.py'
        self.python = self.folder / '.venv' / 'bin' / 'python'

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.python, *arguments], env={'PATH': os.environ['PATH'], **variables}, text=True,
                              capture_output=True, check=False, cwd=self.folder)

    def hook(self, action: str) -> tuple[int, str]:
        done = self.run(str(self.script), action)
        return done.returncode, done.stdout + done.stderr

    def started(self, **variables: str) -> tuple[dict[str, str | None], str]:
        """The variables `NAMES` of a Python that is started with others, and what it is told."""
        done = self.run('-c', PRINT % (NAMES,), **variables)
        assert done.returncode == 0
        return json.loads(done.stdout), done.stderr


@pytest.fixture
def hooked(tmp_path: Path) -> Hooked:
    """With the hook installed."""
    hooked = Hooked(tmp_path)
    assert hooked.hook('install') == (0, f'{hooked.link} is installed.\n')
    return hooked


def test_it_is_installed_once_and_removed_once(hooked: Hooked):
    assert hooked.link.resolve() == hooked.script
    for action, told in [('install', 'is installed already'), ('remove', 'is removed')]:
        assert hooked.run(str(hooked.script), action, **hooked.sourced()).stdout == f'{hooked.link} {told}.\n'
    assert not hooked.link.is_symlink()
    assert hooked.hook('remove') == (0, f'{hooked.link} is not installed.\n')


def test_one_of_somebody_else_stays(tmp_path: Path):
    hooked = Hooked(tmp_path)
    hooked.link.write_text('theirs = True\n')
    for action in 'install', 'remove':
        status, told = hooked.hook(action)
        assert status == 1
        assert str(hooked.link) in told
    assert hooked.link.read_text() == 'theirs = True\n'


def test_one_of_somebody_else_is_not_hidden(tmp_path: Path):
    hooked = Hooked(tmp_path)
    (tmp_path / 'theirs').mkdir()
    (tmp_path / 'theirs' / 'sitecustomize.py').touch()
    done = hooked.run(str(hooked.script), 'install', PYTHONPATH=str(tmp_path / 'theirs'))
    assert done.returncode == 1
    assert 'There is another one' in done.stderr
    assert not hooked.link.exists()


def test_it_is_not_for_the_python_of_the_machine(tmp_path: Path):
    hooked = Hooked(tmp_path)
    hooked.python = hooked.python.resolve()
    assert hooked.hook('install') == (1, 'This Python is that of the machine: run the one in .venv/bin.\n')


def test_it_says_nothing_where_all_is_as_it_was_sourced(hooked: Hooked):
    hooked.write('environment.local', '_set AZUL_DEBUG 2', 'export AWS_PROFILE=mine')
    variables, told = hooked.started(**hooked.sourced())
    assert told == ''
    assert variables['AZUL_DEBUG'] == '2'


def test_it_warns_of_what_has_changed_since_and_changes_nothing(hooked: Hooked):
    sourced = hooked.sourced()
    hooked.write('environment.local', '_set AZUL_DEBUG 2', '_set azul_github_access_token mellon')
    variables, told = hooked.started(**{**sourced, 'AZUL_ES_SHARDS': '3'})
    assert variables['AZUL_DEBUG'] is None
    assert variables['AZUL_ES_SHARDS'] == '3'
    assert told.splitlines() == [
        "envhook.py: AZUL_DEBUG is not set here, and '2' where `environment` is sourced now: say `_refresh`.",
        "envhook.py: AZUL_ES_SHARDS is '3' here, and not set where `environment` is sourced now: say `_refresh`.",
        'envhook.py: azul_github_access_token is not set here, and REDACTED where `environment` is sourced now: '
        'say `_refresh`.']


def test_a_secret_is_shown_neither_as_it_was_nor_as_it_is(hooked: Hooked):
    hooked.write('environment.local', '_set azul_github_access_token mellon', 'export OTHER_PASSWORD=mellon')
    sourced = hooked.sourced()
    hooked.write('environment.local', '_set azul_github_access_token friend', 'export OTHER_PASSWORD=friend')
    told = hooked.started(**sourced)[1]
    assert told.count('is REDACTED here, and REDACTED where') == 2
    assert 'mellon' not in told
    assert 'friend' not in told


def test_it_warns_once_where_nothing_is_sourced(hooked: Hooked):
    variables, told = hooked.started()
    assert variables['AZUL_DEPLOYMENT_STAGE'] is None
    assert told == 'envhook.py: no deployment is sourced in this shell: say `source environment`.\n'


def test_in_pycharm_it_puts_all_right_but_what_is_of_python(hooked: Hooked):
    hooked.write('environment.local', '_set AZUL_DEBUG 2', 'export AWS_PROFILE=mine')
    variables, told = hooked.started(PYCHARM_HOSTED='1', AZUL_ES_SHARDS='3', PYTHONPATH='/theirs')
    assert told == ''
    assert variables == {'AZUL_DEPLOYMENT_STAGE': 'here', 'AZUL_DEBUG': '2', 'AZUL_ES_SHARDS': None,
                         'PYTHONPATH': '/theirs', 'AWS_PROFILE': 'mine'}


def test_what_keeps_it_from_sourcing_keeps_no_python_from_starting(hooked: Hooked):
    hooked.write('environment.local', '_set AZUL_DEBGU 2')
    assert 'AZUL_DEBGU is no variable of Azul' in hooked.started()[1]
    (hooked.folder / 'deployments' / '.active').unlink()
    assert 'No deployment is selected' in hooked.started(PYCHARM_HOSTED='1')[1]
    (hooked.folder / 'environment').unlink()
    assert 'No such file' in hooked.started()[1]
    assert 'cannot source' in hooked.started(PATH='/nowhere')[1]
