"""From a view to a file, step by step."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from azul.engine.view import View
from azul.index.bundle import JSON

PAGE = 500
"""Documents that are in memory at a time."""


class Step(NamedTuple):
    """
    :param content: what the file goes on with
    :param rows: how many rows of it that are
    :param memo: what the next step wants to know; None after the last one
    :param total: how many rows there are going to be, once that is known
    :param title: what the file is to be called after, if that is known
    """
    content: bytes
    rows: int
    memo: JSON | None
    total: int | None = None
    title: str | None = None


class Export(Protocol):
    """What a format makes of a view. The steps are the same whenever they are taken from the same view and memo."""

    def step(self, view: View, memo: JSON) -> Step:
        """
        :param memo: of the step before; an empty one before the first
        """


@dataclass(frozen=True)
class Order:
    """What a manifest is to be made of. Equal orders make for equal manifests.

    :param format: name of the format
    :param query: which entities, for the engine; what the caller may not see is left out by it
    :param indices: which to read, by entity type
    :param content: what these held when it was ordered
    :param base_url: of the service, for links; empty if there are none
    :param release: a digest of the code and the columns
    :param restriction: a digest of what the one who ordered may see: others who may not see the same get no news of it
    :param visible: what the one who ordered may see at all, for the engine; None for everything
    """
    format: str
    query: JSON
    indices: Mapping[str, str]
    content: str
    base_url: str
    restriction: str
    visible: JSON | None
    release: str


@dataclass(frozen=True)
class Draft:
    """What was made of the view before, for formats that take two goes.

    :param read: bytes from the first to before the second
    :param size: how many there are
    """
    read: Callable[[int, int], bytes]
    size: int


@dataclass(frozen=True)
class Format:
    """How manifests of a format are made.

    :param suffix: of the file's name
    :param export: what it makes of an order, and of a draft where the format has one
    :param draft: how that is made
    :param links: whether it has URLs of the service in it
    """
    suffix: str
    content_type: str
    export: Callable[[Order, Draft], Export]
    draft: 'Format | None' = None
    links: bool = False

    @property
    def goes(self) -> Sequence['Format']:
        """What is made, one after the other."""
        return [*(self.draft.goes if self.draft else []), self]
