"""Choices that come out the same at every run: seeded by the name of what they are for, not by the order of calls."""
import random
import uuid
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar('T')

NAMESPACE = uuid.UUID('5a3b1e50-a2b1-4c0d-8e11-d0c5a3b1e500')


def uuid_of(*names: object) -> str:
    """The one uuid of the thing that has these names."""
    return str(uuid.uuid5(NAMESPACE, '/'.join(map(str, names))))


class Chance:
    """
    :param detail: how likely a fact that may be left out is given, from 0 to 1
    :param names: of what the choices are for; the same names, the same choices
    """

    def __init__(self, detail: float, *names: object) -> None:
        self.detail = detail
        self.random = random.Random('/'.join(map(str, names)))

    def one(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones, or all if there are fewer."""
        return self.random.sample(options, min(count, len(options)))

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def whether(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    def given(self, value: T) -> T | None:
        """The value, or None where this one was not given."""
        return value if self.random.random() < self.detail else None

    def accession(self, prefix: str, digits: int = 7) -> str:
        """Looks like one of a public archive, but begins with more nines than any archive has handed out."""
        return f'{prefix}99{self.random.randrange(10 ** (digits - 2)):0{digits - 2}}'
