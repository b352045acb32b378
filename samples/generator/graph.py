"""An experiment as a graph, before it takes the form of an era."""
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass(frozen=True)
class Entity:
    """
    :param content: the properties by their modern names (`forms` knows the others); None is what was not given
    :param revision: how often the content was corrected
    """
    schema: str
    id: str
    content: JSON = field(compare=False)
    revision: int = field(default=0, compare=False)

    @property
    def label(self) -> str:
        """The id that people know the entity by, or the name of the file."""
        for core in ('biomaterial', 'process', 'protocol'):
            if f'{core}_core' in self.content:
                return str(self.content[f'{core}_core'][f'{core}_id'])
        return str(self.content['file_core']['file_name'])


@dataclass(frozen=True)
class Step:
    """One process, what went into it, what came out, and how it was done."""
    process: Entity
    inputs: tuple[Entity, ...]
    outputs: tuple[Entity, ...]
    protocols: tuple[Entity, ...]


@dataclass(frozen=True)
class Graph:
    """
    :param supplementary: files about the project as a whole, in no step
    """
    project: Entity
    steps: tuple[Step, ...]
    supplementary: tuple[Entity, ...] = ()

    def entities(self) -> Iterator[Entity]:
        """The project first, then each of the others once, in the order of the steps."""
        yield from dict.fromkeys([
            self.project,
            *(entity for step in self.steps
              for entity in (*step.inputs, step.process, *step.protocols, *step.outputs)),
            *self.supplementary])

    def files(self) -> list[Entity]:
        return [entity for entity in self.entities() if entity.schema.endswith('_file')]


def compact(value: Any) -> Any:
    """The value without what is None, at any depth, and without the objects that have nothing left."""
    if isinstance(value, dict):
        kept = {key: compact(member) for key, member in value.items() if member is not None}
        return {key: member for key, member in kept.items() if member != {}}
    if isinstance(value, list):
        return [compact(member) for member in value]
    return value
