"""What the real indexer takes in by HTTP and what it refuses, with real queues, of which nobody takes anything."""
import base64
import hmac
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from azul.aws import clients
from azul.aws.secrets import MAX_AGE, MIN_AGE, Secret
from azul.aws.sqs import Queue
from azul.config import Config
from azul.dss.signature import sign
from azul.index.bundle import BundleFQID
from azul.indexer import credentials
from azul.indexer.credentials import ACTIONS, Action, keys
from azul.indexer.wiring import Indexer
from azul.local.gateway import Gateway
from azul.local.lambdas import LAMBDAS
from azul.local.ports import HOST, free_port
from azul.local.provision import provide_queues, provide_secrets
from fixtures.lambdas import loaded
from fixtures.toys import unique

BUNDLE = BundleFQID('1ec111a0-7481-571f-b35a-5a0e8fca890a', '2020-01-01T000000.000000Z')
PATHS: dict[Action, str] = {'add': '/', 'delete': '/delete'}


class Clock:
    """The door's, for its secret."""
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Entrance:
    """The indexer's HTTP API, in this process, and a data store that calls it."""

    def __init__(self, config: Config) -> None:
        self.config, self.clock = config, Clock()
        self.secret = Secret(clients.secrets(config), config.naming.hmac_secret())
        self.queue = Queue(clients.sqs(config), config.naming.queue('notifications'))
        app = loaded(config, 'indexer')
        port = free_port()
        self.url = f'http://{HOST}:{port}'
        self.indexer: Indexer = sys.modules['azul_lambda_indexer'].indexer
        self.indexer.door.secret._clock = self.clock
        self.gateway = Gateway(app, port, LAMBDAS / 'indexer')

    @contextmanager
    def with_other(self, **parts: Any) -> Iterator[None]:
        """As long as this lasts, the door is made of other parts."""
        door = self.indexer.door
        self.indexer.__dict__['door'] = replace(door, **parts)
        try:
            yield
        finally:
            self.indexer.__dict__['door'] = door

    def key(self, action: Action) -> tuple[str, str]:
        """The newest."""
        return next(iter(keys(self.secret.read(), action).items()))

    def signed(self, body: bytes, action: Action, key: tuple[str, str] | None = None,
               skew: timedelta = timedelta()) -> dict[str, str]:
        return sign(body, *(key or self.key(action)), datetime.now(UTC) + skew)

    def post(self, action: Action, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
        headers = self.signed(body, action) if headers is None else headers
        return requests.post(self.url + PATHS[action], data=body, timeout=30,
                             headers={'Content-Type': 'application/json', **headers})

    def queued(self) -> list[Any]:
        """Takes them all."""
        messages = self.queue.receive_all()
        self.queue.remove(messages)
        return [json.loads(message.body) for message in messages]


@pytest.fixture(scope='module')
def entrance(queues: str, aws: str) -> Iterator[Entrance]:
    config = Config(stage=unique('test'), project='toy', resource_prefix=unique('azul'), es_endpoint='nowhere:1',
                    dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues, aws_endpoint=aws)
    provide_queues(config)
    provide_secrets(config)
    entrance = Entrance(config)
    yield entrance
    entrance.gateway.stop()


@pytest.fixture(autouse=True)
def nothing_is_queued_that_nobody_asked_for(entrance: Entrance) -> Iterator[None]:
    yield
    assert sum(entrance.queue.counts()) == 0


MATCH = {'bundle_uuid': BUNDLE.uuid, 'bundle_version': BUNDLE.version}
BODY = json.dumps({'match': MATCH}).encode()

ELASTICSEARCH = {
    'transaction_id': 'ff6b7fa3-dc79-4a79-a313-296801de76b9',
    'subscription_id': '5b2a1d6e-8d3f-4a77-9f0c-4c2b0d0a1c11',
    'es_query': {'query': {'bool': {'must_not': [{'term': {'admin_deleted': True}}]}}},
    'match': MATCH,
}
WITH_ATTACHMENTS = {**ELASTICSEARCH, 'attachments': {'files': [], '_errors': {'files': 'no such thing'}}}
JMESPATH = {
    'transaction_id': 'ff6b7fa3-dc79-4a79-a313-296801de76b9',
    'subscription_id': '0c8d1c0e-6a7b-4b51-8a94-3f1f35c1b2aa',
    'match': MATCH,
    'bundle_url': f'https://store.invalid/v1/bundles/{BUNDLE.uuid}?version={BUNDLE.version}',
    'dss_api': 'https://store.invalid/v1',
    'event_timestamp': '2020-01-01T000001.000000Z',
    'jmespath_query': 'event_type==`CREATE`',
}
OF_A_REINDEX = {
    'subscription_id': 'cafebabe-feed-4bad-dead-beaf8badf00d',
    'transaction_id': '5b2a1d6e-8d3f-4a77-9f0c-4c2b0d0a1c11',
    'match': MATCH,
}


@pytest.mark.parametrize(('action', 'notification'), [
    ('add', ELASTICSEARCH),
    ('add', WITH_ATTACHMENTS),
    ('delete', ELASTICSEARCH),
    ('add', {**JMESPATH, 'event_type': 'CREATE'}),
    ('delete', {**JMESPATH, 'event_type': 'TOMBSTONE'}),
    ('delete', {**JMESPATH, 'event_type': 'DELETE'}),
    ('add', OF_A_REINDEX),
    ('delete', OF_A_REINDEX),
    ('add', {'match': {**MATCH, 'bundle_uuid': BUNDLE.uuid.upper(), 'more': 1}, 'unknown': [{}]}),
])
def test_notifications_of_all_forms_are_queued(entrance, action, notification):
    body = json.dumps(notification).encode()
    response = entrance.post(action, body, {**entrance.signed(body, action), 'X-dss-notify-attempt': '3'})
    assert (response.status_code, response.content) == (202, b'')
    assert entrance.queued() == [{'version': 1, 'action': action, **MATCH}]


def resigned(headers: dict[str, str], key: tuple[str, str], names: str, algorithm: str = 'sha256',
             target: str = '') -> dict[str, str]:
    """Headers of which others are signed, correctly."""
    known = {'(request-target)': target, **{name.lower(): value for name, value in headers.items()}}
    lines = '\n'.join(f'{name}: {known[name]}' for name in names.split())
    signature = base64.b64encode(hmac.digest(key[1].encode(), lines.encode(), algorithm)).decode()
    return {**headers, 'Authorization': f'Signature keyId="{key[0]}",algorithm="hmac-{algorithm}",headers="{names}",'
                                        f'signature="{signature}"'}


@pytest.mark.parametrize('action', ACTIONS)
def test_the_target_of_a_request_may_be_signed_too(entrance, action):
    genuine = resigned(entrance.signed(BODY, action), entrance.key(action), '(request-target) date digest',
                       target=f'post {PATHS[action]}')
    assert entrance.post(action, BODY, genuine).status_code == 202
    assert entrance.queued() == [{'version': 1, 'action': action, **MATCH}]


def test_the_target_of_an_explanation_may_be_signed_too(entrance):
    path = '/explain/nonsense/x%2Cy'
    for signed_path, status in (path, 404), ('/explain/nonsense/x,y', 401), ('/explain/nonsense/x%2Cy?', 401):
        headers = resigned(entrance.signed(b'', 'add'), entrance.key('add'), 'date digest (request-target)',
                           target=f'get {signed_path}')
        response = requests.get(entrance.url + path, headers=headers, timeout=30)
        assert response.status_code == status, response.text


def forged(entrance: Entrance, action: Action, how: str) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a request that is not genuine for one reason only."""
    key, genuine = entrance.key(action), entrance.signed(BODY, action)
    match how:
        case 'unsigned':
            return BODY, {}
        case 'body changed':
            return BODY.replace(b'2020', b'2021'), genuine
        case 'body and digest changed':
            other = BODY.replace(b'2020', b'2021')
            return other, {**genuine, 'Digest': entrance.signed(other, action)['Digest']}
        case 'body empty':
            return b'', genuine
        case 'too old':
            return BODY, entrance.signed(BODY, action, skew=timedelta(minutes=-5, seconds=-2))
        case 'of the future':
            return BODY, entrance.signed(BODY, action, skew=timedelta(minutes=5, seconds=10))
        case 'date changed':
            return BODY, {**genuine, 'Date': entrance.signed(BODY, action, skew=timedelta(minutes=1))['Date']}
        case 'date not signed':
            return BODY, resigned(genuine, key, 'digest')
        case 'digest not signed':
            return BODY, resigned(genuine, key, 'date')
        case 'nothing signed':
            return BODY, resigned(genuine, key, '')
        case 'date missing' | 'digest missing':
            name = how.split()[0].title()
            return BODY, {other: value for other, value in genuine.items() if other != name}
        case 'target of another method':
            return BODY, resigned(genuine, key, '(request-target) date digest', target=f'get {PATHS[action]}')
        case 'target of the other route':
            other = PATHS['delete' if action == 'add' else 'add']
            return BODY, resigned(genuine, key, '(request-target) date digest', target=f'post {other}')
        case 'target of another query':
            return BODY, resigned(genuine, key, '(request-target) date digest', target=f'post {PATHS[action]}?x=1')
        case 'target of a header':
            headers = {**genuine, '(request-target)': 'post /elsewhere'}
            return BODY, resigned(headers, key, '(request-target) date digest')
        case 'other algorithm':
            return BODY, resigned(genuine, key, 'date digest', 'sha512')
        case 'algorithm of others':
            return BODY, {**genuine, 'Authorization': genuine['Authorization'].replace('hmac-sha256', 'rsa-sha256')}
        case 'guessed key':
            return BODY, entrance.signed(BODY, action, (key[0], 'guessed'))
        case 'unknown key':
            return BODY, entrance.signed(BODY, action, ('unknown', key[1]))
        case 'empty key':
            return BODY, entrance.signed(BODY, action, ('', ''))
        case 'key of the other route':
            return BODY, entrance.signed(BODY, 'delete' if action == 'add' else 'add')
    raise AssertionError(how)


@pytest.mark.parametrize('action', ACTIONS)
@pytest.mark.parametrize('how', [
    'unsigned', 'body changed', 'body and digest changed', 'body empty', 'too old', 'of the future', 'date changed',
    'date not signed', 'digest not signed', 'nothing signed', 'date missing', 'digest missing',
    'target of another method', 'target of the other route', 'target of another query', 'target of a header',
    'other algorithm', 'algorithm of others', 'guessed key', 'unknown key', 'empty key', 'key of the other route'
])
def test_what_is_not_genuine_is_refused_and_not_queued(entrance, action, how):
    response = entrance.post(action, *forged(entrance, action, how))
    assert response.status_code == 401, response.text
    assert response.json() == {'Code': 'UnauthorizedError',
                               'Message': 'UnauthorizedError: Invalid authorization credentials'}
    assert response.headers['WWW-Authenticate'] == 'Signature'


@pytest.mark.parametrize('skew', [timedelta(minutes=-4, seconds=-50), timedelta(minutes=4, seconds=59)])
def test_clocks_need_not_agree(entrance, skew):
    assert entrance.post('add', BODY, entrance.signed(BODY, 'add', skew=skew)).status_code == 202
    assert len(entrance.queued()) == 1


def test_an_addition_that_is_replayed_as_a_deletion_is_refused(entrance):
    genuine = entrance.signed(BODY, 'add')
    assert entrance.post('add', BODY, genuine).status_code == 202
    assert entrance.post('delete', BODY, genuine).status_code == 401
    assert [message['action'] for message in entrance.queued()] == ['add']


def of(**members: Any) -> bytes:
    return json.dumps({'match': {**MATCH, **members}}).encode()


@pytest.mark.parametrize('action', ACTIONS)
@pytest.mark.parametrize(('body', 'text'), [
    (b'', 'Malformed JSON'),
    (b'{', 'Malformed JSON'),
    (b'{"match": NaN}', 'Malformed JSON'),
    (b'\xff\xfe{}', 'Malformed JSON'),
    (BODY.replace(b'2020', b'\xff020'), 'Malformed JSON'),
    (BODY.replace(b'2020', b'\\ud800'), 'Malformed JSON'),
    (b'[' * 100_000, 'Malformed JSON'),
    (b'[' * 100_000 + b']' * 100_000, 'Malformed JSON'),
    (b'{"match":' * 10_000 + b'1' + b'}' * 10_000, 'Malformed JSON'),
    (b'{"match":' * 500 + b'1' + b'}' * 500, 'Missing notification entry: bundle_uuid'),
    (b'null', 'Missing notification entry: match'),
    (b'[]', 'Missing notification entry: match'),
    (b'17', 'Missing notification entry: match'),
    (b'"match"', 'Missing notification entry: match'),
    (b'{}', 'Missing notification entry: match'),
    (b'{"match": null}', 'Missing notification entry: bundle_uuid'),
    (b'{"match": ["bundle_uuid", "bundle_version"]}', 'Missing notification entry: bundle_uuid'),
    (of(bundle_uuid=None), 'Invalid type: bundle_uuid'),
    (of(bundle_uuid=[BUNDLE.uuid]), 'Invalid type: bundle_uuid'),
    (of(bundle_uuid=''), 'Invalid syntax:  (should be a UUID)'),
    (of(bundle_uuid='x' * 1_000_000), 'Invalid syntax: xxx'),
    (of(bundle_uuid=f'urn:uuid:{BUNDLE.uuid}'), 'Invalid syntax: urn:uuid:'),
    (of(bundle_version=20200101), 'Invalid type: bundle_version'),
    (of(bundle_version={}), 'Invalid type: bundle_version'),
    (of(bundle_version=''), 'Invalid syntax: bundle_version can not be empty'),
    (of(bundle_version='1' * 101), 'Invalid syntax: bundle_version is too long'),
    (of(bundle_version='1\x00'), 'Invalid syntax: bundle_version is too long or not printable'),
])
def test_what_is_no_notification_is_refused_although_it_is_genuine(entrance, action, body, text):
    response = entrance.post(action, body)
    assert response.status_code == 400, response.text
    assert response.json()['Message'].startswith(f'BadRequestError: {text}')
    assert len(response.content) < 1000


def test_what_contradicts_its_route_is_refused(entrance):
    for action, event in ('add', 'TOMBSTONE'), ('delete', 'CREATE'):
        response = entrance.post(action, json.dumps({**JMESPATH, 'event_type': event}).encode())
        assert (response.status_code, event in response.json()['Message']) == (400, True)


def test_what_is_beside_the_point_may_be_large(entrance):
    body = json.dumps({'match': MATCH, 'attachments': 'x' * 5_000_000}).encode()
    assert entrance.post('add', body).status_code == 202
    assert entrance.queued() == [{'version': 1, 'action': 'add', **MATCH}]
    body = json.dumps({'match': MATCH, 'attachments': 'x' * 7_000_000}).encode()
    assert entrance.post('add', body).status_code == 413


def test_keys_are_changed_one_after_the_other(entrance):
    old = entrance.key('add')
    assert entrance.post('add', BODY).status_code == 202
    entrance.clock.now += MAX_AGE
    credentials.rotate(entrance.secret)
    new = entrance.key('add')
    assert entrance.post('add', BODY, entrance.signed(BODY, 'add', new)).status_code == 202, 'not known: looked for'
    assert entrance.post('add', BODY, entrance.signed(BODY, 'add', old)).status_code == 202
    assert entrance.post('delete', BODY, entrance.signed(BODY, 'delete', new)).status_code == 401
    credentials.rotate(entrance.secret)
    entrance.clock.now += MAX_AGE + 1
    assert entrance.post('add', BODY, entrance.signed(BODY, 'add', old)).status_code == 401
    assert entrance.post('add', BODY, entrance.signed(BODY, 'add', new)).status_code == 202
    assert len(entrance.queued()) == 4


@pytest.mark.parametrize('value', [None, {'add': 'hush', 'delete': None}, {'add': [{'key_id': 'K', 'key': ''}]}])
def test_when_the_secret_is_of_no_use_the_sender_is_asked_to_come_again(entrance, value):
    genuine = entrance.signed(BODY, 'add')
    before = entrance.secret.read()
    if value is None:
        entrance.secret.destroy()
    else:
        entrance.secret.write(value)
    entrance.clock.now += MAX_AGE + 1
    for headers in genuine, sign(BODY, 'K', '', datetime.now(UTC)), sign(BODY, 'unknown', 'key', datetime.now(UTC)):
        response = entrance.post('add', BODY, headers)
        assert (response.status_code, response.json()['Code']) == (503, 'ServiceUnavailableError')
        assert int(response.headers['Retry-After']) > 0
    assert entrance.post('add', BODY, {}).status_code == 401, 'what is not signed need not come again'
    if value is None:
        entrance.secret.create(before)
    else:
        entrance.secret.write(before)
    entrance.clock.now += MIN_AGE + 1
    assert entrance.post('add', BODY, genuine).status_code == 202
    assert len(entrance.queued()) == 1


def test_what_cannot_be_queued_is_not_accepted(entrance):
    with entrance.with_other(notifications=Queue(clients.sqs(entrance.config), 'no-such-queue')):
        assert entrance.post('add', BODY).status_code == 503


@pytest.mark.parametrize('content_type', ['text/plain', 'multipart/form-data; boundary=x', ''])
def test_what_does_not_call_itself_json_is_not_looked_at(entrance, content_type):
    response = entrance.post('add', BODY, {**entrance.signed(BODY, 'add'), 'Content-Type': content_type})
    assert response.status_code == 415


class CountingManager:
    """A Secrets Manager that counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803
        self.calls += 1
        return {'SecretString': json.dumps({action: [{'key_id': action, 'key': action}] for action in ACTIONS})}


def test_a_flood_of_requests_is_not_a_flood_of_calls(entrance):
    manager = CountingManager()
    with entrance.with_other(secret=Secret(manager, 'name', entrance.clock)):
        for number in range(50):
            assert entrance.post('add', BODY, {}).status_code == 401
            headers = sign(BODY, f'key {number}', 'guessed', datetime.now(UTC))
            assert entrance.post('add', BODY, headers).status_code == 401
    assert manager.calls == 1
