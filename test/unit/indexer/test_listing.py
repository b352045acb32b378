from collections.abc import Iterable
from itertools import product
from uuid import UUID

import pytest

from azul.errors import ConfigurationError, StoreError
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.listing import Listing, parse_query

BUNDLES = [BundleFQID(str(UUID(f'{first:x}{second:x}' + '0' * 30)), version)
           for first, second, version in product(range(16), range(0, 16, 5), ('1', '2'))]


class Shop:
    """A data store that remembers what it was asked for."""

    def __init__(self, trouble: str = '') -> None:
        self.prefixes: list[str] = []
        self.queries: list[JSON] = []
        self.trouble = trouble

    def list_bundles(self, prefix: str = '') -> Iterable[BundleFQID]:
        self.prefixes.append(prefix)
        if prefix == self.trouble != '':
            raise StoreError('closed')
        return [bundle for bundle in BUNDLES if bundle.uuid.startswith(prefix)]

    def search(self, es_query: JSON) -> Iterable[BundleFQID]:
        self.queries.append(es_query)
        return BUNDLES[:3]


@pytest.mark.parametrize('workers', [1, 5])
@pytest.mark.parametrize(('prefix', 'partition', 'lists'), [
    ('', 0, 1), ('', 1, 16), ('', 2, 256), ('a', 0, 1), ('a', 1, 16), ('a5000', 3, 4096), (BUNDLES[9].uuid, 0, 1)
])
def test_partitions_have_together_what_a_prefix_has(prefix, partition, lists, workers):
    shop = Shop()
    listed = list(Listing(shop, prefix, partition, workers=workers).bundles())
    assert sorted(listed) == [bundle for bundle in BUNDLES if bundle.uuid.startswith(prefix)]
    assert listed
    assert len(set(shop.prefixes)) == len(shop.prefixes) == lists
    assert {len(each) for each in shop.prefixes} == {len(prefix) + partition}


def test_a_query_is_narrowed_to_what_is_not_deleted():
    shop = Shop()
    query = {'query': {'match': {'uuid': 'x'}}, 'more': 1}
    assert list(Listing(shop, es_query=query).bundles()) == BUNDLES[:3]
    assert shop.queries == [{'more': 1, 'query': {'bool': {
        'must': [query['query']], 'must_not': [{'term': {'admin_deleted': True}}]
    }}}]
    assert shop.prefixes == []


def test_a_list_that_fails_is_not_passed_over_and_those_that_wait_are_not_begun():
    shop = Shop('20')
    with pytest.raises(StoreError, match='closed'):
        list(Listing(shop, partition=2, workers=2).bundles())
    assert len(shop.prefixes) <= 40


@pytest.mark.parametrize(('arguments', 'fault'), [
    ({'prefix': 'A'}, 'not how a uuid begins'),
    ({'prefix': '0x'}, 'not how a uuid begins'),
    ({'prefix': '0\n'}, 'not how a uuid begins'),
    ({'prefix': '0' * 9}, 'not how a uuid begins'),
    ({'prefix': BUNDLES[0].uuid + '0'}, 'not how a uuid begins'),
    ({'partition': -1}, 'by 0 to 4 digits, not by -1'),
    ({'partition': 5}, 'by 0 to 4 digits, not by 5'),
    ({'prefix': '123456', 'partition': 3}, 'together have more than 8'),
    ({'prefix': '1', 'es_query': {'query': {}}}, 'either a query'),
    ({'partition': 1, 'es_query': {'query': {}}}, 'either a query'),
    ({'es_query': {}}, 'an object `query`'),
    ({'es_query': {'query': []}}, 'an object `query`'),
])
def test_what_makes_no_sense_is_refused_before_anything_is_asked_for(arguments, fault):
    with pytest.raises(ConfigurationError, match=fault):
        Listing(Shop(), **arguments)


@pytest.mark.parametrize(('text', 'fault'), [('{', 'not JSON'), ('', 'not JSON'), ('[]', 'object'), ('null', 'object')])
def test_a_query_must_be_a_json_object(text, fault):
    with pytest.raises(ConfigurationError, match=fault):
        parse_query(text)
    assert parse_query('{"query": {"match_all": {}}}') == {'query': {'match_all': {}}}
