import hashlib
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from azul.dss import client
from azul.dss.client import DssClient
from azul.dss.http import Http
from azul.errors import BundleError, BundleNotFound, StoreError
from azul.index.bundle import BundleFQID, ManifestEntry
from fixtures.scripted import Answer, Scripted, SteppingClock

FQID = BundleFQID('b0850e79-5544-49fe-b54d-e29b9fc3f61f', '2018-03-29T090340.934358Z')
STORE = 'https://dss.example.org/v1'
STORAGE = 'https://storage.example.org/'


def entry(number: int, content: bytes = b'{}', **changes: Any) -> dict[str, Any]:
    return {'name': f'thing_{number}.json', 'uuid': f'00000000-0000-4000-8000-{number:012}', 'version': '1',
            'indexed': True, 'content-type': 'application/json; dcp-type="metadata/thing"', 'size': len(content),
            'sha256': hashlib.sha256(content).hexdigest(), 'sha1': None, 's3-etag': '', **changes}


class Store:
    """What a test puts there; every file has to be checked out first, and is then found in a storage of its own."""

    def __init__(self, *entries: Any, **files: bytes) -> None:
        """
        :param files: content by the name of the entry without its suffix; those that are not given are `{}`
        """
        self.entries, self.files = entries, files
        self.missing: set[int] = set()
        self.trouble: Answer | Exception | None = None
        self.version = FQID.version
        self.script, self.clock = Scripted(self._answer), SteppingClock()

    def client(self, workers: int = 4) -> DssClient:
        return DssClient(Http(self.script.session(), STORE, self.clock.sleep, self.clock), workers)

    def fault(self) -> BundleError:
        """The error that the bundle is refused with, after it is clear that it names the bundle."""
        with pytest.raises(BundleError) as caught:
            self.client().bundle(FQID)
        assert caught.value.bundle == str(FQID)
        return caught.value

    def downloads(self) -> int:
        return sum(url is not None and url.startswith(STORAGE) for url in self.script.urls)

    def _answer(self, request: requests.PreparedRequest) -> Answer | Exception:
        assert request.url is not None
        url = urlsplit(request.url)
        if request.url.startswith(STORAGE):
            content = self.files.get(url.path.strip('/').removesuffix('.json'), b'{}')
            return Answer(200, content, {'Content-Length': str(len(content)), 'Content-Type': 'binary/octet-stream'})
        query, (_, version, kind, uuid) = parse_qs(url.query), url.path.split('/')
        assert version == 'v1'
        assert query['replica'] == ['aws']
        if kind == 'bundles':
            if uuid != FQID.uuid or query.get('version', [self.version]) not in ([FQID.version], [self.version]):
                return Answer(404, {'code': 'not_found', 'title': 'Cannot find bundle!'})
            return self._page(int(query.get('start_at', ['0'])[0]))
        assert kind == 'files'
        if self.trouble is not None:
            time.sleep(0.002)  # as a network would, which gives other threads their turn
            return self.trouble
        number = int(uuid[-12:])
        if number in self.missing:
            return Answer(404, {'code': 'not_found', 'title': 'Cannot find file!'})
        if 'token' not in query:
            return Answer.wait(1, Location=f'{request.url}&token=x')
        return Answer(302, headers={'Location': f'{STORAGE}thing_{number}.json'})

    def _page(self, start: int, size: int = 3) -> Answer:
        body = {'bundle': {'uuid': FQID.uuid, 'version': self.version, 'files': self.entries[start:start + size]}}
        if start + size < len(self.entries):
            link = f'<{STORE}/bundles/{FQID.uuid}?replica=aws&version={self.version}&start_at={start + size}>'
            return Answer(206, body, {'Link': f"{link}; rel='next'"})
        return Answer(200, body)


def test_a_bundle_is_its_whole_manifest_and_the_content_of_its_metadata_files() -> None:
    data = entry(99, indexed=False, name='reads.fastq.gz', size=10 ** 12)
    entries = [entry(0), data, *(entry(number, b'{"n": %d}' % number) for number in range(1, 8))]
    store = Store(*entries, **{f'thing_{number}': b'{"n": %d}' % number for number in range(1, 8)})
    bundle = store.client().bundle(FQID)
    assert bundle.fqid == FQID
    assert bundle.manifest == tuple(map(ManifestEntry.from_json, entries))
    assert bundle.metadata == {'thing_0.json': {}, **{f'thing_{n}.json': {'n': n} for n in range(1, 8)}}
    assert list(bundle.data_files) == ['reads.fastq.gz']
    assert store.downloads() == 8


def test_a_bundle_may_have_no_metadata_at_all() -> None:
    assert Store().client().bundle(FQID).metadata == {}


def test_a_bundle_that_the_store_does_not_have_may_come_yet() -> None:
    with pytest.raises(BundleNotFound, match=f'{FQID.uuid}.2000 not found'):
        Store().client().bundle(FQID._replace(version='2000'))


def test_another_version_than_the_requested_one_is_refused() -> None:
    store = Store()
    store.version = '2019-03-29T090340.934358Z'
    assert '2019' in store.fault().fault


def test_files_that_the_store_lacks_are_counted_and_the_first_one_is_named() -> None:
    store = Store(*map(entry, range(10)))
    store.missing = {3, 4, 8}
    error = store.fault()
    assert error.file == 'thing_3.json'
    assert error.fault.startswith('the data store lacks 3 indexed files')


def test_a_data_file_that_the_store_lacks_does_not_matter() -> None:
    store = Store(entry(0), entry(1, indexed=False))
    store.missing = {1}
    assert list(store.client().bundle(FQID).metadata) == ['thing_0.json']


@pytest.mark.parametrize(('content', 'given'), [
    (b'{"a": 1}', {'sha256': hashlib.sha256(b'{"a": 2}').hexdigest()}),
    (b'{"a": 1', {'sha256': hashlib.sha256(b'{"a": 1}').hexdigest()}),
    (b'{"a": 1}', {'size': 9, 'sha256': None}),
    (b'{"a": 1', {'size': 8, 'sha256': ''}),
])
def test_content_that_does_not_fit_the_manifest_was_damaged_on_its_way(content: bytes, given: dict[str, Any]) -> None:
    store = Store(entry(0, content, **given), thing_0=content)
    with pytest.raises(StoreError, match=r'thing_0\.json'):
        store.client().bundle(FQID)


def test_what_the_manifest_does_not_give_is_not_compared() -> None:
    for nothing in ('', None):
        changes = dict.fromkeys(['sha256', 'size', 'content-type', 'version'], nothing)
        store = Store(entry(0, **changes), thing_0=b'{"a": 1}')
        assert store.client().bundle(FQID).metadata == {'thing_0.json': {'a': 1}}


def test_a_checksum_may_be_written_in_capitals() -> None:
    Store(entry(0, sha256=hashlib.sha256(b'{}').hexdigest().upper())).client().bundle(FQID)


@pytest.mark.parametrize('content', [b'', b'{', b'{"a": NaN}', b'\xff', b'{"a": "\\ud800"}', b'[' * 100_000])
def test_a_file_that_is_not_json_is_refused(content: bytes) -> None:
    error = Store(entry(0), entry(1, content), thing_1=content).fault()
    assert error.file == 'thing_1.json'
    assert error.fault.startswith('not JSON')


@pytest.mark.parametrize('content', [b'[]', b'null', b'"{}"', b'1'])
def test_a_file_that_is_no_object_is_refused(content: bytes) -> None:
    error = Store(entry(0), entry(1, content), thing_1=content).fault()
    assert (error.file, error.fault) == ('thing_1.json', 'metadata file is not a JSON object')


def test_a_file_of_another_content_type_is_refused_without_a_download() -> None:
    store = Store(entry(0, **{'content-type': 'text/csv'}))
    error = store.fault()
    assert error.file == 'thing_0.json'
    assert 'text/csv' in error.fault
    assert store.downloads() == 0


def test_two_files_of_one_name_are_refused() -> None:
    error = Store(entry(0), entry(1, name='thing_0.json')).fault()
    assert (error.file, error.fault) == ('thing_0.json', 'two files of this name')


def test_a_file_that_the_manifest_says_is_too_large_is_refused_without_a_download() -> None:
    store = Store(entry(0, size=100 * 1024 * 1024))
    assert 'too large' in store.fault().fault
    assert store.downloads() == 0


def test_a_file_that_turns_out_to_be_too_large_is_refused() -> None:
    content = bytes(client.MAX_METADATA_FILE + 1)
    error = Store(entry(0, size=None, sha256=None), thing_0=content).fault()
    assert error.file == 'thing_0.json'
    assert 'too large' in error.fault


@pytest.mark.parametrize('odd', [
    None, 1, 'file', [], {}, {'name': 'x'}, entry(0, name=''), entry(0, name=1), entry(0, uuid='../bundles'),
    entry(0, uuid=None), entry(0, size=-1), entry(0, size='1'), entry(0, size=True), entry(0, sha256=1),
    entry(0, version=1), entry(0, **{'content-type': []})
])
def test_a_manifest_that_makes_no_sense_is_refused(odd: object) -> None:
    store = Store(entry(1), odd)
    assert store.fault().file
    assert store.downloads() == 0


@pytest.mark.parametrize('trouble', [Answer(500), Answer(403), Answer(400), requests.ConnectionError()])
def test_trouble_with_one_of_many_files_ends_the_fetching_of_all(trouble: Answer | Exception) -> None:
    store = Store(*map(entry, range(500)))
    store.trouble = trouble
    with pytest.raises(StoreError):
        store.client(workers=2).bundle(FQID)
    assert len(store.script.requests) < 250


@pytest.mark.parametrize('body', [None, [], {}, {'bundle': None}, {'bundle': {'version': FQID.version}}])
def test_a_manifest_of_another_shape_is_a_damaged_one(body: Any) -> None:
    http = Http(Scripted.by(Answer(body=body)).session(), STORE)
    with pytest.raises((StoreError, BundleError)) as caught:
        DssClient(http, 1).bundle(FQID)
    assert isinstance(caught.value, StoreError)


def listing(*answers: Answer) -> tuple[DssClient, Scripted]:
    script = Scripted.by(*answers)
    return DssClient(Http(script.session(), STORE), 1), script


def bundles(*fqids: tuple[str, str]) -> dict[str, Any]:
    return {'bundles': [{'uuid': uuid, 'version': version} for uuid, version in fqids]}


def test_bundles_are_listed_page_by_page() -> None:
    more = Answer(206, bundles(('a', '1'), ('a', '2')), {'Link': "<?search_after=bundles/a.2>; rel='next'"})
    store, script = listing(more, Answer(200, bundles(('b', '1'))))
    found = store.list_bundles('a')
    assert len(script.requests) == 0
    assert list(found) == [('a', '1'), ('a', '2'), ('b', '1')]
    assert parse_qs(urlsplit(str(script.urls[0])).query) == {'replica': ['aws'], 'prefix': ['a'], 'per_page': ['500']}


def results(*fqids: object) -> dict[str, Any]:
    return {'results': [{'bundle_fqid': fqid} for fqid in fqids]}


def test_each_page_of_what_is_found_is_asked_for_by_the_same_query() -> None:
    other = BundleFQID(FQID.uuid, '2')
    more = Answer(206, results(str(FQID)), {'Link': f'<{STORE}/search?search_after=u,v>; rel="next"'})
    store, script = listing(more, Answer.wait(1, 503), Answer(200, results(str(other))))
    store = DssClient(Http(script.session(), STORE, lambda seconds: None), 1)
    query = {'query': {'term': {'uuid': 'x'}}}
    assert list(store.search(query)) == [FQID, other]
    assert [request.method for request in script.requests] == ['POST'] * 3
    assert [json.loads(request.body or '') for request in script.requests] == [{'es_query': query}] * 3
    assert parse_qs(urlsplit(str(script.urls[0])).query) == {'replica': ['aws'], 'per_page': ['500'],
                                                             'output_format': ['summary']}
    assert script.urls[1:] == [f'{STORE}/search?search_after=u,v'] * 2


@pytest.mark.parametrize('body', [{}, {'results': {}}, {'results': [None]}, results(None), results('x'), results('a.1'),
                                  results(FQID.uuid), results(f'{FQID.uuid}.')])
def test_what_is_no_result_is_a_damaged_answer(body: Any) -> None:
    store, _ = listing(Answer(200, body))
    with pytest.raises(StoreError, match='damaged answer'):
        list(store.search({'query': {}}))


def test_a_query_that_the_store_does_not_understand_is_an_error_that_says_so() -> None:
    store, _ = listing(Answer(400, {'code': 'elasticsearch_bad_request', 'title': 'What is a qwery?'}))
    with pytest.raises(StoreError, match=r'status 400.*What is a qwery'):
        list(store.search({'qwery': {}}))


def test_the_versions_of_a_bundle_are_only_its_own_and_ascending() -> None:
    store, _ = listing(Answer(200, bundles(('a', '2'), ('a', '1'), ('ab', '3'))))
    assert store.versions('a') == ['1', '2']


def test_subscriptions_are_made_listed_and_deleted() -> None:
    existing = [{'uuid': 's', 'callback_url': 'https://indexer.example.org/'}]
    store, script = listing(Answer(201, {'uuid': 's'}), Answer(200, {'subscriptions': existing}), Answer(200, {}))
    assert store.subscribe('https://indexer.example.org/', {'query': {}}, 'K', 'secret') == 's'
    assert store.subscriptions() == existing
    store.unsubscribe('s')
    assert [request.method for request in script.requests] == ['PUT', 'GET', 'DELETE']
    # The data store's own default is the other type.
    assert all('subscription_type=elasticsearch' in str(url) for url in script.urls[1:])
    assert 'secret' not in str(script.urls)


def test_what_bundles_have_in_common_is_fetched_once_unless_it_is_large_or_has_no_version() -> None:
    large = b'{"x": "' + b'x' * client.MAX_REMEMBERED_FILE + b'"}'
    store = Store(entry(0), entry(1), entry(2, large), entry(3, version=''), thing_2=large)
    fetching = store.client()
    for _ in range(3):
        assert len(fetching.bundle(FQID).metadata) == 4
    assert store.downloads() == 2 + 3 * 2


def test_what_was_damaged_is_fetched_again() -> None:
    store = Store(entry(0, b'{"whole": true}'), thing_0=b'{"whole":')
    fetching = store.client()
    with pytest.raises(StoreError, match=r'file thing_0\.json: 9 bytes instead of the 15'):
        fetching.bundle(FQID)
    store.files['thing_0'] = b'{"whole": true}'
    assert fetching.bundle(FQID).metadata == {'thing_0.json': {'whole': True}}


def test_another_content_under_the_same_name_is_another_file() -> None:
    store = Store(entry(0), thing_0=b'{}')
    fetching = store.client()
    assert fetching.bundle(FQID).metadata == {'thing_0.json': {}}
    store.entries, store.files = (entry(0, b'{"n": 1}', version='2'),), {'thing_0': b'{"n": 1}'}
    assert fetching.bundle(FQID).metadata == {'thing_0.json': {'n': 1}}
