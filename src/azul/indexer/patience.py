"""Trying again, for those who have no queue that brings their work back to them."""
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from azul.engine import Document, Engine, Outcome, Write
from azul.errors import TransientError
from azul.index.bundle import JSON
from azul.messaging.culprits import failures

T = TypeVar('T')
H = TypeVar('H', bound=Hashable)

ATTEMPTS = 6
"""The second comes after a second, each further one after twice as long: an engine may be out of reach for half a
minute."""


@dataclass(frozen=True)
class Patience:
    sleep: Callable[[float], None]

    def __call__(self, call: Callable[[], T]) -> T:
        """
        :param call: idempotent
        :raises TransientError: if it fails again and again
        """
        for attempt in range(ATTEMPTS - 1):
            try:
                return call()
            except TransientError:
                self.sleep(2 ** attempt)
        return call()

    def failures(self, attempt: Callable[[Sequence[H]], Mapping[H, Exception]], things: Sequence[H]
                 ) -> Mapping[H, Exception]:
        """
        See `azul.messaging.culprits`.
        """
        return failures(lambda some: self(lambda: attempt(some)), things)


class PatientEngine(Engine):
    """One that reads with patience. Writes fail as ever: before a guarded one is repeated, one has to read again."""

    def __init__(self, engine: Engine, patience: Patience) -> None:
        super().__init__(engine._client)
        self._engine, self._patience = engine, patience

    def search(self, *args: Any, **kwargs: Any) -> JSON:
        return self._patience(lambda: self._engine.search(*args, **kwargs))

    def mget(self, *args: Any, **kwargs: Any) -> list[Document]:
        return self._patience(lambda: self._engine.mget(*args, **kwargs))

    def refresh(self, indices: Iterable[str]) -> None:
        names = list(indices)
        self._patience(lambda: self._engine.refresh(names))

    def write(self, writes: Iterable[Write], refresh: bool = False) -> list[Outcome]:
        return self._engine.write(writes, refresh)
