"""Restrictions, where they come to the limits of the engine."""
import json
from dataclasses import replace
from typing import Any

import pytest

from azul.engine import Write
from azul.errors import ConfigurationError
from azul.index.mapping import NULL_TERM
from azul.projects.toy import plugin
from azul.service.filters import MAX_RANGES
from azul.service.query import Restriction, composed
from azul.service.restriction import MAX_LENGTH, MAX_VALUES, UNRESTRICTED, restriction
from fixtures.shelf import Shelf, aggregate


def allowing(**allowed: Any) -> Restriction:
    return restriction(replace(plugin, restriction=lambda principal: allowed), None)


def by(*makers: str | None) -> Any:
    return aggregate('toys', boxes=[{'maker': list(makers)}], toys=[{'name': str(makers[0])[-9:], 'ages': AGES}])


AGES = {'gte': 1, 'lte': 2}


def names(shelf: Shelf, allowed: Restriction, **filters: Any) -> list[str]:
    page = shelf.repository.page(allowed, 'toys', {'filters': json.dumps(filters), 'size': '1000'}, '')
    return [hit['toys'][0]['name'] for hit in page['hits']]


def test_a_restriction_is_what_is_allowed_and_the_ranges_between():
    live, restricted = composed(allowing(maker=['b', None, 'a', 'b']))['query']['bool']['filter']
    assert live == {'term': {'live': True}}
    path = 'fields.maker'
    assert restricted == {'bool': {
        'filter': [{'terms': {path: ['a', 'b', NULL_TERM]}}],
        'must_not': [{'range': {path: {'lt': 'a'}}}, {'range': {path: {'gt': 'a', 'lt': 'b'}}},
                     {'range': {path: {'gt': 'b', 'lt': NULL_TERM}}}, {'range': {path: {'gt': NULL_TERM}}}]
    }}
    assert allowing() == UNRESTRICTED
    assert composed(UNRESTRICTED)['query'] == {'bool': {'filter': [live]}}


def test_as_much_can_be_allowed_as_is_promised_with_as_many_ranges_as_a_filter_may_have(shelf):
    makers = [f'{number:03}' for number in range(MAX_VALUES)]
    shelf.put(*(by(maker, makers[0]) for maker in makers), *(by(f'{maker}x') for maker in makers), by('000', '000x'))
    ranges = [[0, number + 3] for number in range(MAX_RANGES)]
    assert names(shelf, allowing(maker=makers), ages={'intersects': ranges}) == makers
    assert names(shelf, allowing(maker=makers[1:]), ages={'intersects': ranges}) == []
    hidden = {'filters': json.dumps({'maker': {'is': ['000x']}})}
    page = shelf.repository.page(allowing(maker=makers), 'toys', hidden, '')
    assert page['pagination']['total'] == 0
    assert page['termFacets']['maker']['total'] == MAX_VALUES
    assert {term['term'] for term in page['termFacets']['maker']['terms']} == set(makers)


def test_nothing_allowed_is_nothing_to_be_seen(shelf):
    shelf.put(by('a'), by(None), by(''))
    assert names(shelf, allowing(maker=[])) == []
    assert names(shelf, allowing(maker=[''])) == ['']
    assert names(shelf, allowing(maker=[None])) == ['None']


def test_values_can_be_as_long_as_is_promised(shelf):
    for character in 'x', '\U0001f600':
        longest = character * (MAX_LENGTH // len(character.encode()))
        shelf.put(by(longest), by(longest, longest + character), by(longest[:-1]))
        assert len(names(shelf, allowing(maker=[longest]))) == 1
        assert len(names(shelf, allowing(maker=[longest, longest[:-1]]))) == 2
        with pytest.raises(ConfigurationError, match='more than 900 bytes'):
            allowing(maker=[longest + character])


def test_all_of_several_fields_have_to_be_allowed(shelf):
    both = {'boxes': [{'maker': ['a'], 'label': ['b']}], 'toys': [{'name': 'both', 'wooden': True}]}
    shelf.put(by('a'), aggregate('toys', **both))
    assert names(shelf, allowing(maker=['a'])) == ['a', 'both']
    assert names(shelf, allowing(maker=['a'], label=['b'])) == ['both']
    assert names(shelf, allowing(maker=['a'], wooden=['true'])) == ['both']
    assert names(shelf, allowing(maker=['a'], wooden=['false', None])) == ['a']
    assert names(shelf, allowing(maker=['b'], label=['b'])) == []


def test_what_does_not_say_whose_it_is_is_not_for_those_who_may_not_see_everything(shelf):
    source = by('a').to_json(plugin.schema)
    del source['fields']['maker']
    shelf.engine.write([Write(shelf.index('toys', 1), source['entity_id'], source)], refresh=True)
    assert names(shelf, UNRESTRICTED) == ['a']
    assert names(shelf, allowing(maker=['a', None])) == []
