"""The file `environment`, sourced by a real bash, in a folder like a clone, with deployments of our own."""
import json
import shutil
import subprocess
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azul.infra.variables import ENVIRONMENT, declared, in_environment
from fixtures.clone import SHOW, Clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """With the deployments `here`, which is selected, and `there`."""
    clone = Clone(tmp_path)
    clone.write('deployments/here/environment', '_set AZUL_DEPLOYMENT_STAGE here')
    clone.write('deployments/there/environment', '_set AZUL_DEPLOYMENT_STAGE there')
    clone.select('here')
    return clone


def test_the_settings_of_the_selected_deployment_are_exported(clone: Clone):
    script = ['source environment', "bash -c 'echo $AZUL_DEPLOYMENT_STAGE $azul_home'"]
    assert clone.says(*script) == [f'here {clone.folder}']
    assert clone.says('cd deployments', 'source ../environment', 'echo $azul_home') == [str(clone.folder)]


def test_files_that_are_closer_to_the_deployment_and_its_user_come_first(clone: Clone):
    files = ['environment.local', 'deployments/here/environment', 'deployments/here/environment.local']
    assert clone.says('source environment', 'echo $AZUL_URL_REDIRECT_HOSTS') == ['humancellatlas.org']
    for file in files:
        clone.write(file, f'_set AZUL_URL_REDIRECT_HOSTS {file}')
        assert clone.says('source environment', 'echo $AZUL_URL_REDIRECT_HOSTS') == [file]


@settings(max_examples=20, deadline=None)
@given(values=st.dictionaries(st.sampled_from([variable for variable in declared() if variable.startswith('AZUL_')]),
                              st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']))))
def test_values_are_taken_to_the_letter_and_are_the_same_when_they_are_taken_again(values: dict[str, str]):
    values = {'AZUL_DEPLOYMENT_STAGE': 'here', **values}
    with TemporaryDirectory(suffix=' with spaces') as folder:
        clone = Clone(Path(folder))
        clone.write('deployments/here/environment', *(f'_set {name} {quote(value)}' for name, value in values.items()))
        clone.select('here')
        once = clone.sourced(LC_ALL='C.UTF-8', AZUL_PROJECT='stale', PYTHONPATH='own')
        assert values.items() <= once.items()
        again = clone.says('source environment', '_refresh', SHOW, LC_ALL='C.UTF-8', PYTHONPATH='own')
        assert json.loads(again[0]) == once


def test_an_empty_value_is_not_overridden(clone: Clone):
    clone.write('environment.local', "_set AZUL_URL_REDIRECT_HOSTS ''")
    assert clone.says('source environment', 'echo "${AZUL_URL_REDIRECT_HOSTS-unset} ${AZUL_DEBUG-unset}"') == [' unset']


def test_what_was_set_before_does_not_count(clone: Clone):
    assert clone.says('source environment', 'echo $AZUL_DEPLOYMENT_STAGE ${AZUL_DEBUG-unset}',
                      AZUL_DEPLOYMENT_STAGE='stale', AZUL_DEBUG='2') == ['here unset']


def test_sourcing_twice_is_like_sourcing_once(clone: Clone):
    clone.write('environment.local', 'export AWS_PROFILE=mine "MULTIPLE=a', 'b" PATH="$PATH:/x"')
    once, twice = (clone.says(*['source environment'] * times, SHOW) for times in (1, 2))
    assert once == twice
    assert '"MULTIPLE": "a\\nb"' in once[0]


def test_what_is_no_longer_in_the_files_does_not_survive_a_refresh(clone: Clone):
    clone.write('environment.local',
                '_set AZUL_DEBUG 2', 'export AWS_PROFILE=mine AWS_REGION=other', 'unset HTTP_PROXY')
    show = 'echo ${AZUL_DEBUG-unset} ${AWS_PROFILE-unset} $AWS_REGION ${HTTP_PROXY-unset}'
    assert clone.says('source environment', show, 'rm environment.local', '_refresh', show,
                      AWS_REGION='own', HTTP_PROXY='proxy') == ['2 mine other unset', 'unset unset own proxy']


def test_a_variable_that_a_newer_version_does_not_have_does_not_survive_a_refresh(clone: Clone):
    clone.write('environment.local', '_set AZUL_DEBUG 2')
    newer = (clone.folder / 'environment').read_text().replace('\n    AZUL_DEBUG\n', '\n')
    clone.write('newer', newer)
    assert clone.says('source environment', 'rm environment.local', 'mv newer environment', '_refresh',
                      'echo ${AZUL_DEBUG-unset}') == ['unset']


def test_another_deployment_can_be_selected(clone: Clone):
    assert clone.says('source environment', '_select', '_select there',
                      'echo $AZUL_DEPLOYMENT_STAGE ${TF_DATA_DIR##*/deployments/}', '_select deployments/here/',
                      'readlink deployments/.active') == [
        'The deployment here is selected.', 'The deployment there is selected.', 'there there/.terraform',
        'The deployment here is selected.', 'here']


@pytest.mark.parametrize('name', ['elsewhere', '..', '.active', "''", 'here there', '.example.local'])
def test_an_unknown_deployment_cannot_be_selected(clone: Clone, name: str):
    clone.write('deployments/.example.local/environment', '')
    done = clone.bash('source environment', f'_select {name}', 'echo $? $AZUL_DEPLOYMENT_STAGE')
    assert done.stdout == '1 here\n'
    assert 'There is no deployment' in done.stderr
    assert 'here there' in done.stderr


def test_without_a_selected_deployment_nothing_is_set_but_one_can_be_selected(clone: Clone):
    (clone.folder / 'deployments' / '.active').unlink()
    show = 'echo $? ${AZUL_DEPLOYMENT_STAGE-unset} ${azul_home-unset}'
    done = clone.bash('source environment', show, '_select', '_select there',
                      AZUL_DEPLOYMENT_STAGE='stale', azul_home='stale')
    assert done.stdout == '1 unset unset\nThe deployment there is selected.\n'
    assert done.stderr == 'No deployment is selected. Say `_select NAME`, with one of: here there \n' * 2


def test_a_deployment_that_was_removed_is_not_selected(clone: Clone):
    shutil.rmtree(clone.folder / 'deployments' / 'here')
    assert 'No deployment is selected' in clone.bash('source environment').stderr


def test_what_is_not_a_link_is_not_replaced(clone: Clone):
    active = clone.folder / 'deployments' / '.active'
    active.unlink()
    active.mkdir()
    done = clone.bash('source environment', '_select there', 'echo $?')
    assert done.stdout == '1\n'
    assert 'has to be a symbolic link' in done.stderr
    assert list(active.iterdir()) == []


@pytest.mark.parametrize(('line', 'complaint'), [
    ('_set AZUL_DEBGU 1', 'AZUL_DEBGU is no variable of Azul'),
    ('_set AWS_PROFILE mine', 'AWS_PROFILE is no variable of Azul'),
    ('_set AZUL_DEBUG', '_set AZUL_DEBUG VALUE'),
    ('_set AZUL_DEBUG=1', '_set takes a name and a value'),
    ('_set AZUL_DEBUG 1 2', '_set takes a name and a value'),
    ('_set', '_set takes a name and a value'),
    ('AZUL_DEBUG=1', 'AZUL_DEBUG is to be set by `_set AZUL_DEBUG VALUE`'),
    ('export AZUL_DEBUG=1', 'AZUL_DEBUG is to be set by `_set AZUL_DEBUG VALUE`'),
    ('_set AZUL_DEBUG "1', 'environment.local: line 1'),
    ('if', 'environment.local: line'),
])
@pytest.mark.parametrize('before', ['', 'set -u'])
def test_with_a_fault_nothing_is_set_and_the_shell_goes_on(clone: Clone, line: str, complaint: str, before: str):
    clone.write('environment.local', line)
    done = clone.bash(before, 'source environment', 'echo $? $(compgen -e | grep -ci ^azul) ${PYTHONPATH-unset}')
    assert done.stdout == '1 0 unset\n'
    assert complaint in done.stderr
    assert done.stderr.endswith('No setting was taken: mend what is said above, then say `_refresh`.\n')


def test_all_faults_are_told_at_once_and_where_they_are(clone: Clone):
    clone.write('environment.local', '_set AZUL_ONE 1', '_set AZUL_TWO 2')
    clone.write('deployments/here/environment', '_set AZUL_THREE 3')
    complaints = clone.bash('source environment').stderr.splitlines()
    assert [complaint.partition(' is no variable')[0] for complaint in complaints[:-1]] == [
        f'{clone.folder}/deployments/.active/environment line 1: AZUL_THREE',
        f'{clone.folder}/environment.local line 1: AZUL_ONE', f'{clone.folder}/environment.local line 2: AZUL_TWO']


def test_a_fault_ends_a_script_that_wants_to_end_at_faults(clone: Clone):
    clone.write('environment.local', '_set AZUL_DEBGU 1')
    done = clone.bash('set -eu', 'source environment', 'echo on')
    assert (done.returncode, done.stdout) == (1, '')


def test_a_script_that_wants_to_end_at_faults_does_not_end_without(clone: Clone):
    clone.write('environment.local', '[[ -n ${NOT_SET-} ]] && _set AZUL_DEBUG 1')
    assert clone.says('set -eu', 'source environment', '_refresh', '_select there', 'echo on')[-1] == 'on'


def test_someone_who_reads_is_told_what_is_set_but_no_secret(clone: Clone):
    clone.write('environment.local', '_set azul_github_access_token mellon', "_set AZUL_DEBUG ''", '_set AZUL_DEBUG 2',
                '_set AZUL_DEPLOYMENT_STAGE other')
    told = clone.bash('source environment', options=('-i',)).stderr
    assert "deployments/.active/environment: Set AZUL_DEPLOYMENT_STAGE to 'here'\n" in told
    assert "environment.local: Set AZUL_DEBUG to ''\n" in told
    assert "environment.local: Not setting AZUL_DEBUG to '2'\n" in told
    assert "environment.local: Not setting AZUL_DEPLOYMENT_STAGE to 'other'\n" in told
    assert "\nenvironment: Set AZUL_URL_REDIRECT_HOSTS to 'humancellatlas.org'\n" in told
    assert 'environment.local: Set azul_github_access_token to REDACTED\n' in told
    assert 'mellon' not in told


@pytest.mark.parametrize(('name', 'declared_secret'), [
    ('AZUL_DEBUG', True), ('azul_Password', False), ('AZUL_MY_SECRETS', False), ('azul_tokens', False)])
def test_a_secret_is_one_that_is_declared_or_that_has_the_name_of_one(clone: Clone, name: str, declared_secret: bool):
    text = (clone.folder / 'environment').read_text().replace('_azul_variables=(', f'_azul_variables=(\n{name}')
    if declared_secret:
        text = text.replace('_azul_secrets=(', f'_azul_secrets=(\n{name}')
    clone.write('environment', text)
    clone.write('environment.local', f'_set {name} mellon')
    told = clone.bash('source environment', options=('-i',)).stderr
    assert f'Set {name} to REDACTED\n' in told
    assert 'mellon' not in told


def test_executed_or_sourced_by_another_shell_it_says_what_to_do(clone: Clone):
    executed = subprocess.run(['bash', 'environment'], cwd=clone.folder, text=True, capture_output=True, check=False)
    assert (executed.returncode, executed.stdout) == (1, '')
    assert '`source environment` changes the shell' in executed.stderr
    other = next(filter(None, map(shutil.which, ['dash', 'busybox', 'ksh', 'zsh'])), None)
    assert other, 'no shell but bash is there to try it with'
    command = [other, 'sh'] if other.endswith('busybox') else [other]
    sourced = subprocess.run([*command, '-c', '. ./environment; echo $?'], cwd=clone.folder, text=True, check=False,
                             capture_output=True)
    assert (sourced.stdout, sourced.stderr) == (
        '1\n', 'The file `environment` is for bash: run `bash`, and source it there.\n')


def test_it_lists_the_variables_that_are_declared():
    text = ENVIRONMENT.read_text()
    assert text == in_environment(text), 'The lists are out of date: run `make variables`.'
