import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.errors import BundleError
from azul.index.rows import Row, enter, factor, unfold

TEXTS = st.text(alphabet='ab|"é\\', min_size=1, max_size=8)
CELLS = st.dictionaries(st.sampled_from('pqrs'), st.sets(TEXTS, min_size=1, max_size=3), max_size=4)
LARGEST = 200
"""Bytes that one row of these may have."""


def row(cells: dict[str, set[str]]) -> Row:
    entered: Row = {}
    for column, values in cells.items():
        for value in values:
            enter(entered, column, value)
    return entered


@given(CELLS, st.lists(CELLS, max_size=5), st.integers(LARGEST, 2 * LARGEST))
def test_what_is_factored_and_unfolded_is_the_full_table(shared, rows, limit):
    table = [
        {name: '||'.join(sorted(each.get(name, set()) | shared.get(name, set()))) for name in {**each, **shared}}
        for each in rows
    ]
    parts = list(factor(row(shared), list(map(row, rows)), limit))
    assert list(unfold(parts)) == table
    assert [part['part'] for part in parts] == list(range(len(parts)))
    assert all(part['shared'] or part['rows'] for part in parts) or rows == [{}] * len(rows)


@given(CELLS, st.lists(CELLS, min_size=1, max_size=5), st.integers(LARGEST, 2 * LARGEST))
def test_no_part_is_larger_than_it_may_be_but_for_its_frame(shared, rows, limit):
    for part in factor(row(shared), list(map(row, rows)), limit):
        assert len(orjson.dumps(part)) <= limit + len('{"part":00,"shared":{},"rows":[]}')


def test_what_all_rows_share_is_stored_once():
    rows = [row({'a': {str(number)}, 'b': {'x', 'y'}, 'c': {'z'}}) for number in range(3)]
    rows[1].pop('c')
    part, = factor({'d': 'u', 'b': 'w'}, rows)
    assert part == {
        'part': 0,
        'shared': {'b': ['w', 'x', 'y'], 'd': ['u']},
        'rows': [{'a': '0', 'c': 'z'}, {'a': '1'}, {'a': '2', 'c': 'z'}],
    }


def test_without_rows_there_is_nothing_to_store():
    assert list(factor({'a': 'b'}, [])) == []


def test_a_column_with_very_many_values_goes_on_in_the_next_part():
    parts = list(factor({'a': {f'{number:04}' for number in range(100)}}, [{'b': '1'}, {'b': '2'}], limit=200))
    assert len(parts) > 5
    assert [part['rows'] for part in parts[:-1]] == [[]] * (len(parts) - 1)
    first, second = unfold(parts)
    assert first == {'a': '||'.join(f'{number:04}' for number in range(100)), 'b': '1'}
    assert second['b'] == '2'


@pytest.mark.parametrize(('shared', 'rows'), [({'a': 'x' * 300}, [{}]), ({}, [{'a': 'x' * 150, 'b': 'y' * 150}, {}])])
def test_what_does_not_fit_one_part_is_refused(shared, rows):
    with pytest.raises(BundleError, match='bytes of metadata in one value or of one file'):
        list(factor(shared, rows, limit=200))
