import socket
from collections.abc import Iterator
from pathlib import Path

import boto3
import elasticsearch
import pytest

from azul.errors import ConfigurationError
from azul.local.aws import start_aws
from azul.local.engine import FLAVOURS, start_engine
from azul.local.ports import HOST, free_port
from azul.local.queues import start_queues


@pytest.fixture(scope='module', params=FLAVOURS)
def client(request: pytest.FixtureRequest,
           tmp_path_factory: pytest.TempPathFactory,
           cache: Path
           ) -> Iterator[elasticsearch.Elasticsearch]:
    run = tmp_path_factory.mktemp(request.param)
    # Nobody else can enter it, as may be the case with a clone in a home directory.
    run.chmod(0o700)
    with start_engine(request.param, free_port(), run, cache, heap='256m') as child:
        client = elasticsearch.Elasticsearch(child.wait().url)
        yield client
        client.close()


def test_each_engine_indexes_and_finds(client: elasticsearch.Elasticsearch) -> None:
    client.indices.create('things', body={'mappings': {'properties': {'organ': {'type': 'keyword'}}}})
    client.index('things', id='1', body={'organ': 'brain'}, refresh=True)
    response = client.search(index='things', body={'query': {'term': {'organ': 'brain'}}})
    assert [hit['_id'] for hit in response['hits']['hits']] == ['1']


def test_a_write_does_not_bring_an_index_into_being(client: elasticsearch.Elasticsearch) -> None:
    with pytest.raises(elasticsearch.NotFoundError):
        client.index('nothing', id='1', body={})
    assert not client.indices.exists('nothing')


def test_a_heap_that_java_does_not_accept_is_reported_with_what_java_says(tmp_path: Path, cache: Path) -> None:
    with (
        start_engine('opensearch', free_port(), tmp_path, cache, heap='lots') as child,
        pytest.raises(ConfigurationError, match=r'(?s)The engine ended with exit status 1:.*Invalid maximum heap size')
    ):
        child.wait()


def test_a_port_that_is_lost_at_the_last_moment_is_reported_although_it_answers(tmp_path: Path, cache: Path) -> None:
    port = free_port()
    for name, start in (('queues', start_queues), ('aws', lambda port, run, _: start_aws(port, run))):
        run = tmp_path / name
        run.mkdir()
        with start(port, run, cache) as child, socket.create_server((HOST, port)), \
                pytest.raises(ConfigurationError, match=r'in use|not ready'):
            child.wait(patience=5)


def test_the_session_s_engine_answers(engine: str) -> None:
    client = elasticsearch.Elasticsearch(engine)
    assert client.info()['version']['number'] in ('2.19.5', '7.10.2')
    client.close()


def test_the_session_s_queues_keep_messages(queues: str) -> None:
    client = boto3.client('sqs', endpoint_url=queues, region_name='elasticmq', aws_access_key_id='any',
                          aws_secret_access_key='any')
    url = client.create_queue(QueueName='local-test-servers')['QueueUrl']
    assert url.startswith(queues)
    client.send_message(QueueUrl=url, MessageBody='hello')
    [message] = client.receive_message(QueueUrl=url, WaitTimeSeconds=1)['Messages']
    assert message['Body'] == 'hello'
    client.delete_queue(QueueUrl=url)


def test_the_session_s_aws_keeps_secrets_and_objects(aws: str) -> None:
    session = boto3.Session(region_name='us-east-1', aws_access_key_id='any', aws_secret_access_key='any')
    secrets = session.client('secretsmanager', endpoint_url=aws)
    secrets.create_secret(Name='local/test/servers', SecretString='hidden')
    assert secrets.get_secret_value(SecretId='local/test/servers')['SecretString'] == 'hidden'
    objects = session.client('s3', endpoint_url=aws)
    objects.create_bucket(Bucket='local-test-servers')
    objects.put_object(Bucket='local-test-servers', Key='key', Body=b'content')
    assert objects.get_object(Bucket='local-test-servers', Key='key')['Body'].read() == b'content'
