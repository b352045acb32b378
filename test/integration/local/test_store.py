"""What the data store answers, over HTTP."""
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import google_crc32c
import pytest
import requests

from azul.dss.client import DssClient
from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID
from azul.local.ports import free_port
from azul.local.store import start_store
from azul.local.store.server import serving
from fixtures.bundle_folder import LATER, VERSION, BundleFolder, entry

UNKNOWN = 'ffffffff-ffff-4fff-8fff-ffffffffffff'


class Caller:
    """What a client sees of a store. Redirects are not followed."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, json: Any = None, **parameters: object) -> requests.Response:
        url = path if path.startswith('http') else self.url + path
        parameters = {} if '?' in path else {'replica': 'aws', **parameters}
        with requests.Session() as session:
            session.trust_env = False  # a proxy would not know this machine
            return session.request(method, url, params=parameters, json=json, allow_redirects=False, timeout=10)

    def get(self, path: str, **parameters: object) -> requests.Response:
        return self.call('GET', path, **parameters)

    def content(self, uuid: str, **parameters: object) -> bytes:
        response = self.get(f'/v1/files/{uuid}', **parameters)
        assert response.status_code == 302, response.text
        return self.get(response.headers['Location']).content

    def files(self, fqid: BundleFQID, **parameters: object) -> list[Any]:
        """All entries of the manifest, page by page."""
        response = self.get(f'/v1/bundles/{fqid.uuid}', version=fqid.version, **parameters)
        files = response.json()['bundle']['files']
        while 'next' in response.links:
            assert response.status_code == 206
            response = self.get(response.links['next']['url'])
            files += response.json()['bundle']['files']
        assert response.status_code == 200
        return files

    def search(self, query: Any, **parameters: object) -> list[str]:
        """FQIDs of all hits, page by page."""
        response = self.call('POST', '/v1/search', {'es_query': {'query': query}}, **parameters)
        found = []
        while True:
            found += [result['bundle_fqid'] for result in response.json()['results']]
            if 'next' not in response.links:
                assert response.status_code == 200
                assert response.json()['total_hits'] == len(found)
                return found
            assert response.status_code == 206
            response = self.call('POST', response.links['next']['url'], {'es_query': {'query': query}})

    def turn(self, **knobs: object) -> None:
        response = self.call('POST', '/_knobs', knobs)
        assert response.status_code == 200, response.text

    def refusal(self, response: requests.Response) -> tuple[int, str]:
        assert response.headers['Content-Type'] == 'application/problem+json'
        assert response.json()['status'] == response.status_code
        assert response.json()['title']
        return response.status_code, response.json()['code']


@pytest.fixture
def folder(tmp_path: Path) -> BundleFolder:
    return BundleFolder(tmp_path)


@contextmanager
def store(folder: BundleFolder) -> Iterator[Caller]:
    with serving(folder.path) as url:
        yield Caller(url)


@pytest.fixture
def two_versions(folder: BundleFolder) -> tuple[BundleFQID, BundleFQID]:
    old = folder.put()
    return old, folder.put(old.uuid, LATER)


# Bundles

def test_a_manifest_has_size_and_checksums_of_the_metadata_that_is_served(folder: BundleFolder):
    fqid = folder.put(metadata={'project_0.json': b'{"a": 1}'},
                      manifest=[entry('reads.fastq.gz'), entry('project_0.json')])
    with store(folder) as caller:
        response = caller.get(f'/v1/bundles/{fqid.uuid}', version=fqid.version)
        reads, project = response.json()['bundle']['files']
        content = caller.content(project['uuid'], version=project['version'])
    assert response.status_code == 200
    assert response.json()['bundle'] == {'uuid': fqid.uuid, 'version': fqid.version, 'creator_uid': 8008,
                                         'files': [reads, project]}
    assert (reads['size'], reads['sha256'], reads['s3_etag']) == (1000, '0' * 64, '0' * 32)
    assert content == b'{"a": 1}'
    assert project['size'] == 8
    assert project['sha256'] == hashlib.sha256(content).hexdigest()
    assert project['sha1'] == hashlib.sha1(content).hexdigest()
    assert project['s3_etag'] == hashlib.md5(content).hexdigest()
    assert project['crc32c'] == f'{google_crc32c.value(content):08x}'
    assert not {'s3-etag'} & (reads.keys() | project.keys())


def test_the_checksum_is_the_one_of_castagnoli(folder: BundleFolder):
    fqid = folder.put(metadata={'digits.json': b'123456789'})
    with store(folder) as caller:
        [digits] = caller.files(fqid)
    assert digits['crc32c'] == 'e3069283'


def test_metadata_that_an_old_manifest_does_not_list_gets_entries(folder: BundleFolder):
    reads = entry('reads.fastq.gz')
    fqid = folder.put(metadata={'b.json': {}, 'a.json': {'a': 1}}, manifest=[reads])
    with store(folder) as caller:
        files = caller.files(fqid)
        contents = [caller.content(file['uuid'], version=file['version']) for file in files[1:]]
    assert [file['name'] for file in files] == ['reads.fastq.gz', 'a.json', 'b.json']
    assert contents == [b'{"a": 1}', b'{}']
    for file in files[1:]:
        assert (file['indexed'], file['content-type'], file['version']) == (True, 'application/json', fqid.version)
    with store(folder) as caller:
        assert caller.files(fqid) == files


def test_a_manifest_comes_in_pages_with_single_quotes(folder: BundleFolder):
    fqid = folder.put(metadata={f'file_{number}.json': {'number': number} for number in range(5)})
    with store(folder) as caller:
        response = caller.get(f'/v1/bundles/{fqid.uuid}', per_page=2)
        assert response.status_code == 206
        assert response.headers['Link'].endswith("; rel='next'")
        assert response.headers['X-OpenAPI-Pagination'] == 'true'
        assert response.headers['X-OpenAPI-Paginated-Content-Key'] == 'bundle.files'
        everything = caller.files(fqid)
        assert [file['name'] for file in everything] == [f'file_{number}.json' for number in range(5)]
        for size in 1, 2, 3, 4, 5, 6, 500:
            assert caller.files(fqid, per_page=size) == everything
        caller.turn(per_page=2)
        assert len(caller.get(f'/v1/bundles/{fqid.uuid}').json()['bundle']['files']) == 2
        assert caller.files(fqid) == everything


def test_without_a_version_the_latest_live_one_is_meant(folder: BundleFolder,
                                                        two_versions: tuple[BundleFQID, BundleFQID]):
    old, new = two_versions

    def latest(caller: Caller) -> str:
        version: str = caller.get(f'/v1/bundles/{old.uuid}').json()['bundle']['version']
        return version

    with store(folder) as caller:
        assert latest(caller) == new.version
    folder.bury(new)
    with store(folder) as caller:
        assert latest(caller) == old.version
        assert caller.refusal(caller.get(f'/v1/bundles/{old.uuid}', version=new.version)) == (404, 'not_found')


def test_what_is_not_there_or_deleted_is_not_found(folder: BundleFolder, two_versions: tuple[BundleFQID, BundleFQID]):
    folder.bury(two_versions[0].uuid)
    other = folder.put()
    with store(folder) as caller:
        for response in [
            caller.get(f'/v1/bundles/{UNKNOWN}'),
            caller.get(f'/v1/bundles/{other.uuid}', version=LATER),
            caller.get('/v1/bundles/x'),
            *(caller.get(f'/v1/bundles/{fqid.uuid}', version=fqid.version) for fqid in two_versions)
        ]:
            assert caller.refusal(response) == (404, 'not_found')


def test_presigned_urls_lead_to_the_content(folder: BundleFolder):
    fqid = folder.put(metadata={'a.json': b'{}'}, manifest=[entry('a.json'), entry('b c#d.gz'), entry('missing.json')])
    with store(folder) as caller:
        metadata, reads, missing = caller.files(fqid, presignedurls='true')
        assert caller.get(metadata['url'] + '?').content == b'{}'
        assert len(caller.get(reads['url'] + '?').content) == 1000
        assert 'url' not in missing


def test_damaged_manifests_are_served_as_far_as_they_can_be(folder: BundleFolder):
    odd = [1, 'x', None, {}, {'name': 'a.json'}, {'name': 1, 'uuid': UNKNOWN}, entry('a.json')]
    fqid = folder.put(metadata={'a.json': {}}, manifest=odd)
    no_list = folder.put(manifest={'files': []})
    no_json = folder.put(manifest=b'[')
    with store(folder) as caller:
        assert caller.files(fqid)[:-1] == odd[:-1]
        for fqid in no_list, no_json:
            assert caller.refusal(caller.get(f'/v1/bundles/{fqid.uuid}')) == (500, 'unhandled_exception')
        # They do no harm to others.
        assert caller.refusal(caller.get(f'/v1/files/{UNKNOWN}')) == (404, 'not_found')


# Files

def test_a_file_is_described_by_headers(folder: BundleFolder):
    fqid = folder.put(metadata={'a.json': b'{}'})
    with store(folder) as caller:
        [file] = caller.files(fqid)
        for method, status in {'HEAD': 200, 'GET': 302}.items():
            response = caller.call(method, f'/v1/files/{file["uuid"]}', version=file['version'])
            assert response.status_code == status
            described = {name: value for name, value in response.headers.items() if name.startswith('X-DSS-')}
            assert described == {
                'X-DSS-CREATOR-UID': '8008',
                'X-DSS-VERSION': file['version'],
                'X-DSS-CONTENT-TYPE': file['content-type'],
                'X-DSS-SIZE': '2',
                'X-DSS-CRC32C': file['crc32c'],
                'X-DSS-S3-ETAG': file['s3_etag'],
                'X-DSS-SHA1': file['sha1'],
                'X-DSS-SHA256': file['sha256'],
            }


def test_a_file_is_found_without_its_bundle_having_been_asked_for(folder: BundleFolder):
    for _ in range(20):
        folder.put()
    file = entry('a.json')
    folder.put(metadata={'a.json': b'{"a": 1}'}, manifest=[file])
    with store(folder) as caller:
        assert caller.content(file['uuid'], version=VERSION) == b'{"a": 1}'


def test_without_a_version_the_latest_of_a_file_is_meant(folder: BundleFolder):
    old = entry('a.json')
    new = {**old, 'version': LATER}
    first = folder.put(metadata={'a.json': {'version': 'old'}}, manifest=[old])
    folder.put(metadata={'a.json': {'version': 'new'}}, manifest=[new])
    with store(folder) as caller:
        caller.files(first)
        assert caller.content(old['uuid']) == b'{"version": "new"}'
        assert caller.content(old['uuid'], version=VERSION) == b'{"version": "old"}'


def test_a_file_may_have_no_version(folder: BundleFolder):
    file = entry('a.json')
    del file['version']
    folder.put(metadata={'a.json': b'{}'}, manifest=[file])
    with store(folder) as caller:
        assert caller.content(file['uuid']) == b'{}'


def test_a_listed_metadata_file_that_is_not_there_is_not_found(folder: BundleFolder):
    missing = entry('missing.json')
    fqid = folder.put(metadata={'a.json': {}}, manifest=[entry('a.json'), missing])
    with store(folder) as caller:
        assert [file['sha256'] for file in caller.files(fqid)][1] == '0' * 64
        response = caller.get(f'/v1/files/{missing["uuid"]}', version=VERSION)
        assert caller.refusal(response) == (404, 'not_found')
        response = caller.get(f'/v1/files/{missing["uuid"]}')
        assert caller.refusal(response) == (404, 'not_found')


def test_files_of_one_uuid_and_version_but_different_content_are_told_apart(folder: BundleFolder):
    shared = entry('project_0.json')
    contents = [b'{"a": 1}', b'{"a": 2}', b'{"a": 1}', None]
    fqids = [folder.put(metadata={} if content is None else {'project_0.json': content}, manifest=[shared])
             for content in contents]
    with store(folder) as caller:
        uuids = []
        for fqid, content in zip(fqids, contents, strict=True):
            [file] = caller.files(fqid)
            uuids.append(file['uuid'])
            if content is None:
                assert caller.get(f'/v1/files/{file["uuid"]}', version=VERSION).status_code == 404
            else:
                assert caller.content(file['uuid'], version=VERSION) == content
        assert uuids[0] == uuids[2] == shared['uuid']
        assert len(set(uuids)) == 3


def test_a_data_file_keeps_its_uuid_when_metadata_has_the_same(folder: BundleFolder):
    reads = entry('reads.fastq.gz')
    metadata = entry('reads.json', uuid=reads['uuid'])
    fqid = folder.put(metadata={'reads.json': b'{}'}, manifest=[metadata, reads])
    with store(folder) as caller:
        renamed, kept = caller.files(fqid)
        assert kept['uuid'] == reads['uuid'] != renamed['uuid']
        assert len(caller.content(kept['uuid'], version=VERSION)) == 1000
        assert caller.content(renamed['uuid'], version=VERSION) == b'{}'


def test_data_files_have_the_right_size_and_always_the_same_content(folder: BundleFolder):
    sizes = [0, 1, 65535, 65536, 65537, 200_000]
    files = [entry(f'{size}.gz', size=size) for size in sizes]
    folder.put(metadata={}, manifest=[*files, entry('unknown.gz', size=None)])
    contents = []
    for _ in range(2):
        with store(folder) as caller:
            contents.append([caller.content(file['uuid'], version=VERSION) for file in files])
    assert contents[0] == contents[1]
    assert [len(content) for content in contents[0]] == sizes
    assert contents[0][-1][:1000] != contents[0][-2][:1000]


def test_large_data_files_are_not_made_before_they_are_asked_for(folder: BundleFolder):
    large = entry('large.bam', size=10**12)
    folder.put(metadata={}, manifest=[large])
    with store(folder) as caller:
        location = caller.get(f'/v1/files/{large["uuid"]}').headers['Location']
        with requests.Session() as session, session.get(location, stream=True, timeout=10) as response:
            assert response.headers['Content-Length'] == str(10**12)
            assert len(next(response.iter_content(1000))) == 1000


def test_the_disposition_of_a_file_arrives_with_its_content(folder: BundleFolder):
    file = entry('a.json')
    folder.put(metadata={'a.json': {}}, manifest=[file])
    with store(folder) as caller:
        response = caller.get(f'/v1/files/{file["uuid"]}', content_disposition='attachment; filename="a b.json"')
        content = caller.get(response.headers['Location'])
    assert content.headers['Content-Disposition'] == 'attachment; filename="a b.json"'


def test_content_is_of_the_folders_bundles_only(folder: BundleFolder):
    fqid = folder.put(metadata={'a.json': {}})
    (folder.path / 'secret').write_text('secret')
    with store(folder) as caller:
        for path in f'{fqid}/../../secret', f'{fqid}/%2e%2e/%2e%2e/secret', f'{fqid}/manifest.json', 'x/a.json':
            assert caller.get(f'/blob/{path}').status_code == 404


# Enumeration and search

def test_all_live_bundles_are_listed_in_order_page_by_page(folder: BundleFolder):
    fqids = [folder.put() for _ in range(8)]
    newer = folder.put(fqids[0].uuid, LATER)
    fqids.append(newer)
    folder.bury(fqids[1], fqids[2].uuid, UNKNOWN, BundleFQID(UNKNOWN, VERSION))
    live = sorted(set(fqids) - set(fqids[1:3]))
    with store(folder) as caller:
        for size in 1, 2, 3, 7, 8, 100:
            response, listed = caller.get('/v1/bundles/all', per_page=size), []
            while True:
                page = response.json()
                listed += [BundleFQID(**bundle) for bundle in page['bundles']]
                full = page['page_count'] == size
                assert page['page_count'] == len(page['bundles'])
                assert page['has_more'] is full
                assert response.status_code == (206 if full else 200)
                if not full:
                    break
                assert response.headers['Link'].endswith("; rel='next'")
                assert page['link'] == response.links['next']['url']
                response = caller.get(page['link'])
            assert listed == live
        assert list(DssClient.connect(f'{caller.url}/v1', 1).list_bundles()) == live


def test_a_prefix_restricts_the_listing(folder: BundleFolder):
    ones = [folder.put(f'{prefix}1111111-1111-4111-8111-111111111111') for prefix in '01ef']
    with store(folder) as caller:
        for fqid in ones:
            for prefix in fqid.uuid[:1], fqid.uuid:
                page = caller.get('/v1/bundles/all', prefix=prefix).json()
                assert page['bundles'] == [fqid._asdict()]
                assert page['search_prefix'] == f'bundles/{prefix}'
        assert caller.get('/v1/bundles/all', prefix='2').json()['bundles'] == []


def test_search_tells_live_bundles_from_deleted_ones(folder: BundleFolder):
    fqids = sorted((folder.put() for _ in range(5)), reverse=True)
    folder.bury(fqids[2], fqids[4].uuid)
    deleted = {'term': {'admin_deleted': True}}
    everything = [str(fqid) for fqid in fqids]
    with store(folder) as caller:
        for size in 1, 2, 5, 100:
            assert caller.search({}, per_page=size) == everything
            assert caller.search(deleted, per_page=size) == [everything[2], everything[4]]
            assert caller.search({'bool': {'must_not': [deleted]}}, per_page=size) == \
                   [everything[0], everything[1], everything[3]]
        assert caller.search({'prefix': {'uuid': fqids[1].uuid[:12]}}) == [everything[1]]
        response = caller.call('POST', '/v1/search', {'es_query': {}}, per_page=1)
        assert response.headers['Link'].endswith('; rel="next"')
        assert response.json()['es_query'] == {}


def test_the_raw_results_of_search_have_the_metadata(folder: BundleFolder):
    live = folder.put(metadata={'links.json': {'l': 1}, 'cell_line_0.json': {'c': 0}, 'cell_line_10.json': {'c': 10},
                                'bad_0.json': b'{'})
    dead = folder.put()
    folder.bury(dead)
    with store(folder) as caller:
        results = caller.call('POST', '/v1/search', {'es_query': {}}, output_format='raw').json()['results']
    documents = {result['bundle_fqid']: result['metadata'] for result in results}
    assert documents[str(live)]['files'] == {'links_json': [{'l': 1}], 'cell_line_json': [{'c': 0}, {'c': 10}]}
    assert documents[str(live)]['manifest']['version'] == live.version
    assert documents[str(dead)]['admin_deleted'] is True
    assert 'files' not in documents[str(dead)]


# Errors

@pytest.mark.parametrize(('method', 'path', 'parameters', 'body', 'refusal'), [
    ('GET', '/v1/bundles/all', {'replica': ''}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/all', {'replica': 'azure'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/all', {'per_page': '0'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/all', {'per_page': '501'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/all', {'per_page': 'x'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/all', {'search_after': 'x'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/FQID', {'start_at': '-1'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/bundles/FQID', {'directurls': 'true', 'presignedurls': 'true'}, None, (400, 'only_one_urltype')),
    ('GET', '/v1/bundles/FQID', {'directurls': 'true'}, None, (400, 'illegal_arguments')),
    ('GET', '/v1/files/FILE', {'token': 'x'}, None, (400, 'illegal_token')),
    ('GET', '/v1/files/FILE', {'directurl': 'true'}, None, (400, 'illegal_arguments')),
    ('GET', f'/v1/files/{UNKNOWN}', {}, None, (404, 'not_found')),
    ('GET', '/v1/nothing', {}, None, (404, 'not_found')),
    ('POST', '/v1/bundles/all', {}, {}, (405, 'method_not_allowed')),
    ('POST', '/v1/search', {}, [], (400, 'illegal_arguments')),
    ('POST', '/v1/search', {}, {}, (400, 'elasticsearch_bad_request')),
    ('POST', '/v1/search', {}, {'es_query': {'query': 'x'}}, (400, 'elasticsearch_bad_request')),
    ('POST', '/v1/search', {'search_after': 'x'}, {'es_query': {}}, (400, 'illegal_arguments')),
    ('POST', '/v1/search', {'output_format': 'x'}, {'es_query': {}}, (400, 'illegal_arguments')),
    ('DELETE', f'/v1/bundles/{UNKNOWN}', {}, None, (404, 'not_found')),
    ('DELETE', '/v1/bundles/FQID', {'version': LATER}, None, (404, 'not_found')),
    ('POST', '/_knobs', {}, {'nothing': 1}, (400, 'illegal_arguments')),
    ('POST', '/_knobs', {}, {'redirects': -1}, (400, 'illegal_arguments')),
    ('POST', '/_knobs', {}, {'redirects': 'x'}, (400, 'illegal_arguments')),
    ('POST', '/_knobs', {}, {'redirects': 0.5}, (400, 'illegal_arguments')),
    ('POST', '/_bundles', {}, {'from': 'x', 'version': LATER}, (400, 'illegal_arguments')),
    ('POST', '/_bundles', {}, {'from': f'{UNKNOWN}.{VERSION}', 'version': LATER}, (404, 'not_found')),
    ('POST', '/_bundles', {}, {'from': f'{UNKNOWN}.{VERSION}', 'version': '2'}, (400, 'illegal_arguments')),
    ('POST', '/_notify', {}, {'uuid': UNKNOWN, 'version': VERSION}, (400, 'illegal_arguments')),
    ('POST', '/_notify', {}, {'uuid': 'x', 'version': VERSION, 'kind': 'add'}, (400, 'illegal_arguments')),
    ('POST', '/_notify', {}, {'uuid': UNKNOWN, 'kind': 'add'}, (400, 'illegal_arguments')),
])
def test_bad_requests_are_refused(folder: BundleFolder,
                                  method: str,
                                  path: str,
                                  parameters: dict[str, str],
                                  body: Any,
                                  refusal: tuple[int, str]):
    file = entry('a.json')
    fqid = folder.put(metadata={'a.json': {}}, manifest=[file])
    with store(folder) as caller:
        path = path.replace('FQID', fqid.uuid).replace('FILE', file['uuid'])
        assert caller.refusal(caller.call(method, path, body, **parameters)) == refusal


# Misbehaviour on demand

def test_a_file_can_take_its_time(folder: BundleFolder):
    file = entry('a.json')
    folder.put(metadata={'a.json': b'{}'}, manifest=[file])
    with store(folder) as caller:
        caller.turn(redirects=2, retry_after=3)
        for _ in range(2):
            response = caller.get(f'/v1/files/{file["uuid"]}', version=VERSION)
            for _ in range(2):
                assert response.status_code == 301
                assert response.headers['Retry-After'] == '3'
                response = caller.get(response.headers['Location'])
            assert response.status_code == 302
            assert caller.get(response.headers['Location'] + '?').content == b'{}'


def test_the_store_can_be_unavailable_for_a_while(folder: BundleFolder):
    with store(folder) as caller:
        caller.turn(unavailable=2, retry_after=7)
        for _ in range(2):
            response = caller.get('/v1/bundles/all')
            assert caller.refusal(response) == (503, 'service_unavailable')
            assert response.headers['Retry-After'] == '7'
        assert caller.get('/v1/bundles/all').status_code == 200


def test_content_can_break_off(folder: BundleFolder):
    data = entry('data.gz', size=200_000)
    metadata = entry('a.json')
    folder.put(metadata={'a.json': b'{"a": 1}'}, manifest=[data, metadata])
    with store(folder) as caller:
        for file in data, metadata:
            whole = caller.content(file['uuid'], version=VERSION)
            caller.turn(truncated=1)
            # What it says about the length stands; our client library does not mind.
            assert caller.content(file['uuid'], version=VERSION) == whole[:len(whole) // 2]
            assert caller.content(file['uuid'], version=VERSION) == whole


def test_content_can_be_damaged(folder: BundleFolder):
    file = entry('a.json')
    folder.put(metadata={'a.json': b'{"a": 1}'}, manifest=[file])
    with store(folder) as caller:
        caller.turn(corrupted=1)
        damaged = caller.content(file['uuid'], version=VERSION)
        assert damaged != b'{"a": 1}'
        assert len(damaged) == 8
        assert caller.content(file['uuid'], version=VERSION) == b'{"a": 1}'


# The folder

def test_anything_else_in_the_folder_is_ignored(folder: BundleFolder):
    fqid = folder.put()
    for name in 'README.md', f'{uuid4()}', f'{uuid4()}.{VERSION}', 'x.dead':
        (folder.path / name).write_text('')
    (folder.path / f'{uuid4()}.{VERSION}').mkdir()
    (folder.path / 'x.y').mkdir()
    with store(folder) as caller:
        assert caller.search({}) == [str(fqid)]


def test_a_folder_may_be_empty(folder: BundleFolder):
    with store(folder) as caller:
        page = caller.get('/v1/bundles/all')
        assert (page.status_code, page.json()['bundles'], page.json()['has_more']) == (200, [], False)
        assert caller.search({}) == []


def test_a_folder_is_only_read(folder: BundleFolder):
    fqid = folder.put()
    paths = [folder.path, *folder.path.rglob('*')]
    before = {path: path.stat().st_mtime_ns for path in paths}
    with store(folder) as caller:
        caller.files(fqid)
        caller.call('POST', '/_bundles', {'from': str(fqid), 'version': LATER})
        assert caller.call('DELETE', f'/v1/bundles/{fqid.uuid}').status_code == 200
    assert {path: path.stat().st_mtime_ns for path in [folder.path, *folder.path.rglob('*')]} == before


def test_many_bundles_are_listed_at_once(folder: BundleFolder):
    for number in range(2000):
        home = folder.path / f'{number:08}-1111-4111-8111-111111111111.{VERSION}'
        home.mkdir()
        # That it cannot be parsed shows that nobody tries to.
        (home / 'manifest.json').write_text('[')
    with store(folder) as caller:
        assert len(list(DssClient.connect(f'{caller.url}/v1', 1).list_bundles())) == 2000


def test_a_store_is_a_process_that_ends_in_order(folder: BundleFolder, tmp_path_factory: pytest.TempPathFactory):
    fqid = folder.put()
    with start_store(folder.path, free_port(), tmp_path_factory.mktemp('run')) as child:
        caller = Caller(child.wait().url)
        assert caller.search({}) == [str(fqid)]
        child.stop()
        assert child._process.returncode == 0
        with pytest.raises(requests.ConnectionError):
            caller.get('/v1/bundles/all')


def test_a_folder_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path):
    for path in tmp_path / 'nothing', tmp_path / 'file':
        (tmp_path / 'file').touch()
        with pytest.raises(ConfigurationError, match=str(path)):
            start_store(path, free_port(), tmp_path)
        with pytest.raises(ConfigurationError, match=str(path)), serving(path):
            pass
