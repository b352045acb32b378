"""The servers that tests talk to: real ones, one of each for a session, started when a test first asks for it. Where
several processes run the tests, each has a session of its own.

Two variables choose the search engine. All else in the environment, a sourced deployment say, plays no part.

`AZUL_TEST_ENGINE`       `opensearch` (the default) or `elasticsearch`
`AZUL_TEST_ES_ENDPOINT`  `host:port` of an engine that runs already

A third one, `AZUL_REFERENCE_BUNDLES`, is the folder of the bundles that `fixtures.reference` is about.
"""
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from azul.local.aws import start_aws
from azul.local.engine import FLAVOURS, Flavour, start_engine
from azul.local.ports import free_port
from azul.local.process import get
from azul.local.queues import start_queues
from fixtures.quick import quick_folder

ROOT = Path(__file__).resolve().parents[1]

pytest_plugins = ['fixtures.reference', 'fixtures.scripts', 'fixtures.terraform']


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption('--every-death', action='store_true', help='have workers die at each effect, not at some')
    parser.addoption('--fuzz-minutes', type=int, default=0, help='for how long to try random requests')


@pytest.fixture(scope='session')
def cache() -> Path:
    """The folder of programs of others."""
    return ROOT / '.cache'


@pytest.fixture(scope='session')
def flavour() -> Flavour:
    """Of the engines that tests start."""
    flavour = os.environ.get('AZUL_TEST_ENGINE', 'opensearch')
    assert flavour in FLAVOURS, f'AZUL_TEST_ENGINE: {flavour!r} is none of {FLAVOURS}'
    return flavour


@pytest.fixture(scope='session', name='quick_folder')
def provide_quick_folder() -> Iterator[Path]:
    """For the files of engines; see `quick_folder`."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope='session')
def engine(flavour: Flavour, cache: Path, quick_folder: Path) -> Iterator[str]:
    """`host:port` of a search engine. Names of indices should have a prefix that no other test has."""
    endpoint = os.environ.get('AZUL_TEST_ES_ENDPOINT')
    if endpoint:
        assert get(f'http://{endpoint}') is not None, f'AZUL_TEST_ES_ENDPOINT: {endpoint} does not answer'
        yield endpoint
    else:
        with start_engine(flavour, free_port(), quick_folder, cache) as child:
            yield child.wait().address


@pytest.fixture(scope='session')
def queues(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a queue server."""
    with start_queues(free_port(), tmp_path_factory.mktemp('queues'), cache) as child:
        yield child.wait().url


@pytest.fixture(scope='session')
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a stand-in for all of AWS but its queues."""
    with start_aws(free_port(), tmp_path_factory.mktemp('aws')) as child:
        yield child.wait().url


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Make reports fit for the way from one process to another: it is UTF-8, but some tests log what is not."""
    return _encodable((yield))


def _encodable(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors='backslashreplace').decode()
        case dict():
            return {key: _encodable(each) for key, each in value.items()}
        case list() | tuple():
            return type(value)(map(_encodable, value))
        case _:
            return value
