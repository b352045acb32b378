"""The graph of what was made from what, and the walks along it.

Neither its depth nor the number of ways through it matters: walks are loops with a set of what they have seen, and
cost as much as what they reach.
"""
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from azul.errors import BundleError
from azul.projects.hca.metadata.layout import LINKS, Entity
from azul.projects.hca.metadata.links import Edge, Links

Neighbours = Mapping[Entity, Sequence[Entity]]


class Graph:
    """
    :ivar parents: what an entity was made from, or made by
    :ivar children: what was made from or by it
    :ivar protocols: what a process followed
    """

    def __init__(self, links: Links) -> None:
        """
        :raises BundleError: if something was made from itself
        """
        self.children = _neighbours(links.made)
        self.parents = _neighbours((destination, source) for source, destination in links.made)
        self.protocols = _neighbours(links.followed)
        try:
            self._from_the_top = tuple(TopologicalSorter(self.parents).static_order())
        except CycleError as error:
            entity = error.args[1][0]
            raise BundleError(f'cyclic link: {entity.kind} {entity.id} is made from itself', file=LINKS) from None

    def ancestors(self, *entities: Entity) -> set[Entity]:
        """All that the entities were made from, directly or not, and the entities themselves."""
        return reach(entities, self.parents)

    def descendants(self, *entities: Entity) -> set[Entity]:
        """All that was made from the entities, directly or not, and the entities themselves."""
        return reach(entities, self.children)

    def nearest(self, wanted: Callable[[Entity], bool]) -> Mapping[Entity, frozenset[Entity]]:
        """For each entity that has a link, the wanted ones that come first on the ways up from it.

        That is the entity itself where it is one of them.
        """
        nearest: dict[Entity, frozenset[Entity]] = {}
        for entity in self._from_the_top:
            above = {nearest[parent] for parent in self.parents.get(entity, ())}
            if wanted(entity):
                nearest[entity] = frozenset([entity])
            elif len(above) == 1:
                nearest[entity] = above.pop()  # the same object, so that long ways and many siblings cost nothing
            else:
                nearest[entity] = frozenset().union(*above)
        return nearest


def reach(start: Iterable[Entity], neighbours: Neighbours) -> set[Entity]:
    """What can be reached from the start, included."""
    seen = set(start)
    ahead = list(seen)
    while ahead:
        new = [neighbour for neighbour in neighbours.get(ahead.pop(), ()) if neighbour not in seen]
        seen.update(new)
        ahead.extend(new)
    return seen


def _neighbours(edges: Iterable[Edge]) -> Neighbours:
    neighbours: dict[Entity, list[Entity]] = defaultdict(list)
    for source, destination in edges:
        neighbours[source].append(destination)
    return dict(neighbours)
