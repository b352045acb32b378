"""What goes wrong, and when."""
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Protocol


class Faults(Protocol):
    def draw(self, call: str, possible: Sequence[str]) -> str | None:
        """
        :param call: that is about to be made
        :param possible: names of what can go wrong with it
        :return: the one of them that does; None if all goes well
        """


class NoFaults:
    def draw(self, call: str, possible: Sequence[str]) -> str | None:
        return None


class RandomFaults:
    """Until there were so many.

    :param rate: the share of calls that go wrong
    :param counts: is told of each fault
    """

    def __init__(self, random: Random, rate: float, most: int, counts: Counter[str]) -> None:
        self._random, self._rate, self.left, self._counts = random, rate, most, counts

    def draw(self, call: str, possible: Sequence[str]) -> str | None:
        if not possible or self.left == 0 or self._random.random() >= self._rate:
            return None
        self.left -= 1
        fault = self._random.choice(possible)
        self._counts[fault] += 1
        return fault

    def stop(self) -> None:
        self.left = 0


class PlannedFaults:
    """The first call that a text is part of goes wrong as planned.

    :param plan: pairs of such a text and the name of a fault
    """

    def __init__(self, *plan: tuple[str, str]) -> None:
        self.plan = list(plan)

    def draw(self, call: str, possible: Sequence[str]) -> str | None:
        for step in self.plan:
            if step[0] in call:
                assert step[1] in possible, f'{call} knows {possible}'
                self.plan.remove(step)
                return step[1]
        return None
