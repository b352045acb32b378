"""Files, from the service's routes to their bytes: over HTTP, with the stand-in of the data store."""
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from azul.config import Config
from azul.local.ports import HOST, free_port
from azul.local.store.server import serving
from azul.service.files.store import FileStore
from azul.service.files.store import connect as connect_store
from fixtures.bundle_folder import LATER, VERSION, BundleFolder
from fixtures.bundle_folder import entry as manifest_entry
from fixtures.described import Described
from fixtures.lambdas import listening, loaded
from fixtures.shelf import Shelf, aggregate
from fixtures.toys import new_uuid

BEAR = '11111111-0000-4000-8000-000000000000'
SECRET = '22222222-0000-4000-8000-000000000000'
MIXED = '33333333-0000-4000-8000-000000000000'
"""The earlier version of it is for everybody, the later one is not."""
UNINDEXED = '44444444-0000-4000-8000-000000000000'
OTHER = '55555555-0000-4000-8000-000000000000'
PLAIN = '66666666-0000-4000-8000-000000000000'
"""Its version is not a time, and the index does not know its size."""

SIZES = {(BEAR, VERSION): 70_000, (SECRET, VERSION): 30, (MIXED, VERSION): 41, (MIXED, LATER): 42,
         (UNINDEXED, VERSION): 50, (PLAIN, '1'): 60}
SHA256 = 'ab' * 32

FORMS = ('/dss/files', '/fetch/dss/files')

DRS, DOS = '/ga4gh/drs/v1', '/ga4gh/dos/v1'


class Site(NamedTuple):
    url: str
    store: str

    def get(self, path: str, method: str = 'GET', **options: Any) -> requests.Response:
        response = requests.request(method, self.url + path, timeout=60, **{'allow_redirects': False, **options})
        if response.url.startswith(self.url):
            assert response.headers['Access-Control-Allow-Origin'] == '*', 'every answer, whatever it is'
        return response

    def turn(self, **knobs: float) -> None:
        requests.post(f'{self.store}/_knobs', json=knobs, timeout=10).raise_for_status()


@pytest.fixture(scope='module')
def shelf(engine: str) -> Iterator[Shelf]:
    shelf = Shelf(engine)
    shelf.create()
    for (uuid, version), size in SIZES.items():
        if uuid != UNINDEXED:
            maker = 'Toymaker' if (uuid, version) in ((SECRET, VERSION), (MIXED, LATER)) else 'Carver'
            picture = {'uuid': uuid, 'version': version, 'name': f'ä "{maker}".png', 'format': 'png',
                       'size': None if uuid == PLAIN else size}
            shelf.put(aggregate('pictures', new_uuid(), pictures=[picture], boxes=[{'maker': [maker]}]))
    shelf.put(aggregate('pictures', new_uuid(), live=False, pictures=[{'uuid': OTHER, 'version': '1', 'name': 'x'}]))
    yield shelf
    shelf.close()


@pytest.fixture(scope='module')
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = BundleFolder(tmp_path_factory.mktemp('bundles'))
    for (uuid, version), size in SIZES.items():
        folder.put(metadata={}, manifest=[manifest_entry(f'{uuid}.png', uuid=uuid, version=version, size=size,
                                                         sha256=SHA256)])
    with serving(folder.path) as url:
        yield url


@pytest.fixture(scope='module')
def settings(shelf: Shelf, engine: str, store: str) -> Config:
    nowhere = f'http://{HOST}:{free_port()}'
    return Config(stage='test', project='toy', index_prefix=shelf.naming.index_prefix, es_endpoint=engine,
                  dss_endpoint=f'{store}/v1', sqs_endpoint=nowhere, aws_endpoint=nowhere, git_commit='0123abc')


@pytest.fixture(scope='module')
def running(settings: Config, store: str) -> Iterator[Site]:
    with listening(loaded(settings)) as url:
        yield Site(url, store)


@pytest.fixture
def site(running: Site) -> Site:
    running.turn(redirects=0, retry_after=1, unavailable=0)
    return running


def content(site: Site, uuid: str, version: str) -> bytes:
    """As the data store has it."""
    response = requests.get(f'{site.store}/v1/files/{uuid}', params={'replica': 'aws', 'version': version}, timeout=30)
    assert response.status_code == 200
    assert len(response.content) == SIZES[uuid, version]
    return response.content


def query(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


class TestProxy:

    def test_who_follows_redirects_has_the_file_in_the_end(self, site: Site):
        for redirects in 0, 1, 5:
            site.turn(redirects=redirects)
            for path in f'/dss/files/{BEAR}', f'/dss/files/{BEAR}?version={VERSION}&replica=aws':
                response = site.get(path, allow_redirects=True)
                assert response.status_code == 200
                assert response.content == content(site, BEAR, VERSION)
                # All of them are ours but the last.
                assert len(response.history) == redirects + 1
                assert [each.status_code for each in response.history] == [301] * redirects + [302]

    @pytest.mark.skipif(shutil.which('curl') is None, reason='there is no curl')
    def test_so_has_curl(self, site: Site, tmp_path: Path):
        site.turn(redirects=2)
        file = tmp_path / 'file'
        subprocess.run(['curl', '--silent', '--fail', '--location', '--noproxy', '*', '--output', str(file),
                        f'{site.url}/dss/files/{BEAR}?wait=1'], check=True, timeout=60)
        assert file.read_bytes() == content(site, BEAR, VERSION)

    def test_redirects_say_how_long_to_wait_and_where_to_go(self, site: Site):
        site.turn(redirects=1, retry_after=10)
        response = site.get(f'/dss/files/{BEAR}?version={VERSION}&fileName=x y.png')
        assert response.status_code == 301
        assert response.headers['Retry-After'] == '1'
        assert response.headers['Cache-Control'] == 'no-store'
        assert response.content == b''
        location = response.headers['Location']
        assert location.startswith(f'{site.url}/dss/files/{BEAR}?')
        asked = query(location)
        assert json.loads(asked.pop('token'))
        assert asked == {'replica': 'aws', 'version': VERSION, 'fileName': 'x y.png', 'requestIndex': '2'}
        response = site.get(location.removeprefix(site.url))
        assert response.status_code == 302
        assert response.headers['Location'].startswith(f'{site.store}/blob/')
        assert 'Retry-After' not in response.headers

    def test_pauses_grow_to_what_the_data_store_wants(self, site: Site):
        site.turn(redirects=100, retry_after=4)
        path, pauses = f'/fetch/dss/files/{BEAR}', []
        for _ in range(9):
            told = site.get(path).json()
            pauses.append(told['Retry-After'])
            path = told['Location'].removeprefix(site.url)
        assert pauses == [1, 1, 1, 2, 2, 3, 4, 4, 4]

    def test_who_cannot_see_redirects_is_told_in_the_body(self, site: Site):
        site.turn(redirects=1)
        response = site.get(f'/fetch/dss/files/{BEAR}?version={VERSION}&replica=aws&fileName=a.png')
        assert (response.status_code, response.headers['Cache-Control']) == (200, 'no-store')
        told = response.json()
        assert told.keys() == {'Status', 'Retry-After', 'Location'}
        assert (told['Status'], told['Retry-After']) == (301, 1)
        assert told['Location'].startswith(f'{site.url}/fetch/dss/files/{BEAR}?')
        told = site.get(told['Location'].removeprefix(site.url)).json()
        assert told.keys() == {'Status', 'Location'}
        assert told['Status'] == 302
        response = requests.get(told['Location'], timeout=30)
        assert response.content == content(site, BEAR, VERSION)
        assert response.headers['Content-Disposition'] == 'attachment; filename="a.png"'

    def test_who_would_rather_wait_is_answered_when_it_is_there(self, site: Site):
        site.turn(redirects=2, retry_after=10)
        response = site.get(f'/dss/files/{BEAR}?wait=1')
        assert response.status_code == 302
        assert 2 <= response.elapsed.total_seconds() < 10

    def test_files_are_saved_under_the_name_that_is_wanted(self, site: Site):
        for name, header in (('', f'attachment; filename="{BEAR}"'), ('a;b.png', 'attachment; filename="a;b.png"'),
                             ('a"\r\nX-Evil: 1', 'attachment; filename="a___X-Evil: 1"'),
                             ('ä', "attachment; filename=\"a_\"; filename*=UTF-8''%C3%A4")):
            parameters = {'fileName': name} if name else {}
            response = site.get(f'/dss/files/{BEAR}', params=parameters, allow_redirects=True)
            assert response.headers['Content-Disposition'] == header
            assert 'X-Evil' not in response.headers

    def test_the_name_and_the_wish_to_wait_survive_all_redirects(self, site: Site):
        site.turn(redirects=3)
        response = site.get(f'/dss/files/{BEAR}?fileName=a%26b.png', allow_redirects=True)
        assert response.headers['Content-Disposition'] == 'attachment; filename="a&b.png"'

    def test_whatever_the_data_store_has_can_be_had(self, site: Site):
        """Also what is not in the index: clients have the uuids of metadata files, too."""
        assert site.get(f'/dss/files/{UNINDEXED}', allow_redirects=True).content == content(site, UNINDEXED, VERSION)
        assert site.get(f'/dss/files/{MIXED}', allow_redirects=True).content == content(site, MIXED, LATER)

    def test_heads_are_answered(self, site: Site):
        for form in FORMS:
            assert site.get(f'{form}/{BEAR}', 'HEAD').content == b''
        assert site.get(f'/dss/files/{BEAR}', 'HEAD').status_code == 302
        assert site.get(f'/fetch/dss/files/{BEAR}', 'HEAD').status_code == 200
        assert site.get(f'/fetch/dss/files/{OTHER}', 'HEAD').status_code == 404


class TestBadInput:

    @pytest.mark.parametrize('form', FORMS)
    def test_what_is_no_uuid_is_refused(self, site: Site, form: str):
        for text in 'x', BEAR.replace('1', 'A'), BEAR[:-1], BEAR.replace('-', ''), f'{BEAR}%00', '..', '%2e%2e', '%ff':
            response = site.get(f'{form}/{text}')
            assert response.status_code in (400, 403), text
            assert response.json()['Code'] in ('BadRequestError', 'ForbiddenError')
        assert site.get(f'{form}/{BEAR.upper().replace("1", "A")}').json()['Message'].endswith('is not a valid uuid.')

    @pytest.mark.parametrize('form', FORMS)
    def test_a_file_that_is_not_there_is_not_found(self, site: Site, form: str):
        for path in f'{form}/{OTHER}', f'{form}/{BEAR}?version=x', f'{form}/{BEAR}?version={LATER}':
            response = site.get(path)
            assert response.status_code == 404
            assert response.json() == {
                'Code': 'NotFoundError',
                'Message': f'NotFoundError: The data store does not have file {path.split("/")[-1].split("?")[0]}.'
            }

    @pytest.mark.parametrize('form', FORMS)
    @pytest.mark.parametrize(('asked', 'named'), [
        ('wait=2', 'Invalid value `2` for `wait` parameter'),
        ('wait=', '`wait`'),
        ('wait=1&wait=1', '`wait`'),
        ('fileName=a&fileName=b', '`fileName`'),
        ('fileName=%ff', '`fileName`'),
        (f'fileName={"x" * 1001}', '`fileName`'),
        ('requestIndex=0', '`requestIndex`'),
        ('requestIndex=-1', '`requestIndex`'),
        ('requestIndex=1e3', '`requestIndex`'),
        ('requestIndex=201', '`requestIndex`'),
        ('requestIndex=' + '9' * 100, '`requestIndex`'),
        ('replica=azure', '`replica`'),
        (f'version={"9" * 101}', '`version`'),
        (f'token={"9" * 2001}', '`token`'),
        ('token=nonsense', '`token`'),
        ('directurl=true', '`directurl`'),
        ('content_disposition=x', '`content_disposition`'),
        ('nonsense=1', '`nonsense`'),
    ])
    def test_parameters_that_make_no_sense_are_refused(self, site: Site, form: str, asked: str, named: str):
        site.turn(redirects=1)
        response = site.get(f'{form}/{BEAR}?{asked}')
        assert response.status_code == 400, response.text
        assert response.json()['Code'] == 'BadRequestError'
        assert named in response.json()['Message']

    def test_a_data_store_in_trouble_is_nobodys_500(self, site: Site):
        site.turn(unavailable=1)
        response = site.get(f'/dss/files/{BEAR}')
        assert (response.status_code, response.headers['Retry-After']) == (503, '10')
        assert response.json()['Message'].startswith('ServiceUnavailableError: The data store')
        site.turn(unavailable=1)
        assert site.get(f'{DRS}/objects/{BEAR}/access/https').json() == {
            'msg': 'ServiceUnavailableError: The data store asks to come again later.', 'status_code': 503
        }

    def test_a_data_store_that_always_redirects_ends_with_an_error(self, site: Site):
        site.turn(redirects=1_000_000)
        path = f'/dss/files/{BEAR}?requestIndex=199'
        response = site.get(path, allow_redirects=True)
        assert len(response.history) == 1
        assert (response.status_code, response.headers['Retry-After']) == (504, '10')
        assert 'too long' in response.json()['Message']


class TestDrs:

    def test_a_file_is_an_object_by_the_standard(self, site: Site):
        host = urlsplit(site.url).netloc
        object_id = f'{BEAR}.{VERSION}'
        assert site.get(f'{DRS}/objects/{object_id}').json() == {
            'id': object_id,
            'self_uri': f'drs://{host}/{object_id}',
            'name': 'ä "Carver".png',
            'version': VERSION,
            'size': 70_000,
            'created_time': '2019-10-09T17:07:35.528600Z',
            'updated_time': '2019-10-09T17:07:35.528600Z',
            'checksums': [{'type': 'sha-256', 'checksum': SHA256}],
            'access_methods': [{'type': 'https', 'access_id': 'https'}],
        }

    def test_a_uuid_alone_stands_for_the_greatest_version(self, site: Site):
        for object_id, version in ((MIXED, LATER), (f'{MIXED}.{LATER}', LATER), (f'{MIXED}.{VERSION}', VERSION)):
            found = site.get(f'{DRS}/objects/{object_id}?expand=true').json()
            assert (found['id'], found['version']) == (f'{MIXED}.{version}', version)
            assert found['size'] == SIZES[MIXED, version]
            access = site.get(f'{DRS}/objects/{object_id}/access/https').json()
            assert requests.get(access['url'], timeout=30).content == content(site, MIXED, version)

    def test_what_the_index_does_not_know_the_data_store_is_asked(self, site: Site):
        found = site.get(f'{DRS}/objects/{PLAIN}').json()
        assert (found['size'], found['checksums'][0]['checksum']) == (60, SHA256)
        assert found['version'] == '1'
        assert 'created_time' not in found, 'what is no time does not become one'

    def test_the_content_is_saved_under_its_name(self, site: Site):
        access = site.get(f'{DRS}/objects/{BEAR}/access/https')
        assert access.headers['Cache-Control'] == 'no-store'
        assert access.json().keys() == {'url'}
        response = requests.get(access.json()['url'], timeout=30)
        assert response.content == content(site, BEAR, VERSION)
        assert response.headers['Content-Disposition'].endswith("filename*=UTF-8''%C3%A4%20_Carver_.png")

    def test_content_that_is_being_provided_is_waited_for(self, site: Site):
        site.turn(redirects=2)
        assert site.get(f'{DRS}/objects/{BEAR}/access/https').status_code == 200

    def test_content_that_takes_long_is_to_be_asked_for_again(self, settings: Config, site: Site):
        app = loaded(settings)
        service = vars(sys.modules['azul_lambda_service'])['service']
        slept: list[float] = []
        # Nothing is replaced but the clock.
        vars(service)['file_store'] = FileStore(connect_store(settings.dss_endpoint).client, lambda: sum(slept),
                                                slept.append)
        with listening(app) as url:
            site.turn(redirects=1000, retry_after=5)
            response = requests.get(f'{url}{DRS}/objects/{BEAR}/access/https', timeout=30)
            assert (response.status_code, response.content) == (202, b'')
            assert sum(slept) == 20
            assert response.headers['Retry-After'] == '4', 'one second of the pause has passed'
            site.turn(redirects=0)
            response = requests.get(f'{url}{DRS}/objects/{BEAR}/access/https', timeout=30)
            assert response.status_code == 200

    def test_the_service_tells_what_it_is(self, site: Site):
        info = site.get(f'{DRS}/service-info').json()
        assert info['type'] == {'group': 'org.ga4gh', 'artifact': 'drs', 'version': '1.1.0'}
        assert info['organization'] == {'name': 'toy', 'url': site.url}
        assert info.keys() == {'id', 'name', 'type', 'organization', 'version'}

    @pytest.mark.parametrize(('path', 'status'), [
        (f'/objects/{OTHER}', 404),
        (f'/objects/{UNINDEXED}', 404),
        (f'/objects/{BEAR}.{LATER}', 404),
        (f'/objects/{BEAR}/access/s3', 404),
        (f'/objects/{OTHER}/access/https', 404),
        ('/objects/x', 400),
        (f'/objects/{BEAR}.', 400),
        (f'/objects/{BEAR}x', 400),
        (f'/objects/{BEAR}:{VERSION}', 400),
        ('/objects/x/access/https', 400),
        (f'/objects/{BEAR}?expand=yes', 400),
        (f'/objects/{BEAR}?x=1', 400),
        (f'/objects/{BEAR}/access/https?token=1', 400),
        ('/service-info?x=1', 400),
    ])
    def test_errors_are_those_of_the_standard(self, site: Site, path: str, status: int):
        response = site.get(DRS + path)
        assert response.status_code == status, response.text
        assert response.json().keys() == {'msg', 'status_code'}
        assert response.json()['status_code'] == status
        assert site.get(DRS + path, 'HEAD').status_code == status

    def test_the_standard_before_it_is_known_as_well(self, site: Site):
        object_, = site.get(f'{DOS}/dataobjects/{MIXED}').json().values()
        url, = (each['url'] for each in object_.pop('urls'))
        assert object_ == {'id': MIXED, 'name': 'ä "Toymaker".png', 'version': LATER, 'aliases': ['ä "Toymaker".png'],
                           'size': '42', 'checksums': [{'checksum': SHA256, 'type': 'sha256'}]}
        assert requests.get(url, timeout=30).content == content(site, MIXED, LATER)
        assert query(url) == {'version': LATER, 'replica': 'aws', 'wait': '1', 'fileName': 'ä "Toymaker".png'}
        earlier = site.get(f'{DOS}/dataobjects/{MIXED}?version={VERSION}').json()['data_object']
        assert (earlier['version'], earlier['size']) == (VERSION, '41')
        for path, status in ((f'{OTHER}', 404), (f'{MIXED}?version=x', 404), ('x', 400), (f'{MIXED}?x=1', 400)):
            response = site.get(f'{DOS}/dataobjects/{path}')
            assert (response.status_code, response.json()['status_code']) == (status, status)
            assert response.json().keys() == {'msg', 'status_code'}


def test_real_answers_are_as_described(site: Site):
    described = Described(site.get('/openapi').json())
    asked = [f'{form}/{BEAR}{more}' for form in FORMS for more in ('', '?wait=2', f'?version={LATER}')]
    asked += [f'{DRS}/objects/{each}' for each in (BEAR, PLAIN, OTHER, 'x')]
    asked += [f'{DRS}/objects/{each}/access/https' for each in (BEAR, OTHER, 'x')]
    asked += [f'{DOS}/dataobjects/{each}' for each in (BEAR, PLAIN, OTHER, 'x')]
    asked += [f'{DRS}/service-info', f'{DRS}/service-info?x=1']
    answers = []
    for redirects in 0, 30:
        site.turn(redirects=redirects)
        for method in 'GET', 'HEAD':
            answers += [site.get(path, method) for path in asked if redirects == 0 or 'access' not in path]
    site.turn(unavailable=1)
    answers.append(site.get(asked[0]))
    assert [fault for answer in answers for fault in described.faults(answer)] == []
    assert {200, 301, 302, 400, 404, 503} <= {answer.status_code for answer in answers}


@pytest.fixture(scope='module')
def guarded_running(settings: Config, store: str) -> Iterator[Site]:
    guarded = dataclasses.replace(settings, project='guarded', authenticator='azul.service.auth.trusting.Trusting')
    with listening(loaded(guarded)) as url:
        yield Site(url, store)


@pytest.fixture
def guarded(guarded_running: Site) -> Site:
    guarded_running.turn(redirects=0, retry_after=1, unavailable=0)
    return guarded_running


def bearer(allowed: Mapping[str, Any]) -> dict[str, str]:
    claims = json.dumps({'sub': 'somebody', 'allowed': json.dumps(allowed)})
    return {'Authorization': f'Bearer {claims}'}


EVERYTHING: Mapping[str, Any] = {}
BOTH = {'maker': ['Carver', 'Toymaker']}


class TestWhatIsNotForEverybody:

    def test_a_file_that_must_not_be_seen_is_as_if_it_was_not_there(self, guarded: Site):
        def told(path: str) -> tuple[int, str]:
            response = guarded.get(path)
            return response.status_code, response.text.replace(SECRET, OTHER)

        paths = [f'{form}/{{}}{more}' for form in FORMS for more in ('', f'?version={VERSION}', '?wait=1')]
        paths += [f'{DRS}/objects/{{}}', f'{DRS}/objects/{{}}.{VERSION}', f'{DRS}/objects/{{}}/access/https',
                  f'{DOS}/dataobjects/{{}}', f'{DOS}/dataobjects/{{}}?version={VERSION}']
        for path in paths:
            assert told(path.format(SECRET)) == told(path.format(OTHER))
            assert told(path.format(SECRET))[0] == 404

    def test_who_may_see_it_can_have_it(self, guarded: Site):
        for allowed in EVERYTHING, BOTH:
            response = guarded.get(f'/dss/files/{SECRET}', headers=bearer(allowed), allow_redirects=True)
            assert response.content == content(guarded, SECRET, VERSION)
            assert guarded.get(f'{DRS}/objects/{SECRET}', headers=bearer(allowed)).status_code == 200
            assert guarded.get(f'{DOS}/dataobjects/{SECRET}', headers=bearer(allowed)).status_code == 200
            assert guarded.get(f'/dss/files/{BEAR}', headers=bearer(allowed)).status_code == 302

    def test_without_a_version_it_is_the_greatest_that_the_caller_may_see(self, guarded: Site):
        for redirects in 0, 2:
            guarded.turn(redirects=redirects)
            response = guarded.get(f'/dss/files/{MIXED}', allow_redirects=True)
            assert response.content == content(guarded, MIXED, VERSION)
            response = guarded.get(f'/dss/files/{MIXED}', headers=bearer(BOTH), allow_redirects=True)
            assert response.content == content(guarded, MIXED, LATER)
        assert guarded.get(f'{DRS}/objects/{MIXED}').json()['version'] == VERSION
        assert guarded.get(f'{DRS}/objects/{MIXED}', headers=bearer(BOTH)).json()['version'] == LATER
        assert guarded.get(f'/dss/files/{MIXED}?version={LATER}').status_code == 404
        assert guarded.get(f'{DRS}/objects/{MIXED}.{LATER}').status_code == 404

    def test_a_token_of_the_data_store_is_no_way_around(self, guarded: Site):
        guarded.turn(redirects=1)
        told = guarded.get(f'/fetch/dss/files/{SECRET}', headers=bearer(BOTH)).json()
        assert told['Status'] == 301
        assert guarded.get(told['Location'].removeprefix(guarded.url)).status_code == 404

    def test_what_is_not_in_the_index_is_for_those_who_may_see_everything(self, guarded: Site):
        assert guarded.get(f'/dss/files/{UNINDEXED}').status_code == 404
        assert guarded.get(f'/dss/files/{UNINDEXED}', headers=bearer(BOTH)).status_code == 404
        assert guarded.get(f'/dss/files/{UNINDEXED}', headers=bearer(EVERYTHING)).status_code == 302

    def test_a_token_that_is_not_good_is_refused(self, guarded: Site):
        for path in (f'/dss/files/{BEAR}', f'/fetch/dss/files/{BEAR}', f'{DRS}/objects/{BEAR}',
                     f'{DRS}/objects/{BEAR}/access/https', f'{DOS}/dataobjects/{BEAR}'):
            assert guarded.get(path, headers={'Authorization': 'Basic x'}).status_code == 403


def test_a_data_store_that_is_not_there_is_a_clear_error(settings: Config):
    with listening(loaded(dataclasses.replace(settings, dss_endpoint=f'http://{HOST}:{free_port()}/v1'))) as url:
        for path in f'/dss/files/{BEAR}', f'/fetch/dss/files/{BEAR}':
            response = requests.get(url + path, timeout=30, allow_redirects=False)
            assert (response.status_code, response.headers['Retry-After']) == (502, '10')
            assert response.json()['Code'] == 'BadGatewayError'
        response = requests.get(f'{url}{DRS}/objects/{BEAR}/access/https', timeout=30)
        assert (response.status_code, response.json()['status_code']) == (502, 502)
