import operator
import sys

import pytest

from benchmark.memory import peak_growth

MEGABYTE = 10 ** 6


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_the_peak_counts_but_not_what_was_there_before() -> None:
    ours = b'x' * 200 * MEGABYTE
    assert peak_growth(operator.mul, b'x', 1) < 5 * MEGABYTE
    assert peak_growth(operator.mul, b'x', 100 * MEGABYTE) == pytest.approx(100 * MEGABYTE, rel=.05)
    del ours
