"""The client of the data store and its stand-in, over HTTP."""
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from azul.dss import client
from azul.dss.client import DssClient
from azul.dss.http import Http
from azul.errors import BundleError, BundleNotFound, StoreError
from azul.index.bundle import BundleFQID
from azul.local.expectation import read_expectation
from azul.local.store.server import serving
from fixtures.bundle_folder import LATER, VERSION, BundleFolder, entry


def fqid(number: int, version: str = VERSION) -> BundleFQID:
    """
    :param number: the first digits of the uuid
    """
    return BundleFQID(f'{number:08x}-0000-4000-8000-000000000000', version)


def put(folder: Path, bundle: BundleFQID, files: Mapping[str, Any], manifest: list[Any] | None = None) -> BundleFQID:
    return BundleFolder(folder).put(*bundle, metadata=files, manifest=manifest)


PLATE = fqid(1)
FILES = {f'thing_{number}.json': {'number': number} for number in range(25)}


class Setting:
    """A store over a folder, the client of it, and the knobs of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = DssClient.connect(f'{url}/v1', workers=4)
        self.slept: list[float] = []

    def impatient(self) -> DssClient:
        """A client for which time passes quickly."""
        session = requests.Session()
        session.trust_env = False
        return DssClient(Http(session, f'{self.url}/v1', self.slept.append, lambda: sum(self.slept)), workers=4)

    def turn(self, **knobs: float) -> None:
        self.control('_knobs', knobs)

    def control(self, path: str, body: Any) -> Any:
        response = requests.post(f'{self.url}/{path}', json=body, timeout=10)
        response.raise_for_status()
        return response.json()

    def delete(self, bundle: BundleFQID) -> None:
        parameters = {'replica': 'aws', 'version': bundle.version}
        requests.delete(f'{self.url}/v1/bundles/{bundle.uuid}', params=parameters, timeout=10).raise_for_status()

    def rejection(self, bundle: BundleFQID) -> BundleError:
        with pytest.raises(BundleError) as caught:
            self.client.bundle(bundle)
        assert caught.value.bundle == str(bundle)
        return caught.value


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Callable[[], Setting]]:
    """Serves the test's folder as it is when this is called."""
    with ExitStack() as stack:
        yield lambda: Setting(stack.enter_context(serving(tmp_path)))


@pytest.fixture
def plate(tmp_path: Path, store: Callable[[], Setting]) -> Setting:
    manifest = [*map(entry, FILES), entry('reads.fastq.gz', size=10 ** 12, sha256='0' * 64)]
    put(tmp_path, PLATE, FILES, manifest)
    return store()


def test_a_bundle_is_fetched_whole(plate: Setting) -> None:
    bundle = plate.client.bundle(PLATE)
    assert bundle.metadata == FILES
    assert [entry.name for entry in bundle.manifest] == [*FILES, 'reads.fastq.gz']
    assert bundle.data_files['reads.fastq.gz'].size == 10 ** 12


def test_manifests_and_lists_come_in_pages_of_any_size(plate: Setting, tmp_path: Path) -> None:
    for size in (1, 2, 13, 26, 27):
        plate.turn(per_page=size)
        assert plate.client.bundle(PLATE).metadata == FILES
        assert list(plate.client.list_bundles()) == [PLATE]


def test_a_checkout_is_waited_for(plate: Setting) -> None:
    plate.turn(redirects=2, retry_after=3)
    assert plate.impatient().bundle(PLATE).metadata == FILES
    assert plate.slept == [3] * 2 * len(FILES)


def test_a_checkout_that_takes_too_long_is_for_the_queue_to_wait_for(plate: Setting) -> None:
    plate.turn(redirects=1000, retry_after=10)
    with pytest.raises(StoreError, match='status 301'):
        plate.impatient().bundle(PLATE)


def test_a_store_that_is_unavailable_for_a_moment_is_asked_again(plate: Setting) -> None:
    plate.turn(unavailable=3, retry_after=1)
    assert plate.impatient().bundle(PLATE).metadata == FILES
    assert plate.slept == [1, 1, 1]


def test_a_store_that_stays_unavailable_is_a_transient_error(plate: Setting) -> None:
    plate.turn(unavailable=10_000)
    with pytest.raises(StoreError, match='status 503') as caught:
        plate.impatient().bundle(PLATE)
    assert not isinstance(caught.value, BundleNotFound)


@pytest.mark.parametrize('knob', ['truncated', 'corrupted'])
def test_a_damaged_file_is_a_transient_error_and_the_next_attempt_succeeds(plate: Setting, knob: str) -> None:
    plate.turn(**{knob: 1})
    with pytest.raises(StoreError, match=r'thing_\d+\.json'):
        plate.client.bundle(PLATE)
    assert plate.client.bundle(PLATE).metadata == FILES


def test_a_store_that_is_not_there_is_a_transient_error(tmp_path: Path) -> None:
    put(tmp_path, PLATE, FILES)
    with serving(tmp_path) as url:
        client = DssClient.connect(f'{url}/v1', workers=1)
    with pytest.raises(StoreError, match='ConnectionError'):
        client.bundle(PLATE)


def test_a_bundle_that_is_not_there_is_not_found(plate: Setting) -> None:
    for missing in (fqid(2), PLATE._replace(version=LATER)):
        with pytest.raises(BundleNotFound):
            plate.client.bundle(missing)


def test_files_that_the_manifest_lists_and_the_store_lacks_reject_the_bundle(
        tmp_path: Path, store: Callable[[], Setting]) -> None:
    put(tmp_path, PLATE, {'a.json': {}, 'd.json': {}}, [entry(f'{name}.json') for name in 'abcd'])
    error = store().rejection(PLATE)
    assert error.file == 'b.json'
    assert '2 indexed files' in error.fault


@pytest.mark.parametrize('content', [b'{"a": ', b'', b'[1]', b'null', b'\xff\xfe'])
def test_content_that_is_no_json_object_rejects_the_bundle(
        tmp_path: Path, store: Callable[[], Setting], content: bytes) -> None:
    put(tmp_path, PLATE, {'good.json': {}, 'odd.json': content})
    assert store().rejection(PLATE).file == 'odd.json'


def test_a_file_that_is_too_large_rejects_the_bundle(tmp_path: Path, store: Callable[[], Setting]) -> None:
    put(tmp_path, PLATE, {'huge.json': b' ' * (client.MAX_METADATA_FILE + 1)})
    error = store().rejection(PLATE)
    assert error.file == 'huge.json'
    assert 'too large' in error.fault


@pytest.mark.parametrize('odd', [entry('a.json'), {}, None, entry('b.json', uuid='none'), entry('c.gz', size='big')])
def test_a_manifest_that_makes_no_sense_rejects_the_bundle(
        tmp_path: Path, store: Callable[[], Setting], odd: Any) -> None:
    put(tmp_path, PLATE, {'a.json': {}}, [entry('a.json'), odd])
    store().rejection(PLATE)


def test_metadata_that_the_manifest_does_not_list_is_served_all_the_same(
        tmp_path: Path, store: Callable[[], Setting]) -> None:
    put(tmp_path, PLATE, {'a.json': {'a': 1}, 'b.json': {'b': 2}}, [entry('reads.fastq.gz', size=1)])
    bundle = store().client.bundle(PLATE)
    assert bundle.metadata == {'a.json': {'a': 1}, 'b.json': {'b': 2}}
    added = [entry for entry in bundle.manifest if entry.indexed]
    assert {(entry.version, entry.content_type) for entry in added} == {(VERSION, 'application/json')}
    assert len({entry.uuid for entry in added}) == 2


def test_files_that_share_an_id_are_told_apart(tmp_path: Path, store: Callable[[], Setting]) -> None:
    shared = {'uuid': '11111111-1111-4111-8111-111111111111'}
    for number in (1, 2):
        put(tmp_path, fqid(number), {name: {'bundle': number, 'name': name} for name in ('a.json', 'b.json')},
            [entry(name, size=1, **shared) for name in ('a.json', 'data.gz', 'b.json')])
    setting = store()
    for number in (1, 2, 1):
        bundle = setting.client.bundle(fqid(number))
        assert bundle.metadata == {name: {'bundle': number, 'name': name} for name in ('a.json', 'b.json')}
        assert bundle.data_files['data.gz'].uuid == shared['uuid']


def test_bundles_are_listed_in_order_by_prefix_and_without_the_deleted_ones(
        tmp_path: Path, store: Callable[[], Setting]) -> None:
    listed = [put(tmp_path, fqid(0xa0 << 24 | number, version), {}) for number in range(30)
              for version in (VERSION, LATER)]
    other = put(tmp_path, fqid(0xb0 << 24), {})
    BundleFolder(tmp_path).bury(listed[0], listed[4].uuid)
    setting = store()
    live = [*listed[1:4], *listed[6:]]
    setting.turn(per_page=19)
    assert list(setting.client.list_bundles()) == [*live, other]
    assert list(setting.client.list_bundles('a')) == live
    assert list(setting.client.list_bundles(other.uuid)) == [other]
    assert list(setting.client.list_bundles('c')) == []
    for deleted in (listed[0], listed[4]):
        with pytest.raises(BundleNotFound):
            setting.client.bundle(deleted)


def test_versions_come_and_go(plate: Setting) -> None:
    later = PLATE._replace(version=LATER)
    plate.control('_bundles', {'from': str(PLATE), 'version': LATER})
    assert plate.client.versions(PLATE.uuid) == [VERSION, LATER]
    assert plate.client.bundle(later).metadata == plate.client.bundle(PLATE).metadata
    plate.delete(later)
    assert plate.client.versions(PLATE.uuid) == [VERSION]
    with pytest.raises(BundleNotFound):
        plate.client.bundle(later)
    plate.delete(PLATE)
    assert plate.client.versions(PLATE.uuid) == []


def test_subscriptions_are_kept_without_giving_away_their_keys(plate: Setting) -> None:
    store, query = plate.client, {'query': {'match_all': {}}}
    assert store.subscriptions() == []
    uuid = store.subscribe('http://localhost/', query, 'K', 'secret')
    [subscription] = store.subscriptions()
    assert subscription['uuid'] == uuid
    assert (subscription['callback_url'], subscription['es_query']) == ('http://localhost/', query)
    assert subscription['hmac_key_id'] == 'K'
    assert 'secret' not in str(subscription)
    store.unsubscribe(uuid)
    assert store.subscriptions() == []


def test_a_subscription_that_makes_no_sense_is_an_error_that_says_why(plate: Setting) -> None:
    with pytest.raises(StoreError, match=r'status 400.*callback_url'):
        plate.client.subscribe('', {'query': {}}, 'K', 'secret')


def test_reference_bundles_are_fetched_whole_but_for_those_that_lack_files(reference_bundles: Path) -> None:
    expected = read_expectation(reference_bundles)
    faults = {}
    with serving(reference_bundles) as url:
        store = DssClient.connect(f'{url}/v1', workers=8)
        listed = list(store.list_bundles())
        assert sorted(expected) == listed
        for bundle in listed:
            try:
                fetched = store.bundle(bundle)
            except BundleError as error:
                faults[error.bundle] = error.file, error.fault
            else:
                folder = reference_bundles / str(bundle) / 'metadata'
                assert set(fetched.metadata) == {path.name for path in folder.iterdir()}
    missing = 'the data store lacks {} indexed files of the manifest, this one first'
    assert faults == {
        '94f609f6-de21-471e-9579-4b3ad2db039f.2019-07-23T052827.824414Z': ('analysis_file_0.json', missing.format(217)),
        '1307154a-0396-4f2c-a1bf-4a2bf593b1a0.2019-10-03T105524.914465Z': ('analysis_file_0.json', missing.format(281))
    }
