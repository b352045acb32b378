"""Short URLs, over HTTP, with the stand-in of the object store."""
import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from azul.aws import clients
from azul.aws.objects import Bucket
from azul.config import Config
from azul.errors import AzulError
from azul.local.ports import HOST, free_port
from azul.service.shortener import Shortener, keys
from fixtures.described import Described
from fixtures.lambdas import listening, loaded
from fixtures.toys import unique

KNOWN = 'https://dev.browser.example/explore/toys?filter=%5B%7B%22facetName%22%3A%22colour%22%7D%5D'
KEY = 'lo_'
"""By the first bits of its SHA-1: short URLs that are out there must stay what they are."""


@pytest.fixture(scope='module')
def config(aws: str) -> Config:
    nowhere = f'{HOST}:{free_port()}'
    return Config(stage='test', project='toy', es_endpoint=nowhere, dss_endpoint=f'http://{nowhere}/v1',
                  aws_endpoint=aws, sqs_endpoint=f'http://{nowhere}', redirect_domain=f'{unique("short")}.example',
                  redirect_hosts='portal.example,browser.example')


@pytest.fixture(scope='module')
def bucket(config: Config) -> Bucket:
    client = clients.s3(config)
    client.create_bucket(Bucket=config.redirect_domain)
    return Bucket(client, config.redirect_domain)


@pytest.fixture(scope='module')
def url(config: Config, bucket: Bucket) -> Iterator[str]:
    with listening(loaded(config)) as url:
        yield url


def shorten(url: str, body: Any) -> requests.Response:
    response = requests.post(f'{url}/url', json=body, timeout=30)
    assert response.headers['Access-Control-Allow-Origin'] == '*'
    return response


def target(config: Config, short: str) -> Any:
    """Where the website of the bucket redirects to."""
    host, _, key = short.removeprefix('http://').partition('/')
    assert host == config.redirect_domain
    return clients.s3(config).head_object(Bucket=host, Key=key)['WebsiteRedirectLocation']


def test_a_short_url_redirects_to_the_one_that_it_stands_for(url: str, config: Config):
    response = shorten(url, {'url': KNOWN})
    assert response.status_code == 200
    assert response.json() == {'url': f'http://{config.redirect_domain}/{KEY}'}
    assert target(config, response.json()['url']) == KNOWN
    assert shorten(url, {'url': KNOWN}).json() == response.json(), 'the same again'


def test_many_at_once_have_the_same(url: str, config: Config):
    wanted, found = 'https://browser.example/many', []

    def ask() -> None:
        found.append(shorten(url, {'url': wanted}).json()['url'])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {f'http://{config.redirect_domain}/{next(keys(wanted))}'}


def test_who_asks_is_told_in_time_that_the_store_does_not_answer(config: Config):
    with socket.create_server((HOST, 0)) as silent:
        nowhere = f'http://{HOST}:{silent.getsockname()[1]}'
        with listening(loaded(dataclasses.replace(config, aws_endpoint=nowhere))) as url:
            began = time.monotonic()
            response = shorten(url, {'url': KNOWN})
            assert time.monotonic() - began < 10
    assert response.status_code == 503
    assert response.json()['Code'] == 'ServiceUnavailableError'


def test_a_key_that_is_taken_becomes_longer(url: str, config: Config, bucket: Bucket):
    wanted = 'https://browser.example/collision'
    shortest, longer, longest = (key for key in list(keys(wanted))[:3])
    for key in shortest, longer:
        assert bucket.write(key, b'https://browser.example/other', None) is not None
    for _ in range(2):
        assert shorten(url, {'url': wanted}).json() == {'url': f'http://{config.redirect_domain}/{longest}'}


def test_all_keys_may_be_taken(bucket: Bucket):
    wanted = 'https://browser.example/all'
    for key in keys(wanted):
        bucket.write(key, b'x', None)
    with pytest.raises(AzulError, match='all of its keys'):
        Shortener(bucket, ['browser.example']).shorten({'url': wanted})


@pytest.mark.parametrize(('body', 'text'), [
    ({}, '`url` must be given in the request body'),
    ({'url': ''}, 'Invalid URL given'),
    ({'url': 'https://evilportal.example/'}, 'Invalid URL given'),
    ({'url': 'http://data.portal.example/'}, 'Invalid URL given'),
    ({'url': 'https://portal.example@evil.example/'}, 'Invalid URL given'),
    ({'url': 'https://portal.example:8080/'}, 'Invalid URL given'),
    ({'url': 'https://portal.example/\n'}, 'Invalid URL given'),
    ({'url': 'https://portal.example/' + 'x' * 2000}, '`url`'),
    ({'url': None}, '`url`'),
    ({'url': 1}, '`url`'),
    ({'url': ['https://portal.example/']}, '`url`'),
    ({'url': 'https://portal.example/', 'more': 1}, '`more`'),
    ([], 'body'),
    (None, 'body'),
])
def test_what_must_not_be_shortened_is_refused(url: str, body: Any, text: str):
    response = shorten(url, body)
    assert response.status_code == 400
    assert response.json()['Code'] == 'BadRequestError'
    assert text in response.json()['Message']
    assert len(response.json()['Message']) < 1000


def test_bodies_that_are_no_json_are_refused(url: str):
    for body in b'', b'x', b'{"url": "a", "url": "b"}', b'\xff':
        response = requests.post(f'{url}/url', body, headers={'Content-Type': 'application/json'}, timeout=30)
        assert response.status_code == 400
    assert requests.post(f'{url}/url', b'x', headers={'Content-Type': 'text/plain'}, timeout=30).status_code == 415
    assert requests.post(f'{url}/url?url=x', json={'url': KNOWN}, timeout=30).status_code == 400


def test_where_there_is_no_bucket_there_are_no_short_urls(config: Config):
    with listening(loaded(dataclasses.replace(config, redirect_domain=''))) as url:
        response = shorten(url, {'url': KNOWN})
        assert (response.status_code, response.json()['Code']) == (404, 'NotFoundError')
        assert 'not shortened here' in response.json()['Message']


def test_a_bucket_that_is_not_there_is_no_500(config: Config):
    with listening(loaded(dataclasses.replace(config, redirect_domain=f'{unique("none")}.example'))) as url:
        response = shorten(url, {'url': KNOWN})
        assert (response.status_code, response.headers['Retry-After']) == (503, '10')


def test_real_answers_are_as_described(url: str):
    described = Described(requests.get(f'{url}/openapi', timeout=30).json())
    answers = [shorten(url, body) for body in ({'url': KNOWN}, {'url': 'x'}, {})]
    answers.append(requests.post(f'{url}/url', b'x', headers={'Content-Type': 'text/plain'}, timeout=30))
    assert [fault for answer in answers for fault in described.faults(answer)] == []
    assert {answer.status_code for answer in answers} == {200, 400, 415}
