"""The one document that says which generations of indices there are, and the states that they go through::

    loading ──▶ aggregating ──▶ serving ──▶ dropping ──▶ gone
                                   │
                                   ▼  another plug-in begins a generation
                                 frozen ──▶ dropping

`loading` and `aggregating` is a generation that is being built; it may be dropped, too. `serving` is a complete one
that is kept up to date, whether or not readers are sent to it: that is decided by the aliases alone. `frozen` is one
that was complete once: it misses what happened since, and can only be read or dropped. There is no way back.

The document is changed by compare-and-set, and never cached. A number is never given twice: a write that was late for
a generation that is gone must not reach another one. So the document outlives all generations.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from azul.engine import Document, Engine, Write
from azul.errors import AzulError, ConfigurationError, Conflict, NoIndex
from azul.index import mapping
from azul.index.bundle import JSON
from azul.naming import LEDGER, IndexName

State = Literal['loading', 'aggregating', 'serving', 'frozen', 'dropping']

DOCUMENT_ID = 'generations'

WRITABLE: frozenset[State] = frozenset(['loading', 'aggregating', 'serving'])
COMPLETE: frozenset[State] = frozenset(['serving', 'frozen'])
BUILDING: frozenset[State] = frozenset(['loading', 'aggregating'])

PREDECESSOR: dict[State, State] = {'aggregating': 'loading', 'serving': 'aggregating', 'frozen': 'serving'}
"""The only state from which each is entered; `dropping` is entered from any."""

MAX_CONFLICTS = 20


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

    def entering(self, state: State) -> 'Generation':
        """
        The same in the state that it enters. Idempotent.

        :raises ConfigurationError: if there is no way to there from the state that it is in
        """
        if self.state == 'dropping' != state:
            raise fault(self.number, 'it is being dropped')
        if state not in (self.state, 'dropping') and self.state != PREDECESSOR.get(state):
            raise fault(self.number, f'it is {self.state}, and cannot become {state}: somebody else goes on with it')
        return replace(self, state=state)


@dataclass(frozen=True)
class GenerationDocument:
    """
    :param index: where it is, and nothing else
    """
    engine: Engine
    index: str
    replicas: int

    def read(self) -> list[Generation]:
        """All generations in real time, the oldest first; none before the first number is reserved."""
        try:
            return _generations(self._read())
        except NoIndex:
            return []

    def reserve(self) -> int:
        """A number that nobody else has, or had. If we die before there is a generation of that number, there never is
        one."""
        self.engine.create_index(self.index, mapping.generations(self.replicas))
        return self.change(lambda known: known, numbers=1)

    def lost(self) -> list[int]:
        """The numbers that were reserved, but of which there is no generation: it is gone, or was never completed, or
        somebody is about to list it."""
        document = self._read()
        numbers = {generation.number for generation in _generations(document)}
        return [number for number in range(1, _last(document) + 1) if number not in numbers]

    def change(self, change: Callable[[list[Generation]], Sequence[Generation]], numbers: int = 0) -> int:
        """Compare and set.

        :param change: from the generations that there are to those that there are to be
        :param numbers: how many to reserve
        :return: the last number that is reserved
        """
        for _ in range(MAX_CONFLICTS):
            document = self._read()
            last = _last(document) + numbers
            source = {'last': last,
                      'generations': [generation.to_json() for generation in change(_generations(document))]}
            outcome, = self.engine.write([Write(self.index, DOCUMENT_ID, source, guard=document)])
            if isinstance(outcome, AzulError):
                raise outcome
            if outcome == 'written':
                return last
        raise Conflict(f'the generations changed {MAX_CONFLICTS} times while they were written')

    def _read(self) -> Document:
        return self.engine.get(self.index, DOCUMENT_ID)


def find(generations: Sequence[Generation], number: int) -> Generation:
    """
    :raises ConfigurationError: if there is no such generation
    """
    for generation in generations:
        if generation.number == number:
            return generation
    raise fault(number, 'there is no such generation')


def fault(number: int, text: str) -> ConfigurationError:
    return ConfigurationError(f'Generation {number}', [text])


def _generations(document: Document) -> list[Generation]:
    source = document.source or {'generations': []}
    return [Generation(**{**generation, 'entity_types': tuple(generation['entity_types'])})
            for generation in source['generations']]


def _last(document: Document) -> int:
    """The greatest number that was ever reserved. Documents from before that was kept do not have it."""
    source = document.source or {}
    last: int = source.get('last', 0)
    return max([last, *(generation.number for generation in _generations(document))])
