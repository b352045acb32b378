"""What the data store says of a file, and what is made of it."""
import pytest
import requests

from azul.dss.client import DssClient
from azul.dss.files import MAX_TOKEN, Facts, Pending, Ready
from azul.dss.http import Http
from azul.errors import StoreError, StoreTimeout
from fixtures.scripted import Answer, Scripted, SteppingClock

STORE = 'https://dss.example.org/v1'
UUID = '00000000-0000-4000-8000-000000000000'
FILE = f'{STORE}/files/{UUID}'
STORAGE = 'https://storage.example.org/blob?signature=confidential'


class Setting:
    def __init__(self, *answers: Answer | Exception, store: str = STORE) -> None:
        self.script, self.clock = Scripted.by(*answers), SteppingClock()
        self.client = DssClient(Http(self.script.session(), store, self.clock.sleep, self.clock), workers=1)

    def place(self, **parameters: str) -> Ready | Pending:
        return self.client.place(UUID, parameters)

    def fault(self, **parameters: str) -> StoreError:
        with pytest.raises(StoreError) as caught:
            self.place(**parameters)
        assert 'confidential' not in str(caught.value)
        return caught.value


def to(location: str, status: int = 302, **headers: str) -> Answer:
    return Answer(status, headers={'Location': location, **headers})


def test_a_file_that_is_there_is_at_a_url():
    setting = Setting(to(STORAGE))
    assert setting.place(version='v', content_disposition='a') == Ready(STORAGE)
    assert setting.script.urls == [f'{FILE}?replica=aws&version=v&content_disposition=a']


def test_the_replica_can_be_another_one():
    setting = Setting(to(STORAGE))
    setting.place(replica='gcp')
    assert setting.script.urls == [f'{FILE}?replica=gcp']


def test_the_store_is_asked_once_and_nobody_waits():
    location = f'{FILE}?replica=aws&version=v&token=%7B%22a%22%3A1%7D&content_disposition=a'
    setting = Setting(to(location, 301, **{'Retry-After': '10'}))
    assert setting.place() == Pending({'replica': 'aws', 'version': 'v', 'token': '{"a":1}'}, 10)
    assert setting.clock.slept == []


@pytest.mark.parametrize('location', [f'/v1/files/{UUID}?token=t', f'http://internal.example/v1/files/{UUID}?token=t'])
def test_of_a_location_to_ask_again_at_only_the_query_matters(location: str):
    assert Setting(to(location, 301)).place() == Pending({'token': 't'}, None)


@pytest.mark.parametrize('answer', [
    to('https://elsewhere.example/', 301),
    to(f'https://dss.example.org/v1/files/{UUID.replace("4", "5")}?token=t', 301),
    to(f'{FILE}?token=t', 302),
    to('', 302),
    to(f'{FILE}?token=a&token=b', 301),
    to(f'{FILE}?token={"x" * (MAX_TOKEN + 1)}', 301),
    to('s3://bucket/key'),
    to('gs://bucket/key'),
    to('http://storage.example.org/blob?signature=confidential'),
    to('https://user:confidential@storage.example.org/blob'),
    to('javascript:alert(1)'),
    to('https://storage.example.org/a b'),
    to('https://storage.example.org/\xff'),
    to('https://[storage.example.org/blob'),
])
def test_a_redirect_that_makes_no_sense_is_an_error_without_a_status(answer: Answer):
    fault = Setting(answer).fault()
    assert 'damaged answer' in str(fault)
    assert fault.status is None


def test_a_store_that_does_without_encryption_may_have_a_storage_that_does_so():
    setting = Setting(to('http://127.0.0.1:1/blob'), store='http://127.0.0.1:2/v1')
    assert setting.place() == Ready('http://127.0.0.1:1/blob')


@pytest.mark.parametrize('status', [200, 204, 304, 400, 404, 410, 422, 429, 500, 502, 503])
def test_whatever_else_the_store_says_is_an_error_with_its_status(status: int):
    setting = Setting(Answer(status, {'title': 'Because.'}, {'Retry-After': '1'}))
    fault = setting.fault()
    assert fault.status == status
    assert 'Because.' in str(fault)
    assert setting.clock.slept == [], 'nor does anybody try again'


def test_no_answer_is_told_from_none_in_time():
    assert type(Setting(requests.ConnectionError('confidential')).fault()) is StoreError
    for late in requests.ReadTimeout('confidential'), requests.ConnectTimeout('confidential'):
        assert type(Setting(late).fault()) is StoreTimeout


def test_facts_of_a_file_come_without_its_content():
    headers = {'X-DSS-SIZE': '12', 'X-DSS-SHA256': 'ab'}
    for answer in Answer(200, headers=headers), to(STORAGE, **headers):
        setting = Setting(answer)
        assert setting.client.facts(UUID, 'v') == Facts(12, 'ab')
        assert [request.method for request in setting.script.requests] == ['HEAD']
        assert setting.script.urls == [f'{FILE}?replica=aws&version=v']


def test_facts_may_be_unknown():
    assert Setting(Answer()).client.facts(UUID, None) == Facts(None, None)
    assert Setting(Answer(headers={'X-DSS-SIZE': 'many'})).client.facts(UUID, None) == Facts(None, None)
    with pytest.raises(StoreError) as caught:
        Setting(Answer(404)).client.facts(UUID, None)
    assert caught.value.status == 404
