"""Queries as compositions of steps."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

from elasticsearch_dsl import Q, Search

from azul.index.bundle import JSON

Refinement = Callable[[Search], Search]
"""A search in, a search out. A step knows nothing of the others."""


@dataclass(frozen=True)
class Restriction:
    """What may be seen at all, whatever is asked for. An entity may that in each of some fields has no term but those
    that are allowed: one that has another one, too, would tell of it in its hit and in the facets.

    `azul.service.restriction` makes the one of a principal.

    :param terms: the allowed ones by the path of the field, sorted; without a field, everything may be seen
    """
    terms: Mapping[str, Sequence[str]]

    def __call__(self, search: Search) -> Search:
        """The step."""
        for path, terms in self.terms.items():
            # Not having any other term is not enough, because what has no term at all is none of ours.
            search = search.filter('bool', filter=[Q('terms', **{path: terms})], must_not=_others(path, terms))
        return search


def _others(path: str, terms: Sequence[str]) -> list[JSON]:
    """All terms but these, as the ranges between them: the engine has them in the order of their code points, too."""
    return [
        {'range': {path: {name: end for name, end in (('gt', below), ('lt', above)) if end is not None}}}
        for below, above in pairwise([None, *terms, None])
    ]


def composed(restriction: Restriction, *steps: Refinement) -> JSON:
    """The request body of a search among the live aggregates that may be seen, refined by the steps."""
    search: Search = reduce(lambda search, step: step(search), steps, restriction(_live(Search())))
    body: JSON = search.to_dict()
    return body


def _live(search: Search) -> Search:
    """Nobody must see the aggregates of entities that are not there any more."""
    return search.filter('term', live=True)
