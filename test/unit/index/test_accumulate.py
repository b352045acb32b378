import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from azul.index.accumulate import (
    Accumulator,
    Count,
    Each,
    Every,
    Frequent,
    Single,
    Sum,
    as_contributed,
    distinct,
    sort_key,
)
from azul.index.fields import Field, FieldType, Member, value_shape

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)


@given(st.lists(values), st.randoms())
def test_any_values_have_one_order(some: list[object], rnd: random.Random):
    shuffled = rnd.sample(some, len(some))
    assert repr(distinct(some)) == repr(distinct(shuffled))


@given(st.lists(values))
def test_none_comes_last(some: list[object]):
    assert None not in distinct([*some, None])[:-1]


def test_true_is_not_one():
    assert distinct([1, True, 1, True]) == [True, 1]
    assert [type(value) for value in distinct([1, True])] == [bool, int]


@pytest.mark.parametrize(('accumulate', 'expected'), [
    (Every(), [1, 2, None]),
    (Each(), [1, 1, 2, None]),
    (Sum(), 4),
    (Sum(('key',)), 3),
    (Count(), 4),
    (Count(('key',)), 3),
])
def test_what_becomes_of_several_values(accumulate: Accumulator, expected: object):
    entities = [{'key': 'a', 'n': 1}, {'key': 'b', 'n': 2}, {'key': 'c', 'n': None}, {'key': 'a', 'n': 1}]
    assert accumulate(entities, 'n') == expected


def test_the_sum_of_nothing_known_is_unknown():
    assert Sum()([{'n': None}, {}], 'n') is None
    assert Sum()([{'n': 0}, {'n': None}], 'n') == 0


def test_lists_are_summed_up_element_by_element():
    assert Sum()([{'n': [1, 2, None]}, {'n': 4}, {'n': []}], 'n') == 7
    assert Sum()([{'n': []}, {'n': [None]}], 'n') is None


def test_a_sum_that_the_engine_would_refuse_is_unknown():
    assert Sum()([{'n': 2 ** 63 - 2}, {'n': 1}], 'n') == 2 ** 63 - 1
    assert Sum()([{'n': 2 ** 63 - 1}, {'n': 1}], 'n') is None


@pytest.mark.parametrize('accumulate', [Every(), Each()])
def test_absence_is_no_null(accumulate: Accumulator):
    assert accumulate([{'other': 1}], 'n') == []
    assert accumulate([{'n': []}], 'n') == []
    assert accumulate([{'n': None}], 'n') == [None]


@given(st.lists(values), st.randoms())
def test_there_are_as_many_values_as_entities_in_one_order(some: list[object], rnd: random.Random):
    entities = [{'n': value} for value in some if not isinstance(value, list)]
    assert len(Each()(entities, 'n')) == len(entities)
    assert repr(Each()(entities, 'n')) == repr(Each()(rnd.sample(entities, len(entities)), 'n'))


def test_lists_are_taken_apart():
    assert Every()([{'n': ['b', 'a']}, {'n': 'c'}, {'n': ['a', None]}], 'n') == ['a', 'b', 'c', None]


def test_the_most_frequent_comes_first_and_ties_by_name():
    assert Frequent()([{'n': {'b': 1, 'c': 2}}, {'n': {'a': 2}}, {'n': None}, {}], 'n') == ['a', 'c', 'b']


def test_a_group_shares_its_value():
    assert Single()([{'n': ['x']}, {'n': ['x']}], 'n') == ['x']
    with pytest.raises(AssertionError):
        Single()([{'n': 1}, {'n': 2}], 'n')


def test_a_range_with_an_open_end_comes_after_the_same_with_an_end():
    ranges = [{'gte': 1.0, 'lte': None}, {'gte': 1.0, 'lte': 2.0}]
    assert sorted(ranges, key=sort_key) == [{'gte': 1.0, 'lte': 2.0}, {'gte': 1.0, 'lte': None}]


def test_a_key_may_be_a_list():
    entities = [{'key': ['a', 'b'], 'n': 1}, {'key': ['a', 'b'], 'n': 1}, {'key': ['a'], 'n': 2}]
    assert (Sum(('key',))(entities, 'n'), Count(('key',))(entities, 'n')) == (3, 2)


ends = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
OF_TYPE = {
    FieldType.STRING: st.text(max_size=3),
    FieldType.INTEGER: st.integers(-2 ** 63, 2 ** 63 - 1),
    FieldType.BOOLEAN: st.booleans(),
    FieldType.RANGE: st.fixed_dictionaries({'gte': ends, 'lte': ends}),
}


def conforms(shape: object, value: object) -> bool:
    return Draft202012Validator(shape).is_valid(value)


@given(st.data(), st.sampled_from(list(OF_TYPE)))
def test_results_have_the_shape_that_was_said_of_them(data: st.DataObject, field_type: FieldType):
    values = st.none() | OF_TYPE[field_type]
    several = values | st.lists(values, max_size=3)
    entities = data.draw(st.lists(st.fixed_dictionaries({}, optional={'n': several}), min_size=1))
    value = value_shape(field_type)
    for entity in entities:
        assert conforms(as_contributed(value), entity.get('n'))
        assert conforms(Single().shape(value), Single()([entity], 'n'))
    assert conforms(Every().shape(value), Every()(entities, 'n'))
    assert conforms(Each().shape(value), Each()(entities, 'n'))
    assert conforms(Count().shape(value), Count()(entities, 'n'))
    if field_type is FieldType.INTEGER:
        assert conforms(Sum().shape(value), Sum()(entities, 'n'))


@given(st.lists(st.fixed_dictionaries({}, optional={'n': st.none() | st.dictionaries(st.text(), st.integers())})))
def test_weights_become_texts(entities: list[dict[str, object]]):
    assert conforms(Frequent().shape(value_shape(FieldType.STRING)), Frequent()(entities, 'n'))


def test_a_shape_allows_nothing_else():
    parts = Field('parts', FieldType.OBJECT, members=(Member('a', hit='A'), Member('b', hit='B', many=True)))
    part = {'A': None, 'B': ['x', None]}
    accepted = [[], [part], [None], [{'A': 'x', 'B': None}]]
    refused = [None, part, [{'A': 'x'}], [{**part, 'C': 1}], [{**part, 'A': 1}], [{**part, 'B': [1]}], [[part]]]
    for value in accepted:
        assert conforms(parts.shape(verbatim=False), value)
        assert conforms(parts.shape(verbatim=True), value)
    for value in refused:
        assert not conforms(parts.shape(verbatim=False), value)
    assert conforms(parts.shape(verbatim=True), part)
    assert conforms(parts.shape(verbatim=True), None)
    assert not conforms(Sum().shape(value_shape(FieldType.INTEGER)), 1.5)
    assert not conforms(Every().shape(value_shape(FieldType.RANGE)), [{'gte': 1}])
