"""Rows 6, 7 and 8 of 1.3 in clients.md, and 1.4, 1.6 and 1.7: how manifests are asked for and waited for, and who reads
what of them."""
import csv
import io
import re
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
import requests

from azul.aws import clients
from azul.config import Config
from azul.service.manifest.state import FOLDER
from contracts.client import Client, encoded
from fixtures.toys import new_uuid

NEEDED = ('bundle_uuid', 'bundle_version', 'file_name', 'file_uuid', 'file_version', 'file_sha256', 'file_size')
"""Columns that dcp-cli reads."""


@pytest.fixture
def filters(client: Client) -> dict[str, Any]:
    """All files pass them, but nobody has sent them before."""
    terms = client.search('files')['termFacets']['organ']['terms']
    return {'organ': {'is': [*(term['term'] for term in terms), new_uuid()]}}


def jobs(config: Config) -> set[str]:
    """All that there are."""
    objects = clients.s3(config).list_objects_v2(Bucket=config.bucket, Prefix=FOLDER)
    return {each['Key'] for each in objects.get('Contents', ()) if each['Key'].endswith('.json')}


def browse(client: Client, filters: Any, format: str) -> str:
    """As the browser does it: it reads nothing but the body, and where it is sent it goes, adding nothing.

    :return: where the manifest is
    """
    told, waits = client.get('/fetch/manifest/files', filters=encoded(filters), format=format), 0
    while told['Status'] == 301:
        assert type(told['Retry-After']) is int, 'with anything but a number the browser would not wait at all'
        assert 1 <= told['Retry-After'] <= 10
        assert told['Location'].startswith(f'{client.url}/fetch/manifest/files?')
        assert list(parse_qs(urlsplit(told['Location']).query)) == ['token']
        waits += 1
        assert waits < 10
        time.sleep(told['Retry-After'])
        told = client.get(told['Location'])
    assert told['Status'] == 302
    assert 'Retry-After' not in told
    assert urlsplit(told['Location']).scheme in ('http', 'https')
    assert waits
    return str(told['Location'])


def download(location: str) -> tuple[bytes, str, str]:
    """
    As a link does it, or a server that has nothing but the URL.

    :return: content, its type and the name under which a browser saves it
    """
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(location, timeout=30) as response:
        disposition = response.headers['Content-Disposition']
        name = re.fullmatch(r'attachment; ?filename="([^"/\\]+)"', disposition)
        assert name is not None, f'neither quoted nor safe: {disposition}'
        return response.read(), response.headers['Content-Type'], name[1]


def rows(content: bytes) -> list[dict[str, str]]:
    """As those read them who know nothing of quotes."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline=''), delimiter='\t', quoting=csv.QUOTE_NONE))


def files_and_bundles(client: Client, filters: Any) -> set[tuple[str, ...]]:
    """What a row of the table says in the columns that are needed, for each file of each bundle, from the hits."""
    return {
        (bundle['bundleUuid'], bundle['bundleVersion'],
         *('' if file[name] is None else str(file[name]) for name in ('name', 'uuid', 'version', 'sha256', 'size')))
        for hit in client.hits('files', filters) for file in hit['files'] for bundle in hit['bundles']
    }


def needed(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in NEEDED)


class TestRow6:
    """The table of files."""

    def test_it_has_a_row_for_each_file_and_bundle(self, client: Client, filters: Any):
        content, content_type, name = download(browse(client, filters, 'tsv'))
        assert content_type == 'text/tab-separated-values'
        assert name.endswith('.tsv')
        found = rows(content)
        assert {needed(row) for row in found} == files_and_bundles(client, filters)
        assert len(found) == len({needed(row) for row in found}) > 100

    def test_files_are_downloaded_by_what_it_says_of_them(self, client: Client, store: str, filters: Any):
        """As dcp-cli does it, from the data store: the smallest ones, others take gigabytes."""
        found = [row for row in rows(download(browse(client, filters, 'tsv'))[0]) if row['file_size']]
        for row in sorted(found, key=lambda row: int(row['file_size']))[:3]:
            response = requests.get(f'{store}/v1/files/{row["file_uuid"]}', timeout=30, headers={'Range': 'bytes=0-'},
                                    params={'version': row['file_version'], 'replica': 'aws'})
            assert response.status_code in (200, 206)
            assert len(response.content) == int(row['file_size'])
            assert re.fullmatch('[0-9a-f]{64}', row['file_sha256']), 'not that of what the stand-in invents'

    def test_the_first_column_names_the_bundles_of_a_matrix(self, client: Client):
        """As the matrix service reads it: without the first line, and only what is before the first tab."""
        filters = {'fileFormat': {'is': ['fastq.gz', new_uuid()]}}
        lines = download(browse(client, filters, 'tsv'))[0].decode().splitlines()[1:]
        found = {line.split('\t')[0] for line in lines}
        assert found == {bundle for bundle, *_ in files_and_bundles(client, filters)}
        assert found


class TestRow7:
    """All metadata of a project."""

    def test_it_has_the_rows_of_the_project_and_is_called_after_it(self, client: Client):
        project = client.search('projects')['hits'][0]
        filters = {'projectId': {'is': [project['entryId']]}}
        content, content_type, name = download(browse(client, filters, 'full'))
        assert content_type == 'text/tab-separated-values'
        short_name = project['projects'][0]['projectShortname']
        assert re.fullmatch(rf'{re.escape(short_name)} \d{{4}}-\d\d-\d\d \d\d\.\d\d\.tsv', name)
        found = rows(content)
        assert found
        assert list(found[0]) == sorted(found[0])
        assert {row['project.provenance.document_id'] for row in found} == {project['entryId']}
        in_hits = {(bundle, file) for bundle, _, _, file, *_ in files_and_bundles(client, filters)}
        assert {(row['bundle_uuid'], row['file_uuid']) for row in found} <= in_hits


class TestRow8:
    """The bag for Terra."""

    def test_it_can_be_had_by_whoever_gets_the_link(self, client: Client, filters: Any):
        link = f'https://app.terra.bio/#import-data?url={quote(browse(client, filters, "bdbag"), safe="")}'
        assert urlsplit(link).fragment.count('=') == 1
        content, content_type, name = download(unquote(link.partition('?url=')[2]))
        assert content_type == 'application/zip'
        assert name.endswith('.zip')
        with zipfile.ZipFile(io.BytesIO(content)) as bag:
            assert bag.testzip() is None
            table, = (each for each in bag.namelist() if each.endswith('.tsv'))
            participants = rows(bag.read(table))
        assert next(iter(participants[0])) == 'entity:participant_id'
        bundles = {bundle for bundle, *_ in files_and_bundles(client, filters)}
        assert {row['bundle_uuid'] for row in participants} <= bundles


class TestWaiting:

    def test_who_follows_before_they_look_finds_an_answer_there(self, client: Client, filters: Any):
        """As the R client does it, whether the manifest is there already or not."""
        made = set()
        for _ in range(2):
            told = client.get('/fetch/manifest/files', filters=encoded(filters), format='tsv')
            told = client.get(told['Location'])
            while told['Status'] == 301:
                time.sleep(told['Retry-After'])
                told = client.get(told['Location'])
            made.add(download(told['Location'])[0])
        assert len(made) == 1

    def test_who_never_waits_has_it_all_the_same_and_no_second_job(self, client: Client, config: Config, filters: Any):
        before, asked = jobs(config), 0
        while True:
            told = client.get('/fetch/manifest/files', filters=encoded(filters), format='tsv')
            for _ in range(5):
                told = client.get(told['Location'])
                if told['Status'] != 301:
                    break
            asked += 1
            if told['Status'] != 301:
                break
            assert asked < 500
        assert told['Status'] == 302
        assert rows(download(told['Location'])[0])
        assert len(jobs(config) - before) == 1


class TestScripts:
    """They use the twin that redirects, and would rather be held back than redirected too often."""

    def test_who_follows_redirects_has_the_table(self, client: Client, filters: Any):
        asked = {'filters': encoded(filters), 'format': 'tsv', 'wait': '1'}
        response = requests.get(f'{client.url}/manifest/files', params=asked, timeout=60)
        assert {needed(row) for row in rows(response.content)} == files_and_bundles(client, filters)
        *waits, done, moved = response.history
        assert 1 <= len(waits) <= 3
        for each in waits:
            assert (each.status_code, each.content) == (301, b'')
            assert each.headers['Retry-After'].isdigit()
            assert each.headers['Location'].startswith(f'{client.url}/manifest/files?token=')
        for each in done, moved:
            assert (each.status_code, each.content) == (302, b'')
            assert 'Retry-After' not in each.headers

    def test_what_is_too_long_for_a_url_is_posted(self, client: Client, filters: Any):
        """Redirects are followed by GET, as all clients do after such a status."""
        long = {'organ': {'is': [*filters['organ']['is'], *(new_uuid() for _ in range(2000))]}}
        for route in '/manifest/files', '/fetch/manifest/files':
            asked = requests.get(f'{client.url}{route}', params={'filters': encoded(long)}, timeout=60)
            assert asked.status_code == 414
            assert 'POST' in asked.json()['Message']
        wanted = {'filters': long, 'format': 'tsv', 'wait': '1'}
        told = requests.post(f'{client.url}/fetch/manifest/files', json=wanted, timeout=60).json()
        assert (told['Status'], list(parse_qs(urlsplit(told['Location']).query))) == (301, ['token', 'wait'])
        response = requests.post(f'{client.url}/manifest/files', json=wanted, timeout=60)
        assert {needed(row) for row in rows(response.content)} == files_and_bundles(client, filters)

    def test_curl_saves_it_under_its_name(self, client: Client, filters: Any, tmp_path: Path):
        """With the command that README.md has, but for the name."""
        subprocess.run(['curl', '--silent', '--show-error', '--fail', '--noproxy', '*', '-LGOJ',
                        f'{client.url}/manifest/files?format=tsv&wait=1',
                        '--data-urlencode', f'filters={encoded(filters)}'], cwd=tmp_path, check=True, timeout=60)
        file, = tmp_path.iterdir()
        assert re.fullmatch(r'hca-manifest-[0-9a-f]+\.tsv', file.name)
        assert {needed(row) for row in rows(file.read_bytes())} == files_and_bundles(client, filters)
