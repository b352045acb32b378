"""CPU time of this process: unlike time on the clock it does not depend on who else uses the machine. Mostly not, that
is: they share its caches and its clock rate with us, which is why things are measured several times.
"""
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar('T')


@dataclass(frozen=True)
class Timing:
    """
    :param seconds: of the same work, each time it was done
    """
    seconds: Sequence[float]

    @property
    def best(self) -> float:
        """What the work takes if nobody interferes."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What it takes as a rule."""
        return median(self.seconds)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """
    :return: the seconds that the work took, of all threads together, and its result
    """
    start = time.process_time()
    result = work()
    return time.process_time() - start, result
