"""The graph of what was made from what, and the walks along it.

Walks are loops with a set of what they have seen: neither the depth of a graph nor the number of ways through it
matters, and a walk costs as much as what it reaches.
"""
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

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
        self._refuse_cycles()

    def _refuse_cycles(self) -> None:
        waiting = {entity: len(parents) for entity, parents in self.parents.items()}
        free = [entity for entity in self.children if entity not in waiting]
        while free:
            for child in self.children.get(free.pop(), ()):
                waiting[child] -= 1
                if not waiting[child]:
                    free.append(child)
        stuck = [entity for entity, count in waiting.items() if count]
        if stuck:
            # What is merely made from a cycle is stuck, too, so walk up until something comes again: that is in it.
            entity, seen = stuck[0], set()
            while entity not in seen:
                seen.add(entity)
                entity = next(parent for parent in self.parents[entity] if waiting.get(parent))
            raise BundleError(f'cyclic link: {entity.kind} {entity.id} is made from itself', file=LINKS)

    def ancestors(self, *entities: Entity) -> set[Entity]:
        """All that the entities were made from, directly or not, and the entities themselves."""
        return reach(entities, self.parents)

    def descendants(self, *entities: Entity) -> set[Entity]:
        """All that was made from the entities, directly or not, and the entities themselves."""
        return reach(entities, self.children)

    def nearest_ancestors(self, wanted: Callable[[Entity], bool], *entities: Entity) -> set[Entity]:
        """The wanted ones that come first on the ways up from the entities, an entity itself if it is one of them."""
        return {entity for entity in reach(entities, self.parents, stop=wanted) if wanted(entity)}


def reach(start: Iterable[Entity], neighbours: Neighbours, stop: Callable[[Entity], bool] | None = None) -> set[Entity]:
    """What can be reached from the start, included, without going further from where the walk stops."""
    seen = set(start)
    ahead = list(seen)
    while ahead:
        entity = ahead.pop()
        if stop is None or not stop(entity):
            new = [neighbour for neighbour in neighbours.get(entity, ()) if neighbour not in seen]
            seen.update(new)
            ahead.extend(new)
    return seen


def _neighbours(edges: Iterable[Edge]) -> Neighbours:
    neighbours: dict[Entity, list[Entity]] = defaultdict(list)
    for source, destination in edges:
        neighbours[source].append(destination)
    return dict(neighbours)
