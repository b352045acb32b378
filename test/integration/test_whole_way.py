"""Data store → notification → queues → engine → service, each in a process of its own, as in production."""
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from rich.console import Console

from azul.dss.signature import sign
from azul.index.bundle import BundleFQID
from azul.local.demo import Demo
from azul.local.lambdas import start_lambda
from azul.local.ports import free_port
from azul.local.stack import running
from fixtures.callers import Caller
from fixtures.toys import box, new_uuid, toy, write

ROOT = Path(__file__).resolve().parents[2]
TOYS = ROOT / 'test' / 'toy'

UUID, OTHER = new_uuid(), new_uuid()
OLD = BundleFQID(UUID, '2020-01-01T000000.000000Z')
NEW = BundleFQID(UUID, '2020-01-02T000000.000000Z')
THIRD = BundleFQID(OTHER, '2020-01-03T000000.000000Z')


@pytest.fixture(scope='module')
def demo(tmp_path_factory: pytest.TempPathFactory, quick_folder: Path, cache: Path, flavour: str) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp('bundles')
    write(folder, box(OLD, toy('bear', colours=['brown'], pictures=['bear.png']), toy('lost', colours=['grey'])))
    write(folder, box(NEW, toy('bear', colours=['brown', 'white'], pictures=['bear.png']), toy('car', wooden=True)))
    write(folder, box(THIRD, toy('bear', colours=['brown', 'white'], pictures=['bear.png']), toy('doll', pieces=2),
                      maker='Toymaker'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, 'tempdir', str(quick_folder))
        with running(folder, 'toy', cache, flavour=flavour, plugins=TOYS) as stack:
            demo = Demo(stack, Console(quiet=True))
            demo.index()
            yield demo


@pytest.fixture(scope='module')
def caller(demo: Demo) -> Caller:
    caller = Caller(demo.stack.config)
    caller.settle()
    return caller


def test_entities_of_the_latest_versions_can_be_found(caller: Caller):
    assert caller.ids('toys') == {'bear', 'car', 'doll'}
    assert caller.ids('boxes') == {'box'}
    assert len(caller.ids('pictures')) == 1


def test_counts_equal_hits(caller: Caller):
    for second in {}, {'colour': {'is': ['brown']}}, {'wooden': {'is': [None]}}:
        for facet, content in caller.get('/repository/toys', second)['termFacets'].items():
            for term in content['terms']:
                assert len(caller.hits('toys', {**second, facet: {'is': [term['term']]}})) == term['count']


def test_the_summary_counts_entities(caller: Caller):
    summary = caller.get('/repository/summary')
    assert summary['boxCount'] == 1
    assert summary['makerCount'] == 1


def test_a_deletion_and_the_way_back(caller: Caller):
    """Its own entities disappear, and nobody else's; under a newer version its content is back as it was."""
    entity_types = 'toys', 'boxes', 'pictures'
    before = {entity_type: caller.hits(entity_type) for entity_type in entity_types}
    assert caller.notify('add', THIRD).status_code == 202
    caller.settle()
    assert {entity_type: caller.hits(entity_type) for entity_type in entity_types} == before, 'an add twice is one'

    caller.remove(THIRD)
    assert caller.notify('delete', THIRD).status_code == 202
    caller.settle()
    assert caller.ids('toys') == {'bear', 'car'}
    assert len(caller.ids('pictures')) == 1

    newer = caller.renew(THIRD, '2020-02-01T000000.000000Z')
    assert caller.notify('add', newer).status_code == 202
    caller.settle()
    after = {entity_type: caller.hits(entity_type) for entity_type in entity_types}
    assert json.dumps(after) == json.dumps(before).replace(THIRD.version, newer.version)


@pytest.mark.parametrize(('changes', 'status', 'text'), [
    ({'body': b'{'}, 400, 'BadRequestError: Malformed JSON'),
    ({'body': b'{}'}, 400, 'BadRequestError: Missing notification entry: match'),
    ({'body': b'null'}, 400, 'BadRequestError: Missing notification entry: match'),
    ({'body': b'{"match": {"bundle_uuid": "x", "bundle_version": "1"}}'}, 400, 'BadRequestError: Invalid syntax: x'),
    ({'key': 'wrong'}, 401, 'UnauthorizedError: Invalid authorization credentials'),
    ({'now': datetime.now(UTC) - timedelta(hours=1)}, 401, 'UnauthorizedError'),
    ({'headers': {'Digest': 'SHA-256=AAAA'}}, 401, 'UnauthorizedError'),
    ({'headers': {'Authorization': ''}}, 401, 'UnauthorizedError'),
])
def test_a_bad_notification_is_refused_and_not_queued(caller: Caller, changes, status, text):
    for action in 'add', 'delete':
        response = caller.notify(action, BundleFQID(new_uuid(), '1'), **changes)
        assert response.status_code == status, response.text
        assert response.json()['Message'].startswith(text)
        assert response.json()['Code'] == text.partition(':')[0]
    assert [sum(counts) for counts in caller.counts()] == [0, 0]


def test_a_key_is_good_for_its_own_route_only(caller: Caller):
    secret = caller.keys('add')
    body = json.dumps({'match': {'bundle_uuid': THIRD.uuid, 'bundle_version': THIRD.version}}).encode()
    headers = sign(body, secret['key_id'], secret['key'], datetime.now(UTC))
    assert caller.notify('delete', THIRD, body=body, headers=headers).status_code == 401


@pytest.mark.parametrize('path', ['/', '/version', '/health', '/health/basic', '/health/progress', '/health/queues'])
def test_both_lambdas_tell_who_and_how_they_are(caller: Caller, path):
    for url in caller.config.indexer_url, caller.config.service_url:
        response = requests.get(url + path, timeout=30)
        assert response.status_code == 200, response.text
        assert response.headers['Access-Control-Allow-Origin'] == '*'


@pytest.mark.parametrize(('path', 'keys'), [
    ('/health', {'service': ['elasticsearch', 'api_endpoints', 'up'],
                 'indexer': ['elasticsearch', 'queues', 'progress', 'up']}),
    ('/health/', ['elasticsearch', 'queues', 'progress', 'api_endpoints', 'other_lambdas', 'up']),
    ('/health/progress,queues', ['progress', 'queues', 'up']),
    ('/health/other_lambdas', ['other_lambdas', 'up']),
    ('/health/basic', ['up']),
])
def test_both_lambdas_are_healthy_in_every_form_of_the_question(caller: Caller, path, keys):
    caller.settle()
    for name, url in ('indexer', caller.config.indexer_url), ('service', caller.config.service_url):
        response = requests.get(url + path, timeout=30)
        assert response.status_code == 200, response.text
        health = response.json()
        assert list(health) == (keys[name] if isinstance(keys, dict) else keys)
        assert all(health[key] if key == 'up' else health[key]['up'] for key in health)
        if 'elasticsearch' in health:
            assert health['elasticsearch']['generations'][0] == {'generation': 1, 'state': 'serving', 'served': True,
                                                                 'frozen': False}
            assert 'advice' not in health['elasticsearch']


@pytest.mark.parametrize('keys', ['foo', 'elasticsearch,', ',elasticsearch', ',', '1', 'progress,basic'])
def test_both_lambdas_refuse_keys_that_are_none(caller: Caller, keys):
    for url in caller.config.indexer_url, caller.config.service_url:
        response = requests.get(f'{url}/health/{keys}', timeout=30)
        assert response.status_code == 400
        assert response.json()['Message'] == 'BadRequestError: Invalid health keys'


def test_a_notification_is_worked_off_within_the_request_where_that_is_configured(caller: Caller, tmp_path: Path):
    missing = BundleFQID(new_uuid(), '1')
    assert caller.notify('add', THIRD, sync='true').status_code == 400
    environment = {**replace(caller.config, sync=True).to_environment(), 'PYTHONPATH': f'{ROOT / "src"}:{TOYS}'}
    with start_lambda('indexer', free_port(), tmp_path, environment, queues=caller.config.sqs_endpoint) as child:
        direct = Caller(replace(caller.config, indexer_url=child.wait().url))
        assert direct.notify('add', NEW, sync='True').status_code == 202
        assert direct.notify('add', NEW, sync='perhaps').status_code == 400
        assert direct.notify('add', NEW, sync='true', key='guessed').status_code == 401
        assert direct.notify('add', missing, sync='true').status_code == 503
        assert direct.notify('delete', NEW, sync='true').status_code == 400
        assert [sum(counts) for counts in caller.counts()] == [0, 0]
        assert direct.notify('add', NEW, sync='false').status_code == 202
        direct.settle()


class Reader(threading.Thread):
    """Asks the service the same all the time, and keeps the answers that differ from the first."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self.caller, self.ended, self.answers = caller, threading.Event(), 0
        self.expected = self.ask()
        self.odd: list[object] = []

    def ask(self) -> object:
        return self.caller.get('/repository/toys', size=100), self.caller.get('/repository/summary')

    def run(self) -> None:
        while not self.ended.wait(0.01):
            try:
                answer = self.ask()
            except (AssertionError, requests.RequestException) as error:
                answer = error
            self.answers += 1
            if answer != self.expected:
                self.odd.append(answer)


def operate(caller: Caller, script: str, *arguments: str) -> str:
    """Do what an operator does, with the environment of the deployment, but that nobody works on a message for long."""
    config = replace(caller.config, visibility=2)
    environment = {**config.to_environment(), 'PYTHONPATH': f'{ROOT / "src"}:{TOYS}', 'COLUMNS': '160'}
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / script), *arguments], env=environment, text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readers_see_the_same_during_a_reindex_and_on_the_way_back(caller: Caller):
    caller.settle()
    reader = Reader(caller)
    reader.start()
    try:
        told = operate(caller, 'reindex.py')
        assert 'Differences to generation 1: none' in told
        assert 'Readers are sent to generation 2, 1 is kept' in told
        assert operate(caller, 'generations.py', 'list').count('readers are sent here') == 1
        assert 'Readers are sent to generation 1' in operate(caller, 'generations.py', 'rollback')
        assert 'Generation 2 is gone' in operate(caller, 'generations.py', 'drop', '2')
    finally:
        reader.ended.set()
        reader.join()
    assert reader.odd == []
    assert reader.answers > 50


def test_an_entity_is_explained_to_those_who_have_a_key(caller: Caller):
    def ask(path: str, action: str, **headers: str) -> requests.Response:
        key = caller.keys(action)
        signed = sign(b'', key['key_id'], key['key'], datetime.now(UTC))
        return requests.get(f'{caller.config.indexer_url}/explain/{path}', headers={**signed, **headers}, timeout=30)

    explanation = ask('toys/bear', 'add').json()
    assert explanation['entity_id'] == 'bear'
    assert explanation['generations'][0]['aggregate']['differs_in'] == []
    assert ask('toys/ghost', 'add').status_code == 404
    assert ask('ghosts/bear', 'add').status_code == 404
    assert ask('toys/bear', 'delete').status_code == 401
    assert ask('toys/bear', 'add', Authorization='').status_code == 401
    assert requests.get(f'{caller.config.indexer_url}/explain/toys/bear', timeout=30).status_code == 401

    assert json.loads(operate(caller, 'explain.py', 'toys', 'bear', '--json')) == explanation
    assert f'{NEW}  counts' in operate(caller, 'explain.py', 'toys', 'bear')
    assert f'{NEW.version}  counts' in operate(caller, 'explain.py', UUID)


@pytest.mark.parametrize(('path', 'parameters', 'status'), [
    ('/repository/toys', {'filters': '{"nonsense": {"is": []}}'}, 400),
    ('/repository/toys', {'filters': '{'}, 400),
    ('/repository/toys', {'sort': 'nonsense'}, 400),
    ('/repository/toys', {'size': '0'}, 400),
    ('/repository/toys', {'size': '1001'}, 400),
    ('/repository/pictures/00000000-0000-4000-8000-000000000000', {}, 404),
])
def test_a_bad_query_is_refused(caller: Caller, path, parameters, status):
    response = requests.get(caller.config.service_url + path, params=parameters, timeout=30)
    assert response.status_code == status
    assert {'Code', 'Message'} <= response.json().keys()


def integration_test(caller: Caller, *arguments: str) -> tuple[int, list[str]]:
    """
    :return: the status, and the lines
    """
    environment = {**caller.config.to_environment(), 'AZUL_TERRAFORM_BACKEND_BUCKET': 'nobodys',
                   'PYTHONPATH': f'{ROOT / "src"}:{TOYS}'}
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / 'integration_test.py'), *arguments], env=environment,
                          text=True, capture_output=True, check=False, timeout=120)
    deployment, *lines = done.stdout.splitlines()
    assert deployment == 'Deployment local', done.stderr
    return done.returncode, lines


def failed(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith('  yes ')]


def test_it_passes_the_test_that_deployments_have_to_pass(caller: Caller):
    caller.settle()
    status, lines = integration_test(caller, '--patience', '20')
    assert (status, failed(lines)) == (0, [])
    assert len(lines) > 8


def test_before_anything_is_indexed_that_test_asks_for_less_and_says_so(caller: Caller, tmp_path: Path):
    caller.settle()  # as these two have the same queues
    config = replace(caller.config, index_prefix='new')
    environment = {**config.to_environment(), 'PYTHONPATH': f'{ROOT / "src"}:{TOYS}'}
    with start_lambda('indexer', free_port(), tmp_path, environment, queues=config.sqs_endpoint) as indexer, \
            start_lambda('service', free_port(), tmp_path, environment, queues=config.sqs_endpoint) as service:
        urls = {'indexer_url': indexer.wait().url, 'service_url': service.wait().url}
        tested = integration_test(Caller(replace(config, **urls)), '--patience', '20')
    assert tested == (0, [
        '  yes  indexer: has the code that was deployed',
        '  yes  service: has the code that was deployed',
        '  yes  indexer: tells what is indexed',
        '  yes  indexer: reaches its queues',
        '  yes  indexer: believes no notification without a signature',
        'Readers are sent to no generation of indices yet, so nothing was looked for: `make reindex`, then this again.',
    ])


def test_it_does_not_pass_for_another_commit(caller: Caller):
    status, lines = integration_test(caller, '--patience', '0', '--commit', 'c0ffee')
    assert status == 1
    assert [fault.partition(': ')[2] for fault in failed(lines)] == [
        f'has the code that was deployed: it is {caller.config.git_commit or "unknown"} instead of c0ffee. '
        'Was that one deployed meanwhile?'] * 2
