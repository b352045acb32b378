"""How the entities of a bundle were made of each other."""
from collections import defaultdict
from collections.abc import Iterable, Iterator

from hca.brute_force.reading import JSON, Entity, RawBundle, entities

Node = tuple[str, str]
Edges = dict[Node, set[Node]]

KINDS = ('biomaterial', 'file', 'process', 'protocol', 'project')
SAMPLES = ('cell_line', 'organoid', 'specimen_from_organism')


class Graph:
    """The entities of a bundle, and for each what came directly before and after it. Protocols come after processes."""

    def __init__(self, bundle: RawBundle) -> None:
        self.entities: dict[Node, Entity] = {each.node: each for each in entities(bundle)}
        self.parents: Edges = defaultdict(set)
        self.children: Edges = defaultdict(set)
        for link in bundle.metadata.get('links.json', {'links': []})['links']:
            for source, destination in ends(link):
                self.children[self.node(*source)].add(self.node(*destination))
                self.parents[self.node(*destination)].add(self.node(*source))

    def node(self, stated_type: str, id_: str) -> Node:
        """The id is believed, what is stated along with it is not, as long as the id leaves no doubt."""
        nodes = [(kind, id_) for kind in KINDS if (kind, id_) in self.entities]
        stated = [(kind, id_) for kind in KINDS if stated_type == kind or stated_type.endswith('_' + kind)]
        return next((node for node in stated if node in nodes), nodes[0])

    def related(self, entity: Entity) -> set[Node]:
        """The entity, what it was made of, what was made of it, and the protocols of the processes on the way."""
        nodes = {entity.node} | reach(entity.node, self.parents) | reach(entity.node, self.children)
        return nodes | {child for node in nodes if node[0] == 'process' for child in self.children[node]
                        if child[0] == 'protocol'}

    def all_related(self, of: Iterable[Entity]) -> set[Node]:
        return {node for entity in of for node in self.related(entity)}

    def samples(self, entity: Entity) -> list[Entity]:
        """The samples that the entity was made of, of each path the first."""
        found, seen, pending = {}, set(), [entity.node]
        while pending:
            node = pending.pop()
            if self.entities[node].schema in SAMPLES:
                found[node] = self.entities[node]
            elif node not in seen:
                seen.add(node)
                pending += self.parents[node]
        return list(found.values())

    def of(self, *, kind: str = '', schema: str = '') -> list[Entity]:
        return [each for each in self.entities.values() if schema in ('', each.schema) and kind in ('', each.kind)]


def reach(node: Node, edges: Edges) -> set[Node]:
    """All nodes that edges lead to."""
    found: set[Node] = set()
    pending = [node]
    while pending:
        for neighbour in edges[pending.pop()]:
            if neighbour not in found:
                found.add(neighbour)
                pending.append(neighbour)
    return found


def ends(link: JSON) -> Iterator[tuple[Node, Node]]:
    """The edges of an element of any version of links, as pairs of stated type and id."""
    if 'source_id' in link:
        yield (link['source_type'], link['source_id']), (link['destination_type'], link['destination_id'])
    elif link.get('link_type') != 'supplementary_file_link':
        process = ('process', link.get('process_id') or link['process'])
        for way in 'input', 'output':
            for end in link[way + 's']:
                other = (end[f'{way}_type'], end[f'{way}_id']) if isinstance(end, dict) else (link[f'{way}_type'], end)
                yield (other, process) if way == 'input' else (process, other)
        for protocol in link['protocols']:
            yield process, ('protocol', protocol['protocol_id'])
