"""What a figure is held to, and how every benchmark says so: one line for each goal, at the end of its output. ::

    goal transform-bundles-per-second 240.1 >=87 met
"""
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Relation = Literal['<', '<=', '>=']

_RELATIONS: dict[Relation, Callable[[float, float], bool]] = {'<': operator.lt, '<=': operator.le, '>=': operator.ge}


@dataclass(frozen=True)
class Goal:
    """
    :param name: without spaces; begins with the name of the benchmark and ends with the unit, if there is one
    :param value: as measured; NaN where there was nothing to measure, which misses every goal
    """
    name: str
    value: float
    relation: Relation
    target: float

    @property
    def met(self) -> bool:
        # As printed: a line that says `1.1 <=1.1 missed` would help nobody.
        return _RELATIONS[self.relation](float(_number(self.value)), self.target)

    def __str__(self) -> str:
        target = f'{self.relation}{_number(self.target)}'
        return f'goal {self.name} {_number(self.value)} {target} {"met" if self.met else "missed"}'


def report(goals: Iterable[Goal]) -> int:
    """
    Print the lines.

    :return: the exit status: 1 if any goal is missed
    """
    goals = list(goals)
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


def _number(value: float) -> str:
    """Four digits that count, and no exponent however large it is."""
    return f'{float(f"{value:.4g}"):.12g}'
