"""Queries as compositions of steps."""
from collections.abc import Callable
from functools import reduce

from elasticsearch_dsl import Search

from azul.index.bundle import JSON

Step = Callable[[Search], Search]
"""A search in, a search out. A step knows nothing of the others."""


def composed(*steps: Step) -> JSON:
    """The request body of a search among the live aggregates that is refined by the steps."""
    search: Search = reduce(lambda search, step: step(search), steps, _live(Search()))
    body: JSON = search.to_dict()
    return body


def _live(search: Search) -> Search:
    """Nobody must see the aggregates of entities that are not there any more."""
    return search.filter('term', live=True)
