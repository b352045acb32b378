"""What is written from the declarations of settings: docs/variables.md, and the lists in the file `environment`.

`python -m azul.infra.variables` writes both.
"""
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field
from typing import Any

from azul.config import Config, declarations, rendered
from azul.deployment import Deployment
from azul.infra import ROOT
from azul.infra.branch import Checkout

PAGE = ROOT / 'docs' / 'variables.md'
ENVIRONMENT = ROOT / 'environment'

INTRODUCTION = """# Variables

A deployment is described by environment variables, most of which the file `environment` takes from the files in
`deployments`: see [deploying.md](deploying.md#configuration). Those without a default have to be set.

This page is written by `make variables` from the declarations in [config.py](../src/azul/config.py),
[deployment.py](../src/azul/deployment.py) and [branch.py](../src/azul/infra/branch.py)."""

OURS = ('AZUL_', 'azul_')


def declared() -> dict[str, Field[Any]]:
    """The declaration of each variable, by its name; if there are several, the one that is more general."""
    found: dict[str, Field[Any]] = {}
    for settings in (Config, Deployment, Checkout):
        for field in declarations(settings):
            found.setdefault(field.metadata['variable'], field)
    return found


def page() -> str:
    """The text of `PAGE`."""
    known = declared()
    lambdas = [variable for variable in known if Config.tells_lambdas(variable)]
    others = [variable for variable in known if not variable.startswith(OURS)]
    rest = [variable for variable in known if variable not in {*lambdas, *others}]
    return '\n\n'.join([
        INTRODUCTION,
        '## Of the lambdas', 'The lambdas are told these when they are deployed. Scripts read them, too.',
        _table(known, lambdas),
        '## Of the deployment', 'These are for who deploys and operates. The lambdas are not told.',
        _table(known, rest),
        '## Of others', 'Programs of others know these, too. They are exported as usual, not by `_set`.',
        _table(known, others),
    ]) + '\n'


def in_environment(text: str) -> str:
    """
    :param text: of `ENVIRONMENT`
    :return: the same, with the lists as they should be
    """
    ours = [variable for variable in declared() if variable.startswith(OURS)]
    secrets = [variable for variable in ours if declared()[variable].metadata['secret']]
    for name, variables in [('_azul_variables', ours), ('_azul_secrets', secrets)]:
        lines = ''.join(f'    {variable}\n' for variable in variables)
        text, count = re.subn(rf'^{name}=\(\n[^)]*\)$', f'{name}=(\n{lines})', text, flags=re.MULTILINE)
        assert count == 1, f'{ENVIRONMENT} has {count} lists {name}'
    return text


def _table(known: Mapping[str, Field[Any]], variables: Iterable[str]) -> str:
    return '\n'.join(['| variable | default | meaning |', '|---|---|---|',
                      *(f'| `{variable}` | {_default(known[variable])} | {_meaning(known[variable])} |'
                        for variable in variables)])


def _default(field: Field[Any]) -> str:
    if field.default is MISSING:
        return ''
    return f'`{rendered(field.default)}`' if field.default != '' else 'empty'


def _meaning(field: Field[Any]) -> str:
    text: str = field.metadata['meaning']
    return f'{text} Secret.' if field.metadata['secret'] else text


def main() -> None:
    PAGE.write_text(page())
    ENVIRONMENT.write_text(in_environment(ENVIRONMENT.read_text()))


if __name__ == '__main__':
    main()
