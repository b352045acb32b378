import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.index.accumulate import Accumulator, Count, Every, Frequent, Single, Sum, distinct, sort_key

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


def test_absence_is_no_null():
    assert Every()([{'other': 1}], 'n') == []
    assert Every()([{'n': []}], 'n') == []
    assert Every()([{'n': None}], 'n') == [None]


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
