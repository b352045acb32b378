from collections.abc import Iterator

import pytest

from fixtures.exports import Exports, exporting


@pytest.fixture
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    """Of toys, with nothing on the shelf."""
    with exporting(engine, queues, aws) as exports:
        yield exports
