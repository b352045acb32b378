import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import requests

from azul.errors import ConfigurationError
from azul.local.lambdas import load_app, start_lambda
from azul.local.ports import Port, free_port, require_free
from azul.local.process import Child
from fixtures.waiting import eventually

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LAMBDAS = Path(__file__).parent / 'lambdas'


@pytest.fixture(scope='session')
def sqs(queues: str) -> 'SQSClient':
    return boto3.client('sqs', endpoint_url=queues, region_name='elasticmq', aws_access_key_id='any',
                        aws_secret_access_key='any')


class Mini:
    """The miniature lambda, with a queue of its own."""

    def __init__(self, sqs: 'SQSClient', endpoint: str, folder: Path, visibility: int) -> None:
        self._sqs, self._endpoint, self._folder = sqs, endpoint, folder
        self.queue = f'mini-{uuid4()}'
        self.url = sqs.create_queue(QueueName=self.queue, Attributes={'VisibilityTimeout': str(visibility)})['QueueUrl']
        self.child: Child | None = None

    def start(self, **options: Any) -> Child:
        environment = {'MINI_QUEUE': self.queue, 'MINI_JOURNAL': str(self._folder / 'journal')}
        self.child = start_lambda('mini', free_port(), self._folder, environment, queues=self._endpoint, folder=LAMBDAS,
                                  **options)
        return self.child.wait()

    def kill(self) -> None:
        """Without waiting for what it waits for."""
        if self.child is not None:
            self.child.stop(grace=0.1)

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            self._sqs.send_message_batch(QueueUrl=self.url, Entries=[
                {'Id': str(number), 'MessageBody': body} for number, body in enumerate(bodies[start:start + 10])
            ])

    def batches(self) -> list[dict[str, Any]]:
        journal = self._folder / 'journal'
        return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []

    def received(self) -> list[str]:
        return [record['body'] for batch in self.batches() for record in batch['event']['Records']]

    def depth(self) -> int:
        """How many messages there are in the queue, in flight or not."""
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=['All'])['Attributes']
        return int(attributes['ApproximateNumberOfMessages']) + int(attributes['ApproximateNumberOfMessagesNotVisible'])


@pytest.fixture
def mini(sqs: 'SQSClient', queues: str, tmp_path: Path) -> Iterator[Mini]:
    mini = Mini(sqs, queues, tmp_path, visibility=3)
    yield mini
    mini.kill()
    sqs.delete_queue(QueueUrl=mini.url)


def test_a_lambda_is_given_its_environment_and_no_account(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('AWS_PROFILE', 'mine')
    child = mini.start()
    environment = requests.get(child.url).json()['environment']
    assert environment['MINI_QUEUE'] == mini.queue
    assert 'HOME' not in environment
    assert 'AWS_PROFILE' not in environment
    assert environment['AWS_SHARED_CREDENTIALS_FILE'] == environment['AWS_CONFIG_FILE'] == '/dev/null'


def test_each_message_is_handled_and_deleted(mini: Mini) -> None:
    bodies = [f'ok {number}' for number in range(60)]
    mini.send(*bodies)
    mini.start()
    assert eventually(lambda: mini.depth() == 0)
    assert sorted(mini.received()) == sorted(bodies)


def test_batches_are_gathered_up_to_the_size_that_the_app_declares(mini: Mini) -> None:
    mini.send(*[f'ok {number}' for number in range(60)])
    mini.start(concurrency=1)
    assert eventually(lambda: mini.depth() == 0)
    sizes = [len(batch['event']['Records']) for batch in mini.batches()]
    # More than one request yields, and no more than the app takes; a busy machine may not always fill a batch in time.
    assert 10 < max(sizes) <= 25
    assert sum(sizes) == 60


def test_a_handler_gets_a_lambda_s_event_and_context(mini: Mini) -> None:
    mini.start()
    mini.send('ok')
    assert eventually(lambda: mini.depth() == 0)
    [batch] = mini.batches()
    assert batch['name'] == 'receive'
    assert 1000 < batch['milliseconds'] <= 2000
    [record] = batch['event']['Records']
    assert record['eventSource'] == 'aws:sqs'
    assert record['eventSourceARN'].endswith(f':{mini.queue}')
    assert record['attributes']['ApproximateReceiveCount'] == '1'


def test_exactly_what_the_handler_calls_failed_comes_back_when_its_visibility_ends(mini: Mini) -> None:
    mini.start()
    mini.send('ok 1', 'fail 1', 'ok 2', 'fail 2')
    assert eventually(lambda: len(mini.batches()) >= 2)
    assert eventually(lambda: mini.received().count('fail 1') >= 2 and mini.received().count('fail 2') >= 2)
    assert mini.received().count('ok 1') == mini.received().count('ok 2') == 1
    assert mini.depth() == 2


@pytest.mark.parametrize('body', ['raise', 'malformed'])
def test_nothing_is_deleted_of_a_batch_whose_handler_fails(mini: Mini, body: str) -> None:
    mini.send('ok', body)
    mini.start()
    assert eventually(lambda: mini.received().count('ok') >= 2)
    assert mini.depth() == 2


def test_chaos_changes_the_order_but_loses_nothing(mini: Mini) -> None:
    bodies = [f'ok {number:02}' for number in range(60)]
    mini.send(*bodies)
    mini.start(chaos=3)
    assert eventually(lambda: mini.depth() == 0, patience=60)
    received = mini.received()
    assert set(received) == set(bodies)
    assert list(dict.fromkeys(received)) != bodies


def test_a_handler_that_ends_a_thread_ends_the_lambda(mini: Mini) -> None:
    child = mini.start()
    mini.send('exit')

    assert eventually(lambda: not child.running)
    with pytest.raises(ConfigurationError, match='ended with exit status 1'):
        child.check()


def test_a_stopped_lambda_leaves_no_port_and_no_deleted_message_that_was_not_handled(mini: Mini) -> None:
    child = mini.start()
    mini.send(*[f'ok {number}' for number in range(200)])
    assert eventually(lambda: len(mini.batches()) >= 1)
    started = time.monotonic()
    child.stop()
    assert time.monotonic() - started < 5
    with pytest.raises(ConfigurationError, match='ended with exit status 0'):
        child.check()
    require_free([Port(child.port, 'mini')])
    assert mini.depth() + len(set(mini.received())) == 200


def test_what_is_not_run_on_a_laptop_is_logged(mini: Mini) -> None:
    child = mini.start()
    assert 'scheduled is never invoked' in child.log.read_text()


@pytest.mark.parametrize(('name', 'queue', 'what'), [
    ('broken', None, 'RuntimeError: broken on import'),
    ('absent', None, 'there is no file'),
    ('appless', None, 'no Chalice app'),
    ('mini', None, 'needs --queues'),
    ('mini', 'no-such-queue', 'queue no-such-queue: .*does not exist')
])
def test_a_lambda_that_cannot_start_says_why(queues: str,
                                             tmp_path: Path,
                                             name: str,
                                             queue: str | None,
                                             what: str
                                             ) -> None:
    environment = {} if queue is None else {'MINI_QUEUE': queue}
    with (
        start_lambda(name, free_port(), tmp_path, environment, queues=queue and queues, folder=LAMBDAS) as child,
        pytest.raises(ConfigurationError, match=f'(?s)The {name} ended with exit status 1.*{what}')
    ):
        child.wait()


def test_a_queue_server_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with (
        start_lambda('mini', free_port(), tmp_path, {'MINI_QUEUE': 'x'}, queues=f'http://127.0.0.1:{free_port()}',
                     folder=LAMBDAS) as child,
        pytest.raises(ConfigurationError, match='Could not connect')
    ):
        child.wait()


def test_two_apps_of_the_same_module_name_are_two() -> None:
    assert load_app('mini', LAMBDAS) is not load_app('mini', LAMBDAS)
