from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from azul.aws import clients
from azul.config import Config

STAND_IN, QUEUES = 'http://127.0.0.1:1', 'http://127.0.0.1:2'


def config(**settings: str) -> Config:
    return Config(stage='test', es_endpoint='nowhere:1', dss_endpoint='http://nowhere.invalid/v1',
                  aws_region='eu-west-1', **settings)


@pytest.fixture(autouse=True)
def environment(monkeypatch) -> None:
    """Somebody's AWS account, and a proxy."""
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', 'theirs')
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', 'secret')
    monkeypatch.setenv('AWS_SESSION_TOKEN', 'token')
    monkeypatch.setenv('http_proxy', 'http://proxy.invalid')
    monkeypatch.delenv('AWS_PROFILE', raising=False)
    # It has read the environment before, perhaps.
    clients._session.cache_clear()


def signed_url(config: Config) -> tuple[str, dict[str, list[str]]]:
    url = urlsplit(clients.s3(config).generate_presigned_url('get_object', {'Bucket': 'bucket', 'Key': 'key'}))
    return f'{url.scheme}://{url.netloc}{url.path}', parse_qs(url.query)


def test_a_stand_in_gets_no_credentials_of_the_environment():
    url, query = signed_url(config(aws_endpoint=STAND_IN))
    assert url == f'{STAND_IN}/bucket/key'
    assert 'theirs' not in str(query)
    assert 'token' not in str(query)


def test_aws_gets_those_of_the_environment():
    url, query = signed_url(config())
    assert 'amazonaws.com' in url
    assert 'theirs' in str(query)


def test_queues_may_have_a_stand_in_of_their_own():
    assert clients.sqs(config(aws_endpoint=STAND_IN, sqs_endpoint=QUEUES)).meta.endpoint_url == QUEUES
    assert clients.sqs(config(aws_endpoint=STAND_IN)).meta.endpoint_url == STAND_IN
    assert clients.secrets(config(aws_endpoint=STAND_IN, sqs_endpoint=QUEUES)).meta.endpoint_url == STAND_IN
    assert clients.sqs(config()).meta.endpoint_url == 'https://sqs.eu-west-1.amazonaws.com'


def test_stand_ins_are_not_asked_through_a_proxy():
    assert clients.sqs(config(sqs_endpoint=QUEUES)).meta.config.proxies == {}
    assert clients.sqs(config()).meta.config.proxies is None


def test_clients_can_be_made_by_many_threads_at_once():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(clients.sqs, [config(sqs_endpoint=f'http://127.0.0.1:{port}') for port in range(1, 40)]))
    assert [client.meta.endpoint_url for client in made] == [f'http://127.0.0.1:{port}' for port in range(1, 40)]
