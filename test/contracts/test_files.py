"""Row 9 of 1.3 in clients.md, and 1.4: what the browser and scripts do with the link of a file."""
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from contracts.client import Client


@pytest.fixture
def redirects(store: str) -> Iterator[int]:
    """How often the data store asks to wait for a file."""
    number = 2
    for knobs in {'redirects': number, 'retry_after': 10}, {'redirects': 0, 'retry_after': 1}:
        requests.post(f'{store}/_knobs', json=knobs, timeout=10).raise_for_status()
        if knobs['redirects']:
            yield number


def files(client: Client) -> list[Any]:
    """The smallest files, with what their rows say: others take gigabytes."""
    found = [hit['files'][0] for hit in client.hits('files') if hit['files'][0]['size']]
    return sorted(found, key=lambda file: (file['size'], file['uuid']))[:4]


def with_name(file: Any) -> str:
    """The browser appends to the URL of the row."""
    return f'{file["url"]}&fileName={file["name"]}'


class TestRow9:
    """The download of a file."""

    def test_the_answer_is_read_from_the_body(self, client: Client):
        for file in files(client):
            response = client.response(with_name(file))
            assert response.status_code == 200
            told = response.json()
            assert told['Status'] == 302
            downloaded = requests.get(told['Location'], timeout=30)
            assert len(downloaded.content) == file['size']
            assert file['name'] in downloaded.headers['Content-Disposition']

    def test_who_is_told_to_wait_gets_a_number_and_where_to_go_as_it_is(self, client: Client, redirects: int):
        file = files(client)[0]
        told, waits = client.get(with_name(file)), 0
        while told['Status'] == 301:
            # With anything but a number the browser would not wait at all.
            assert type(told['Retry-After']) is int
            assert told['Retry-After'] >= 1
            assert told['Location'].startswith(f'{client.url}/fetch/dss/files/{file["uuid"]}?')
            told, waits = client.get(told['Location']), waits + 1
        assert (told['Status'], waits) == (302, redirects)
        downloaded = requests.get(told['Location'], timeout=30)
        assert len(downloaded.content) == file['size']
        assert file['name'] in downloaded.headers['Content-Disposition'], 'which has survived the way'

    def test_a_file_that_is_not_there_is_not_found(self, client: Client):
        file = files(client)[0]
        assert client.response(file['url'].replace(file['uuid'], '0' * 8 + file['uuid'][8:])).status_code == 404


class TestScripts:
    """They use the twin that redirects."""

    def test_who_follows_redirects_has_the_file(self, client: Client, redirects: int):
        for file in files(client)[:2]:
            url = with_name(file).replace('/fetch/', '/')
            response = requests.get(url, timeout=30)
            assert [each.status_code for each in response.history] == [301] * redirects + [302]
            assert all(each.headers['Retry-After'].isdigit() for each in response.history[:-1])
            assert len(response.content) == file['size']

    def test_an_object_of_the_standard_is_the_same_file(self, client: Client):
        for file in files(client):
            object_ = client.get(f'/ga4gh/drs/v1/objects/{file["uuid"]}.{file["version"]}')
            assert object_['size'] == file['size']
            assert object_['name'] == file['name']
            assert object_['checksums'] == [{'type': 'sha-256', 'checksum': file['sha256']}]
            assert object_['created_time'].endswith('Z')
            assert object_['self_uri'] == f'drs://{urlsplit(client.url).netloc}/{quote(object_["id"])}'
            method, = object_['access_methods']
            access = client.get(f'/ga4gh/drs/v1/objects/{object_["id"]}/access/{method["access_id"]}')
            assert len(requests.get(access['url'], timeout=30).content) == file['size']
            data_object = client.get(f'/ga4gh/dos/v1/dataobjects/{file["uuid"]}')['data_object']
            assert data_object['size'] == str(file['size'])
            url, = (each['url'] for each in data_object['urls'])
            assert parse_qs(urlsplit(url).query)['fileName'] == [file['name']]
