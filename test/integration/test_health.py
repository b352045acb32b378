"""What is found out about real servers, and about those that are not there."""
import dataclasses
import time
from collections.abc import Iterator

import pytest

from azul.aws import clients
from azul.config import Config
from azul.errors import BadRequest
from azul.health import ALL, MAX_AGE, Health
from azul.local.gateway import Gateway
from azul.local.lambdas import LAMBDAS, load_app
from azul.local.ports import HOST, free_port
from azul.local.provision import provide_queues
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


def health(config: Config) -> Health:
    return Health.connect(config, 'service', ['toys', 'boxes'])


def send(config: Config, queue: str, delay: int = 0) -> None:
    sqs = clients.sqs(config)
    url = sqs.get_queue_url(QueueName=queue)['QueueUrl']
    sqs.send_message(QueueUrl=url, MessageBody='x', DelaySeconds=delay)


def receive(config: Config, queue: str) -> None:
    sqs = clients.sqs(config)
    assert 'Messages' in sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=queue)['QueueUrl'])


def test_the_engine_answers(config):
    assert health(config).report(['elasticsearch']) == ({'elasticsearch': {'up': True}, 'up': True}, 200)


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


def test_what_is_not_asked_for_is_not_looked_at(config):
    dead = dataclasses.replace(config, sqs_endpoint=nowhere())
    assert health(dead).report(['elasticsearch'])[1] == 200
    assert health(dead).report(['basic']) == ({'up': True}, 200)


def test_findings_are_good_for_a_while(config):
    now = 0.0
    checked = Health.connect(config, 'service', [], clock=lambda: now)
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
    with pytest.MonkeyPatch.context() as patch:
        for name, value in config.to_environment().items():
            patch.setenv(name, value)
        gateway = Gateway(load_app('service'), port, LAMBDAS / 'service')
    yield config
    gateway.stop()
    shelf.close()


def test_the_endpoints_of_the_service_are_tried(serving):
    report, _ = health(serving).report(['api_endpoints'])
    up, down = (f'{serving.service_url}/repository/{name}?size=1' for name in ('toys', 'boxes'))
    assert report['api_endpoints'][up] == {'up': True}
    assert report['api_endpoints'][down]['up'] is False
    assert report['api_endpoints'][down]['error'].startswith("HTTPError('503 Server Error")
    assert Health.connect(serving, 'service', ['toys']).report(['api_endpoints'])[1] == 200


def test_the_other_lambda_is_tried(serving):
    seen_from_indexer = Health.connect(serving, 'indexer', [])
    assert seen_from_indexer.report(['other_lambdas']) == (
        {'other_lambdas': {'up': True, 'service': {'up': True}}, 'up': True}, 200
    )
