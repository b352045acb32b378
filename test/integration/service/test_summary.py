import dataclasses
import json
from typing import Any

import pytest

from azul.errors import BadRequest
from azul.index.figure_queries import DISTINCT_PAGE, MAX_DISTINCT
from azul.index.terms import MAX_TERMS
from azul.plugin import Breakdown, DistinctTotal, Terms, Total
from azul.projects.toy import plugin
from azul.service.restriction import UNRESTRICTED
from fixtures.shelf import Shelf, aggregate


def summary(shelf: Shelf, **described: Any) -> Any:
    return shelf.summary.summary(UNRESTRICTED, {'filters': json.dumps(described)})


def picture(format: str | None, size: int | None) -> Any:
    return aggregate('pictures', pictures=[{'format': format, 'size': size}],
                     boxes=[{'label': ['x'], 'maker': ['Lego'] if format == 'png' else [None]}])


def test_the_summary_of_nothing_is_zero(shelf):
    assert summary(shelf) == {'boxCount': 0, 'makerCount': 0, 'totalSize': 0.0, 'colours': [], 'formats': []}
    assert shelf.summary.summary(UNRESTRICTED, {}) == summary(shelf)


def test_the_summary_has_the_figures_of_the_plug_in_in_their_order(shelf):
    shelf.put(
        *(aggregate('boxes', boxes=[{'label': 'x', 'maker': maker}]) for maker in ('Lego', 'Lego', 'Steiff', None)),
        aggregate('boxes', live=False),
        aggregate('toys', toys=[{'colours': ['red', 'blue']}]),
        aggregate('toys', toys=[{'colours': ['red', None]}]),
        picture('png', 3), picture('png', None), picture('gif', 2), picture(None, 1)
    )
    figures = summary(shelf)
    assert figures == {
        'boxCount': 4,
        'makerCount': 2,
        'totalSize': 6.0,
        'colours': ['red', 'blue', None],
        'formats': [{'format': 'png', 'count': 2, 'totalSize': 3}, {'format': 'gif', 'count': 1, 'totalSize': 2}]
    }
    assert list(figures) == ['boxCount', 'makerCount', 'totalSize', 'colours', 'formats']
    assert isinstance(figures['totalSize'], float)


def test_filters_hold_for_all_figures(shelf):
    shelf.put(
        *(aggregate('boxes', boxes=[{'label': 'x', 'maker': maker}]) for maker in ('Lego', 'Lego', None)),
        aggregate('toys', toys=[{'colours': ['red']}], boxes=[{'maker': [None]}]),
        picture('png', 3), picture('gif', 2)
    )
    assert summary(shelf, maker={'is': ['Lego']}) == {
        'boxCount': 2, 'makerCount': 1, 'totalSize': 3.0, 'colours': [],
        'formats': [{'format': 'png', 'count': 1, 'totalSize': 3}]
    }
    assert summary(shelf, maker={'is': [None]})['makerCount'] == 0


@pytest.mark.parametrize('name', ['bad-facet', 'bundleUuid'])
def test_a_filter_must_make_sense_for_all_figures(shelf, name):
    with pytest.raises(BadRequest) as caught:
        summary(shelf, **{name: {'is': ['x']}})
    assert caught.value.text == f'Unable to filter by undefined facet {name}.'
    assert 'maker' in caught.value.allowed


def with_summary(engine: str, *items: Any) -> Shelf:
    shelf = Shelf(engine, dataclasses.replace(plugin, summary=items))
    shelf.create('boxes')
    return shelf


def put_makers(shelf: Shelf, number: int) -> None:
    """Boxes of so many makers in all, a thousand each."""
    makers = [f'maker {i:06}' for i in range(number)]
    shelf.put(*(aggregate('boxes', boxes=[{'maker': makers[i:i + 1000]}]) for i in range(0, number, 1000)),
              aggregate('boxes', boxes=[{'maker': [makers[0], None]}]))


@pytest.mark.parametrize('number', [DISTINCT_PAGE - 1, DISTINCT_PAGE, DISTINCT_PAGE + 1, MAX_DISTINCT,
                                    MAX_DISTINCT + 1])
def test_distinct_values_are_counted_exactly(engine, number):
    shelf = with_summary(engine, DistinctTotal('makers', 'boxes', 'maker'))
    try:
        put_makers(shelf, number)
        assert shelf.summary.summary(UNRESTRICTED, {}) == {'makers': number}
    finally:
        shelf.close()


def test_what_is_not_exact_is_named(engine):
    number = 3 * MAX_DISTINCT
    shelf = with_summary(
        engine,
        Total('boxes', 'boxes'),
        DistinctTotal('makers', 'boxes', 'maker'),
        Terms('names', 'boxes', 'maker'),
        Breakdown('rows', 'boxes', 'maker', term='name', count='count', total='pieces', summed='pieces', nulls=True),
        DistinctTotal('labels', 'boxes', 'label'),
    )
    try:
        put_makers(shelf, number)
        figures = shelf.summary.summary(UNRESTRICTED, {})
        assert figures['inexact'] == ['makers', 'names', 'rows']
        assert figures['makers'] == pytest.approx(number, rel=0.05)
        assert figures['labels'] == 0
        assert figures['boxes'] == number / 1000 + 1
        assert len(figures['names']) == len(figures['rows']) == MAX_TERMS
        assert figures['rows'][0] == {'name': 'maker 000000', 'count': 2, 'pieces': 0}
    finally:
        shelf.close()


def test_figures_about_entities_without_what_is_filtered_by_are_named(shelf):
    shelf.put(aggregate('pictures', pictures=[{'name': 'bear.png', 'format': 'png', 'size': 3}]),
              aggregate('boxes', boxes=[{'maker': 'Lego'}]))
    figures = summary(shelf, pictureName={'is': ['bear.png']})
    assert (figures['totalSize'], figures['boxCount']) == (3.0, 0)
    assert figures['inexact'] == ['boxCount', 'makerCount', 'colours']
    # An id is one of entities of whatever type.
    assert set(summary(shelf, entryId={'is': ['1']})['inexact']) == set(summary(shelf))
    assert 'inexact' not in summary(shelf, format={'is': ['png']}, maker={'is': ['Lego']})
