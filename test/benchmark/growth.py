"""How time grows with size."""
import itertools
import math
from collections.abc import Mapping
from statistics import linear_regression

SHARE = 10
"""How many times the time of the smallest size another one must take to count: below that, what is spent regardless
of the size is too much of it, and hides how the rest grows."""


def exponent(seconds: Mapping[int, float]) -> float:
    """
    The b for which a·size^b comes closest to the seconds, by least squares of the logarithms.

    :param seconds: by size; the fit is over those that take `SHARE` times as much as the smallest size, or more
    :return: NaN where less than three of them do
    """
    smallest = seconds[min(seconds)]
    points = [(math.log(size), math.log(time)) for size, time in seconds.items() if time >= SHARE * smallest]
    return linear_regression(*zip(*points, strict=True)).slope if len(points) > 2 else math.nan


def steps(seconds: Mapping[int, float]) -> dict[int, float]:
    """For each size but the smallest, the exponent that the next smaller one and it would have alone."""
    sizes = sorted(seconds)
    return {size: math.log(seconds[size] / seconds[below]) / math.log(size / below)
            for below, size in itertools.pairwise(sizes)}
