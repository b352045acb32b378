"""What is found out about real servers, and about those that are not there."""
import dataclasses
import socket
import time
from collections.abc import Iterator

import pytest

from azul import plugin
from azul.aws import clients
from azul.config import Config
from azul.engine import Engine, Write
from azul.errors import BadRequest
from azul.health import ALL, MAX_AGE, PATIENCE, Health
from azul.index.bundle import JSON
from azul.indexer.generations import Generations
from azul.local.ports import HOST, free_port
from azul.local.provision import provide_queues
from azul.naming import LEDGER, IndexName
from fixtures.lambdas import listening, loaded
from fixtures.shelf import Shelf
from fixtures.toys import unique


@pytest.fixture
def config(engine: str, queues: str) -> Config:
    """All is there but the lambdas."""
    prefix = unique('azul')
    config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                    dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues, service_url=nowhere(),
                    indexer_url=nowhere())
    provide_queues(config)
    return config


def nowhere() -> str:
    return f'http://{HOST}:{free_port()}'


FINGERPRINT = plugin.load('toy').fingerprint


def health(config: Config, fingerprint: str = FINGERPRINT) -> Health:
    return Health.connect(config, 'service', ['toys', 'boxes'], fingerprint)


def send(config: Config, queue: str, delay: int = 0) -> None:
    sqs = clients.sqs(config)
    url = sqs.get_queue_url(QueueName=queue)['QueueUrl']
    sqs.send_message(QueueUrl=url, MessageBody='x', DelaySeconds=delay)


def receive(config: Config, queue: str) -> None:
    sqs = clients.sqs(config)
    assert 'Messages' in sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=queue)['QueueUrl'])


@pytest.fixture
def client(config: Config) -> Iterator[Engine]:
    client = Engine.connect(config.es_endpoint, 30)
    yield client
    client.delete_indices(f'{config.index_prefix}_*')
    client.close()


@pytest.fixture
def generations(config: Config, client: Engine) -> Generations:
    return Generations(client, config.naming, plugin.load('toy'), shards=1, replicas=0)


def told(config: Config, fingerprint: str = FINGERPRINT) -> tuple[list[JSON] | None, str]:
    """What is said of generations, if anything, and the advice. Nothing of it makes the engine be down."""
    report, status = health(config, fingerprint).report(['elasticsearch'])
    assert (status, report['up'], report['elasticsearch'].pop('up')) == (200, True, True)
    assert report['elasticsearch'].keys() <= {'generations', 'advice'}
    return report['elasticsearch'].get('generations'), report['elasticsearch'].get('advice', '')


def generation(number: int, state: str, served: bool = False, frozen: bool = False) -> JSON:
    return {'generation': number, 'state': state, 'served': served, 'frozen': frozen}


def test_generations_are_named_while_one_takes_the_place_of_another(config, generations):
    generations.create_first()
    assert told(config) == ([generation(1, 'serving', served=True)], '')
    generations.register()
    assert told(config) == ([generation(1, 'serving', served=True), generation(2, 'loading')], '')
    generations.advance(2, 'aggregating')
    generations.advance(2, 'serving')
    generations.swap(2)
    generations.retire(1)
    assert told(config) == ([generation(1, 'dropping'), generation(2, 'serving', served=True)], '')


def test_a_frozen_generation_serves_and_says_so(config, generations):
    generations.create_first()
    found, advice = told(config, 'that of new code')
    assert found == [generation(1, 'serving', served=True, frozen=True)]
    assert advice.startswith('No generation of indices fits the code')
    assert 'make reindex' in advice
    generations.register()
    generations.advance(1, 'frozen')
    found, advice = told(config)
    assert found == [generation(1, 'frozen', served=True, frozen=True), generation(2, 'loading')]
    assert advice.startswith('Readers are sent to generation 1, which gets no updates')
    assert 'make swap' in advice
    generations.advance(2, 'aggregating')
    generations.advance(2, 'serving')
    generations.swap(2)
    assert told(config) == ([generation(1, 'frozen', frozen=True), generation(2, 'serving', served=True)], '')


def test_the_engine_answers_before_there_is_a_generation(config, generations, client):
    assert told(config) == ([], 'There is no generation of indices yet: `make reindex`.')
    generations.create_first()
    client.delete_indices(config.naming.index(IndexName(LEDGER), 1))
    found, advice = told(config)
    assert found == [generation(1, 'serving')]
    assert advice.startswith('Readers are sent to no generation')


@pytest.mark.parametrize('source', [
    {}, {'generations': None}, {'generations': [1]}, {'generations': [{}]}, {'generations': {'number': 1}},
    {'generations': [{'number': 1, 'state': 'serving'}]}, {'generations': 'x'}
])
def test_whatever_is_wrong_with_generations_the_engine_answers(config, generations, client, source):
    generations.create_first()
    client.write([Write(config.naming.generations_index(), 'generations', source)])
    found, advice = told(config)
    assert advice.startswith('Cannot read' if source else 'There is no generation')
    assert found == (None if source else [])


def test_all_six_queues_are_looked_at(config):
    notifications = config.naming.queue('notifications')
    send(config, notifications, delay=900)
    send(config, notifications)
    receive(config, notifications)
    send(config, notifications)
    send(config, notifications)
    report, status = health(config).report(['queues'])
    assert status == 200
    assert list(report['queues']) == ['up', *config.naming.queues]
    assert report['queues'][notifications] == {'up': True,
                                               'messages': {'delayed': 1, 'invisible': 1, 'queued': 2}}
    assert report['queues'][config.naming.queue('jobs', failed=True)] == {
        'up': True, 'messages': {'delayed': 0, 'invisible': 0, 'queued': 0}
    }


def test_progress_counts_what_waits_and_what_is_being_worked_on(config):
    notifications, tallies = config.naming.queue('notifications'), config.naming.queue('tallies')
    send(config, notifications, delay=900)
    send(config, notifications)
    receive(config, notifications)
    send(config, tallies)
    send(config, config.naming.queue('notifications', failed=True))
    assert health(config).report(['progress']) == (
        {'progress': {'up': True, 'unindexed_bundles': 2, 'unindexed_documents': 1}, 'up': True}, 200
    )


def test_a_missing_queue_is_down_and_says_so(config):
    sqs = clients.sqs(config)
    tallies = config.naming.queue('tallies')
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=tallies)['QueueUrl'])
    report, status = health(config).report(['queues', 'progress'])
    assert status == 503
    assert not report['up']
    assert not report['queues']['up']
    assert report['queues'][tallies].keys() == {'up', 'error'}
    assert tallies in report['queues'][tallies]['error']
    assert all(report['queues'][queue]['up'] for queue in config.naming.queues if queue != tallies)
    assert report['progress'] == {'up': False, 'unindexed_bundles': 0, 'unindexed_documents': None,
                                  'error': report['queues'][tallies]['error']}


def test_servers_that_are_not_there_are_down_soon(config):
    dead = dataclasses.replace(config, es_endpoint=nowhere().removeprefix('http://'), sqs_endpoint=nowhere())
    started = time.monotonic()
    report, status = health(dead).report(ALL)
    assert time.monotonic() - started < 10
    assert status == 503
    assert not any(report[key]['up'] for key in ALL)
    assert report['elasticsearch'] == {'up': False, 'error': 'no answer'}
    assert all('error' in report['queues'][queue] for queue in config.naming.queues)
    assert report['other_lambdas']['indexer'].keys() == {'up', 'error'}
    assert [url.removeprefix(config.service_url) for url in list(report['api_endpoints'])[1:]] == [
        '/repository/toys?size=1', '/repository/boxes?size=1'
    ]


def test_servers_that_never_answer_are_down_soon(config):
    """Connections are taken, but nobody does anything with them."""
    with socket.create_server((HOST, 0), backlog=100) as silent:
        address = f'{HOST}:{silent.getsockname()[1]}'
        hanging = dataclasses.replace(config, es_endpoint=address, sqs_endpoint=f'http://{address}',
                                      service_url=f'http://{address}', indexer_url=f'http://{address}')
        started = time.monotonic()
        report, status = health(hanging).report(ALL)
        assert time.monotonic() - started < 3 * PATIENCE
    assert status == 503
    assert not any(report[key]['up'] for key in ALL)
    assert report['progress']['unindexed_bundles'] is None


class Broken(Health):
    """One that has a fault."""

    def _progress(self) -> JSON:
        raise RuntimeError('secret')


def test_a_fault_of_ours_is_told_of_what_has_it(config, caplog):
    broken = Broken.connect(config, 'indexer', [], FINGERPRINT)
    report, status = broken.report(['progress', 'queues'])
    assert (status, report['queues']['up']) == (503, True)
    assert report['progress'] == {'up': False, 'error': 'RuntimeError'}
    assert 'secret' in caplog.text


def test_what_is_not_asked_for_is_not_looked_at(config):
    dead = dataclasses.replace(config, sqs_endpoint=nowhere())
    assert health(dead).report(['elasticsearch'])[1] == 200
    assert health(dead).report(['basic']) == ({'up': True}, 200)


def test_findings_are_good_for_a_while(config):
    now = 0.0
    checked = Health.connect(config, 'service', [], FINGERPRINT, clock=lambda: now)
    assert checked.report(['progress'])[0]['progress']['unindexed_bundles'] == 0
    send(config, config.naming.queue('notifications'))
    now = MAX_AGE
    assert checked.report(['progress'])[0]['progress']['unindexed_bundles'] == 0
    now = MAX_AGE + 0.1
    assert checked.report(['progress'])[0]['progress']['unindexed_bundles'] == 1


@pytest.mark.parametrize('keys', ['foo', 'elasticsearch,', ',elasticsearch', ',', '1', 'basic,elasticsearch', ''])
def test_unknown_keys_are_refused(config, keys):
    with pytest.raises(BadRequest, match='Invalid health keys'):
        health(config).report(keys.split(','))


@pytest.fixture
def serving(config: Config) -> Iterator[Config]:
    """The service is there, too; it has toys, but no boxes."""
    port = free_port()
    config = dataclasses.replace(config, service_url=f'http://{HOST}:{port}')
    shelf = Shelf(config.es_endpoint)
    config = dataclasses.replace(config, index_prefix=shelf.naming.index_prefix)
    shelf.create('toys')
    with listening(loaded(config), port):
        yield config
    shelf.close()


def test_the_endpoints_of_the_service_are_tried(serving):
    report, _ = health(serving).report(['api_endpoints'])
    up, down = (f'{serving.service_url}/repository/{name}?size=1' for name in ('toys', 'boxes'))
    assert report['api_endpoints'][up] == {'up': True}
    assert report['api_endpoints'][down]['up'] is False
    assert report['api_endpoints'][down]['error'].startswith("HTTPError('503 Server Error")
    assert Health.connect(serving, 'service', ['toys'], FINGERPRINT).report(['api_endpoints'])[1] == 200


def test_the_other_lambda_is_tried(serving):
    seen_from_indexer = Health.connect(serving, 'indexer', [], FINGERPRINT)
    assert seen_from_indexer.report(['other_lambdas']) == (
        {'other_lambdas': {'up': True, 'service': {'up': True}}, 'up': True}, 200
    )
