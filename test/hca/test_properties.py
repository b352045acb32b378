from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.properties import Properties
from hca.sketches import deep

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(
        st.sampled_from(['a', 'text', 'ontology', 'ontology_label']), children, max_size=3
    ),
)


def read(content: Any) -> Properties:
    return Properties(content, Oddities())


@pytest.mark.parametrize(('value', 'label'), [
    ('brain', 'brain'),
    ({'text': 'Brain', 'ontology': 'UBERON:0000955', 'ontology_label': 'brain'}, 'brain'),
    ({'text': 'Brain', 'ontology': 'UBERON:0000955'}, 'Brain'),
    ({'text': 'Brain', 'ontology_label': ''}, 'Brain'),
    ({'text': None, 'ontology': 'UBERON:0000955'}, 'UBERON:0000955'),
    ({}, None),
    ('', None),
    (None, None),
    (38, '38'),
    (True, 'true'),
])
def test_a_label_is_the_best_name_of_a_term_whether_in_a_list_or_not(value: Any, label: str | None) -> None:
    for form in value, [value], [None, value, '']:
        assert read({'organ': form}).label('organ') == label
        assert read({'organ': form}).labels('organ') == ([] if label is None else [label])


def test_the_first_name_that_has_something_counts() -> None:
    content = {'diseases': [], 'disease': {'text': 'flu'}}
    assert read(content).labels('diseases', 'disease') == ['flu']
    assert read({**content, 'diseases': ['cold']}).labels('diseases', 'disease') == ['cold']


def test_labels_are_sorted_and_distinct() -> None:
    assert read({'x': [{'text': 'b'}, 'a', {'ontology_label': 'b'}]}).labels('x') == ['a', 'b']


def test_several_values_of_a_single_property_are_all_kept() -> None:
    assert read({'organ': ['eye', {'text': 'brain'}, 'eye']}).label('organ') == ['brain', 'eye']


@pytest.mark.parametrize(('value', 'number'), [
    (7, 7), ('7', 7), (7.0, 7), ([7], 7), (' 7.0 ', 7), ('007', 7), (None, None), ('', None)
])
def test_whole_numbers_are_read_from_numbers_and_texts(value: Any, number: int | None) -> None:
    oddities = Oddities()
    assert Properties({'n': value}, oddities).integer('n') == number
    assert not oddities.counts


@pytest.mark.parametrize('value', [
    'many', 7.5, '7.5', '1_000', '9' * 19, -7, '-7', True, {}, 2 ** 63, float('inf'), float('nan')
])
def test_what_is_no_whole_number_is_null_and_counted(value: Any) -> None:
    oddities = Oddities()
    assert Properties({'n': value}, oddities).integer('n') is None
    assert oddities.counts == {'n that is no whole number': 1}


def test_booleans_may_be_words_but_nothing_else_is_true_or_false() -> None:
    oddities = Oddities()
    properties = Properties({'yes': True, 'no': False, 'word': 'Yes', 'other': 'false', 'odd': 1}, oddities)
    assert [properties.boolean(name) for name in ('yes', 'no', 'word', 'other', 'odd', 'absent')] == [
        True, False, True, False, None, None
    ]
    assert oddities.counts == {'odd that is neither true nor false': 1}


@pytest.mark.parametrize('value', [['eye'], {'text': 7}, {'ontology_label': ['eye'], 'text': None}, {'id': 'eye'}])
def test_what_has_no_label_is_null_and_counted(value: Any) -> None:
    oddities = Oddities()
    assert Properties({'organ': [value]}, oddities).label('organ') is None
    assert oddities.counts == {'organ that has no label': 1}


def test_a_term_without_content_is_not_given() -> None:
    oddities = Oddities()
    assert Properties({'organ': {'text': '', 'ontology': None}}, oddities).label('organ') is None
    assert not oddities.counts


def test_what_is_no_object_is_left_out_and_counted() -> None:
    oddities = Oddities()
    properties = Properties({'target': ['ISS', {'x': 'y'}], 'file_core': 7}, oddities)
    assert [each.label('x') for each in properties.objects('target')] == ['y']
    assert properties.within('target').label('x') == 'y'
    assert properties.within('file_core').label('x') is None
    assert oddities.counts == {'target that is no object': 2, 'file_core that is no object': 1}


def test_values_nested_ever_so_deeply_are_null_and_counted() -> None:
    oddities = Oddities()
    properties = Properties({'x': [deep()]}, oddities)
    assert (properties.label('x'), properties.integer('x'), properties.boolean('x')) == (None, None, None)
    assert sum(oddities.counts.values()) == 3


@given(JSON_VALUES, st.sampled_from(['a', 'text']))
def test_nothing_that_metadata_may_hold_makes_a_reader_fail(content: Any, name: str) -> None:
    properties = read(content)
    for each in properties, properties.within(name), *properties.objects(name):
        labels = each.labels(name)
        assert labels == sorted(set(labels))
        assert each.label(name) in (None, labels, *labels)
        assert isinstance(each.integer(name), int | None)
        assert isinstance(each.boolean(name), bool | None)
