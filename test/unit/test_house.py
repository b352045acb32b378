"""The rules of the house, which `azul/__init__.py` draws."""
import ast
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / 'src'
PROJECTS = SRC / 'azul' / 'projects'

TEMPLATE = SRC / 'azul' / 'local' / 'scaffold' / 'template'
"""A plug-in to be: it is not where it belongs."""

LEAVES = {'azul.config', 'azul.naming', 'azul.errors'}
EDGE = {'azul.dss', 'azul.engine', 'azul.aws'}

# What a package or module may import beside itself and the leaves. Whatever is not listed may not exist.
ALLOWED = {
    'azul.errors': set(),
    'azul.naming': set(),
    'azul.config': set(),
    'azul.deployment': set(),
    'azul.changelog': {'azul.index'},
    'azul.index': set(),
    'azul.plugin': {'azul.index'},
    'azul.engine': {'azul.index'},
    'azul.dss': {'azul.index'},
    'azul.aws': {'azul.index'},
    'azul.http': {'azul.index'},
    'azul.messaging': {'azul.aws', 'azul.index'},
    'azul.health': {'azul.aws', 'azul.engine', 'azul.index'},
    'azul.indexer': {'azul.plugin', 'azul.index', 'azul.health', 'azul.http', 'azul.messaging'} | EDGE,
    'azul.service': {'azul.plugin', 'azul.index', 'azul.health', 'azul.http', 'azul.messaging',
                     'azul.changelog'} | EDGE,
    'azul.projects': {'azul.plugin', 'azul.index'},
    'azul.infra': {'azul.plugin', 'azul.index', 'azul.indexer', 'azul.service', 'azul.http', 'azul.aws',
                   'azul.deployment'},
    'azul.local': {'azul.plugin', 'azul.index', 'azul.indexer', 'azul.service', 'azul.infra', 'azul.health',
                   'azul.http'} | EDGE,
}
LEAVES_OF_LEAVES = {'azul.config': {'azul.errors', 'azul.naming'}}

NETWORK = {'requests', 'boto3', 'botocore', 'elasticsearch', 'elasticsearch_dsl', 'urllib', 'http', 'socket', 'chalice'}


def modules(folder: Path = SRC) -> list[Path]:
    return sorted(path for path in folder.rglob('*.py')
                  if '__pycache__' not in path.parts and (folder == TEMPLATE or TEMPLATE not in path.parents))


def name(path: Path) -> str:
    return '.'.join(path.relative_to(SRC).with_suffix('').parts).removesuffix('.__init__')


def room(module: str) -> str:
    """The package or module directly below `azul` that a module belongs to."""
    return '.'.join(module.split('.')[:2])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            assert node.module is not None
            # `from azul import plugin` imports a module, `from azul.plugin import Plugin` a member of one.
            yield from (f'azul.{alias.name}' for alias in node.names) if node.module == 'azul' else [node.module]


@pytest.mark.parametrize('path', modules(), ids=name)
def test_imports_go_down_only(path: Path) -> None:
    here = room(name(path))
    if here != 'azul':
        common = LEAVES_OF_LEAVES.get(here, set() if here in LEAVES else LEAVES)
        allowed = ALLOWED[here] | common | {here, 'azul'}
        for module in imports(path):
            if module.partition('.')[0] == 'azul':
                assert room(module) in allowed, f'{name(path)} must not import {module}'


@pytest.mark.parametrize('path', modules(TEMPLATE), ids=name)
def test_a_new_plugin_needs_nothing_but_the_contract(path: Path) -> None:
    tested_with = {'azul.local'} if path.is_relative_to(TEMPLATE / 'test') else set()
    allowed = {'azul.plugin', 'azul.projects'} | tested_with
    assert {room(module) for module in imports(path) if module.partition('.')[0] == 'azul'} <= allowed


@pytest.mark.parametrize('path', modules(SRC / 'azul' / 'index'), ids=name)
def test_the_index_is_pure(path: Path) -> None:
    assert not {module.partition('.')[0] for module in imports(path)} & NETWORK


@pytest.mark.parametrize('path', [*modules(), *modules(ROOT / 'lambdas')], ids=str)
def test_only_the_configuration_reads_the_environment(path: Path) -> None:
    if path != SRC / 'azul' / 'config.py':
        assert not re.search(r'\bos\.(environ|getenv)\b|\bfrom os import .*\b(environ|getenv)\b', path.read_text())


def test_generic_code_names_no_project() -> None:
    projects = {path.name for path in PROJECTS.iterdir() if path.name != '__pycache__'} if PROJECTS.is_dir() else set()
    generic = [path for path in [*modules(), *modules(ROOT / 'lambdas'), *modules(ROOT / 'scripts')]
               if PROJECTS not in path.parents]
    for path in generic:
        for project in projects:
            # The default of AZUL_PROJECT is a setting like any other.
            text = path.read_text().replace(f"default='{project}'", '')
            assert not re.search(rf'\b{project}\b', text, re.IGNORECASE), f'{path} names {project}'


def declared(file: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    requirements = [re.match(r'[A-Za-z0-9_.-]+', line) for line in lines if not line.startswith(('#', '-'))]
    return {match.group().lower().replace('_', '-') for match in requirements if match}


RUN_AS_PROGRAMS = {'awslambdaric', 'ruff', 'mypy', 'moto', 'pytest-timeout', 'pytest-xdist', 'flask-cors',
                   'schemathesis'}

ONLY_FILES = {'flask-swagger-ui'}
"""Nobody imports these. A test of what makes use of the files fails without them."""


def test_every_declared_dependency_is_used() -> None:
    distributions = metadata.packages_distributions()
    imported = {
        distribution.lower().replace('_', '-')
        for folder in ('src', 'lambdas', 'test', 'samples', 'scripts')
        for path in modules(ROOT / folder)
        for module in imports(path) if module.partition('.')[0] not in sys.stdlib_module_names
        for distribution in distributions.get(module.partition('.')[0], ())
    }
    stubs = {name for name in declared('requirements.dev.txt') if name.startswith('types-') or name.endswith('-stubs')}
    unused = (declared('requirements.txt') | declared('requirements.dev.txt')) - imported - stubs
    assert not unused - RUN_AS_PROGRAMS - ONLY_FILES


def test_direct_dependencies_are_pinned() -> None:
    for file in ('requirements.txt', 'requirements.dev.txt', 'requirements.checkov.txt'):
        for line in (ROOT / file).read_text().splitlines():
            assert line.startswith(('#', '-r ')) or re.fullmatch(r'[\w.-]+(\[[\w,]+\])?==[\w.]+', line), line
