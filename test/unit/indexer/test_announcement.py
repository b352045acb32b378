from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests

from azul.dss.signature import verify
from azul.errors import SecretError
from azul.index.bundle import JSON, BundleFQID
from azul.indexer import notification
from azul.indexer.announcement import SUBSCRIPTION, DoorAnnouncer
from fixtures.scripted import Answer, Handler, Scripted, SteppingClock

INDEXER = 'https://indexer.example.org/below'
BUNDLES = [BundleFQID(f'{number:08x}-0000-4000-8000-000000000000', '2020-01-01T000000.000000Z') for number in range(3)]
QUERY = {'query': {'match_all': {}}}
TAKEN = Answer(202)


class Known:
    """A secret that everybody knows."""

    def __init__(self, **keys: object) -> None:
        self.value = keys

    def read(self) -> JSON:
        return self.value


SECRET = Known(add=[{'key_id': 'new', 'key': 'sesame'}, {'key_id': 'old', 'key': 'simsim'}],
               delete=[{'key_id': 'other', 'key': 'secret'}])


class Setting:
    def __init__(self, handler: Handler, secret: Known = SECRET, direct: bool = False, workers: int = 1) -> None:
        self.script, self.clock = Scripted(handler), SteppingClock()
        self.announcer = DoorAnnouncer(self.script.session(), INDEXER, secret, QUERY, direct, workers, self.clock.sleep)

    @classmethod
    def answering(cls, *answers: Answer | Exception) -> 'Setting':
        remaining = iter(answers)
        return cls(lambda request: next(remaining))


def bundle_of(request: requests.PreparedRequest) -> BundleFQID:
    return notification.parse(orjson.loads(request.body), 'add')


@pytest.mark.parametrize('direct', [True, False])
def test_notifications_are_signed_and_say_that_they_are_ours(direct):
    setting = Setting(lambda request: TAKEN, direct=direct)
    assert list(setting.announcer.announce(BUNDLES)) == ['', '', '']
    transactions = set()
    for request, bundle in zip(setting.script.requests, BUNDLES, strict=True):
        url = urlsplit(request.url)
        assert (url.hostname, url.path) == ('indexer.example.org', '/below/')
        assert parse_qs(url.query) == ({'sync': ['true']} if direct else {})
        assert request.headers['Content-Type'] == 'application/json'
        verify(f'post {request.path_url}', request.headers, request.body, {'new': 'sesame'}, datetime.now(UTC))
        body = orjson.loads(request.body)
        transactions.add(body.pop('transaction_id'))
        assert body == {'subscription_id': SUBSCRIPTION, 'es_query': QUERY,
                        'match': {'bundle_uuid': bundle.uuid, 'bundle_version': bundle.version}}
    assert len(transactions) == 3


def test_what_is_refused_is_told_by_bundle_and_the_others_go_on():
    def handler(request: requests.PreparedRequest) -> Answer:
        refusal = Answer(400, {'Code': 'BadRequestError', 'Message': 'BadRequestError: no good'})
        return refusal if bundle_of(request) == BUNDLES[1] else TAKEN

    for workers in 1, 3:
        setting = Setting(handler, workers=workers)
        assert list(setting.announcer.announce(BUNDLES)) == ['', 'status 400, BadRequestError: no good', '']
        assert setting.clock.slept == []


@pytest.mark.parametrize('trouble', [Answer(503), Answer(500), Answer(504), Answer(429),
                                     requests.ConnectionError(), requests.ReadTimeout()])
def test_what_may_pass_is_tried_again(trouble):
    setting = Setting.answering(trouble, trouble, TAKEN)
    assert list(setting.announcer.announce(BUNDLES[:1])) == ['']
    assert setting.clock.slept == [1, 2]


@pytest.mark.parametrize(('trouble', 'fault'), [
    (Answer(503, b'<html>Busy'), 'status 503, <html>Busy'),
    (Answer(500, {'Message': ['x']}), "status 500, ['x']"),
    (Answer(502, [1]), 'status 502, [1]'),
    (requests.ConnectionError('with a key in it'), 'no answer: ConnectionError')
])
def test_what_does_not_pass_is_told(trouble, fault):
    setting = Setting(lambda request: trouble)
    assert list(setting.announcer.announce(BUNDLES[:1])) == [fault]
    assert len(setting.script.requests) == 4


@pytest.mark.parametrize('status', [200, 301, 401, 403])
def test_only_202_is_taken_for_success_and_redirects_are_not_followed(status):
    setting = Setting(lambda request: Answer(status, headers={'Location': 'https://elsewhere.example.org/'}))
    fault, = setting.announcer.announce(BUNDLES[:1])
    assert fault.startswith(f'status {status}')
    assert len(setting.script.requests) == 1


@pytest.mark.parametrize('secret', [Known(), Known(add=[]), Known(add=[{'key_id': 'x'}])])
def test_without_a_key_nothing_is_sent(secret):
    setting = Setting(lambda request: TAKEN, secret)
    with pytest.raises(SecretError):
        list(setting.announcer.announce(BUNDLES))
    assert setting.script.requests == []
