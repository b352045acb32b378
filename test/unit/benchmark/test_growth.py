import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.growth import exponent, steps

SIZES = [10 * 2 ** n for n in range(12)]


@given(st.floats(.5, 3), st.floats(1e-6, 1e6))
def test_the_exponent_of_a_power_is_found_whatever_the_unit_of_time(power: float, unit: float) -> None:
    seconds = {size: unit * size ** power for size in SIZES}
    assert exponent(seconds) == pytest.approx(power)
    assert steps(seconds) == pytest.approx(dict.fromkeys(SIZES[1:], power))


def test_what_does_not_depend_on_the_size_hardly_hides_how_the_rest_grows() -> None:
    for power in 1, 2:
        assert exponent({size: 500 + size ** power for size in SIZES}) == pytest.approx(power, abs=.06)


def test_noise_hardly_changes_the_exponent() -> None:
    assert exponent({size: size * (.9, 1, 1.1)[n % 3] for n, size in enumerate(SIZES)}) == pytest.approx(1, abs=.05)


def test_nothing_is_concluded_from_two_sizes() -> None:
    assert math.isnan(exponent({10: 1, 100: 10, 1000: 100}))
    assert exponent({10: 1, 100: 10, 1000: 100, 10_000: 1000}) == pytest.approx(1)


def test_the_order_of_the_sizes_does_not_matter() -> None:
    seconds = {size: size + size ** 1.5 for size in SIZES}
    assert exponent(dict(reversed(seconds.items()))) == pytest.approx(exponent(seconds))
    assert steps(dict(reversed(seconds.items()))) == steps(seconds)
