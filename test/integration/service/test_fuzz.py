"""Whatever is asked, the service answers as described, and never that it has failed.

These are random requests, few of them; `make fuzz` makes many.
"""
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fixtures.described import ask
from fixtures.toy_service import toy_service

SETTINGS = Path(__file__).resolve().parents[2] / 'schemathesis.toml'

MAX_URL = 8_000


@pytest.fixture(scope='module')
def url(engine: str, queues: str, aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with toy_service(engine, queues, aws, tmp_path_factory.mktemp('boxes'), tmp_path_factory.mktemp('run')) as service:
        yield service.url


@pytest.fixture
def minutes(request: pytest.FixtureRequest) -> int:
    """For how long to try; 0 is for as short as makes sense."""
    minutes: int = request.config.getoption('--fuzz-minutes')
    return minutes


@pytest.mark.timeout(0)
def test_invented_requests_are_answered_as_described(url, minutes, tmp_path):
    document = tmp_path / 'openapi.json'
    document.write_text(json.dumps(with_examples(unlimited(ask(url, '/openapi').json()), url)))
    # Entity types are alike, and so are the answers to HEAD and GET.
    few = ['--exclude-path-regex', 'pictures|boxes', '--exclude-method', 'HEAD', '--max-examples', '5']
    run = subprocess.run(
        [sys.executable, '-m', 'schemathesis.cli', '--config-file', str(SETTINGS), 'run', str(document), '--url', url,
         '--phases', 'examples,coverage,fuzzing', '--no-color', '--request-timeout', '30',
         *(['--max-time', str(60 * minutes)] if minutes else few)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60 * minutes + 280
    )
    assert run.returncode == 0, run.stdout + run.stderr
    passed = re.search(r'(\d+) generated, \1 passed', run.stdout)
    assert passed is not None, run.stdout
    assert int(passed.group(1)) > 1000


def unlimited(document: Any) -> Any:
    """The same without the limits on long lists: it takes a minute to say what is too long, for each facet anew."""
    match document:
        case dict():
            return {name: unlimited(each) for name, each in document.items() if name != 'maxItems' or each < 100}
        case list():
            return [unlimited(each) for each in document]
        case _:
            return document


def with_examples(document: Any, url: str) -> Any:
    """The same with an entity that there is wherever one is to be named: nobody finds one by chance."""
    for path, methods in document['paths'].items():
        if path.endswith('/{entity_id}'):
            hit, *_ = ask(url, path.removesuffix('/{entity_id}')).json()['hits']
            for operation in methods.values():
                operation['parameters'][0]['example'] = hit['entryId']
    return document


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from([2 ** 63, -2 ** 63 - 1, 10 ** 400, 1e308, -0.0, 'true', '', ' ', '9' * 19, '9' * 20, 'x' * 9000,
                     '\ue000null', '\x00', '\ufffd', 0.5, 1.0]),
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                                         max_size=3), max_leaves=8)
NAMES = st.sampled_from(['colour', 'maker', 'wooden', 'pieces', 'size', 'ages', 'entryId', 'bundleUuid', 'boxLabel',
                         'label', '', 'x' * 3000, 'bad\ud800']) | st.text(max_size=10)
RELATIONS = st.sampled_from(['is', 'within', 'contains', 'intersects', 'IS', '']) | st.text(max_size=5)
PAIRS = st.lists(st.none() | st.integers() | st.floats() | VALUES, min_size=1, max_size=3)

FILTERS = st.dictionaries(NAMES, st.dictionaries(RELATIONS, st.lists(VALUES | PAIRS, max_size=4) | VALUES, max_size=2)
                          | VALUES, max_size=3)


def said(value: Any) -> str:
    """As JSON, or what is nearly JSON: `NaN`, `Infinity` and lone surrogates."""
    return json.dumps(value)


def nested(depth: int) -> str:
    return '{"colour":{"is":[' + '[' * depth + ']' * depth + ']}}'


TEXTS = st.one_of(
    FILTERS.map(said),
    VALUES.map(said),
    st.builds(lambda text, at, inserted: text[:at] + inserted + text[at:], FILTERS.map(said), st.integers(0, 60),
              st.text('{}[]",:0eE.-+ntf\\u', max_size=3)),
    st.sampled_from(['1e400', '{"pieces":{"is":[1e400]}}', '{"pieces":{"is":[-1e999]}}',
                     '{"ages":{"within":[[1e400,1]]}}', '{"ages":{"within":[[null,1e308]]}}',
                     '{"colour":{"is":["\\ud800"]}}', '{"\\ud800":{"is":[]}}',
                     '{"ages":{"within":[[1, 2' + '0' * 400 + ']]}}', '{"pieces":{"is":[' + '9' * 4400 + ']}}']),
    st.integers(0, 3000).map(nested),
).map(lambda text: text.encode(errors='surrogatepass')) | st.binary(max_size=50)

COMPLAINTS = ('Malformed filters parameter', 'Unable to filter by undefined facet ',
              'Query parameter `filters` must be', 'Malformed body: ')


def fault(response: requests.Response) -> str:
    """What is wrong with an answer to a filter; nothing if it says what is wrong with the filter."""
    if response.status_code == 200:
        return '' if response.json()['pagination']['total'] >= 0 else 'no page'
    if response.status_code != 400:
        return f'{response.status_code}: {response.text}'
    error = response.json()
    complaint = error['Message'].removeprefix('BadRequestError: ')
    named = error['Code'] == 'BadRequestError' and complaint.startswith(COMPLAINTS)
    return '' if named and error.keys() <= {'Code', 'Message', 'Allowed'} else response.text


@pytest.mark.timeout(0)
def test_whatever_is_wrong_with_filters_is_named(url, minutes):
    seen: dict[int, int] = {}
    with requests.Session() as session:

        @settings(max_examples=2000 * minutes or 300, deadline=None, suppress_health_check=list(HealthCheck),
                  database=None, phases=[Phase.generate, Phase.shrink])
        @given(st.sampled_from(['toys', 'pictures']), TEXTS)
        def ask_and_look(entity_type: str, text: bytes) -> None:
            path = f'{url}/repository/{entity_type}'
            asked = f'{path}?filters={quote_from_bytes(text)}'
            body = b'{"filters":' + text + b'}'
            answers = [session.post(path, data=body, headers={'Content-Type': 'application/json'}, timeout=30)]
            if len(asked) < MAX_URL:
                answers.append(session.get(asked, timeout=30))
            for answer in answers:
                seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
                assert not fault(answer)

        ask_and_look()
    assert seen.keys() == {200, 400}
    assert min(seen.values()) > 20, 'both happened often'
