import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from azul.aws import clients
from azul.config import Config
from azul.errors import ConfigurationError

STAND_IN, QUEUES = 'http://127.0.0.1:1', 'http://127.0.0.1:2'


def config(**settings: str) -> Config:
    return Config(stage='test', es_endpoint='nowhere:1', dss_endpoint='http://nowhere.invalid/v1',
                  aws_region='eu-west-1', **settings)


@pytest.fixture(autouse=True)
def environment(monkeypatch) -> Iterator[None]:
    """Somebody's AWS account, and a proxy."""
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', 'theirs')
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', 'secret')
    monkeypatch.setenv('AWS_SESSION_TOKEN', 'token')
    monkeypatch.setenv('http_proxy', 'http://proxy.invalid')
    monkeypatch.delenv('AWS_PROFILE', raising=False)
    # It has read the environment before, perhaps, and will have read this one.
    clients._session.cache_clear()
    yield
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


@pytest.mark.parametrize('region', ['us-east-1', 'us-west-2', 'eu-central-1'])
def test_urls_are_signed_as_new_buckets_of_each_region_want_it(region: str):
    url, query = signed_url(replace(config(), aws_region=region))
    # Any other host redirects, where the signature is wrong.
    assert url == f'https://bucket.s3.{region}.amazonaws.com/key'
    assert query['X-Amz-Algorithm'] == ['AWS4-HMAC-SHA256']
    assert f'/{region}/s3/' in query['X-Amz-Credential'][0]


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


@pytest.fixture
def nobody(monkeypatch) -> pytest.MonkeyPatch:
    """Someone without an AWS account, and not on a machine that has a role."""
    for name in os.environ:
        if name.startswith('AWS_'):
            monkeypatch.delenv(name)
    for name in 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE':
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.delenv('http_proxy')
    monkeypatch.setenv('AWS_EC2_METADATA_DISABLED', 'true')
    return monkeypatch


@pytest.mark.parametrize(('settings', 'fault'), [
    ({}, 'there are none'),
    ({'AWS_PROFILE': 'nobodys'}, r'The config profile \(nobodys\) could not be found'),
    ({'AWS_ACCESS_KEY_ID': 'half'}, 'missing: AWS_SECRET_ACCESS_KEY'),
    ({'AWS_CONFIG_FILE': __file__}, 'Unable to parse config file'),
], ids=['none', 'no profile', 'half', 'no file'])
def test_who_has_no_credentials_is_told_so_and_what_to_do(settings: dict[str, str], fault: str,
                                                          nobody: pytest.MonkeyPatch):
    for name, value in settings.items():
        nobody.setenv(name, value)
    for client in clients.sqs, clients.s3, clients.secrets, clients.engine_domains:
        with pytest.raises(ConfigurationError, match=f'{fault}.* Export AWS_PROFILE'):
            client(config())
    with pytest.raises(ConfigurationError, match=fault):
        clients.signer(replace(config(), es_endpoint='engine.es.amazonaws.com:443'))


def test_a_machine_that_does_not_tell_its_role_is_not_waited_for(nobody: pytest.MonkeyPatch):
    with socket.create_server(('127.0.0.1', 0)) as silent:
        nobody.delenv('AWS_EC2_METADATA_DISABLED')
        nobody.setenv('AWS_EC2_METADATA_SERVICE_ENDPOINT', f'http://127.0.0.1:{silent.getsockname()[1]}')
        asked = time.monotonic()
        with pytest.raises(ConfigurationError, match='there are none'):
            clients.sqs(config())
    assert time.monotonic() - asked < 10


def test_a_stand_in_wants_no_credentials(nobody: pytest.MonkeyPatch):
    nobody.setenv('AWS_PROFILE', 'nobodys')
    assert clients.sqs(config(aws_endpoint=STAND_IN)).meta.endpoint_url == STAND_IN
