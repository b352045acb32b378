from typing import Any

from azul.index.figure_queries import DISTINCT_PAGE, MAX_DISTINCT, Figure, figure
from azul.index.mapping import NULL_TERM
from azul.plugin import Breakdown, DistinctTotal, SumTotal, Terms, Total
from azul.projects.toy import plugin

FIELDS = plugin.schema.indexed_fields('toys')
TERMS = {'terms': {'field': 'fields.colour', 'size': 10_000}}


def test_a_total_counts_the_hits():
    total = figure(Total('n', 'toys'), FIELDS)
    assert total.body == {'size': 0, 'track_total_hits': True}
    assert total.read({'hits': {'total': {'value': 3}}}) == (3, True)


def test_a_sum_leaves_nulls_out():
    total = figure(SumTotal('n', 'toys', 'pieces'), FIELDS)
    assert total.body['aggs'] == {'sum': {'sum': {'field': 'fields.pieces.value'}}}
    value, exact = total.read({'aggregations': {'sum': {'value': 3}}})
    assert (value, type(value), exact) == (3.0, float, True)


def buckets(*buckets: tuple[str, int, float], beyond: int = 0) -> Any:
    return {'aggregations': {'terms': {
        'buckets': [{'key': key, 'doc_count': count, 'sum': {'value': total}} for key, count, total in buckets],
        'sum_other_doc_count': beyond
    }}}


def test_terms_are_listed_the_most_frequent_first():
    terms = figure(Terms('n', 'toys', 'colour'), FIELDS)
    assert terms.body['aggs'] == {'terms': TERMS}
    assert terms.read(buckets(('red', 2, 0), (NULL_TERM, 1, 0), ('blue', 1, 0))) == (['red', 'blue', None], True)
    assert terms.read(buckets(('red', 2, 0), beyond=1)) == (['red'], False)


def breakdown(**options: Any) -> Figure:
    return figure(Breakdown('n', 'toys', 'colour', term='t', count='c', total='s', summed='pieces', **options), FIELDS)


def test_a_breakdown_has_a_row_for_each_term():
    with_nulls = breakdown(nulls=True)
    assert with_nulls.body['aggs'] == {
        'terms': {**TERMS, 'aggs': {'sum': {'sum': {'field': 'fields.pieces.value'}}}}
    }
    answer = buckets((NULL_TERM, 2, 1.0), ('red', 2, 5.0))
    rows, exact = with_nulls.read(answer)
    assert rows == [{'t': 'red', 'c': 2, 's': 5}, {'t': None, 'c': 2, 's': 1}]
    assert [type(row['s']) for row in rows] == [int, int]
    assert exact
    assert breakdown(nulls=False).read(answer)[0] == [{'t': 'red', 'c': 2, 's': 5}]
    rows, _ = breakdown(nulls=False, wrapped=True, number='float').read(answer)
    assert rows == [{'t': ['red'], 'c': 2, 's': 5.0}]
    assert type(rows[0]['s']) is float


def page(number: int, estimate: int) -> Any:
    return {'aggregations': {
        'values': {'buckets': [{'key': {'value': i}} for i in range(number)], 'after_key': {'value': number - 1}},
        'estimate': {'value': estimate}
    }}


def distinct() -> Any:
    return figure(DistinctTotal('n', 'toys', 'colour'), FIELDS)


def test_distinct_values_are_counted_without_null():
    assert distinct().body['aggs'] == {
        'values': {'composite': {'sources': [{'value': {'terms': {'field': 'fields.colour.value'}}}],
                                 'size': DISTINCT_PAGE}},
        'estimate': {'cardinality': {'field': 'fields.colour.value', 'precision_threshold': MAX_DISTINCT}},
    }
    assert distinct().read(page(3, estimate=4)) == (3, True)
    assert distinct().next(page(3, estimate=4)) is None


def test_distinct_values_are_counted_page_by_page():
    full = page(DISTINCT_PAGE, estimate=DISTINCT_PAGE)
    following = distinct().next(full)
    assert following.body['aggs']['values']['composite']['after'] == {'value': DISTINCT_PAGE - 1}
    assert following.read(page(3, estimate=0)) == (DISTINCT_PAGE + 3, True)
    assert following.read(page(0, estimate=0)) == (DISTINCT_PAGE, True)


def test_very_many_distinct_values_are_estimated():
    clearly = page(DISTINCT_PAGE, estimate=2 * MAX_DISTINCT + 1)
    assert distinct().next(clearly) is None
    assert distinct().read(clearly) == (2 * MAX_DISTINCT + 1, False)
    figure, pages = distinct(), 1
    full = page(DISTINCT_PAGE, estimate=MAX_DISTINCT)
    while (following := figure.next(full)) is not None:
        figure, pages = following, pages + 1
    assert pages == MAX_DISTINCT // DISTINCT_PAGE + 1
    assert figure.read(full) == (pages * DISTINCT_PAGE, False), 'an estimate is not less than what has been counted'
