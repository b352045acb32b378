import json
from typing import Any

import pytest

from azul.errors import BadRequest
from azul.index.mapping import NULL_TERM
from azul.index.terms import MAX_TERMS
from azul.projects.toy import plugin
from azul.service import filters
from azul.service.facets import MAX_BUCKETS, MAX_PREFIX, Counting, Facet, countings, parameters
from azul.service.query import composed
from azul.service.restriction import UNRESTRICTED

FIELDS = plugin.schema.indexed_fields('toys')
LIVE = {'term': {'live': True}}


def facet(name: str, **options: Any) -> Facet:
    return Facet(FIELDS[name], [FIELDS[detail] for detail in FIELDS[name].term_details], **options)


def searches(*names: str, max_buckets: int = MAX_BUCKETS, detailed: bool = True, **described: Any) -> list[Any]:
    """Each search that counts some of the facets: the filters beside that of all searches, and the aggregations."""
    parsed = filters.parse(json.dumps(described), FIELDS, plugin.aliases)
    found = []
    for each in countings([facet(name, detailed=detailed) for name in names], parsed, max_buckets):
        body = composed(UNRESTRICTED, each)
        live, *others = body['query']['bool']['filter']
        assert live == LIVE
        assert (body['size'], body['track_total_hits']) == (0, True)
        found.append((others, body['aggs']))
    return found


def terms(field: str, **inner: Any) -> Any:
    return {'terms': {'field': f'fields.{field}', 'size': MAX_TERMS}, **inner}


def test_facets_without_a_filter_share_a_search():
    assert searches('colour', 'wooden', 'maker') == [
        ([], {'colour': terms('colour'), 'wooden': terms('wooden'), 'maker': terms('maker')})
    ]


def test_a_facet_with_details_has_a_search_of_its_own():
    assert searches('colour', 'label') == [
        ([], {'label': terms('label', aggs={'boxId': terms('boxId')})}), ([], {'colour': terms('colour')})
    ]
    assert searches('colour', 'label', detailed=False) == [([], {'colour': terms('colour'), 'label': terms('label')})]


def test_a_facet_with_a_filter_is_counted_as_if_there_was_none():
    colour, maker = {'terms': {'fields.colour': ['red']}}, {'terms': {'fields.maker': [NULL_TERM]}}
    assert searches('maker', 'colour', 'wooden', colour={'is': ['red']}, maker={'is': [None]}) == [
        ([colour], {'maker': terms('maker')}),
        ([maker], {'colour': terms('colour')}),
        ([colour, maker], {'wooden': terms('wooden')}),
    ]


def test_filters_of_what_is_no_facet_concern_all_facets():
    pieces = {'terms': {'fields.pieces': ['3']}}
    assert searches('colour', 'maker', pieces={'is': [3]}, colour={'is': ['red']}) == [
        ([pieces], {'colour': terms('colour')}),
        ([pieces, {'terms': {'fields.colour': ['red']}}], {'maker': terms('maker')}),
    ]


def test_no_more_facets_share_a_search_than_have_no_more_terms_than_the_engine_allows():
    names = ['colour', 'wooden', 'maker', 'format', 'toyName', 'pictureName', 'pictureId']
    assert [len(aggregations) for _, aggregations in searches(*names)] == [6, 1]
    assert [len(each) for _, each in searches(*names, max_buckets=3 * MAX_TERMS + 1)] == [3, 3, 1]
    assert len(searches(*names, max_buckets=1)) == len(names)


def test_no_facets_need_no_search():
    assert searches() == []


def aggregation(*buckets: tuple[str, int], beyond: int = 0) -> Any:
    return {'buckets': [{'key': key, 'doc_count': count} for key, count in buckets], 'sum_other_doc_count': beyond}


def test_terms_are_sorted_by_count_then_alphabetically_null_last():
    buckets = aggregation(('b', 3), ('a', 2), (NULL_TERM, 2), ('\U0001f600', 2), ('z', 1))
    assert Facet(FIELDS['colour']).response(buckets, total=7) == {
        'terms': [
            {'term': 'b', 'count': 3},
            {'term': 'a', 'count': 2},
            {'term': '\U0001f600', 'count': 2},
            {'term': None, 'count': 2},
            {'term': 'z', 'count': 1},
        ],
        'total': 7,
        'type': 'terms'
    }


def test_what_a_facet_leaves_out_is_what_has_none_of_the_terms_that_it_lists():
    facet = Facet(FIELDS['colour'], prefix='r')
    assert facet.unlisted(aggregation(('red', 2))) is None
    query = facet.unlisted(aggregation(('red', 2), beyond=5))
    assert query.to_dict() == {'bool': {
        'filter': [{'regexp': {'fields.colour': '[Rr].*'}}],
        'must_not': [{'terms': {'fields.colour': ['red']}}],
    }}


def test_terms_list_their_details_without_null():
    facet = Facet(FIELDS['label'], [FIELDS['boxId']])
    bucket = {'key': 'x', 'doc_count': 3, 'boxId': aggregation(('b', 2), ('a', 1), (NULL_TERM, 1))}
    response = facet.response({'buckets': [bucket], 'sum_other_doc_count': 0}, total=3)
    assert response['terms'] == [{'term': 'x', 'count': 3, 'boxId': ['a', 'b']}]


def test_terms_name_the_details_that_they_do_not_list_or_not_all_of():
    buckets = {'buckets': [{'key': 'x', 'doc_count': 3, 'boxId': aggregation(('a', 1), beyond=2)}],
               'sum_other_doc_count': 0}
    facet = Facet(FIELDS['label'], [FIELDS['boxId']])
    assert facet.terms(buckets) == [{'term': 'x', 'count': 3, 'boxId': ['a'], 'incomplete': ['boxId']}]
    facet = Facet(FIELDS['label'], [FIELDS['boxId']], detailed=False)
    assert facet.terms(aggregation(('x', 3))) == [{'term': 'x', 'count': 3, 'incomplete': ['boxId']}]


def test_terms_can_be_searched_by_their_beginning():
    assert facet('colour', prefix='aÉ1.ß').aggregation == {
        'terms': {'field': 'fields.colour', 'size': MAX_TERMS, 'include': '[Aa][Éé]1\\.ß.*'}
    }


def test_a_beginning_is_not_longer_than_the_engine_takes():
    prefix = parameters([])['facetPrefix']
    assert prefix.parse('facetPrefix', 'x' * MAX_PREFIX) == 'x' * MAX_PREFIX
    with pytest.raises(BadRequest, match='`facetPrefix`: has more than 100 characters'):
        prefix.parse('facetPrefix', 'x' * (MAX_PREFIX + 1))


def parse(text: str) -> Any:
    return parameters(['a', 'b', 'c'])['facets'].parse('facets', text)


@pytest.mark.parametrize(('text', 'names'), [
    ('', []), ('b', ['b']), ('c,a', ['a', 'c']), ('c,b,a', ['a', 'b', 'c'])
])
def test_facets_are_chosen_by_name(text, names):
    assert parse(text) == names


@pytest.mark.parametrize(('text', 'fault'), [
    ('d', 'Invalid value `d` for parameter `facets`: there is no such facet'),
    ('a,', 'Invalid value `` for parameter `facets`: there is no such facet'),
    ('a, b', 'Invalid value ` b` for parameter `facets`: there is no such facet'),
    ('A', 'Invalid value `A` for parameter `facets`: there is no such facet'),
    ('x' * 101, f'Invalid value `{"x" * 100}` for parameter `facets`: there is no such facet'),
    ('a,b,a', 'Invalid value `a` for parameter `facets`: it is given more than once'),
])
def test_what_is_no_choice_of_facets_is_refused(text, fault):
    with pytest.raises(BadRequest) as caught:
        parse(text)
    assert caught.value.text == fault
    assert caught.value.allowed == (['a', 'b', 'c'] if 'no such' in fault else None)


def test_a_facet_is_told_with_the_number_of_entities_that_were_counted():
    counting = Counting([facet('maker'), facet('wooden')], [])
    response = counting.response({'hits': {'total': {'value': 4}}, 'aggregations': {
        'maker': aggregation(('x', 4)), 'wooden': aggregation(('true', 1), (NULL_TERM, 3))
    }})
    assert [each['total'] for each in response.values()] == [4, 4]
    assert response['wooden']['terms'] == [{'term': None, 'count': 3}, {'term': 'true', 'count': 1}]
