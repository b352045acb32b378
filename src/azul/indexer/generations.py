"""Complete sets of physical indices, and the one document that says which there are.

The document is changed by compare-and-set, only after the indices exist, and is never cached::

    register ──▶ loading ──▶ aggregating ──▶ serving ──▶ dropping ──▶ gone
                                                │
                                                ▼  another plug-in registers
                                              frozen ──▶ dropping

`loading` and `aggregating` is a generation that is being built. `serving` is a complete one that is kept up to date,
whether or not readers are sent to it: that is decided by the aliases alone. `frozen` is one that was complete once: it
misses what happened since, and can only be read or dropped. A number is never given twice: a write that was late for a
generation that is gone must not reach another one. So the document outlives all generations.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from azul.engine import Document, Engine, Write
from azul.errors import AzulError, ConfigurationError, Conflict, EngineError
from azul.index import mapping
from azul.index.bundle import JSON
from azul.naming import LEDGER, IndexName, Naming
from azul.plugin import Plugin

State = Literal['loading', 'aggregating', 'serving', 'frozen', 'dropping']

DOCUMENT_ID = 'generations'

WRITABLE: frozenset[State] = frozenset(['loading', 'aggregating', 'serving'])
COMPLETE: frozenset[State] = frozenset(['serving', 'frozen'])
BUILDING: frozenset[State] = frozenset(['loading', 'aggregating'])

MAX_CONFLICTS = 20

NO_INDEX = 'index_not_found_exception'


@dataclass(frozen=True)
class Generation:
    """
    :param fingerprint: that of the plug-in whose documents it holds
    :param entity_types: names of those that it has indices of
    """
    number: int
    state: State
    fingerprint: str
    entity_types: tuple[str, ...]

    def to_json(self) -> JSON:
        return {'number': self.number, 'state': self.state, 'fingerprint': self.fingerprint,
                'entity_types': self.entity_types}

    @property
    def names(self) -> Iterator[IndexName]:
        """What its indices hold."""
        yield IndexName(LEDGER)
        for entity_type in self.entity_types:
            yield IndexName(entity_type)
            yield IndexName(entity_type, aggregate=True)


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

    @property
    def replicated(self) -> bool:
        """Whether the engine may answer from a copy."""
        return self._replicas > 0

    def indices(self, generation: int) -> Indices:
        return Indices(self._naming, generation)

    def read(self) -> list[Generation]:
        """All generations in real time, the oldest first; none before the first is created."""
        try:
            return _generations(self._document())
        except EngineError as error:
            if NO_INDEX in str(error):
                return []
            raise

    def get(self, number: int) -> Generation:
        """
        :raises ConfigurationError: if there is no such generation
        """
        return _find(self.read(), number)

    def writable(self) -> list[Generation]:
        """Those that a worker of our plug-in writes to."""
        return [generation for generation in self.read() if self.accepts(generation)]

    def accepts(self, generation: Generation) -> bool:
        """Whether a worker of our plug-in writes to it. Others are frozen to us, whatever their state."""
        return generation.state in WRITABLE and generation.fingerprint == self._plugin.fingerprint

    def served(self) -> int | None:
        """The number of the generation that readers are sent to; None if there is none yet."""
        # All aliases move in one call, so that any of them tells.
        alias = self._naming.index(IndexName(LEDGER))
        index = self._engine.resolve([alias]).get(alias)
        return None if index is None else self._naming.parse_index(index)[1]

    def create_first(self) -> Generation:
        """Create a generation and send readers there. Idempotent: if there are any, the oldest is returned; readers are
        sent there only if they are sent nowhere, and it is complete."""
        existing = self.read()
        if not existing:
            first = self._new(self._reserve(), 'serving')
            self._create_indices(first)
            self._change(lambda known: known or [first])
            existing = self.read()
            if existing[0].number != first.number:  # somebody else was faster
                self._delete_indices(first)
        if existing[0].state == 'serving' and self.served() is None:
            self._serve(existing[0])
        return existing[0]

    def register(self) -> Generation:
        """Create the indices of a new generation and list it as `loading`.

        From then on, whoever starts to work on a message applies it to the new generation, too. Generations of other
        plug-ins do not get any more messages: they are frozen.

        :raises ConfigurationError: if another one is being built
        """
        self.refuse_a_second()
        generation = self._new(self._reserve(), 'loading')
        self._create_indices(generation)

        def add(known: list[Generation]) -> list[Generation]:
            # By a write of ours that was applied, although we were told otherwise
            if any(each.number == generation.number for each in known):
                return known
            _refuse_a_second(known)
            return [*map(self._frozen, known), generation]

        try:
            self._change(add)
        except ConfigurationError:
            self._delete_indices(generation)
            raise
        return generation

    def _reserve(self) -> int:
        """A number that nobody else has, or had. If we die before there is a generation of that number, there never is
        one."""
        self._engine.create_index(self._naming.generations_index(), mapping.generations())
        return self._change(lambda known: known, numbers=1)

    def refuse_a_second(self) -> None:
        """
        :raises ConfigurationError: if a generation is being built
        """
        _refuse_a_second(self.read())

    def advance(self, number: int, state: State) -> None:
        """Have a generation enter a state.

        :raises ConfigurationError: if it is being dropped, from which there is no way back
        """
        def enter(known: list[Generation]) -> list[Generation]:
            if _find(known, number).state == 'dropping' != state:
                raise _fault(number, 'it is being dropped')
            return [replace(each, state=state) if each.number == number else each for each in known]

        self._change(enter)

    def swap(self, number: int) -> None:
        """Send readers to a generation, all at one moment.

        :raises ConfigurationError: if it is not complete
        """
        generation = self.get(number)
        if generation.state not in COMPLETE:
            raise _fault(number, f'it is {generation.state}, so readers cannot be sent there')
        self._serve(generation)

    def retire(self, number: int) -> None:
        """Have nobody begin to write to a generation any more.

        :raises ConfigurationError: if readers are sent there
        """
        self._refuse_served(number)
        self.advance(number, 'dropping')

    def retire_all(self) -> None:
        """Likewise, to none of them, wherever readers are sent."""
        self._change(lambda known: [replace(each, state='dropping') for each in known])

    def erase(self, number: int) -> None:
        """Delete the indices of a retired generation, to which nobody writes any more, and forget it.

        :raises ConfigurationError: if it is not retired, or readers are sent there after all
        """
        generation = self.get(number)
        if generation.state != 'dropping':
            raise _fault(number, f'it is {generation.state} and has to be retired first')
        self._refuse_served(number)
        self._erase(generation)

    def erase_all(self) -> list[Generation]:
        """Likewise, all that are retired. Afterwards readers find nothing.

        :return: those that are gone
        """
        retired = [generation for generation in self.read() if generation.state == 'dropping']
        for generation in retired:
            self._erase(generation)
        return retired

    def _erase(self, generation: Generation) -> None:
        # With one call, and with their aliases: no reader finds some of them only.
        self._delete_indices(generation)
        self._change(lambda known: [each for each in known if each.number != generation.number])

    def _refuse_served(self, number: int) -> None:
        if self.served() == number:
            raise _fault(number, 'readers are sent there, so it cannot be dropped')

    def _new(self, number: int, state: State) -> Generation:
        return Generation(number, state, self._plugin.fingerprint, tuple(self._plugin.schema.entity_type))

    def _frozen(self, generation: Generation) -> Generation:
        ours = generation.fingerprint == self._plugin.fingerprint
        return generation if ours or generation.state not in WRITABLE else replace(generation, state='frozen')

    def _serve(self, generation: Generation) -> None:
        add = {self._naming.index(name): self._naming.index(name, generation.number) for name in generation.names}
        known = {self._naming.index(name) for each in self.read() for name in each.names}
        behind = self._engine.resolve({*known, *add})
        self._engine.update_aliases([
            *({'remove': {'alias': alias, 'index': index}} for alias, index in behind.items()
              if add.get(alias) != index),
            *({'add': {'alias': alias, 'index': index}} for alias, index in add.items()),
        ])

    def _create_indices(self, generation: Generation) -> None:
        for name in generation.names:
            self._create_index(generation, name)

    def _create_index(self, generation: Generation, name: IndexName) -> None:
        schema, size = self._plugin.schema, (self._shards, self._replicas)
        body = (mapping.ledger(*size) if name.kind == LEDGER
                else mapping.aggregates(schema, name.kind, *size) if name.aggregate
                else mapping.contributions(*size))
        self._engine.create_index(self._naming.index(name, generation.number), body)

    def _delete_indices(self, generation: Generation) -> None:
        self._engine.delete_indices(','.join(self._naming.index(name, generation.number) for name in generation.names))

    def _document(self) -> Document:
        return self._engine.get(self._naming.generations_index(), DOCUMENT_ID)

    def _change(self, change: Callable[[list[Generation]], Sequence[Generation]], numbers: int = 0) -> int:
        """Compare and set.

        :param change: from the generations that there are to those that there are to be
        :param numbers: how many to reserve
        :return: the last number that is reserved
        """
        for _ in range(MAX_CONFLICTS):
            document = self._document()
            last = _last(document) + numbers
            source = {'last': last,
                      'generations': [generation.to_json() for generation in change(_generations(document))]}
            write = Write(self._naming.generations_index(), DOCUMENT_ID, source, guard=document)
            outcome, = self._engine.write([write])
            if isinstance(outcome, AzulError):
                raise outcome
            if outcome == 'written':
                return last
        raise Conflict(f'the generations changed {MAX_CONFLICTS} times while they were written')


def _generations(document: Document) -> list[Generation]:
    source = document.source or {'generations': []}
    return [Generation(**{**generation, 'entity_types': tuple(generation['entity_types'])})
            for generation in source['generations']]


def _last(document: Document) -> int:
    """The greatest number that was ever reserved. Documents from before that was kept do not have it."""
    source = document.source or {}
    last: int = source.get('last', 0)
    return max([last, *(generation.number for generation in _generations(document))])


def _find(generations: Sequence[Generation], number: int) -> Generation:
    for generation in generations:
        if generation.number == number:
            return generation
    raise _fault(number, 'there is no such generation')


def _refuse_a_second(generations: Sequence[Generation]) -> None:
    for generation in generations:
        if generation.state in BUILDING:
            raise _fault(generation.number, f'it is {generation.state}: resume or drop it before another one is built')


def _fault(number: int, fault: str) -> ConfigurationError:
    return ConfigurationError(f'Generation {number}', [fault])
