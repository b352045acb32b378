from azul.indexer.subscription import Plan, plan, wanted
from azul.projects.toy import plugin

SECRET = {'add': [{'key_id': 'new', 'key': 'N'}, {'key_id': 'old', 'key': 'O'}],
          'delete': [{'key_id': 'gone', 'key': 'G'}]}

ADD, DELETE = wanted(plugin, 'http://indexer', SECRET)


def existing(subscription, uuid, **changes):
    return {'uuid': uuid, 'owner': 'us', 'callback_url': subscription.callback_url, 'es_query': subscription.query,
            'hmac_key_id': subscription.key_id, **changes}


def test_there_is_one_for_additions_and_one_for_deletions_signed_with_the_newest_keys():
    assert (ADD.callback_url, ADD.key_id, ADD.key) == ('http://indexer/', 'new', 'N')
    assert (DELETE.callback_url, DELETE.key_id, DELETE.key) == ('http://indexer/delete', 'gone', 'G')
    assert ADD.query != DELETE.query


def test_what_exists_is_left_alone():
    assert plan([ADD, DELETE], [existing(DELETE, '2'), existing(ADD, '1')]) == Plan([], [])


def test_what_differs_is_replaced():
    for changes in {'callback_url': 'http://elsewhere/'}, {'es_query': {}}, {'hmac_key_id': 'old'}:
        assert plan([ADD, DELETE], [existing(ADD, '1', **changes)]) == Plan(['1'], [ADD, DELETE])


def test_duplicates_are_stale():
    assert plan([ADD], [existing(ADD, '1'), existing(ADD, '2')]) == Plan(['2'], [])


def test_wanting_none_makes_all_stale():
    assert plan([], [existing(ADD, '1'), existing(DELETE, '2')]) == Plan(['1', '2'], [])
