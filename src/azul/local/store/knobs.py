"""How the store misbehaves when it is told to; it does not by itself."""
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from azul.local.store.problem import illegal


@dataclass(frozen=True)
class Setting:
    """
    :param per_page: entries of a page, at most; 0 for as many as are asked for
    :param redirects: that a file takes before its content can be had, each asking to wait
    :param retry_after: seconds that are asked for wherever we ask to wait
    :param unavailable: of the next requests to the API, as many are answered with status 503
    :param truncated: of the next contents of files, as many break off in the middle
    :param corrupted: of the next contents of files, as many have a wrong byte
    :param duplicates: how many times each notification is sent on top of the first
    :param delay: seconds, at most, that each notification is late, so that others overtake it
    """
    per_page: int = 0
    redirects: int = 0
    retry_after: int = 1
    unavailable: int = 0
    truncated: int = 0
    corrupted: int = 0
    duplicates: int = 0
    delay: float = 0


class Knobs:
    """A setting that changes while the store runs. Safe to share between threads."""

    def __init__(self) -> None:
        self._setting = Setting()
        self._lock = threading.Lock()

    @property
    def setting(self) -> Setting:
        return self._setting

    def turn(self, changes: Mapping[str, object]) -> Setting:
        """
        :raises Problem: if there is no such knob, or it cannot be turned that far
        """
        for name, value in changes.items():
            knob = next((knob for knob in fields(Setting) if knob.name == name), None)
            if knob is None:
                raise illegal(f'There is no knob {name}, only {", ".join(knob.name for knob in fields(Setting))}')
            numbers = int if knob.type is int else int | float
            if not isinstance(value, numbers) or isinstance(value, bool) or value < 0:
                raise illegal(f'Knob {name} cannot be turned to {value!r}')
        with self._lock:
            self._setting = Setting(**{**asdict(self._setting), **changes})
            return self._setting

    def take(self, name: str) -> bool:
        """Whether a knob that counts down is not at zero yet; takes one away if so."""
        with self._lock:
            left: int = getattr(self._setting, name)
            if left:
                self._setting = Setting(**{**asdict(self._setting), name: left - 1})
            return left > 0
