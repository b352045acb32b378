"""Doing things together, and finding out which of them fail."""
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from azul.errors import TransientError

T = TypeVar('T', bound=Hashable)


def failures(attempt: Callable[[Sequence[T]], Mapping[T, Exception]], things: Sequence[T]) -> Mapping[T, Exception]:
    """
    What failed, and why. What fails as a whole is tried again by halves, unless it may pass.

    :param attempt: answers likewise; raises if everything failed
    """
    try:
        return attempt(things)
    except TransientError as error:
        return dict.fromkeys(things, error)
    except Exception as error:  # noqa: BLE001 a fault of ours, too, must not keep the others from being done
        if len(things) == 1:
            return {things[0]: error}
        middle = len(things) // 2
        return {**failures(attempt, things[:middle]), **failures(attempt, things[middle:])}
