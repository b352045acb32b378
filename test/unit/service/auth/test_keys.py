from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from azul.errors import IssuerError
from azul.service.auth.keys import MAX_AGE, MIN_AGE, Keys


class Issuer:
    """Has keys, and a clock that stands still unless it is moved on."""

    def __init__(self, **keys: str) -> None:
        self.keys: dict[str, str] | None = keys
        self.now = 0.0
        self.asked = 0
        self.known = Keys(self.fetch, lambda: self.now)

    def fetch(self) -> Mapping[str, str]:
        self.asked += 1
        if self.keys is None:
            raise IssuerError('no answer')
        return dict(self.keys)


def test_the_issuer_is_asked_once():
    issuer = Issuer(a='A', b='B')
    assert [issuer.known.key(each) for each in 'abab'] == ['A', 'B', 'A', 'B']
    assert issuer.asked == 1


def test_a_key_that_is_new_is_found_but_not_earlier_than_after_a_while():
    issuer = Issuer(a='A')
    assert issuer.known.key('a') == 'A'
    issuer.keys = {'b': 'B'}
    assert issuer.known.key('b') is None
    issuer.now += MIN_AGE + 1
    assert issuer.known.key('b') == 'B'
    assert issuer.known.key('a') is None, 'withdrawn'


def test_whoever_makes_keys_up_has_the_issuer_asked_no_more_often_than_anybody_else():
    issuer = Issuer(a='A')
    for number in range(100):
        assert issuer.known.key(f'x{number}') is None
        assert issuer.known.key('a') == 'A'
        issuer.now += 1
    assert issuer.asked <= 1 + 100 / MIN_AGE


def test_a_key_that_is_not_listed_any_more_is_forgotten_in_time():
    issuer = Issuer(a='A')
    assert issuer.known.key('a') == 'A'
    issuer.keys = {}
    issuer.now += MAX_AGE
    assert issuer.known.key('a') == 'A'
    issuer.now += 1
    assert issuer.known.key('a') is None


def test_all_who_wait_have_the_answer_that_the_first_of_them_waited_for():
    answering = Event()

    class Slow(Issuer):
        def fetch(self) -> Mapping[str, str]:
            assert answering.wait(10)
            return super().fetch()

    issuer = Slow(a='A')
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(issuer.known.key, 'a') for _ in range(8)]
        answering.set()
        assert [each.result(10) for each in waiting] == ['A'] * 8
        assert issuer.asked == 1
        # Those who ask for what is known do not wait for those who do not.
        answering.clear()
        issuer.now += MIN_AGE + 1
        looking = pool.submit(issuer.known.key, 'b')
        assert pool.submit(issuer.known.key, 'a').result(5) == 'A'
        assert not looking.done()
        answering.set()
        assert looking.result(10) is None


def test_without_an_answer_nothing_is_believed_but_what_is_known():
    issuer = Issuer(a='A')
    assert issuer.known.key('a') == 'A'
    issuer.keys = None
    issuer.now += MIN_AGE + 1
    for _ in range(3):
        with pytest.raises(IssuerError, match='no answer'):
            issuer.known.key('b')
        assert issuer.known.key('a') == 'A'
    assert issuer.asked == 2, 'the failure is remembered, too'
    issuer.now += MAX_AGE
    with pytest.raises(IssuerError, match='no answer'):
        issuer.known.key('a')
    issuer.keys = {'a': 'A'}
    issuer.now += MIN_AGE + 1
    assert issuer.known.key('a') == 'A'
