import itertools
from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.errors import BundleError
from azul.projects.hca.metadata.graph import Graph
from azul.projects.hca.metadata.layout import Entity
from azul.projects.hca.metadata.links import Links

ENTITIES = [Entity('process' if n % 2 else 'biomaterial', 'any', str(n), {}, f'{n}.json') for n in range(8)]
Numbers = list[tuple[int, int]]
PAIRS = list(itertools.product(range(8), repeat=2))
EDGES = st.lists(st.sampled_from([(a, b) for a, b in PAIRS if a != b]), max_size=14)
ACYCLIC_EDGES = st.lists(st.sampled_from([(a, b) for a, b in PAIRS if a < b]), max_size=14)


def graph(edges: Numbers) -> Graph:
    return Graph(Links(made={(ENTITIES[source], ENTITIES[destination]): None for source, destination in edges}))


def above(edges: Numbers, entity: int) -> set[int]:
    """By definition: what it was made from, and what that was made from."""
    parents = {source for source, destination in edges if destination == entity}
    return {entity}.union(*(above(edges, parent) for parent in parents))


def first_above(edges: Numbers, entity: int, wanted: set[int]) -> set[int]:
    if entity in wanted:
        return {entity}
    return set().union(*(first_above(edges, source, wanted) for source, destination in edges if destination == entity))


def numbers(entities: Set[Entity]) -> set[int]:
    return {int(entity.id) for entity in entities}


@given(ACYCLIC_EDGES, st.integers(0, 7))
def test_ancestors_and_descendants_are_what_recursion_finds(edges: Numbers, entity: int) -> None:
    assert numbers(graph(edges).ancestors(ENTITIES[entity])) == above(edges, entity)
    below = {other for other in range(8) if entity in above(edges, other)}
    assert numbers(graph(edges).descendants(ENTITIES[entity])) == below


@given(ACYCLIC_EDGES, st.integers(0, 7), st.sets(st.integers(0, 7)))
def test_the_nearest_ancestors_are_the_first_wanted_ones_on_each_way_up(edges: Numbers, entity: int,
                                                                        wanted: set[int]) -> None:
    nearest = graph(edges).nearest(lambda entity: int(entity.id) in wanted)
    assert nearest.keys() == {ENTITIES[n] for edge in edges for n in edge}
    if ENTITIES[entity] in nearest:
        assert numbers(nearest[ENTITIES[entity]]) == first_above(edges, entity, wanted)


@given(EDGES)
def test_a_cycle_is_refused_and_nothing_else(edges: Numbers) -> None:
    reachable = {(a, b) for a, b in edges}
    for middle, a, b in itertools.product(range(8), repeat=3):
        if (a, middle) in reachable and (middle, b) in reachable:
            reachable.add((a, b))
    cyclic = {str(n) for n in range(8) if (n, n) in reachable}
    if cyclic:
        with pytest.raises(BundleError, match='cyclic link') as error:
            graph(edges)
        assert error.value.file == 'links.json'
        assert any(f' {entity} is made from itself' in error.value.fault for entity in cyclic)
    else:
        graph(edges)
