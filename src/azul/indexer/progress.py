"""How far a step is, as lines for a log: where nobody watches, a bar is nothing but control characters."""
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

PACE = 10
"""Seconds between two lines about the same step."""


class Phase(NamedTuple):
    """
    :param text: what is being done
    :param unit: what is counted; empty if nothing is
    """
    text: str
    unit: str = ''


@dataclass
class _State:
    started: float
    done_before: int
    told: float


@dataclass(frozen=True)
class Lines:
    """
    Tells of a step when it begins, when it is complete, and at a sensible pace in between.

    :param steps: by the names that they are reported with
    """
    steps: Mapping[str, Phase]
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _states: dict[str, _State] = field(default_factory=dict)

    def __call__(self, step: str, done: int, total: int | None) -> None:
        now = self.clock()
        complete = total is not None and done >= total
        state = self._states.get(step)
        if state is None:
            state = self._states[step] = _State(now, done, now)
        elif not complete and now - state.told < PACE:
            return
        state.told = now
        text, unit = self.steps[step]
        if unit:
            text = f'{text}: {progress(done, total, unit, (done - state.done_before), now - state.started)}'
        self.tell(f'{text}: done' if complete and not unit else text)


def progress(done: int, total: int | None, unit: str, recently: int, seconds: float) -> str:
    """
    How many there are, how many are left, at which rate, and how long the rest takes at that rate.

    :param total: None if it is not known
    :param recently: how many of those that are done were done in so many seconds
    """
    parts = [f'{done:,} {unit}' if total is None else f'{done:,} of {total:,} {unit}, {total - done:,} left']
    if recently > 0 and seconds > 0:
        rate = recently / seconds
        parts.append(f'{rate:,.1f} {unit}/s')
        if total is not None and total > done:
            parts.append(f'{timedelta(seconds=round((total - done) / rate))} to go')
    return ', '.join(parts)
