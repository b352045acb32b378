"""The jobs of .gitlab-ci.yml, run by a shell as GitLab runs them, with a `make` and a `docker` that only take note."""
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[3]

FILE = ROOT / '.gitlab-ci.yml'

CI: dict[str, Any] = yaml.safe_load(FILE.read_text())

NO_JOBS = {'stages', 'workflow', 'variables', 'default'}

RECORDER = """#!/usr/bin/env bash
printf '%s %s: %s\\n' "${0##*/}" "$*" "${AZUL_DEPLOYMENT_STAGE-}" >> "$records/calls"
[[ "${0##*/} $*" != "${fails-}" ]]
"""


def jobs() -> dict[str, dict[str, Any]]:
    """Those that GitLab knows, with what they extend."""
    return {name: {**CI.get(job.get('extends', ''), {}), **job} for name, job in CI.items()
            if name not in NO_JOBS and not name.startswith('.')}


def in_order() -> list[str]:
    return sorted(jobs(), key=lambda name: CI['stages'].index(jobs()[name]['stage']))


def test_it_is_what_gitlab_publishes_a_schema_of():
    done = CliRunner().invoke(check_jsonschema, ['--builtin-schema', 'vendor.gitlab-ci', str(FILE)])
    assert done.exit_code == 0, done.output


def test_the_schema_knows_mistakes(tmp_path: Path):
    for mistake in {'stages': 'all'}, {'deploy': {**CI['deploy'], 'when': 'sometimes'}}:
        file = tmp_path / '.gitlab-ci.yml'
        file.write_text(json.dumps({**CI, **mistake}))
        assert CliRunner().invoke(check_jsonschema, ['--builtin-schema', 'vendor.gitlab-ci', str(file)]).exit_code == 1


def test_stages_are_those_of_a_build():
    assert CI['stages'] == ['build_image', 'setup', 'test', 'deploy', 'subscribe', 'integration_test', 'teardown',
                            'manual']
    assert in_order() == ['build_image', 'pending', 'test', 'deploy', 'subscribe', 'integration_test',
                          'success', 'failure', 'reindex', 'resume_reindex']


def test_what_takes_a_person_waits_for_one_and_a_failure_is_told():
    assert {name for name, job in jobs().items() if job.get('when') == 'manual'} == {'reindex', 'resume_reindex'}
    assert {name for name, job in jobs().items() if job.get('when') == 'on_failure'} == {'failure'}


def test_a_reindex_can_be_started_whatever_became_of_what_follows_the_deployment():
    assert [jobs()[name]['needs'] for name in ('reindex', 'resume_reindex')] == [['deploy']] * 2


def test_there_is_one_deployment_at_a_time():
    groups = {name: job.get('resource_group') for name, job in jobs().items()}
    assert groups['deploy'] == groups['subscribe'] == groups['integration_test'] == 'protected-$CI_COMMIT_REF_PROTECTED'
    assert groups['test'] is None


@dataclass(frozen=True)
class Runner:
    """A machine that runs jobs.

    :ivar folder: of what it has beside its checkout
    """
    folder: Path

    def run(self, job: str, branch: str = 'feature/x', fails: str = '', *, latest: bool = True
            ) -> tuple[int, list[str], str]:
        """
        :param fails: of the recorded calls, the one that does
        :param latest: whether the branch has no newer commit
        :return: the status, the calls, each with the deployment that was selected, and the output
        """
        declared = jobs()[job]
        lines = [*declared.get('before_script', CI['default']['before_script']), *declared['script']]
        folder = self.checkout(branch, latest)
        done = subprocess.run(['bash', '--norc', '--noprofile', '-eo', 'pipefail', '-c', '\n'.join(lines)],
                              env={**self.variables(declared), 'CI_COMMIT_REF_NAME': branch, 'fails': fails,
                                   'CI_COMMIT_SHA': self.commit()},
                              cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=60)
        calls = self.folder / 'calls'
        return done.returncode, calls.read_text().splitlines() if calls.exists() else [], done.stdout

    def checkout(self, branch: str, latest: bool) -> Path:
        """A new one, as GitLab makes for each job. Nothing of the one that the test runs in is written to."""
        folder = self.folder / 'checkout'
        shutil.rmtree(folder, ignore_errors=True)
        (self.folder / 'calls').unlink(missing_ok=True)
        folder.mkdir()
        for each in 'environment', '.gitignore':
            shutil.copy(ROOT / each, folder)
        for each in 'deployments', 'scripts':
            shutil.copytree(ROOT / each, folder / each, symlinks=True,
                            ignore=shutil.ignore_patterns('.active', '.terraform', '__pycache__'))
        (folder / 'src').symlink_to(ROOT / 'src')
        self.git('init', '--quiet')
        self.git('add', '.')
        commit = ['-c', 'user.name=n', '-c', 'user.email=e', 'commit', '--quiet', '--allow-empty', '--message', 'm']
        self.git(*commit)
        self.git('init', '--quiet', '--bare', f'{folder}.git')
        self.git('remote', 'add', 'origin', f'{folder}.git')
        self.git('checkout', '--quiet', '--detach')
        if not latest:
            self.git(*commit)
        self.git('push', '--quiet', 'origin', f'HEAD:refs/heads/{branch}')
        if not latest:
            self.git('checkout', '--quiet', 'HEAD~')
        return folder

    def commit(self) -> str:
        """That is checked out."""
        return self.git('rev-parse', 'HEAD').strip()

    def git(self, *arguments: str) -> str:
        return subprocess.run(['git', *arguments], cwd=self.folder / 'checkout', check=True, text=True,
                              capture_output=True, env={'PATH': os.defpath, 'HOME': str(self.folder)}).stdout

    def variables(self, job: Mapping[str, Any]) -> dict[str, str]:
        return {
            **CI['variables'], **job.get('variables', {}),
            'PATH': f'{self.folder / "bin"}:{os.defpath}', 'HOME': str(self.folder), 'records': str(self.folder),
            'settings': str(self.folder / 'settings'), 'built': str(self.folder / 'built'),
            'CI_REGISTRY': 'registry.example', 'CI_REGISTRY_IMAGE': 'registry.example/azul', 'CI_REGISTRY_USER': 'ci',
            'CI_REGISTRY_PASSWORD': 'hush', 'CI_PIPELINE_URL': 'https://gitlab.example/1',
        }


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    for name in 'make', 'docker':
        program = tmp_path / 'bin' / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(RECORDER)
        program.chmod(0o755)
    (tmp_path / 'built' / '.cache').mkdir(parents=True)
    (tmp_path / 'built' / '.venv').symlink_to(sys.prefix)
    (tmp_path / 'settings').mkdir()
    (tmp_path / 'settings' / 'environment.local').write_text('_set AZUL_DEBUG 1\nexport FROM_THE_INSTANCE=1\n')
    return Runner(tmp_path)


@pytest.mark.parametrize(('job', 'calls'), [
    ('test', ['make ', 'make check', 'make test']),
    ('deploy', ['make check_branch', 'make -C lambdas package', 'make -C terraform plan auto_apply']),
    ('subscribe', ['make subscribe']),
    ('integration_test', ['make integration_test']),
    ('reindex', ['make reindex']),
    ('resume_reindex', ['make reindex args=--resume']),
])
def test_a_job_makes_what_is_to_be_made_for_the_sandbox(runner: Runner, job: str, calls: list[str]):
    status, called, output = runner.run(job)
    assert status == 0, output
    assert called == [f'{call}: sandbox' for call in calls]


@pytest.mark.parametrize(('branch', 'stage'), [
    ('develop', 'dev'), ('integration', 'integration'), ('staging', 'staging'), ('prod', 'prod'),
    ('dev', 'sandbox'), ('feature/prod', 'sandbox'), ('main', 'sandbox'),
])
def test_a_protected_branch_is_deployed_to_its_deployment_and_any_other_one_to_the_sandbox(
        runner: Runner, branch: str, stage: str):
    status, called, output = runner.run('subscribe', branch)
    assert status == 0, output
    assert called == [f'make subscribe: {stage}']


def test_what_a_job_deploys_is_what_was_committed(runner: Runner):
    """What it copies and links into the checkout is ignored, so the lambdas do not say that there were changes."""
    status, _, output = runner.run('deploy')
    assert status == 0, output
    assert runner.git('status', '--porcelain') == ''


def test_what_is_no_longer_the_latest_commit_of_its_branch_is_not_deployed(runner: Runner):
    status, called, output = runner.run('deploy', latest=False)
    assert status == 1
    assert called == []
    latest = runner.git('ls-remote', 'origin').split()[0]
    assert latest != runner.commit()
    assert f'The branch is at {latest} by now: not deployed.' in output


def test_a_job_ends_with_the_first_thing_that_fails(runner: Runner):
    status, called, _ = runner.run('deploy', fails='make -C lambdas package')
    assert status == 1
    assert called == ['make check_branch: sandbox', 'make -C lambdas package: sandbox']


def test_a_job_ends_if_the_settings_of_the_instance_are_not_there(runner: Runner):
    shutil.rmtree(runner.folder / 'settings')
    status, called, output = runner.run('deploy')
    assert status != 0
    assert called == []
    assert 'settings' in output


def test_a_job_ends_if_a_setting_is_wrong(runner: Runner):
    (runner.folder / 'settings' / 'environment.local').write_text('_set AZUL_DEBUGG 1\n')
    status, called, output = runner.run('deploy')
    assert status != 0
    assert called == []
    assert 'AZUL_DEBUGG' in output


def test_the_image_is_built_before_there_is_one_and_the_password_is_no_argument(runner: Runner):
    status, called, output = runner.run('build_image')
    assert status == 0, output
    image = f'registry.example/azul/build:{runner.commit()}'
    assert called == ['docker login --username ci --password-stdin registry.example: ',
                      f'docker build --pull --tag {image} .: ',
                      f'docker push {image}: ']
    assert 'hush' not in output


def test_all_other_jobs_run_in_the_image_that_was_built_for_the_commit():
    assert [name for name, job in jobs().items() if 'image' in job] == ['build_image']
    assert CI['default']['image'] == '$CI_REGISTRY_IMAGE/build:$CI_COMMIT_SHA'


@pytest.mark.parametrize(('job', 'state'), [('pending', 'pending'), ('success', 'success'), ('failure', 'failure')])
def test_github_is_told_how_the_commit_gets_on_if_it_is_to_be(runner: Runner, job: str, state: str):
    status, called, output = runner.run(job)
    assert status == 0, output
    assert called == []
    assert f'GitHub is not told that {runner.commit()} is {state}: azul_github_access_token is not set' in output


def test_what_takes_long_is_not_cut_short():
    assert {name: job['timeout'] for name, job in jobs().items() if 'timeout' in job} == {
        'deploy': '4 hours', 'reindex': '3 days', 'resume_reindex': '3 days'}


@pytest.mark.parametrize(('variables', 'patience'), [({'CI': 'true'}, '10m'), ({}, '0s')], ids=['CI', 'terminal'])
def test_a_deployment_waits_for_the_lock_of_another_one_in_gitlab_only(variables: dict[str, str], patience: str):
    targets = ['plan', 'apply', 'auto_apply', 'destroy', 'auto_destroy']
    done = subprocess.run(['make', '-n', '-C', 'terraform', *targets], cwd=ROOT, env={'PATH': os.defpath, **variables},
                          text=True, capture_output=True, check=True)
    commands = [line for line in done.stdout.splitlines() if re.match('terraform (plan|apply|destroy)', line)]
    assert len(commands) == len(targets)
    assert all(f' -lock-timeout={patience}' in command for command in commands)


def test_each_target_of_make_is_one():
    """As far as a makefile tells without a deployment."""
    for job in jobs().values():
        for line in job['script']:
            if line.startswith('make'):
                done = subprocess.run(['make', '-n', *line.split()[1:]], cwd=ROOT, env={'PATH': os.defpath}, text=True,
                                      capture_output=True, check=False)
                assert 'No rule to make target' not in done.stderr, line
