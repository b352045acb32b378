"""What is known of a job: all that a worker needs to go on with it, in an object beside the manifest."""
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

import orjson

from azul.aws.objects import Bucket, Stored
from azul.index.bundle import JSON
from azul.service.manifest.export import Order

FORMAT = 2
"""Of states. One of another format is nobody's to go on with."""

FOLDER = 'manifests/'
"""In the bucket. What is in it is removed after a day."""


@dataclass(frozen=True)
class State:
    """
    Times are seconds of the epoch.

    :param made: when the job began
    :param saved: when something was last known of it
    :param lease: until when a worker has it for itself; 0 if none has
    :param deaths: how many workers had it and did not come back
    :param restarts: how often it began again, because its view was gone
    :param view: that is read; None before it is opened
    :param go: which of the things is being made that are made one after the other
    :param draft: bytes of the one before
    :param upload: what is made, until it is complete; empty before there is any
    :param parts: those of it that are written
    :param size: bytes of these together
    :param memo: what the next step wants to know; None after the last one
    :param rows: that are written
    :param total: how many there are going to be, if that is known
    :param title: what the manifest is to be called after, if that is known
    :param fault: why it failed
    """
    order: Order
    made: float
    saved: float
    status: Literal['running', 'done', 'failed'] = 'running'
    lease: float = 0
    deaths: int = 0
    restarts: int = 0
    view: JSON | None = None
    go: int = 0
    draft: int = 0
    upload: str = ''
    parts: tuple[str, ...] = ()
    size: int = 0
    memo: JSON | None = field(default_factory=dict)
    rows: int = 0
    total: int | None = None
    title: str = ''
    fault: str = ''

    def encode(self) -> bytes:
        return orjson.dumps({'version': FORMAT, **asdict(self)})

    @classmethod
    def decode(cls, body: bytes) -> Self | None:
        """
        :return: None if it is of another format
        """
        state: dict[str, Any] = orjson.loads(body)
        if state.pop('version') != FORMAT:
            return None
        return cls(**{**state, 'order': Order(**state['order']), 'parts': tuple(state['parts'])})


@dataclass(frozen=True)
class States:
    """The states of jobs by their keys."""
    bucket: Bucket

    def read(self, key: str) -> tuple[State | None, str | None]:
        """
        :return: the state, None if there is none that we understand; and what the object has that it was read from,
                 None if there is none
        """
        stored: Stored | None = self.bucket.read(_object(key))
        return (None, None) if stored is None else (State.decode(stored.body), stored.tag)

    def write(self, key: str, state: State, tag: str | None) -> str | None:
        """
        Write it unless somebody else was faster.

        :param tag: as it was read
        :return: the new one; None if somebody was faster
        """
        return self.bucket.write(_object(key), state.encode(), tag)


def _object(key: str) -> str:
    return f'{FOLDER}{key}.json'


def manifest_object(key: str, suffix: str) -> str:
    return f'{FOLDER}{key}.{suffix}'

