"""Complete sets of physical indices: which there are, and which of them readers are sent to.

A generation is listed only after its indices exist, and is on the list until they are gone. What may become of it, see
`azul.indexer.generation_document`.
"""
from collections.abc import Iterable, Sequence
from dataclasses import replace

from azul.engine import Engine
from azul.errors import ConfigurationError
from azul.indexer.generation_document import (
    BUILDING,
    COMPLETE,
    WRITABLE,
    Generation,
    GenerationDocument,
    State,
    fault,
    find,
)
from azul.indexer.generation_indices import GenerationIndices, Indices
from azul.messaging.inbox import Waiting
from azul.naming import Naming
from azul.plugin import Plugin

__all__ = ['BUILDING', 'COMPLETE', 'WRITABLE', 'Generation', 'Generations', 'Indices', 'NoGeneration', 'State']


class NoGeneration(Waiting):
    """There is no generation that this code may write to: it waits for a reindex, or for the code to be deployed."""


class Generations:
    def __init__(self, engine: Engine, naming: Naming, plugin: Plugin, shards: int, replicas: int) -> None:
        self._naming, self._plugin, self._replicas = naming, plugin, replicas
        self._document = GenerationDocument(engine, naming.generations_index(), replicas)
        self._indices = GenerationIndices(engine, naming, plugin.schema, shards, replicas)

    @property
    def replicated(self) -> bool:
        """Whether the engine may answer from a copy."""
        return self._replicas > 0

    def indices(self, generation: int) -> Indices:
        return Indices(self._naming, generation)

    def read(self) -> list[Generation]:
        """All generations in real time, the oldest first; none before the first is created."""
        return self._document.read()

    def get(self, number: int) -> Generation:
        """
        :raises ConfigurationError: if there is no such generation
        """
        return find(self.read(), number)

    def writable(self) -> list[Generation]:
        """Those that a worker of our plug-in writes to."""
        return [generation for generation in self.read() if self.accepts(generation)]

    def accepts(self, generation: Generation) -> bool:
        """Whether a worker of our plug-in writes to it. Others are frozen to us, whatever their state."""
        return generation.state in WRITABLE and generation.fingerprint == self._plugin.fingerprint

    def served(self) -> int | None:
        """The number of the generation that readers are sent to; None if there is none yet."""
        return self._indices.served()

    def create_first(self) -> Generation:
        """Create a generation and send readers there. Idempotent: if there are any, the oldest is returned; readers are
        sent there only if they are sent nowhere, and it is complete."""
        existing = self.read()
        if not existing:
            first = self._new('serving')
            self._document.change(lambda known: known or [first])
            existing = self.read()
            if existing[0].number != first.number:  # somebody else was faster
                self._indices.delete(first)
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
        generation = self._new('loading')

        def add(known: list[Generation]) -> list[Generation]:
            # By a write of ours that was applied, although we were told otherwise
            if any(each.number == generation.number for each in known):
                return known
            _refuse_a_second(known)
            return [*map(self._frozen, known), generation]

        try:
            self._document.change(add)
        except ConfigurationError:
            self._indices.delete(generation)
            raise
        return generation

    def refuse_a_second(self) -> None:
        """
        :raises ConfigurationError: if a generation is being built
        """
        _refuse_a_second(self.read())

    def advance(self, number: int, state: State) -> None:
        """Have a generation enter a state. Idempotent.

        :raises ConfigurationError: if there is no way to there from the state that it is in
        """
        def enter(known: list[Generation]) -> list[Generation]:
            entered = find(known, number).entering(state)
            return [entered if each.number == number else each for each in known]

        self._document.change(enter)

    def swap(self, number: int) -> None:
        """Send readers to a generation, all at one moment.

        :raises ConfigurationError: if it is not complete
        """
        generation = self.get(number)
        if generation.state not in COMPLETE:
            raise fault(number, f'it is {generation.state}, so readers cannot be sent there')
        self._serve(generation)

    def retire(self, number: int) -> None:
        """Have nobody begin to write to a generation any more.

        :raises ConfigurationError: if readers are sent there
        """
        self._refuse_served(number)
        self.advance(number, 'dropping')

    def retire_all(self) -> None:
        """Likewise, to none of them, wherever readers are sent."""
        self._document.change(lambda known: [each.entering('dropping') for each in known])

    def erase(self, number: int) -> None:
        """Delete the indices of a retired generation, to which nobody writes any more, and forget it.

        :raises ConfigurationError: if it is not retired, or readers are sent there after all
        """
        generation = self.get(number)
        if generation.state != 'dropping':
            raise fault(number, f'it is {generation.state} and has to be retired first')
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

    def lost(self) -> list[int]:
        """Numbers of generations that are not listed: they are gone, or will be listed in a moment, or have indices
        that somebody left who died before that moment."""
        return self._document.lost()

    def erase_lost(self, numbers: Iterable[int]) -> None:
        """Delete such indices.

        :param numbers: those that were lost one visibility time-out ago
        """
        for number in set(numbers).intersection(self.lost()):
            self._indices.delete(self._generation(number, 'dropping'))

    def _erase(self, generation: Generation) -> None:
        self._indices.delete(generation)
        self._document.change(lambda known: [each for each in known if each.number != generation.number])

    def _refuse_served(self, number: int) -> None:
        if self.served() == number:
            raise fault(number, 'readers are sent there, so it cannot be dropped')

    def _new(self, state: State) -> Generation:
        """One with indices, which is not listed yet."""
        generation = self._generation(self._document.reserve(), state)
        self._indices.create(generation)
        return generation

    def _generation(self, number: int, state: State) -> Generation:
        return Generation(number, state, self._plugin.fingerprint, tuple(self._plugin.schema.entity_type))

    def _frozen(self, generation: Generation) -> Generation:
        ours = generation.fingerprint == self._plugin.fingerprint
        return generation if ours or generation.state not in WRITABLE else replace(generation, state='frozen')

    def _serve(self, generation: Generation) -> None:
        self._indices.serve(generation, self.read())


def _refuse_a_second(generations: Sequence[Generation]) -> None:
    for generation in generations:
        if generation.state in BUILDING:
            raise fault(generation.number, f'it is {generation.state}: resume or drop it before another one is built')
