"""Complete sets of physical indices, and the one document that says which there are.

The document is changed by compare-and-set, only after the indices exist, and is never cached.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from azul.engine import Document, Engine, Write
from azul.errors import AzulError, Conflict
from azul.index import mapping
from azul.index.bundle import JSON
from azul.naming import LEDGER, IndexName, Naming
from azul.plugin import Plugin

State = Literal['loading', 'aggregating', 'serving', 'frozen', 'dropping']

DOCUMENT_ID = 'generations'

WRITABLE: frozenset[State] = frozenset(['loading', 'aggregating', 'serving'])


@dataclass(frozen=True)
class Generation:
    """
    :param fingerprint: that of the plug-in whose documents it holds
    """
    number: int
    state: State
    fingerprint: str

    def to_json(self) -> JSON:
        return {'number': self.number, 'state': self.state, 'fingerprint': self.fingerprint}


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


class Generations:
    def __init__(self, engine: Engine, naming: Naming, plugin: Plugin, shards: int, replicas: int) -> None:
        self._engine, self._naming, self._plugin = engine, naming, plugin
        self._shards, self._replicas = shards, replicas

    def indices(self, generation: int) -> Indices:
        return Indices(self._naming, generation)

    def read(self) -> list[Generation]:
        """All generations in real time, the oldest first; none before the first is created."""
        return _generations(self._document())

    def writable(self) -> list[Generation]:
        """Those that a worker of our plug-in writes to. Others are frozen to us, whatever their state."""
        return [
            generation for generation in self.read()
            if generation.state in WRITABLE and generation.fingerprint == self._plugin.fingerprint
        ]

    def create_first(self) -> Generation:
        """Create generation 1 and have the aliases serve it. Idempotent: one that exists is returned as it is."""
        self._engine.create_index(self._naming.generations_index(), mapping.generations())
        document = self._document()
        existing = _generations(document)
        if not existing:
            first = Generation(1, 'serving', self._plugin.fingerprint)
            names = dict(self._index_bodies())
            for name, body in names.items():
                self._engine.create_index(self._naming.index(name, first.number), body)
            self._engine.update_aliases([
                {'add': {'index': self._naming.index(name, first.number), 'alias': self._naming.index(name)}}
                for name in names
            ])
            self._write(document, [first])
            existing = self.read()
        return existing[0]

    def _index_bodies(self) -> Iterator[tuple[IndexName, JSON]]:
        schema, size = self._plugin.schema, (self._shards, self._replicas)
        yield IndexName(LEDGER), mapping.ledger(*size)
        for entity_type in schema.entity_type:
            yield IndexName(entity_type), mapping.contributions(*size)
            yield IndexName(entity_type, aggregate=True), mapping.aggregates(schema, entity_type, *size)

    def _document(self) -> Document:
        return self._engine.get(self._naming.generations_index(), DOCUMENT_ID)

    def _write(self, document: Document, generations: Sequence[Generation]) -> None:
        source = {'generations': [generation.to_json() for generation in generations]}
        outcome, = self._engine.write([Write(self._naming.generations_index(), DOCUMENT_ID, source, guard=document)])
        if isinstance(outcome, AzulError):
            raise outcome
        if outcome == 'conflict':
            raise Conflict('someone else changed the generations at the same time')


def _generations(document: Document) -> list[Generation]:
    source = document.source or {'generations': []}
    return [Generation(**generation) for generation in source['generations']]
