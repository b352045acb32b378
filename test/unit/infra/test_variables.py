import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from azul.infra.variables import PAGE, ROOT, declared, page

OF_TESTS = {'AZUL_TEST_ENGINE', 'AZUL_TEST_ES_ENDPOINT', 'AZUL_TEST_TERRAFORM_PLUGINS', 'AZUL_REFERENCE_BUNDLES'}
"""These are for who runs tests, of no deployment. test/conftest.py has their meanings."""

OF_SHELLS = {'azul_home'}
"""What `environment` and makefiles compute."""


def texts() -> Iterator[tuple[Path, str]]:
    """Of all files that may read variables, or tell people of them."""
    patterns = ['*.md', 'docs/*.md', 'src/**/*.py', 'scripts/**/*', 'lambdas/**/*', 'terraform/**/*.py',
                'terraform/**/Makefile', 'terraform/**/*.mk', 'Makefile', '*.mk',
                'environment', 'deployments/*/environment*', '.gitlab-ci.yml']
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        inner = path.relative_to(ROOT).parts
        if path.is_file() and not {'.venv', '.cache', 'vendor', '__pycache__', '.active', '.chalice'} & set(inner):
            try:
                yield path, path.read_text()
            except UnicodeDecodeError:
                continue  # no text


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), 'The page is out of date: run `make variables`.'


def test_all_variables_are_declared():
    known = declared().keys() | OF_TESTS
    undeclared = {(str(path.relative_to(ROOT)), name) for path, text in texts()
                  for name in re.findall(r'\bAZUL_[A-Z0-9_]+[A-Z0-9]\b', text)
                  if name not in known}
    assert undeclared == set()


def test_all_variables_that_shells_read_are_declared():
    known = declared().keys() | OF_SHELLS
    undeclared = {(str(path.relative_to(ROOT)), name) for path, text in texts()
                  if path.suffix in ('', '.mk', '.yml') or path.name.startswith('environment')
                  for name in re.findall(r'[$][{(]?(azul_[a-z_]+)', text)
                  if name not in known}
    assert undeclared == set()


@pytest.mark.parametrize('variable', ['AZUL_DEBUG', 'azul_github_access_token', 'AZUL_TERRAFORM_BACKEND_BUCKET'])
def test_a_variable_has_one_row(variable: str):
    assert page().count(f'\n| `{variable}` |') == 1
