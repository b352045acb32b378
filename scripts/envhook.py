"""Have each Python of the virtual environment look whether its variables are those of the file `environment`.

Installed, this file is the `sitecustomize` of the virtual environment, which Python imports whenever it starts. In
PyCharm, which cannot source anything, the variables are put right, but for those of Python itself. Elsewhere stderr is
told of what differs, as it is when a deployment was selected or a file changed since `environment` was sourced.
"""
# It runs before anything else does and wherever Python does, so it needs nothing but Python, reads the variables of the
# process itself, and lets no fault through.
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

THIS = Path(__file__).resolve()
ENVIRONMENT = THIS.parents[1] / 'environment'

# The shell inherits all that we have. The Python in the end must not be one that does what this one does.
SOURCE = 'source "$1" >&2 && echo "${_azul_secrets[*]}" && exec "$2" -IS -c "$3"'
SHOW = 'import json, os; print(json.dumps(dict(os.environ)))'

OF_SHELLS = {'_', 'SHLVL', 'PWD', 'OLDPWD'}


class NotSourced(Exception):
    """The file `environment` has a fault, or no deployment is selected. Tells people what to do."""


class Sourced:
    """What a shell with the given variables has when it has sourced `environment`."""

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        """
        :raises NotSourced: if that cannot be told
        """
        self._before = variables
        try:
            command = ['bash', '--norc', '--noprofile', '-c', SOURCE, 'bash', str(ENVIRONMENT), sys.executable, SHOW]
            bash = subprocess.run(command, env=dict(variables), stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotSourced(f'bash cannot source {ENVIRONMENT}: {error}') from error
        if bash.returncode:
            raise NotSourced(bash.stderr.strip())
        secrets, shown = bash.stdout.split('\n', 1)
        self._secrets = secrets.split()
        self._after: dict[str, str] = json.loads(shown)

    def differences(self) -> dict[str, str | None]:
        """The variables that have another value then, and that value; None if they are not set then."""
        names = sorted((self._before.keys() | self._after.keys()) - OF_SHELLS)
        return {name: self._after.get(name) for name in names if self._before.get(name) != self._after.get(name)}

    def shown(self, name: str, value: str | None) -> str:
        """For people, who must not see secrets."""
        if value is None:
            return 'not set'
        secret = name in self._secrets or re.search('password|token|secret', name, re.IGNORECASE)
        return 'REDACTED' if secret else repr(value)


def hook(variables: MutableMapping[str, str]) -> None:
    """
    :param variables: of this process; they are changed in PyCharm
    """
    try:
        sourced = Sourced(variables)
    except NotSourced as error:
        _warn(str(error))
        return
    differences = sourced.differences()
    if 'PYCHARM_HOSTED' in variables:
        for name, value in differences.items():
            if name.startswith('PYTHON'):
                pass  # too late for this Python
            elif value is None:
                del variables[name]
            else:
                variables[name] = value
    elif 'azul_home' not in variables:
        _warn('no deployment is sourced in this shell: say `source environment`.')
    else:
        for name, value in differences.items():
            _warn(f'{name} is {sourced.shown(name, variables.get(name))} here, and {sourced.shown(name, value)} '
                  'where `environment` is sourced now: say `_refresh`.')


def _warn(text: str) -> None:
    sys.stderr.write(f'{THIS.name}: {text}\n')


def install(link: Path) -> str:
    """
    :return: what was done
    :raises FileExistsError: if there is another `sitecustomize`
    """
    there = importlib.util.find_spec('sitecustomize')
    origin = link if link.is_symlink() or link.exists() else there and there.origin and Path(there.origin)
    if origin and origin.resolve() == THIS:
        return f'{link} is installed already.'
    elif origin:
        raise FileExistsError(f'There is another one, {origin}: it has to be moved out of the way.')
    link.symlink_to(THIS)
    return f'{link} is installed.'


def remove(link: Path) -> str:
    """Likewise, for what `install` does."""
    if not link.is_symlink() and not link.exists():
        return f'{link} is not installed.'
    elif link.resolve() != THIS:
        raise FileExistsError(f'{link} is another one, and stays.')
    link.unlink()
    return f'{link} is removed.'


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='scripts/envhook.py', description=__doc__, allow_abbrev=False)
    parser.add_argument('action', choices=['install', 'remove'])
    options = parser.parse_args(arguments)
    if sys.prefix == sys.base_prefix:
        print('This Python is that of the machine: run the one in .venv/bin.', file=sys.stderr)
        return 1
    link = Path(sysconfig.get_path('purelib')) / 'sitecustomize.py'
    try:
        print({'install': install, 'remove': remove}[options.action](link))
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
elif __name__ == 'sitecustomize':
    hook(os.environ)
