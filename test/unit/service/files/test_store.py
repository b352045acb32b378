"""Waiting for the data store, and what callers are told of its troubles."""
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from azul.dss.client import DssClient
from azul.dss.files import Facts, Ready
from azul.dss.http import Http
from azul.errors import BadRequest, NotFound
from azul.service.files.store import HOLD, MAX_PAUSE, MAX_REQUESTS, FileStore, Later, StoreFault
from fixtures.scripted import Answer, Scripted, SteppingClock

STORE = 'https://dss.example.org/v1'
UUID = '00000000-0000-4000-8000-000000000000'
STORAGE = 'https://storage.example.org/blob'

FOUND = Answer(302, headers={'Location': STORAGE})


def wait(seconds: object, token: str = 't') -> Answer:
    return Answer.wait(seconds, Location=f'{STORE}/files/{UUID}?replica=aws&version=store&token={token}')


class Setting:
    def __init__(self, script: Scripted) -> None:
        self.script, self.clock = script, SteppingClock()
        client = DssClient(Http(script.session(), STORE, self.clock.sleep, self.clock), workers=1)
        self.store = FileStore(client, self.clock, self.clock.sleep)

    @classmethod
    def by(cls, *answers: Answer | Exception) -> 'Setting':
        return cls(Scripted.by(*answers))

    @classmethod
    def always(cls, answer: Answer) -> 'Setting':
        return cls(Scripted(lambda request: answer))

    def place(self, requests: int = 0, hold: float = 0, **parameters: str) -> Ready | Later:
        return self.store.place(UUID, parameters, requests, self.clock() + hold)


def test_what_is_there_is_told_at_once():
    setting = Setting.by(FOUND)
    assert setting.place() == Ready(STORAGE)
    assert setting.clock.slept == []


def test_who_does_not_wait_is_told_when_to_come_again_and_with_what():
    setting = Setting.by(wait(10))
    assert setting.place(version='v', content_disposition='x') == Later(
        {'replica': 'aws', 'version': 'v', 'content_disposition': 'x', 'token': 't'}, 1, 1)
    assert setting.clock() == 0


def test_the_newest_token_counts_but_the_version_stays():
    later = Setting.by(wait(10, 'new')).place(version='v', token='old')
    assert isinstance(later, Later)
    assert (later.parameters['token'], later.parameters['version']) == ('new', 'v')


def test_pauses_grow_until_they_are_as_long_as_the_store_wants():
    pauses = [later.pause for number in range(30)
              if isinstance(later := Setting.by(wait(10)).place(number), Later)]
    assert pauses[:10] == [1, 1, 1, 2, 2, 3, 4, 6, 8, 10]
    assert set(pauses[9:]) == {10}


@pytest.mark.parametrize(('wanted', 'greatest'), [
    ('3', 3), ('0', 1), ('0.5', 1), ('999999999', MAX_PAUSE), ('tomorrow', MAX_PAUSE), ('-1', MAX_PAUSE),
    ('', MAX_PAUSE),
])
def test_pauses_make_sense_whatever_the_store_wants(wanted: str, greatest: int):
    later = Setting.by(wait(wanted)).place(MAX_REQUESTS - 2)
    assert isinstance(later, Later)
    assert later.pause == greatest


def test_who_waits_is_told_as_soon_as_it_is_there():
    setting = Setting.by(wait(10, 'a'), wait(10, 'b'), wait(10, 'c'), FOUND)
    assert setting.place(hold=HOLD) == Ready(STORAGE)
    assert setting.clock() == 3
    tokens = [(url or '').partition('token=')[2] for url in setting.script.urls]
    assert tokens == ['', 'a', 'b', 'c']


def test_nobody_waits_for_longer_than_the_gateway_does():
    setting = Setting.always(wait(10))
    later = setting.place(hold=HOLD)
    assert isinstance(later, Later)
    assert setting.clock() == HOLD
    assert later.requests == len(setting.script.requests)
    again = setting.place(later.requests, HOLD)
    assert isinstance(again, Later)
    assert again.requests > later.requests
    assert setting.clock() == 2 * HOLD


def test_of_a_pause_that_was_waited_for_in_part_only_the_rest_is_left():
    later = Setting.by(wait(50)).place(50, hold=20)
    assert later == Later({'replica': 'aws', 'version': 'store', 'token': 't'}, 51, 30)


def test_a_store_that_always_says_later_is_believed_for_a_while_only():
    setting = Setting.always(wait(1))
    for number in range(MAX_REQUESTS - 1):
        later = setting.place(number)
        assert isinstance(later, Later)
        assert later.requests == number + 1
    with pytest.raises(StoreFault, match='too long') as caught:
        setting.place(later.requests)
    assert (caught.value.status, caught.value.code) == (504, 'GatewayTimeoutError')
    assert len(setting.script.requests) == MAX_REQUESTS
    with pytest.raises(StoreFault):
        Setting.always(wait(1)).place(hold=10 ** 6)


@given(st.lists(st.integers(0, 200), max_size=40), st.integers(0, MAX_REQUESTS - 50), st.integers(0, HOLD))
def test_whatever_the_store_wants_nobody_is_held_for_longer_and_nothing_is_forgotten(wanted, asked, hold):
    setting = Setting.by(*(wait(seconds, str(number)) for number, seconds in enumerate(wanted)), FOUND)
    found = setting.place(asked, hold, version='v', content_disposition='x')
    assert setting.clock() <= hold
    if isinstance(found, Later):
        assert 1 <= found.pause <= MAX_PAUSE
        assert found.requests == asked + len(setting.script.requests)
        assert found.parameters == {'replica': 'aws', 'version': 'v', 'content_disposition': 'x',
                                    'token': str(len(setting.script.requests) - 1)}
    else:
        assert len(setting.script.requests) == len(wanted) + 1


@pytest.mark.parametrize(('answer', 'status', 'text'), [
    (Answer(429), 503, 'later'),
    (Answer(503), 503, 'later'),
    (Answer(504), 503, 'later'),
    (Answer(500), 502, 'makes no sense'),
    (Answer(403), 502, 'makes no sense'),
    (Answer(200), 502, 'makes no sense'),
    (Answer(302, headers={'Location': 's3://bucket/key'}), 502, 'makes no sense'),
    (requests.ConnectionError('secret'), 502, 'cannot be reached'),
    (requests.ReadTimeout('secret'), 504, 'in time'),
])
def test_faults_of_the_store_are_told_as_such(answer: Answer | Exception, status: int, text: str):
    with pytest.raises(StoreFault, match=text) as caught:
        Setting.by(answer).place()
    assert (caught.value.status, caught.value.headers) == (status, {'Retry-After': '10'})
    assert 'secret' not in str(caught.value)
    with pytest.raises(StoreFault):
        Setting.by(Answer(500)).store.facts(UUID, None)


def test_what_the_caller_got_wrong_is_told_as_such():
    with pytest.raises(NotFound, match=UUID):
        Setting.by(Answer(404)).place()
    with pytest.raises(BadRequest, match='token'):
        Setting.by(Answer(400)).place(token='x')
    with pytest.raises(NotFound):
        Setting.by(Answer(404)).store.facts(UUID, None)
    assert Setting.by(Answer(headers={'X-DSS-SIZE': '1'})).store.facts(UUID, None) == Facts(1, None)
