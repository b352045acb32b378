"""Whoever pages on while entities come and go misses none of those that stay, and sees none twice."""
from random import Random

import pytest

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
