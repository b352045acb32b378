"""The messages of a queue in a file, to be looked at, mended or kept::

    {"queue": <URL>, "messages": [{"MessageId": …, "Body": …, "Attributes": {…}}, …]}

A body is shown as JSON if it is an object and comes back as the same text; what a file says beyond this is ignored.
"""
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from azul.aws.sqs import Queue, Received
from azul.errors import ConfigurationError
from azul.index.bundle import JSON


def save(queue: Queue, path: Path, *, remove: bool, as_json: bool = True) -> int:
    """
    Write the messages of a queue, those excepted that are delayed or being worked on, to a new file.

    The file is complete before any of them is removed, so that none is lost, whenever we are killed. Those that are not
    removed are received by others again, to whom it counts as one more attempt.

    :param as_json: whether bodies are shown as JSON where they can be
    :return: the number of messages
    :raises ConfigurationError: if the file exists: it may have what was removed from the queue before
    """
    if path.exists() or not path.parent.is_dir():
        fault = 'exists already' if path.exists() else 'its folder does not exist'
        raise ConfigurationError(f'File {path}', [fault])
    messages = queue.receive_all()
    kept = messages
    try:
        content = {'queue': queue.url, 'messages': [_to_json(message, as_json) for message in messages]}
        _write(path, orjson.dumps(content, option=orjson.OPT_INDENT_2))
        if remove:
            kept = []
            queue.remove(messages)
    finally:
        queue.release(kept)
    return len(messages)


def feed(path: Path, queue: Queue, *, force: bool, remove: bool) -> int:
    """
    Send the messages of a file to a queue. Killed in between, some are sent; then all can be sent again.

    :param force: whether they may be another queue's
    :param remove: whether the file is removed when all of them are sent
    :return: the number of messages
    :raises ConfigurationError: if the file is not one of ours, or another queue's; nothing is sent
    """
    origin, bodies = _read(path)
    if origin != queue.url and not force:
        raise ConfigurationError(f'File {path}', [f'its messages are those of {origin}, not of {queue.url}'])
    queue.send(bodies)
    if remove:
        path.unlink()
    return len(bodies)


def _read(path: Path) -> tuple[str, list[str]]:
    try:
        content = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f'File {path}', ['does not exist']) from None
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f'File {path}', [f'is not JSON: {error}']) from None
    if not isinstance(content, dict) or not isinstance(content.get('messages'), list):
        raise ConfigurationError(f'File {path}', ['is not an object with `messages` in it'])
    faults = list(_faults(content['messages']))
    if faults:
        raise ConfigurationError(f'File {path}', faults)
    return str(content.get('queue')), [_text(message['Body']) for message in content['messages']]


def _faults(messages: list[Any]) -> Iterator[str]:
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get('Body'), str | dict) or not message['Body']:
            yield f'message {number}: has no `Body` that is a text or an object'


def _to_json(message: Received, as_json: bool) -> JSON:
    return {'MessageId': message.id,
            'Body': _parsed(message.body) if as_json else message.body,
            'Attributes': message.attributes}


def _parsed(body: str) -> str | JSON:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    # Not if a number would change, or a second member of the same name would be gone.
    return content if isinstance(content, dict) and content and _text(content) == body else body


def _text(body: str | JSON) -> str:
    return body if isinstance(body, str) else orjson.dumps(body).decode()


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, on the disk when this returns."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f'{path.name}.', delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink()
            raise
