"""What always holds of pages and facets: over random aggregates and filters, compared with a brute force."""
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures import brute_force
from fixtures.shelf import Shelf, aggregate

FACETS = ('label', 'maker', 'colour', 'wooden', 'format')

# Few, so that filters find some and leave some. Sorted by code point, which is not how anybody else would sort them.
TEXTS = st.sampled_from(['', 'null', 'a', 'Z', '\uffee', '\U0001f600'])
NUMBERS = st.sampled_from([0, 2, -7, 10, 2 ** 53 + 1])
ENDS = st.none() | st.integers(-2, 2)


RANGES = st.tuples(ENDS, ENDS).filter(lambda pair: None in pair or pair[0] <= pair[1])


def any_end(pair: tuple[int | None, int | None]) -> bool:
    return pair != (None, None)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One, a list with nulls in it, or null."""
    return st.none() | strategy | st.lists(st.none() | strategy, max_size=3)


def some_of(members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(members) | st.fixed_dictionaries({}, optional=members)


def inner(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(some_of(fields), max_size=2) | some_of(fields).map(lambda entity: [entity])


CONTENTS = some_of({
    'boxes': inner(maker=some(TEXTS), label=some(TEXTS)),
    'toys': inner(name=some(TEXTS), colours=some(TEXTS), pieces=some(NUMBERS), wooden=some(st.booleans()),
                  ages=some(RANGES.map(lambda pair: {'gte': pair[0], 'lte': pair[1]}))),
    'pictures': inner(format=some(TEXTS), size=some(NUMBERS)),
})
CORPORA = st.dictionaries(st.uuids().map(str), CONTENTS, max_size=2) | st.dictionaries(
    st.uuids().map(str), CONTENTS, min_size=8, max_size=12
)


def chosen(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({'is': st.lists(st.none() | strategy, max_size=4)})


AGES = (st.sampled_from(list(brute_force.RELATIONS)).flatmap(
    lambda relation: st.fixed_dictionaries({
        relation: st.lists(RANGES.filter(any_end).map(list), min_size=1, max_size=2)
    })
) | st.just({'is': [None]}))
CHOICES = {'maker': chosen(TEXTS), 'label': chosen(TEXTS), 'colour': chosen(TEXTS), 'wooden': chosen(st.booleans()),
           'pieces': chosen(NUMBERS), 'ages': AGES, 'format': chosen(TEXTS)}
# Ranges have most ways to be wrong.
FILTERS = st.lists(st.sampled_from([*CHOICES, *(['ages'] * 4)]), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: CHOICES[name] for name in names})
)


@dataclass(frozen=True)
class Question:
    filters: Any
    sort: str
    order: str
    size: int


QUESTIONS = st.builds(Question, filters=FILTERS, sort=st.sampled_from(sorted(brute_force.FIELDS.keys() - {'ages'})),
                      order=st.sampled_from(['asc', 'desc']), size=st.integers(1, 5))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(corpus=CORPORA, dead=CORPORA, questions=st.lists(QUESTIONS, min_size=2, max_size=4))
def check(engine: str, corpus: Any, dead: Any, questions: list[Question]) -> None:
    shelf = Shelf(engine)
    try:
        shelf.create('toys')
        shelf.put(*(aggregate('toys', entity_id, **contents) for entity_id, contents in corpus.items()),
                  *(aggregate('toys', entity_id, live=False, **contents) for entity_id, contents in dead.items()
                    if entity_id not in corpus))
        for question in questions:
            check_pages(shelf, corpus, question)
            check_facets(shelf, corpus, question)
    finally:
        shelf.close()


def check_pages(shelf: Shelf, corpus: Any, question: Question) -> None:
    """All hits are visited exactly once, in order, forth and back."""
    expected = brute_force.ordered(corpus, question.filters, question.sort, question.order == 'desc')

    def page(position: dict[str, str]) -> Any:
        page = shelf.page('toys', filters=json.dumps(question.filters), sort=question.sort, order=question.order,
                          size=str(question.size), **position)
        assert page['pagination']['total'] == len(expected)
        assert page['pagination']['pages'] == -(-len(expected) // question.size)
        assert page['pagination']['count'] == len(page['hits'])
        return page

    pages = [page({})]
    while (position := neighbour(pages[-1], 'search_after')) is not None:
        pages.append(page(position))
        assert len(pages) <= len(expected), 'round in circles'
    assert [hit['entryId'] for page in pages for hit in page['hits']] == expected
    assert len(pages) == max(1, pages[0]['pagination']['pages'])
    back = [pages[-1]]
    while (position := neighbour(back[0], 'search_before')) is not None:
        back.insert(0, page(position))
        assert len(back) <= len(pages), 'round in circles'
    assert [page['hits'] for page in back] == [page['hits'] for page in pages]


def neighbour(page: Any, name: str) -> dict[str, str] | None:
    position = {each: page['pagination'][each] for each in (name, f'{name}_uid')}
    return None if position[name] is None else position


def check_facets(shelf: Shelf, corpus: Any, question: Question) -> None:
    """Counts are what they are, and what one gets for choosing the term."""
    def page(filters: Any) -> Any:
        return shelf.page('toys', filters=json.dumps(filters), size='1')

    facets = page(question.filters)['termFacets']
    assert tuple(facets) == FACETS
    for name, facet in facets.items():
        terms, total = brute_force.facet(corpus.values(), question.filters, name)
        assert [(term['term'], term['count']) for term in facet['terms']] == terms
        assert facet['total'] == total
        for term, count in terms:
            assert page({**question.filters, name: {'is': [term]}})['pagination']['total'] == count


@pytest.mark.timeout(900)  # a failure takes its time to become a simple one
def test_counts_are_honest_and_pages_complete(engine):
    check(engine)
