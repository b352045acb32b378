from collections.abc import Iterator

import pytest

from fixtures.shelf import Shelf


@pytest.fixture
def empty_shelf(engine: str) -> Iterator[Shelf]:
    """Without any indices."""
    shelf = Shelf(engine)
    yield shelf
    shelf.close()


@pytest.fixture
def shelf(empty_shelf: Shelf) -> Shelf:
    empty_shelf.create()
    return empty_shelf
