import json
from typing import Any

from azul.index.mapping import NULL_TERM
from azul.index.terms import MAX_TERMS
from azul.projects.toy import plugin
from azul.service import filters
from azul.service.facets import Facet, Facets
from azul.service.query import composed

FIELDS = plugin.schema.indexed_fields('toys')
LIVE = {'term': {'live': True}}


def facets(*names: str, **described: Any) -> Facets:
    parsed = filters.parse(json.dumps(described), FIELDS, plugin.aliases)
    return Facets([Facet(FIELDS[name], [FIELDS[detail] for detail in FIELDS[name].term_details]) for name in names],
                  parsed)


def terms(field: str, **inner: Any) -> Any:
    return {'terms': {'field': f'fields.{field}', 'size': MAX_TERMS}, **inner}


def test_facets_without_a_filter_share_one_aggregation():
    assert composed(facets('label', 'colour', 'wooden')) == {
        'query': {'bool': {'filter': [LIVE]}},
        'size': 0,
        'track_total_hits': False,
        'aggs': {
            '*': {
                'filter': {'match_all': {}},
                'aggs': {
                    'label': terms('label', aggs={'boxId': terms('boxId')}),
                    'colour': terms('colour'),
                    'wooden': terms('wooden'),
                }
            }
        }
    }


def test_a_facet_with_a_filter_is_counted_as_if_there_was_none():
    wanted = facets('maker', 'colour', 'wooden', colour={'is': ['red']}, maker={'is': [None]})
    colour, maker = {'terms': {'fields.colour': ['red']}}, {'terms': {'fields.maker': [NULL_TERM]}}
    assert composed(wanted)['aggs'] == {
        'maker': {'filter': {'bool': {'filter': [colour]}}, 'aggs': {'maker': terms('maker')}},
        'colour': {'filter': {'bool': {'filter': [maker]}}, 'aggs': {'colour': terms('colour')}},
        '*': {'filter': {'bool': {'filter': [colour, maker]}}, 'aggs': {'wooden': terms('wooden')}},
    }


def test_filters_of_what_is_no_facet_concern_all_facets():
    pieces = {'terms': {'fields.pieces': ['3']}}
    body = composed(facets('colour', pieces={'is': [3]}, colour={'is': ['red']}))
    assert body['query'] == {'bool': {'filter': [LIVE, pieces]}}
    assert body['aggs'] == {'colour': {'filter': {'match_all': {}}, 'aggs': {'colour': terms('colour')}}}


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


def test_a_facet_says_how_much_lies_beyond_its_terms():
    response = Facet(FIELDS['colour']).response(aggregation(('red', 2), beyond=5), total=7)
    assert list(response) == ['terms', 'total', 'type', 'otherDocCount']
    assert response['otherDocCount'] == 5


def test_terms_list_their_details_without_null():
    facet = Facet(FIELDS['label'], [FIELDS['boxId']])
    bucket = {'key': 'x', 'doc_count': 3, 'boxId': aggregation(('b', 2), ('a', 1), (NULL_TERM, 1))}
    response = facet.response({'buckets': [bucket], 'sum_other_doc_count': 0}, total=3)
    assert response['terms'] == [{'term': 'x', 'count': 3, 'boxId': ['a', 'b']}]


def test_facets_are_answered_in_the_order_in_which_they_were_asked_for():
    wanted = facets('maker', 'colour', 'wooden', colour={'is': ['red']})
    response = wanted.response({
        '*': {'doc_count': 4, 'maker': aggregation(('x', 4)), 'wooden': aggregation(('true', 1), (NULL_TERM, 3))},
        'colour': {'doc_count': 9, 'colour': aggregation(('red', 4))},
    })
    assert list(response) == ['maker', 'colour', 'wooden']
    assert [facet['total'] for facet in response.values()] == [4, 9, 4]
    assert response['wooden']['terms'] == [{'term': None, 'count': 3}, {'term': 'true', 'count': 1}]


def test_no_facets_need_no_aggregation():
    assert 'aggs' not in composed(facets())
    assert facets().response({}) == {}
