import pytest

from azul.errors import SecretError
from azul.indexer.subscription import Ours, Plan, carry_out, plan, wanted
from azul.projects.toy import plugin

URL = 'http://indexer'

SECRET = {'add': [{'key_id': 'new', 'key': 'N'}, {'key_id': 'old', 'key': 'O'}],
          'delete': [{'key_id': 'gone', 'key': 'G'}]}

OURS = Ours.of(URL, SECRET)

ADD, DELETE = wanted(plugin, URL, SECRET)


def existing(subscription, uuid, **changes):
    return {'uuid': uuid, 'owner': 'us', 'callback_url': subscription.callback_url, 'es_query': subscription.query,
            'hmac_key_id': subscription.key_id, **changes}


def test_there_is_one_for_additions_and_one_for_deletions_signed_with_the_newest_keys():
    assert (ADD.callback_url, ADD.key_id, ADD.key) == ('http://indexer/', 'new', 'N')
    assert (DELETE.callback_url, DELETE.key_id, DELETE.key) == ('http://indexer/delete', 'gone', 'G')
    assert ADD.query != DELETE.query


def test_they_are_about_bundles_of_a_prefix():
    assert {str(each.query).count("'42'") for each in wanted(plugin, URL, SECRET, '42')} == {1}


def test_it_does_not_matter_how_the_url_ends():
    assert wanted(plugin, f'{URL}/', SECRET) == [ADD, DELETE]


def test_keys_are_not_shown():
    assert "'N'" not in repr(ADD)


@pytest.mark.parametrize('secret', [{}, {'add': []}, {'add': SECRET['add']}, {'add': [{'key_id': 'hush'}]}], ids=str)
def test_there_is_no_subscribing_without_keys(secret):
    with pytest.raises(SecretError) as caught:
        wanted(plugin, URL, secret)
    assert 'hush' not in str(caught.value)


def test_what_exists_is_left_alone():
    assert plan([ADD, DELETE], [existing(DELETE, '2'), existing(ADD, '1')], OURS) == Plan([], [])


@pytest.mark.parametrize('changes', [
    {'callback_url': 'http://elsewhere/'}, {'es_query': {}}, {'hmac_key_id': 'old'}, {'hmac_key_id': 'forgotten'},
    {'callback_url': 'http://elsewhere/', 'hmac_key_id': 'old'}
], ids=str)
def test_what_differs_is_replaced(changes):
    stale = existing(ADD, '1', **changes)
    assert plan([ADD, DELETE], [stale], OURS) == Plan([stale], [ADD, DELETE])


@pytest.mark.parametrize('url', ['http://indexer2/', 'http://indexer/deleted', 'http://indexer.other/', 'http://indexer/x/'])
def test_what_neither_calls_us_nor_has_a_key_of_ours_is_none_of_our_business(url):
    other = existing(ADD, '1', callback_url=url, hmac_key_id='theirs')
    assert plan([ADD], [other], OURS) == Plan([], [ADD], [other])
    assert plan([], [other], OURS) == Plan([], [], [other])


def test_duplicates_are_stale():
    assert plan([ADD], [existing(ADD, '1'), existing(ADD, '2')], OURS) == Plan([existing(ADD, '2')], [])


def test_wanting_none_makes_all_of_ours_stale_even_if_the_keys_are_gone():
    ours = [existing(ADD, '1'), existing(DELETE, '2')]
    assert plan([], ours, OURS) == plan([], ours, Ours.of(URL, {})) == Plan(ours, [])


class Listening:
    """A data store that only takes note."""

    def __init__(self):
        self.heard = []

    def subscriptions(self):
        return []

    def subscribe(self, *args):
        self.heard.append(args)

    def unsubscribe(self, uuid):
        self.heard.append(uuid)


def test_there_is_no_time_without_a_subscription():
    store = Listening()
    carry_out(Plan([existing(ADD, '1', hmac_key_id='old')], [ADD]), store)
    assert store.heard == [(ADD.callback_url, ADD.query, 'new', 'N'), '1']
