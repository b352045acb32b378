"""Subscribing to the data store, and what it then sends."""
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from azul.errors import Unauthorized
from azul.index.bundle import BundleFQID
from azul.local.store.courier import Courier
from azul.local.store.knobs import Knobs
from azul.local.store.server import serving
from azul.local.store.subscriptions import Subscription
from fixtures.bundle_folder import LATER, VERSION, BundleFolder
from fixtures.callbacks import Call, Callbacks, callbacks

DELETED = {'term': {'admin_deleted': True}}
ADDITIONS = {'query': {'bool': {'must_not': [DELETED], 'must': [{'exists': {'field': 'files.project_json'}}]}}}
DELETIONS = {'query': {'bool': {'must': [DELETED]}}}

BUNDLE = BundleFQID('abcdef01-1111-4111-8111-111111111111', VERSION)


class Subscriber:

    def __init__(self, url: str, callbacks: Callbacks) -> None:
        self.url, self.callbacks = url, callbacks

    def call(self, method: str, path: str, json: Any = None, **parameters: str | None) -> requests.Response:
        parameters = {'replica': 'aws', 'subscription_type': 'elasticsearch', **parameters}
        with requests.Session() as session:
            session.trust_env = False  # a proxy would not know this machine
            return session.request(method, self.url + path, params=parameters, json=json, timeout=10)

    def subscribe(self, es_query: Any = ADDITIONS, path: str = '/add', **others: Any) -> str:
        response = self.call('PUT', '/v1/subscriptions',
                             {'callback_url': self.callbacks.url + path, 'es_query': es_query, **others})
        assert response.status_code == 201, response.text
        assert response.json().keys() == {'uuid'}
        uuid: str = response.json()['uuid']
        return uuid

    def notify(self, fqid: BundleFQID = BUNDLE, kind: str = 'add') -> int:
        response = self.call('POST', '/_notify', {'uuid': fqid.uuid, 'version': fqid.version, 'kind': kind})
        assert response.status_code == 202, response.text
        number: int = response.json()['notifications']
        return number

    def turn(self, **knobs: object) -> None:
        self.call('POST', '/_knobs', knobs).raise_for_status()

    def counts(self) -> dict[str, int]:
        return dict(self.call('GET', '/_notifications').json())

    def drained(self, patience: float = 30) -> dict[str, int]:
        """The counts as soon as nothing is left to be delivered."""
        deadline = time.monotonic() + patience
        while (counts := self.counts())['pending']:
            assert time.monotonic() < deadline, counts
            time.sleep(0.02)
        return counts


@pytest.fixture
def folder(tmp_path: Path) -> BundleFolder:
    return BundleFolder(tmp_path)


@pytest.fixture
def subscriber(folder: BundleFolder) -> Iterator[Subscriber]:
    with subscribed(folder) as subscriber:
        yield subscriber


@contextmanager
def subscribed(folder: BundleFolder) -> Iterator[Subscriber]:
    with callbacks() as called, serving(folder.path) as url:
        yield Subscriber(url, called)


# Subscriptions

def test_a_subscription_is_listed_without_its_key(subscriber: Subscriber):
    uuid = subscriber.subscribe(hmac_key_id='K', hmac_secret_key='very secret')
    [listed] = subscriber.call('GET', '/v1/subscriptions').json()['subscriptions']
    assert listed == {'uuid': uuid, 'replica': 'aws', 'owner': 'local', 'es_query': ADDITIONS, 'hmac_key_id': 'K',
                      'callback_url': f'{subscriber.callbacks.url}/add'}
    response = subscriber.call('GET', f'/v1/subscriptions/{uuid}')
    assert response.json() == listed
    assert 'very secret' not in response.text


def test_the_default_type_of_subscriptions_is_another_one(subscriber: Subscriber):
    uuid = subscriber.subscribe()
    for type_ in 'jmespath', None:
        response = subscriber.call('GET', '/v1/subscriptions', subscription_type=type_)
        assert response.json() == {'subscriptions': []}
        response = subscriber.call('GET', f'/v1/subscriptions/{uuid}', subscription_type=type_)
        assert response.status_code == 404
    assert subscriber.call('GET', '/v1/subscriptions', subscription_type='x').status_code == 400


def test_who_unsubscribed_is_not_notified(subscriber: Subscriber):
    uuids = [subscriber.subscribe(path=f'/{number}') for number in range(2)]
    response = subscriber.call('DELETE', f'/v1/subscriptions/{uuids[0]}')
    assert response.status_code == 200
    assert response.json().keys() == {'timeDeleted'}
    assert subscriber.call('DELETE', f'/v1/subscriptions/{uuids[0]}').status_code == 404
    assert subscriber.notify() == 1
    subscriber.drained()
    assert [call.path for call in subscriber.callbacks.calls] == ['/1']


@pytest.mark.parametrize('wish', [
    [],
    {},
    {'callback_url': 'http://localhost'},
    {'es_query': ADDITIONS},
    {'callback_url': 'localhost', 'es_query': ADDITIONS},
    {'callback_url': 'http://localhost', 'es_query': 'x'},
    {'callback_url': 'http://localhost', 'es_query': ADDITIONS, 'unknown': 1},
    {'callback_url': 'http://localhost', 'es_query': ADDITIONS, 'method': 'GET'},
    {'callback_url': 'http://localhost', 'es_query': ADDITIONS, 'encoding': 'text/plain'},
    {'callback_url': 'http://localhost', 'es_query': ADDITIONS, 'hmac_secret_key': 'secret'},
    {'callback_url': 'http://localhost', 'es_query': ADDITIONS, 'attachments': {}},
    {'callback_url': 'http://localhost', 'jmespath_query': 'x'},
])
def test_a_subscription_that_makes_no_sense_is_refused(subscriber: Subscriber, wish: Any):
    response = subscriber.call('PUT', '/v1/subscriptions', wish)
    assert (response.status_code, response.json()['code']) == (400, 'illegal_arguments')
    assert subscriber.call('GET', '/v1/subscriptions').json() == {'subscriptions': []}


def test_there_is_a_limit_to_subscriptions(subscriber: Subscriber):
    for _ in range(100):
        subscriber.subscribe()
    wish = {'callback_url': subscriber.callbacks.url, 'es_query': ADDITIONS}
    assert subscriber.call('PUT', '/v1/subscriptions', wish).status_code == 406


# Notifications

def test_a_notification_says_what_it_is_about_and_is_signed(subscriber: Subscriber):
    uuid = subscriber.subscribe(hmac_key_id='K', hmac_secret_key='sécret')
    assert subscriber.notify() == 1
    [call] = subscriber.callbacks.wait(1)
    assert (call.method, call.path) == ('POST', '/add')
    assert call.headers['Content-Type'] == 'application/json'
    assert call.attempt == 0
    notification = call.json
    assert UUID(notification.pop('transaction_id'))
    assert notification == {'subscription_id': uuid, 'es_query': ADDITIONS,
                            'match': {'bundle_uuid': BUNDLE.uuid, 'bundle_version': BUNDLE.version}}
    call.verify('K', 'sécret')
    with pytest.raises(Unauthorized):
        call.verify('K', 'secret')
    assert subscriber.drained() == {'pending': 0, 'delivered': 1, 'failed': 0}


def test_without_a_key_notifications_are_not_signed(subscriber: Subscriber):
    subscriber.subscribe()
    subscriber.notify()
    [call] = subscriber.callbacks.wait(1)
    assert not {'Authorization', 'Digest', 'Date'} & set(call.headers)


def test_a_subscriber_can_choose_method_and_encoding(subscriber: Subscriber):
    subscriber.subscribe(method='PUT', encoding='multipart/form-data', form_fields={'a': 'b'}, payload_form_field='p',
                         hmac_key_id='K', hmac_secret_key='secret')
    subscriber.notify()
    [call] = subscriber.callbacks.wait(1)
    assert call.method == 'PUT'
    assert call.headers.get_content_type() == 'multipart/form-data'
    boundary = call.headers.get_boundary()
    assert boundary is not None
    parts = dict(part.split(b'\r\n\r\n') for part in call.body.split(f'--{boundary}'.encode())[1:-1])
    contents = {name.split(b'"')[1]: content.strip() for name, content in parts.items()}
    assert contents[b'a'] == b'b'
    assert json.loads(contents[b'p'])['match']['bundle_uuid'] == BUNDLE.uuid
    call.verify('K', 'secret')


@pytest.mark.parametrize(('kind', 'paths'), [('add', {'/add', '/add-ours'}), ('delete', {'/delete', '/delete-ours'})])
def test_only_who_asked_is_notified(subscriber: Subscriber, kind: str, paths: set[str]):
    ours, others = {'prefix': {'uuid': 'abc'}}, {'prefix': {'uuid': 'abd'}}
    subscriber.subscribe(ADDITIONS, '/add')
    subscriber.subscribe(DELETIONS, '/delete')
    for path, prefix in {'ours': ours, 'others': others}.items():
        subscriber.subscribe({'query': {'bool': {'must': [prefix], 'must_not': [DELETED]}}}, f'/add-{path}')
        subscriber.subscribe({'query': {'bool': {'must': [prefix, DELETED]}}}, f'/delete-{path}')
    assert subscriber.notify(kind=kind) == 2
    subscriber.drained()
    assert {call.path for call in subscriber.callbacks.calls} == paths


@pytest.mark.parametrize('status', [302, 400, 401, 500, 503])
def test_whatever_is_not_a_success_is_tried_again_under_a_new_signature(subscriber: Subscriber, status: int):
    subscriber.callbacks.statuses = [status, status]
    subscriber.subscribe(hmac_key_id='K', hmac_secret_key='secret')
    subscriber.notify()
    assert subscriber.drained() == {'pending': 0, 'delivered': 1, 'failed': 0}
    calls = subscriber.callbacks.calls
    assert [call.attempt for call in calls] == [0, 1, 2]
    assert len({call.body for call in calls}) == 1
    for call in calls:
        call.verify('K', 'secret')


def test_a_subscriber_that_is_not_there_yet_is_notified_later(folder: BundleFolder):
    with callbacks() as called:
        url = called.url
    with serving(folder.path) as store:
        subscriber = Subscriber(store, Callbacks(url))
        subscriber.subscribe()
        subscriber.notify()
        time.sleep(0.5)
        assert subscriber.counts() == {'pending': 1, 'delivered': 0, 'failed': 0}


def test_whoever_never_answers_is_given_up():
    with callbacks() as called:
        url = called.url
    courier = Courier(Knobs(), delays=(0.01, 0.01))
    try:
        courier.send(Subscription('uuid', 'local', {'callback_url': url, 'es_query': ADDITIONS}, None), BUNDLE)
        deadline = time.monotonic() + 10
        while courier.counts()['pending']:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert courier.counts() == {'pending': 0, 'delivered': 0, 'failed': 1}
    finally:
        courier.stop()


def test_one_failure_holds_up_nobody(subscriber: Subscriber):
    failing = BUNDLE._replace(version=LATER)

    def status(call: Call) -> int:
        return 500 if call.json['match']['bundle_version'] == LATER else 202

    subscriber.callbacks.statuses = status
    subscriber.subscribe()
    for _ in range(10):
        subscriber.notify(failing)
    for _ in range(50):
        subscriber.notify()
    deadline = time.monotonic() + 10
    while subscriber.counts()['delivered'] < 50:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert subscriber.counts() == {'pending': 10, 'delivered': 50, 'failed': 0}


def test_duplicates_can_be_had(subscriber: Subscriber):
    subscriber.turn(duplicates=2)
    subscriber.subscribe()
    subscriber.notify()
    assert subscriber.drained()['delivered'] == 3
    assert len({call.json['transaction_id'] for call in subscriber.callbacks.calls}) == 1
    assert len(subscriber.callbacks.calls) == 3


def test_another_order_can_be_had(subscriber: Subscriber):
    subscriber.turn(delay=0.5)
    subscriber.subscribe()
    versions = [f'2019-10-09T1707{second}.528600Z' for second in range(10, 50)]
    for version in versions:
        subscriber.notify(BUNDLE._replace(version=version))
    subscriber.drained()
    arrived = [call.json['match']['bundle_version'] for call in subscriber.callbacks.calls]
    assert sorted(arrived) == versions != arrived


def test_many_notifications_arrive_once_each(subscriber: Subscriber):
    subscriber.subscribe()
    versions = [f'2019-10-09T17{number:04}.528600Z' for number in range(300)]
    for version in versions:
        subscriber.notify(BUNDLE._replace(version=version))
    assert subscriber.drained() == {'pending': 0, 'delivered': 300, 'failed': 0}
    arrived = Counter(call.json['match']['bundle_version'] for call in subscriber.callbacks.calls)
    assert arrived == Counter(versions)


# Changes

def test_a_new_version_has_the_same_content_and_is_notified_of(folder: BundleFolder):
    old = folder.put(metadata={'a.json': {'a': 1}})
    with subscribed(folder) as subscriber:
        subscriber.subscribe(ADDITIONS, '/add')
        subscriber.subscribe(DELETIONS, '/delete')
        response = subscriber.call('POST', '/_bundles', {'from': str(old), 'version': LATER})
        assert response.status_code == 201
        assert response.json() == {'bundle_fqid': f'{old.uuid}.{LATER}', 'notifications': 1}
        [call] = subscriber.callbacks.wait(1)
        assert (call.path, call.json['match']) == ('/add', {'bundle_uuid': old.uuid, 'bundle_version': LATER})
        before, after = (subscriber.call('GET', f'/v1/bundles/{old.uuid}', version=version).json()['bundle']
                         for version in (old.version, LATER))
        assert before.pop('version') == old.version
        assert after.pop('version') == LATER
        assert before == after
        listed = subscriber.call('GET', '/v1/bundles/all').json()['bundles']
        assert [bundle['version'] for bundle in listed] == [old.version, LATER]
        response = subscriber.call('POST', '/_bundles', {'from': str(old), 'version': LATER})
        assert response.status_code == 409


@pytest.mark.parametrize(('version', 'deleted'), [(None, {VERSION, LATER}), (LATER, {LATER}), (VERSION, {VERSION})])
def test_what_is_deleted_is_gone_and_notified_of(folder: BundleFolder, version: str | None, deleted: set[str]):
    fqid = folder.put()
    folder.put(fqid.uuid, LATER)
    other = folder.put()
    parameters = {} if version is None else {'version': version}
    with subscribed(folder) as subscriber:
        subscriber.subscribe(ADDITIONS, '/add')
        subscriber.subscribe(DELETIONS, '/delete')
        response = subscriber.call('DELETE', f'/v1/bundles/{fqid.uuid}', {'reason': 'because'}, **parameters)
        assert (response.status_code, response.json()) == (200, {})
        subscriber.drained()
        assert {call.path for call in subscriber.callbacks.calls} == {'/delete'}
        matches = [call.json['match'] for call in subscriber.callbacks.calls]
        assert {match['bundle_uuid'] for match in matches} == {fqid.uuid}
        assert sorted(match['bundle_version'] for match in matches) == sorted(deleted)
        for each in VERSION, LATER:
            found = subscriber.call('GET', f'/v1/bundles/{fqid.uuid}', version=each).ok
            assert found is (each not in deleted)
        listed = {BundleFQID(**bundle) for bundle in subscriber.call('GET', '/v1/bundles/all').json()['bundles']}
        assert listed == {other, *(BundleFQID(fqid.uuid, each) for each in {VERSION, LATER} - deleted)}
        for gone in deleted:
            response = subscriber.call('DELETE', f'/v1/bundles/{fqid.uuid}', version=gone)
            assert response.status_code == 404
            response = subscriber.call('POST', '/_bundles', {'from': str(fqid), 'version': gone})
            assert response.status_code == 409


def test_a_bundle_that_is_not_there_can_be_notified_of(subscriber: Subscriber):
    subscriber.subscribe(DELETIONS)
    assert subscriber.notify(kind='delete') == 1
    assert subscriber.callbacks.wait(1)[0].json['match']['bundle_uuid'] == BUNDLE.uuid
