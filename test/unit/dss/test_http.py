import pytest
import requests

from azul.dss.http import MIN_PAUSE, PATIENCE, Http
from azul.errors import StoreError
from fixtures.scripted import Answer, Scripted, SteppingClock

STORE = 'https://dss.example.org/v1'
STORAGE = 'https://storage.example.org/blob?signature=confidential'
LIMIT = 100


class Setting:
    def __init__(self, *answers: Answer | Exception) -> None:
        self.script, self.clock = Scripted.by(*answers), SteppingClock()
        self.http = Http(self.script.session(), STORE, self.clock.sleep, self.clock)

    def download(self) -> bytes | None:
        return self.http.download('/files/f', {'version': 'v'}, LIMIT)

    def pages(self) -> list[object]:
        return list(self.http.pages('/bundles/all', {}))


def referral(**headers: str) -> Answer:
    return Answer(302, headers={'Location': STORAGE, **headers})


def page(*items: int, more: str = '') -> Answer:
    return Answer(206, items, {'Link': more}) if more else Answer(200, items)


def test_every_call_says_which_replica_is_meant() -> None:
    setting = Setting(Answer(body=[]))
    setting.http.call('GET', '/bundles/b', {'version': 'v'})
    assert setting.script.urls == [f'{STORE}/bundles/b?replica=aws&version=v']


def test_a_checkout_is_waited_for_as_long_as_the_store_asks() -> None:
    token = f'{STORE}/files/f?token=t'
    setting = Setting(Answer.wait(10, Location=token), Answer.wait(3, Location=token), referral(), Answer(body=b'yes'))
    assert setting.download() == b'yes'
    assert setting.clock.slept == [10, 3]
    assert setting.script.urls[1:] == [token, token, STORAGE]


def test_a_checkout_is_not_waited_for_for_ever() -> None:
    setting = Setting(*[Answer.wait(10, Location=STORE)] * 100)
    with pytest.raises(StoreError, match='status 301'):
        setting.download()
    assert setting.clock() <= PATIENCE


def test_a_store_that_says_come_back_at_once_is_not_called_without_a_pause() -> None:
    setting = Setting(Answer.wait(0, Location=STORE), referral(), Answer())
    setting.download()
    assert setting.clock.slept == [MIN_PAUSE]


def test_redirects_in_a_circle_come_to_an_end() -> None:
    with pytest.raises(StoreError, match='status 302'):
        Setting(*[Answer(302, headers={'Location': '/here'})] * 100).download()


def test_a_redirect_to_nowhere_is_not_taken_for_an_answer() -> None:
    with pytest.raises(StoreError, match='status 301'):
        Setting(Answer(301)).download()


@pytest.mark.parametrize('status', [429, 500, 502, 503, 504])
def test_a_store_in_distress_is_asked_again_when_it_says(status: int) -> None:
    setting = Setting(Answer.wait(7, status), Answer.wait('later', status), Answer(body=[1]))
    assert setting.pages() == [[1]]
    assert setting.clock.slept == [7, 4]


def test_a_store_in_distress_is_given_up_when_it_wants_more_time_than_we_have() -> None:
    setting = Setting(Answer.wait(600, 503))
    with pytest.raises(StoreError, match='status 503') as caught:
        setting.pages()
    assert caught.value.status == 503
    assert setting.clock.slept == []


def test_a_subscription_is_not_made_twice_because_its_answer_was_an_error() -> None:
    setting = Setting(Answer.wait(1, 500), Answer())
    with pytest.raises(StoreError):
        setting.http.call('PUT', '/subscriptions', json={})
    assert len(setting.script.requests) == 1


def test_what_the_store_says_about_an_error_is_in_the_message() -> None:
    with pytest.raises(StoreError, match="/bundles/all: status 404, 'Cannot find it!'"):
        Setting(Answer(404, {'title': 'Cannot find it!'})).pages()


@pytest.mark.parametrize('error', [requests.ConnectionError(f'no route to {STORAGE}'), requests.ReadTimeout(STORAGE)])
def test_errors_of_the_network_are_translated_without_what_is_confidential(error: Exception) -> None:
    with pytest.raises(StoreError, match=type(error).__name__) as caught:
        Setting(referral(), error).download()
    assert caught.value.status is None
    assert 'confidential' not in str(caught.value)
    # Neither is it when the traceback is logged.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_what_the_storage_does_not_have_is_not_taken_for_what_the_store_does_not_have() -> None:
    with pytest.raises(StoreError, match='/blob: status 404') as caught:
        Setting(referral(), Answer(404)).download()
    assert caught.value.status is None


@pytest.mark.parametrize('quote', ['"', "'", ''])
def test_pages_are_followed_whatever_the_quotes(quote: str) -> None:
    setting = Setting(page(1, 2, more=f'<{STORE}/x?search_after=u,v&token=1>; rel={quote}next{quote}'),
                      page(more=f'</v1/y>; rel={quote}next{quote}'),
                      page(3))
    assert setting.pages() == [[1, 2], [], [3]]
    assert setting.script.urls[1:] == [f'{STORE}/x?search_after=u,v&token=1', f'{STORE}/y']


@pytest.mark.parametrize('link', ['none', '<x>; rel="previous"', '<>', ''])
def test_a_part_is_not_passed_for_the_whole(link: str) -> None:
    with pytest.raises(StoreError, match='no link to it'):
        Setting(Answer(206, [1], {'Link': link})).pages()


def test_pages_in_a_circle_come_to_an_end() -> None:
    with pytest.raises(StoreError, match='no link to it'):
        Setting(*[page(1, more='<x>; rel="next"')] * 100).pages()


def test_an_answer_that_is_not_json_is_a_damaged_one() -> None:
    with pytest.raises(StoreError, match='damaged'):
        Setting(Answer(body=b'[1, 2')).pages()


@pytest.mark.parametrize('body', [b'', b'x' * LIMIT])
def test_content_up_to_the_limit_is_downloaded(body: bytes) -> None:
    assert Setting(referral(), Answer(body=body)).download() == body


@pytest.mark.parametrize('headers', [{}, {'Content-Length': str(LIMIT + 1)}])
def test_content_beyond_the_limit_is_not(headers: dict[str, str]) -> None:
    assert Setting(referral(), Answer(body=b'x' * (LIMIT + 1), headers=headers)).download() is None


@pytest.mark.parametrize('length', ['5', '500'])
def test_content_that_is_announced_to_be_too_large_is_not_even_waited_for(length: str) -> None:
    setting = Setting(referral(), Answer(body=b'xxxxx', headers={'Content-Length': length}))
    assert setting.download() == (b'xxxxx' if length == '5' else None)


def test_content_that_breaks_off_is_noticed() -> None:
    with pytest.raises(StoreError, match='broke off after 3 of 5 bytes'):
        Setting(referral(), Answer(body=b'xxx', headers={'Content-Length': '5'})).download()
