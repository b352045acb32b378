from typing import Any

import pytest

from azul.errors import BadRequest
from azul.projects.toy import plugin
from azul.service import page
from azul.service.page import Page
from azul.service.query import composed
from azul.service.restriction import UNRESTRICTED

FIELDS = plugin.schema.indexed_fields('toys')


def parse(**parameters: str) -> Page:
    return page.parse(parameters, FIELDS, plugin.aliases, 'toyName', 'asc')


def body(**parameters: str) -> Any:
    body = composed(UNRESTRICTED, parse(**parameters))
    del body['query']
    return body


def refusal(**parameters: str) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        parse(**parameters)
    return caught.value


def sorting(field: str, order: str, missing: str, tie_break: str) -> Any:
    return [{f'fields.{field}.value': {'order': order, 'mode': 'min', 'missing': missing}},
            {'entity_id': {'order': tie_break}}]


def test_a_page_asks_for_one_hit_more_than_it_has():
    assert body() == {'sort': sorting('toyName', 'asc', '_last', 'asc'), 'size': 11, 'track_total_hits': True}


def test_nulls_are_last_in_descending_order_too():
    assert body(order='desc', sort='maker', size='1')['sort'] == sorting('maker', 'desc', '_last', 'asc')


def test_a_page_goes_on_after_a_position():
    assert body(search_after='"x"', search_after_uid='1')['search_after'] == ['x', '1']


def test_the_page_before_a_position_is_asked_for_backwards():
    assert body(search_before='"x"', search_before_uid='1') == {
        'sort': sorting('toyName', 'desc', '_first', 'desc'), 'search_after': ['x', '1'], 'size': 11,
        'track_total_hits': True
    }


@pytest.mark.parametrize(('name', 'order', 'value'), [
    ('search_after', 'asc', 2 ** 63 - 1),
    ('search_after', 'desc', -2 ** 63),
    ('search_before', 'asc', 2 ** 63 - 1),
    ('search_before', 'desc', -2 ** 63),
])
def test_a_number_that_is_null_has_the_position_that_the_engine_gives_it(name, order, value):
    parameters = {name: 'null', f'{name}_uid': '1'}
    assert body(sort='pieces', order=order, **parameters)['search_after'] == [value, '1']
    assert body(sort='toyName', order=order, **parameters)['search_after'] == [None, '1']


def test_older_clients_put_something_in_front_of_the_id():
    assert body(search_after='3', search_after_uid='doc#1', sort='pieces')['search_after'] == [3, '1']


def test_an_alias_is_sorted_by_its_field_and_echoed():
    wanted = parse(sort='boxLabel')
    assert wanted.field is FIELDS['label']
    assert read(wanted, [], 0)[1]['sort'] == 'boxLabel'


def hit(value: Any, entity_id: str) -> Any:
    return {'sort': [value, entity_id]}


def read(wanted: Page, hits: list[Any], total: int) -> Any:
    return wanted.read({'hits': hits, 'total': {'value': total, 'relation': 'eq'}})


A, B, C = hit('a', '1'), hit('b', '2'), hit(None, '3')


def test_the_only_page_has_no_neighbours():
    hits, pagination = read(parse(), [A, B, C], 3)
    assert hits == [A, B, C]
    assert pagination == {
        'count': 3, 'total': 3, 'size': 10, 'pages': 1, 'sort': 'toyName', 'order': 'asc',
        'search_after': None, 'search_after_uid': None, 'search_before': None, 'search_before_uid': None
    }


def neighbours(pagination: dict[str, Any]) -> list[Any]:
    return [pagination[name] for name in
            ('search_after', 'search_after_uid', 'search_before', 'search_before_uid')]


def test_the_first_page_has_a_next_one():
    hits, pagination = read(parse(size='2'), [A, B, C], 3)
    assert hits == [A, B]
    assert neighbours(pagination) == ['"b"', '2', None, None]
    assert (pagination['count'], pagination['pages']) == (2, 2)


def test_the_last_page_has_a_previous_one():
    hits, pagination = read(parse(size='2', search_after='"b"', search_after_uid='2'), [C], 3)
    assert hits == [C]
    assert neighbours(pagination) == [None, None, 'null', '3']


def test_a_page_in_the_middle_has_both():
    _, pagination = read(parse(size='1', search_after='"a"', search_after_uid='1'), [B, C], 3)
    assert neighbours(pagination) == ['"b"', '2', '"b"', '2']


def test_going_back_turns_the_hits_around():
    hits, pagination = read(parse(size='1', search_before='null', search_before_uid='3'), [B, A], 3)
    assert hits == [B]
    assert neighbours(pagination) == ['"b"', '2', '"b"', '2']


def test_going_back_to_the_first_page_there_is_none_before():
    hits, pagination = read(parse(size='2', search_before='null', search_before_uid='3'), [B, A], 3)
    assert hits == [A, B]
    assert neighbours(pagination) == ['"b"', '2', None, None]


@pytest.mark.parametrize('position', [{}, {'search_after': '"x"', 'search_after_uid': '9'},
                                      {'search_before': '"x"', 'search_before_uid': '9'}])
def test_where_there_is_nothing_there_are_no_positions(position):
    hits, pagination = read(parse(**position), [], 0)
    assert hits == []
    assert neighbours(pagination) == [None] * 4
    assert pagination['pages'] == 0


@pytest.mark.parametrize('value', ['"b"', 'null'])
def test_an_empty_page_leads_to_where_the_hits_are_that_at_its_position_included(value):
    # Ids are in the order of their characters, and an id comes after its own beginning.
    hits, pagination = read(parse(search_after=value, search_after_uid='25'), [], 3)
    assert (hits, *neighbours(pagination)) == ([], None, None, value, '25~')
    hits, pagination = read(parse(search_before=value, search_before_uid='25'), [], 3)
    assert (hits, *neighbours(pagination)) == ([], value, '2', None, None)


def test_an_empty_page_does_so_if_its_position_is_as_small_as_can_be():
    _, pagination = read(parse(search_before='""', search_before_uid=''), [], 3)
    assert neighbours(pagination) == ['""', '', None, None]


@pytest.mark.parametrize('sentinel', [2 ** 63 - 1, -2 ** 63])
def test_what_the_engine_takes_a_missing_number_for_is_null(sentinel):
    _, pagination = read(parse(size='1', sort='pieces'), [hit(sentinel, '1'), hit(sentinel, '2')], 2)
    assert neighbours(pagination)[:2] == ['null', '1']


@pytest.mark.parametrize('text', ['0', '1001', '-1', '1.0', 'x', '', ' 1', '٣', '1_0', '+5', '9' * 5000])
def test_a_page_has_between_1_and_1000_hits(text):
    assert refusal(size=text).text.startswith('Invalid value')
    assert '`size`' in refusal(size=text).text


def test_the_bounds_of_the_size_are_possible():
    assert (parse(size='1').size, parse(size='1000').size, parse(size='0015').size) == (1, 1000, 15)


@pytest.mark.parametrize('text', ['bad-facet', '', 'ages'])
def test_an_undefined_facet_to_sort_by_is_refused_with_those_that_are_defined(text):
    error = refusal(sort=text)
    assert error.text == f'Unable to sort by undefined facet {text}.'
    assert error.allowed is not None
    assert {'maker', 'boxLabel', 'entryId'} <= set(error.allowed)
    assert 'ages' not in error.allowed, 'ranges have no order'


@pytest.mark.parametrize('text', ['', 'ASC', 'up'])
def test_there_are_two_orders(text):
    assert refusal(order=text).allowed == ['asc', 'desc']


def test_only_one_position_can_be_given():
    assert refusal(search_after='"x"', search_after_uid='1', search_before='"x"', search_before_uid='1').text == (
        'Bad arguments, only one of search_after or search_before can be set'
    )


@pytest.mark.parametrize('name', ['search_after', 'search_after_uid', 'search_before', 'search_before_uid'])
def test_a_position_is_a_pair(name):
    assert 'can only be set together' in refusal(**{name: 'null'}).text


@pytest.mark.parametrize(('sort', 'value'), [
    ('toyName', 'x'), ('toyName', '1'), ('toyName', ''), ('toyName', '["x"]'), ('toyName', 'true'),
    ('pieces', '"1"'), ('pieces', 'true'), ('pieces', '1.5'), ('pieces', str(2 ** 63)), ('pieces', str(2 ** 65)),
])
def test_the_value_of_a_position_fits_the_field(sort, value):
    assert '`search_after`' in refusal(sort=sort, search_after=value, search_after_uid='1').text
