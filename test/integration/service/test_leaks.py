"""What must not be seen is as if it was not there: a service answers all questions like one that never had it."""
import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from chalice.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures import brute_force
from fixtures.shelf import Shelf, aggregate
from integration.service.test_app import app_client, ask, config

TYPES = ('boxes', 'pictures', 'toys')

# Sorted by code point, which is how the engine has them, but not how UTF-16 would.
TEXTS = ['', 'a', 'A', 'aa', 'b', 'null', '\uffee', '\U0001f600']

VALUES = st.none() | st.sampled_from(TEXTS)
MANY = st.lists(VALUES, max_size=3)

CONTENTS = st.fixed_dictionaries({}, optional={
    'boxes': st.lists(st.fixed_dictionaries({}, optional={'maker': MANY, 'label': MANY}), max_size=2),
    'toys': st.lists(st.fixed_dictionaries({'colours': MANY, 'wooden': st.none() | st.booleans()}, optional={
        'name': VALUES, 'pieces': st.none() | st.integers(0, 3)
    }), max_size=2),
    'pictures': st.lists(st.fixed_dictionaries({'format': VALUES, 'size': st.none() | st.integers(0, 9)}), max_size=2),
})

# The portals of the toys have integrations for two of these.
IDS = [f'{begin}-0000-4000-8000-000000000000' for begin in ('beadbead', 'cafecafe', *(f'{n}' * 8 for n in range(5)))]

CORPORA = st.dictionaries(st.tuples(st.sampled_from(TYPES), st.sampled_from(IDS)), CONTENTS, min_size=4, max_size=16)

ALLOWED = st.fixed_dictionaries({'maker': st.lists(VALUES, unique=True, max_size=7)}, optional={
    'label': st.lists(VALUES, unique=True, min_size=4, max_size=9),
    'format': st.lists(VALUES, unique=True, min_size=4, max_size=9),
    'wooden': st.sampled_from([['true', None], ['false', None], ['false', 'true', None]]),
})

FILTERS = st.fixed_dictionaries({}, optional={
    name: st.fixed_dictionaries({'is': st.lists(VALUES, min_size=1, max_size=4)}) for name in ('maker', 'colour')
})


class Question(NamedTuple):
    filters: Any
    sort: str
    order: str
    size: int
    prefix: str


QUESTIONS = st.builds(Question, FILTERS, st.sampled_from(['entryId', 'maker', 'label', 'pieces']),
                      st.sampled_from(['asc', 'desc']), st.integers(1, 4), st.sampled_from(['', '', 'a', '\uffee']))


class Answer(NamedTuple):
    status: int
    body: Any
    tag: str | None


class Site:
    """A service, and what it is about.

    :param engine: `host:port`
    """

    def __init__(self, engine: str) -> None:
        self.shelf = Shelf(engine)
        self.shelf.create()
        self.client: Client = app_client(dataclasses.replace(
            config(self.shelf, engine), project='guarded', authenticator='azul.service.auth.trusting.Trusting'
        ))

    def fill(self, corpus: Mapping[tuple[str, str], Any]) -> None:
        """Replace all that it had."""
        gone = [(entity_type, entity_id) for entity_type in TYPES for entity_id in IDS
                if (entity_type, entity_id) not in corpus]
        self.shelf.put(*(aggregate(*entity, **contents) for entity, contents in corpus.items()),
                       *(aggregate(*entity, live=False) for entity in gone))

    def answers(self, token: Any, question: Question) -> Iterator[Answer]:
        """All that it says to a caller, in the order in which it is asked."""
        filters = {'filters': json.dumps(question.filters)}
        for entity_type in TYPES:
            yield self.answer(token, f'/repository/{entity_type}')
            asked = {**filters, 'sort': question.sort, 'order': question.order, 'size': str(question.size)}
            if question.prefix:
                asked['facetPrefix'] = question.prefix
            yield from self.pages(token, entity_type, asked)
            for entity_id in IDS:
                yield self.answer(token, f'/repository/{entity_type}/{entity_id}')
        yield self.answer(token, f'/repository/{TYPES[0]}/{IDS[0]}', **filters)
        yield self.answer(token, '/repository/summary')
        yield self.answer(token, '/repository/summary', **filters)
        yield self.answer(token, '/integrations')
        yield self.answer(token, '/integrations', entity_ids=IDS[0])

    def pages(self, token: Any, entity_type: str, asked: dict[str, str]) -> Iterator[Answer]:
        page = self.answer(token, f'/repository/{entity_type}', **asked)
        yield page
        while (position := page.body['pagination'])['search_after'] is not None:
            after = {name: position[name] for name in ('search_after', 'search_after_uid')}
            page = self.answer(token, f'/repository/{entity_type}', **asked, **after)
            yield page

    def answer(self, token: Any, path: str, **parameters: str) -> Answer:
        header = json.dumps({'sub': 'somebody', 'allowed': json.dumps(token)})
        status, body, response = ask(self.client, f'{path}?{urlencode(parameters)}', Authorization=f'Bearer {header}')
        assert status in (200, 404), body
        return Answer(status, body, response.headers.get('ETag'))


@pytest.fixture(scope='module')
def sites(engine: str) -> Iterator[tuple[Site, Site]]:
    made = Site(engine), Site(engine)
    yield made
    for site in made:
        site.shelf.close()


def visible(contents: Any, allowed: Mapping[str, Any]) -> bool:
    """Whether all values are allowed."""
    return all(brute_force.terms(contents, name) <= set(values) for name, values in allowed.items())


@pytest.mark.timeout(900)  # a failure takes its time to become a simple one
def test_what_must_not_be_seen_is_as_if_it_was_not_there(sites):
    whole, part = sites
    outcomes = set()

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(CORPORA, ALLOWED, QUESTIONS)
    def check(corpus: Any, allowed: Any, question: Question) -> None:
        left = {entity: contents for entity, contents in corpus.items() if visible(contents, allowed)}
        outcomes.add((len(left) > 0, len(left) < len(corpus)))
        whole.fill(corpus)
        part.fill(left)
        answers = list(whole.answers(allowed, question))
        assert answers == list(part.answers(allowed, question))
        # The same without any restriction, but for integrations: who may not see everything is not told of what is not
        # indexed.
        everything = part.answers({}, question)
        assert [each for each in answers if not isinstance(each.body, list)] == [
            each for each in everything if not isinstance(each.body, list)
        ]

    check()
    assert (True, True) in outcomes, 'some was to be seen, and some was not'


def test_integrations_name_what_may_be_seen_only(sites):
    site, _ = sites
    site.fill({('toys', IDS[0]): {'boxes': [{'maker': ['a']}]}, ('toys', IDS[1]): {'boxes': [{'maker': ['b']}]}})

    def named(allowed: Any, **parameters: str) -> list[str]:
        portals = site.answer(allowed, '/integrations', **parameters).body
        return [each for portal in portals for integration in portal['integrations']
                for each in integration['entity_ids']]

    assert named({}) == IDS[:2]
    assert named({'maker': ['a', 'b']}) == IDS[:2]
    assert named({'maker': ['a']}) == named({'maker': ['a']}, entity_ids=IDS[0]) == IDS[:1]
    assert named({'maker': ['a']}, entity_ids=IDS[1]) == named({'maker': []}) == []
    site.fill({})
    assert named({'maker': ['a']}) == [], 'it is not known whether that may be seen'
