"""What always holds of pages, facets and summaries: over random aggregates and filters, compared with a brute force."""
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures import brute_force
from fixtures.questions import Question, check, shelve
from fixtures.shelf import Shelf

# Few, so that filters find some and leave some. Sorted by code point, which is not how anybody else would sort them.
TEXTS = st.sampled_from(['', 'null', 'a', 'Z', '\uffee', '\U0001f600'])
NUMBERS = st.sampled_from([0, 2, -7, 10, 2 ** 53 + 1])
# Sums of them are exact, whoever adds them up.
SIZES = st.integers(-3, 3)
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
    'pictures': inner(format=some(TEXTS), size=some(SIZES)),
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


QUESTIONS = st.builds(Question, filters=FILTERS, sort=st.sampled_from(sorted(brute_force.FIELDS.keys() - {'ages'})),
                      order=st.sampled_from(['asc', 'desc']), size=st.integers(1, 5))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(corpus=CORPORA, dead=CORPORA, questions=st.lists(QUESTIONS, min_size=2, max_size=4))
def hold(engine: str, corpus: Any, dead: Any, questions: list[Question]) -> None:
    shelf = Shelf(engine)
    try:
        shelve(shelf, corpus, dead)
        for question in questions:
            check(shelf, corpus, question)
    finally:
        shelf.close()


@pytest.mark.timeout(900)  # a failure takes its time to become a simple one
def test_counts_are_honest_and_pages_complete(engine):
    hold(engine)
