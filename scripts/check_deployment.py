"""Check that what is about to be done to a deployment is done to the one that is meant, and by somebody who is equipped
for it. Nothing is checked where the account is the stand-in of a laptop.

Exit status: 0 if all is well, 1 if not.
"""
import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.infra.branch import Checkout
from scripts.envhook import NotSourced, Sourced

ROOT = Path(__file__).resolve().parents[1]

GIT_SECRETS = """install git-secrets, see https://github.com/awslabs/git-secrets, then say
      git secrets --install
      git secrets --register-aws
      git secrets --add '[-]----BEGIN.PRIVATE.KEY-----'"""

SET_BY_DEPLOY = ('azul_git_commit', 'azul_git_dirty')
"""These are in no file."""


def faults_of_settings() -> Iterator[str]:
    try:
        differences = Sourced().differences()
        stale = [name for name in differences if name.startswith(('AZUL_', 'azul_')) and name not in SET_BY_DEPLOY]
        if 'TF_DATA_DIR' in differences:  # it has the names of the clone and of the deployment
            yield 'The deployment that is selected here is not that of this shell: say `source environment`.'
        elif stale:
            more = f' and {len(stale) - 5} more' if len(stale) > 5 else ''
            yield (f'What this shell has is not what the files of the deployment have: {", ".join(stale[:5])}{more}. '
                   'Say `_refresh` to take what they have.')
        else:
            Deployment.load()
    except NotSourced as error:
        yield str(error)
    except ConfigurationError as error:
        yield from error.faults


def faults_of_git() -> Iterator[str]:
    """Who can push could push a secret."""
    if any(map(_can_push, _git('remote').splitlines())):
        hook = ROOT / _git('rev-parse', '--git-path', 'hooks/pre-commit').strip()
        providers, patterns = (_git('config', '--get-all', f'secrets.{what}') for what in ('providers', 'patterns'))
        lacking = [what for what, there in [
            ('the program git-secrets', shutil.which('git-secrets')),
            ('its patterns of AWS', 'git secrets --aws-provider' in providers),
            ('its pattern of private keys', 'PRIVATE.KEY' in patterns),
            ('its hook before commits', hook.is_file() and 'git secrets' in hook.read_text(errors='replace')),
        ] if not there]
        if lacking:
            yield f'This clone can push, and lacks {", ".join(lacking)}: {GIT_SECRETS}'


def _can_push(remote: str) -> bool:
    try:
        # In a session without a terminal nobody is asked for a password.
        push = subprocess.run(['git', 'push', '--dry-run', '--no-verify', remote, 'HEAD:refs/heads/can-push'], cwd=ROOT,
                              stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, timeout=30,
                              check=False)
    except subprocess.TimeoutExpired:
        return False
    return push.returncode == 0


def _git(*arguments: str) -> str:
    return subprocess.run(['git', *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def main(arguments: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(prog='scripts/check_deployment.py', description=__doc__).parse_args(arguments)
    try:
        if not Checkout.load().on_account:
            return 0
    except ConfigurationError:
        pass  # one of the faults that are told now
    faults = [*faults_of_settings(), *faults_of_git()]
    if faults:
        print(ConfigurationError('Deployment', faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
