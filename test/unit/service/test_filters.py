import json
from typing import Any

import pytest

from azul.errors import BadRequest
from azul.index.documents import MAX_INDEXED_LENGTH
from azul.index.mapping import NULL_TERM
from azul.projects.toy import plugin
from azul.service import filters
from azul.service.filters import MAX_RANGES, MAX_VALUES, narrowed
from azul.service.query import composed
from azul.service.restriction import UNRESTRICTED

FIELDS = plugin.schema.indexed_fields('toys')


def parse(described: Any) -> filters.Filters:
    return filters.parse(json.dumps(described), FIELDS, plugin.aliases)


def query(described: Any) -> Any:
    """What the engine is asked beside for live aggregates."""
    live, *clauses = composed(UNRESTRICTED, narrowed(parse(described).values()))['query']['bool']['filter']
    assert live == {'term': {'live': True}}
    return clauses


def refusal(described: Any) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        parse(described)
    return caught.value


def test_no_filter_leaves_the_live_aggregates():
    assert composed(UNRESTRICTED, narrowed([])) == {'query': {'bool': {'filter': [{'term': {'live': True}}]}}}


@pytest.mark.parametrize('text', ['', '{}', ' { } '])
def test_an_empty_text_filters_nothing(text):
    assert filters.parse(text, FIELDS, {}) == {}


@pytest.mark.parametrize(('values', 'terms'), [
    (['red', 'blue'], ['red', 'blue']),
    ([None, 'red'], [NULL_TERM, 'red']),
    ([], []),
])
def test_is_asks_for_terms_null_among_them(values, terms):
    assert query({'colour': {'is': values}}) == [{'terms': {'fields.colour': terms}}]


def test_all_filters_must_hold():
    assert query({'colour': {'is': ['red']}, 'maker': {'is': [None]}}) == [
        {'terms': {'fields.colour': ['red']}},
        {'terms': {'fields.maker': [NULL_TERM]}},
    ]


def test_booleans_are_accepted_as_such_and_as_their_terms():
    assert query({'wooden': {'is': [True, 'false', None]}}) == [
        {'terms': {'fields.wooden': ['true', 'false', NULL_TERM]}}
    ]


def test_whole_numbers_are_accepted_as_such_and_as_their_terms():
    assert query({'pieces': {'is': [3, 4.0, '05', '-6', None]}}) == [
        {'terms': {'fields.pieces': ['3', '4', '5', '-6', NULL_TERM]}}
    ]


def test_long_strings_are_looked_for_as_they_are_indexed():
    long = 'x' * MAX_INDEXED_LENGTH
    assert query({'maker': {'is': [long + 'y']}}) == [{'terms': {'fields.maker': [long]}}]


@pytest.mark.parametrize('relation', ['within', 'contains', 'intersects'])
def test_every_pair_of_a_range_relation_must_hold(relation):
    assert query({'ages': {relation: [[0, 2.5], [None, 0], [-1, None]]}}) == [{'bool': {'filter': [
        {'range': {'fields.ages': {'gte': 0, 'lte': 2.5, 'relation': relation}}},
        {'range': {'fields.ages': {'lte': 0, 'relation': relation}}},
        {'range': {'fields.ages': {'gte': -1, 'relation': relation}}},
    ]}}]


def test_a_range_is_null_where_there_is_none():
    assert query({'ages': {'is': [None]}}) == [{'bool': {'must_not': [{'exists': {'field': 'fields.ages'}}]}}]


def test_an_alias_stands_for_its_field():
    assert query({'boxLabel': {'is': ['x']}}) == [{'terms': {'fields.label': ['x']}}]


def test_a_field_must_not_be_given_under_two_names():
    assert 'label is given twice' in refusal({'label': {'is': ['x']}, 'boxLabel': {'is': ['x']}}).text


@pytest.mark.parametrize('text', ['{', '{"maker": {"is": [NaN]}}', '"', "{'maker': 1}", '{"maker":{"is":["\\ud800"]}}',
                                  '[' * 2000, '1e999'])
def test_what_is_no_json_is_malformed(text):
    with pytest.raises(BadRequest, match=r'^Malformed filters parameter$'):
        filters.parse(text, FIELDS, {})


@pytest.mark.parametrize('described', [[], 'maker', 1, None, True])
def test_filters_are_an_object(described):
    assert refusal(described).text.startswith('Malformed filters parameter')


def test_an_undefined_facet_is_refused_with_those_that_are_defined():
    error = refusal({'bad-facet': {'is': ['x']}})
    assert error.text == 'Unable to filter by undefined facet bad-facet.'
    assert error.allowed is not None
    assert {'maker', 'boxLabel', 'entryId', 'ages'} <= set(error.allowed)
    assert 'bundleUuid' not in error.allowed, 'the entity type does not list its bundles'


@pytest.mark.parametrize('relations', [{}, [], None, 'x', {'is': [], 'within': []}])
def test_a_facet_has_one_relation(relations):
    error = refusal({'maker': relations})
    assert 'maker' in error.text
    assert error.allowed == ('is',)


@pytest.mark.parametrize(('facet', 'relation', 'allowed'), [
    ('maker', 'within', ('is',)),
    ('pieces', 'contains', ('is',)),
    ('maker', 'like', ('is',)),
    ('ages', 'IS', ('is', 'within', 'contains', 'intersects')),
])
def test_an_unknown_relation_is_refused_with_those_that_the_facet_has(facet, relation, allowed):
    error = refusal({facet: {relation: []}})
    assert error.text == f'Malformed filters parameter: unknown relation {relation} for facet {facet}'
    assert error.allowed == allowed


@pytest.mark.parametrize(('facet', 'relation', 'value'), [
    ('maker', 'is', 1),
    ('maker', 'is', True),
    ('maker', 'is', ['x']),
    ('maker', 'is', {}),
    ('wooden', 'is', 1),
    ('wooden', 'is', 'True'),
    ('pieces', 'is', True),
    ('pieces', 'is', 1.5),
    ('pieces', 'is', 'x'),
    ('pieces', 'is', '1.0'),
    ('pieces', 'is', ''),
    ('ages', 'is', [1, 2]),
    ('ages', 'within', 1),
    ('ages', 'within', None),
    ('ages', 'within', [1]),
    ('ages', 'within', [1, 2, 3]),
    ('ages', 'within', ['1', '2']),
    ('ages', 'within', [True, 2]),
    ('ages', 'within', [2, 1]),
    ('ages', 'within', [None, None]),
])
def test_a_value_of_the_wrong_type_is_refused_with_the_facet(facet, relation, value):
    assert refusal({facet: {relation: [value]}}).text.startswith(f'Malformed filters parameter: facet {facet}: ')


@pytest.mark.parametrize('values', ['x', None, {}, 1])
def test_values_are_a_list(values):
    assert refusal({'maker': {'is': values}}).text == (
        'Malformed filters parameter: relation is of facet maker must have a list'
    )


def test_more_values_than_the_engine_takes_are_refused():
    assert len(parse({'maker': {'is': ['x'] * MAX_VALUES}})) == 1
    assert f'more than {MAX_VALUES} values' in refusal({'maker': {'is': ['x'] * (MAX_VALUES + 1)}}).text
    assert len(parse({'ages': {'within': [[1, 2]] * MAX_RANGES}})) == 1
    assert f'more than {MAX_RANGES} values' in refusal({'ages': {'within': [[1, 2]] * (MAX_RANGES + 1)}}).text


def test_a_facet_that_is_given_twice_is_refused():
    with pytest.raises(BadRequest, match='Malformed filters parameter: `maker` is given more than once'):
        filters.parse('{"maker": {"is": []}, "maker": {"is": ["x"]}}', FIELDS, {})


def test_what_is_nested_beyond_all_measure_is_refused():
    with pytest.raises(BadRequest, match='Malformed filters parameter: is nested too deeply'):
        filters.parse(f'{{"maker": {{"is": [{"[" * 300 + "]" * 300}]}}}}', FIELDS, {})
