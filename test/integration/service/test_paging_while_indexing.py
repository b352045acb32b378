"""Whoever pages on while entities come and go misses none of those that stay, and sees none twice."""
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest

from fixtures import brute_force
from fixtures.corpora import corpus
from fixtures.questions import neighbour
from fixtures.shelf import Shelf, aggregate
from fixtures.toys import new_uuid


@pytest.mark.parametrize('direction', ['search_after', 'search_before'])
@pytest.mark.parametrize('order', ['asc', 'desc'])
@pytest.mark.parametrize('sort', ['toyName', 'pieces'])
def test_pages_are_complete_although_entities_come_and_go(shelf: Shelf, sort: str, order: str, direction: str):
    random = Random(f'{sort} {order} {direction}')
    contents = [*corpus(7, 40).values()]
    staying = {new_uuid(): each for each in contents[:20]}
    going = {new_uuid(): each for each in contents[20:]}
    shelf.put(*(aggregate('toys', entity_id, **each) for entity_id, each in {**staying, **going}.items()))

    def disturb() -> None:
        gone = random.sample(sorted(going), 3)
        shelf.put(*(aggregate('toys', entity_id, live=False, **going.pop(entity_id)) for entity_id in gone),
                  *(aggregate('toys', **each) for each in random.sample(contents, 3)))

    page = shelf.page('toys', sort=sort, order=order, size='5')
    if direction == 'search_before':  # from the last page on, back
        while (position := neighbour(page, 'search_after')) is not None:
            page = shelf.page('toys', sort=sort, order=order, size='5', **position)
    seen = [hit['entryId'] for hit in page['hits']]
    while (position := neighbour(page, direction)) is not None:
        if len(going) >= 3:
            disturb()
        page = shelf.page('toys', sort=sort, order=order, size='5', **position)
        seen += [hit['entryId'] for hit in page['hits']]
    assert len(seen) == len(set(seen))
    assert staying.keys() <= set(seen)


DIRECTIONS = {'search_after': ('search_before', 'previous'), 'search_before': ('search_after', 'next')}


@pytest.mark.parametrize('direction', DIRECTIONS)
@pytest.mark.parametrize('order', ['asc', 'desc'])
@pytest.mark.parametrize('sort', ['toyName', 'pieces'])
def test_where_all_that_was_ahead_has_gone_the_way_back_leads_to_all_that_is_left(
    shelf: Shelf, sort: str, order: str, direction: str
):
    contents = corpus(11, 24)
    shelf.put(*(aggregate('toys', entity_id, **each) for entity_id, each in contents.items()))
    expected = brute_force.ordered(contents, {}, sort, order == 'desc')
    opposite, link = DIRECTIONS[direction]
    page = shelf.page('toys', sort=sort, order=order, size='5')
    if direction == 'search_before':
        while (position := neighbour(page, 'search_after')) is not None:
            page = shelf.page('toys', sort=sort, order=order, size='5', **position)
    left = list(expected if direction == 'search_after' else reversed(expected))
    ends, number = [], 0
    while (position := neighbour(page, direction)) is not None:
        number += len(page['hits'])
        ends.append((position, number))
        page = shelf.page('toys', sort=sort, order=order, size='5', **position)
    # At the end of each page, one looks on after all ahead has gone, and at last some of the page itself, too.
    for position, number in [*reversed(ends), (ends[0][0], 3), (ends[0][0], 1)]:
        shelf.put(*(aggregate('toys', entity_id, live=False) for entity_id in left[number:]))
        del left[number:]
        page = shelf.page('toys', sort=sort, order=order, size='5', **position)
        assert (page['hits'], page['pagination']['total']) == ([], number)
        assert neighbour(page, direction) is None
        followed = dict(parse_qsl(urlsplit(page['pagination'][link]).query, keep_blank_values=True))
        assert shelf.page('toys', **followed)['hits']
        seen = []
        while (position := neighbour(page, opposite)) is not None:
            page = shelf.page('toys', sort=sort, order=order, size='5', **position)
            ids = [hit['entryId'] for hit in page['hits']]
            seen = [*ids, *seen] if opposite == 'search_before' else [*seen, *ids]
            assert len(seen) <= number, 'round in circles'
        assert seen == (left if direction == 'search_after' else left[::-1])


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_where_nothing_is_left_no_way_leads_on(shelf: Shelf, direction: str):
    page = shelf.page('toys', **{direction: '"x"', f'{direction}_uid': 'x'})
    assert [page['pagination'][name] for name in ('total', *DIRECTIONS, 'next', 'previous')] == [0, *[None] * 4]
