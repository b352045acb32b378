"""The physical indices of generations, and the aliases that send readers to those of one."""
from collections.abc import Iterable
from dataclasses import dataclass

from azul.engine import Engine
from azul.index import mapping
from azul.index.bundle import JSON
from azul.index.fields import Schema
from azul.indexer.generation_document import Generation
from azul.naming import LEDGER, IndexName, Naming


@dataclass(frozen=True)
class Indices:
    """The names of one generation's physical indices."""
    naming: Naming
    generation: int

    def contributions(self, entity_type: str) -> str:
        return self.naming.index(IndexName(entity_type), self.generation)

    def aggregates(self, entity_type: str) -> str:
        return self.naming.index(IndexName(entity_type, aggregate=True), self.generation)

    @property
    def ledger(self) -> str:
        return self.naming.index(IndexName(LEDGER), self.generation)


@dataclass(frozen=True)
class GenerationIndices:
    engine: Engine
    naming: Naming
    schema: Schema
    shards: int
    replicas: int

    def create(self, generation: Generation) -> None:
        for name in generation.names:
            self.engine.create_index(self.naming.index(name, generation.number), self._body(name))

    def delete(self, generation: Generation) -> None:
        """With one call, and with their aliases: no reader finds some of them only. Idempotent."""
        self.engine.delete_indices(','.join(self.naming.index(name, generation.number) for name in generation.names))

    def served(self) -> int | None:
        """The number of the generation that readers are sent to; None if there is none yet."""
        # All aliases move in one call, so that any of them tells.
        alias = self.naming.index(IndexName(LEDGER))
        index = self.engine.resolve([alias]).get(alias)
        return None if index is None else self.naming.parse_index(index)[1]

    def serve(self, generation: Generation, known: Iterable[Generation]) -> None:
        """Send readers to a generation, all at one moment.

        :param known: all generations that readers may have been sent to before
        """
        add = {self.naming.index(name): self.naming.index(name, generation.number) for name in generation.names}
        others = {self.naming.index(name) for each in known for name in each.names}
        behind = self.engine.resolve({*others, *add})
        self.engine.update_aliases([
            *({'remove': {'alias': alias, 'index': index}} for alias, index in behind.items()
              if add.get(alias) != index),
            *({'add': {'alias': alias, 'index': index}} for alias, index in add.items()),
        ])

    def _body(self, name: IndexName) -> JSON:
        size = self.shards, self.replicas
        return (mapping.ledger(*size) if name.kind == LEDGER
                else mapping.aggregates(self.schema, name.kind, *size) if name.aggregate
                else mapping.contributions(*size))
