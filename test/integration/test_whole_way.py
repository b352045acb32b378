"""Data store → notification → queues → engine → service, each in a process of its own, as in production."""
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from fixtures.toys import box, new_uuid, toy, write
from rich.console import Console

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.dss.signature import sign
from azul.index.bundle import BundleFQID
from azul.local.demo import Demo
from azul.local.stack import Stack, running

TOYS = Path(__file__).resolve().parents[1] / 'toy'

UUID, OTHER = new_uuid(), new_uuid()
OLD = BundleFQID(UUID, '2020-01-01T000000.000000Z')
NEW = BundleFQID(UUID, '2020-01-02T000000.000000Z')
THIRD = BundleFQID(OTHER, '2020-01-03T000000.000000Z')


@pytest.fixture(scope='module')
def demo(tmp_path_factory: pytest.TempPathFactory, cache: Path, flavour: str) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp('bundles')
    write(folder, box(OLD, toy('bear', colours=['brown'], pictures=['bear.png']), toy('lost', colours=['grey'])))
    write(folder, box(NEW, toy('bear', colours=['brown', 'white'], pictures=['bear.png']), toy('car', wooden=True)))
    write(folder, box(THIRD, toy('bear', colours=['brown', 'white'], pictures=['bear.png']), toy('doll', pieces=2),
                      maker='Toymaker'))
    with running(folder, 'toy', cache, flavour=flavour, plugins=TOYS) as stack:
        demo = Demo(stack, Console(quiet=True))
        demo.index()
        yield demo


def get(stack: Stack, path: str, filters: dict[str, Any] | None = None, **parameters: Any) -> Any:
    response = requests.get(f'{stack.service_url}{path}',
                            params={'filters': json.dumps(filters or {}), **parameters}, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def ids(stack: Stack, entity_type: str) -> set[str]:
    return {hit['entryId'] for hit in get(stack, f'/repository/{entity_type}', size=1000)['hits']}


def notify(stack: Stack, action: str, fqid: BundleFQID, *, key: str | None = None, headers: dict[str, str] | None = None,
           body: bytes | None = None, now: datetime | None = None) -> requests.Response:
    secret = Secret(clients.secrets(stack.config), stack.config.naming.hmac_secret()).read()[action][0]
    match = {'bundle_uuid': fqid.uuid, 'bundle_version': fqid.version}
    body = json.dumps({'match': match}).encode() if body is None else body
    signed = sign(body, secret['key_id'], key or secret['key'], now or datetime.now(UTC))
    path = {'add': '/', 'delete': '/delete'}[action]
    return requests.post(stack.config.indexer_url + path, data=body, timeout=30,
                         headers={'Content-Type': 'application/json', **signed, **(headers or {})})


def settle(demo: Demo) -> None:
    """Wait until the queues are empty, and what was written can be found."""
    deadline = time.monotonic() + 60
    queues = demo.indexer.contributor.notifications, demo.indexer.contributor.tallies
    while any(sum(queue.counts()) for queue in queues):
        assert time.monotonic() < deadline, 'the queues do not drain'
        time.sleep(0.1)
    demo.indexer.engine.refresh(map(demo._indices.aggregates, demo.indexer.plugin.schema.entity_type))


@pytest.fixture(scope='module')
def settled(demo: Demo) -> Demo:
    settle(demo)
    return demo


def test_entities_of_the_latest_versions_can_be_found(settled: Demo):
    stack = settled.stack
    assert ids(stack, 'toys') == {'bear', 'car', 'doll'}
    assert ids(stack, 'boxes') == {'box'}
    assert len(ids(stack, 'pictures')) == 1


def test_counts_equal_hits(settled: Demo):
    for second in {}, {'colour': {'is': ['brown']}}, {'wooden': {'is': [None]}}:
        facets = get(settled.stack, '/repository/toys', second)['termFacets']
        for facet in settled.indexer.plugin.facets:
            for term in facets[facet]['terms']:
                filters = {**second, facet: {'is': [term['term']]}}
                assert get(settled.stack, '/repository/toys', filters)['pagination']['total'] == term['count']


def test_the_summary_counts_entities(settled: Demo):
    summary = get(settled.stack, '/repository/summary')
    assert summary['boxCount'] == 1
    assert summary['makerCount'] == 1


def test_a_deletion_and_the_way_back(settled: Demo):
    """Its own entities disappear, and nobody else's; under a newer version its content is back as it was."""
    stack = settled.stack
    before = {entity_type: get(stack, f'/repository/{entity_type}', size=1000)['hits']
              for entity_type in ('toys', 'boxes', 'pictures')}
    assert notify(stack, 'add', THIRD).status_code == 202
    settle(settled)
    assert get(stack, '/repository/toys', size=1000)['hits'] == before['toys'], 'the same add again changes nothing'

    response = requests.delete(f'{stack.store_url}/v1/bundles/{THIRD.uuid}',
                               params={'version': THIRD.version, 'replica': 'aws'}, timeout=30)
    assert response.ok, response.text
    assert notify(stack, 'delete', THIRD).status_code == 202
    settle(settled)
    assert ids(stack, 'toys') == {'bear', 'car'}
    assert len(ids(stack, 'pictures')) == 1

    newer = '2020-02-01T000000.000000Z'
    response = requests.post(f'{stack.store_url}/_bundles', json={'from': str(THIRD), 'version': newer}, timeout=30)
    assert response.ok, response.text
    assert notify(stack, 'add', BundleFQID(THIRD.uuid, newer)).status_code == 202
    settle(settled)
    for entity_type, hits in before.items():
        after = get(stack, f'/repository/{entity_type}', size=1000)['hits']
        assert json.dumps(after) == json.dumps(hits).replace(THIRD.version, newer)


@pytest.mark.parametrize(('changes', 'status', 'text'), [
    ({'body': b'{'}, 400, 'BadRequestError: Malformed JSON'),
    ({'body': b'{}'}, 400, 'BadRequestError: Missing notification entry: match'),
    ({'body': b'null'}, 400, 'BadRequestError: Missing notification entry: match'),
    ({'body': b'{"match": {"bundle_uuid": "foo", "bundle_version": "1"}}'}, 400, 'BadRequestError: Invalid syntax: foo'),
    ({'key': 'wrong'}, 401, 'UnauthorizedError: Invalid authorization credentials'),
    ({'now': datetime.now(UTC) - timedelta(hours=1)}, 401, 'UnauthorizedError'),
    ({'headers': {'Digest': 'SHA-256=AAAA'}}, 401, 'UnauthorizedError'),
    ({'headers': {'Authorization': ''}}, 401, 'UnauthorizedError'),
])
def test_a_bad_notification_is_refused_and_not_queued(settled: Demo, changes, status, text):
    for action in 'add', 'delete':
        response = notify(settled.stack, action, BundleFQID(new_uuid(), '1'), **changes)
        assert response.status_code == status, response.text
        assert response.json()['Message'].startswith(text)
        assert response.json()['Code'] == text.partition(':')[0]
    assert sum(settled.indexer.contributor.notifications.counts()) == 0


def test_a_key_is_good_for_its_own_route_only(settled: Demo):
    stack = settled.stack
    secret = Secret(clients.secrets(stack.config), stack.config.naming.hmac_secret()).read()['add'][0]
    body = json.dumps({'match': THIRD._asdict()}).encode()
    headers = {'Content-Type': 'application/json', **sign(body, secret['key_id'], secret['key'], datetime.now(UTC))}
    response = requests.post(f'{stack.config.indexer_url}/delete', data=body, headers=headers, timeout=30)
    assert response.status_code == 401


@pytest.mark.parametrize('path', ['/', '/version', '/health', '/health/basic', '/health/progress', '/health/queues'])
def test_both_lambdas_tell_who_and_how_they_are(settled: Demo, path):
    for url in settled.stack.config.indexer_url, settled.stack.config.service_url:
        response = requests.get(url + path, timeout=30)
        assert response.status_code == 200, response.text
        assert response.headers['Access-Control-Allow-Origin'] == '*'


@pytest.mark.parametrize(('path', 'parameters', 'status'), [
    ('/repository/toys', {'filters': '{"nonsense": {"is": []}}'}, 400),
    ('/repository/toys', {'filters': '{'}, 400),
    ('/repository/toys', {'sort': 'nonsense'}, 400),
    ('/repository/toys', {'size': '0'}, 400),
    ('/repository/toys', {'size': '1001'}, 400),
    ('/repository/pictures/00000000-0000-4000-8000-000000000000', {}, 404),
])
def test_a_bad_query_is_refused(settled: Demo, path, parameters, status):
    response = requests.get(settled.stack.service_url + path, params=parameters, timeout=30)
    assert response.status_code == status
    assert {'Code', 'Message'} <= response.json().keys()
