import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.projects.hca.metadata.age import SECONDS, age_range

YEAR = 365 * 24 * 60 * 60.0


@pytest.mark.parametrize(('age', 'unit', 'expected'), [
    ('38', 'year', (38 * YEAR, 38 * YEAR)),
    ('38.0', 'years', (38 * YEAR, 38 * YEAR)),
    ('6-12', 'week', (3628800.0, 7257600.0)),
    (' 55 - 59 ', 'Year', (55 * YEAR, 59 * YEAR)),
    ('1', 'month', (2628000.0, 2628000.0)),
    ('0', 'day', (0.0, 0.0)),
    ('2', 'HOURS', (7200.0, 7200.0)),
    ('3', 'minute', (180.0, 180.0)),
    ('4', 'second', (4.0, 4.0)),
])
def test_an_age_is_a_range_of_seconds(age: str, unit: str, expected: tuple[float, float]) -> None:
    assert age_range(age, unit) == {'gte': expected[0], 'lte': expected[1]}


def test_a_range_without_a_lower_end_begins_at_birth() -> None:
    assert age_range('-6', 'day') == {'gte': 0.0, 'lte': 6 * 86400.0}


def test_a_range_without_an_upper_end_has_a_null_there() -> None:
    assert age_range('6-', 'day') == {'gte': 6 * 86400.0, 'lte': None}


@pytest.mark.parametrize(('age', 'unit'), [
    ('', 'year'), ('-', 'year'), ('old', 'year'), ('1-2-3', 'year'), ('--1', 'year'), ('1e3', 'year'), ('nan', 'year'),
    ('9-6', 'year'), ('9' * 400, 'year'), ('1-' + '9' * 400, 'year'), ('9' * 308, 'year'),
    ('1', ''), ('1', 'fortnight'), ('1', 's'), ('1', 'yearss'),
])
def test_what_cannot_be_read_is_an_error(age: str, unit: str) -> None:
    with pytest.raises(ValueError, match='age'):
        age_range(age, unit)


@given(age=st.text('0123456789.- ', max_size=12) | st.text(max_size=5), unit=st.sampled_from(sorted(SECONDS)))
def test_a_range_is_always_valid_json_with_its_ends_in_order(age: str, unit: str) -> None:
    try:
        found = age_range(age, unit)
    except ValueError:
        return
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert 0 <= found['gte'] <= (math.inf if found['lte'] is None else found['lte'])


@pytest.mark.parametrize('age', [' ' * 10 ** 6 + 'x', '-' + ' ' * 10 ** 6 + 'x', '1' * 10 ** 5 + 'x', '1 ' * 10 ** 5])
def test_what_is_very_long_is_read_as_fast_as_anything_else(age: str) -> None:
    with pytest.raises(ValueError, match='neither a number nor a range'):
        age_range(age, 'year')
