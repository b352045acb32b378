"""The keys that notifications are signed with, as one secret::

    {"add": [{"key_id": …, "key": …}, …], "delete": […]}

Of each action the newest key comes first. There are two at most, so that whoever signs can change from one to the next.
"""
import secrets
import uuid
from typing import Literal, get_args

from azul.aws.secrets import Secret
from azul.errors import SecretError
from azul.index.bundle import JSON

Action = Literal['add', 'delete']
ACTIONS: tuple[Action, ...] = get_args(Action)

LIVE = 2
"""Keys of an action that are valid at the same time."""


def keys(value: JSON, action: Action) -> dict[str, str]:
    """
    The keys of an action by their ids, the newest first.

    :param value: of the secret
    :raises SecretError: if it is not made as above
    """
    try:
        found = {key['key_id']: key['key'] for key in value.get(action, [])}
    except (KeyError, TypeError):
        found = {'': ''}
    # What is signed with a key that is empty, or the text of a null, is signed by anybody.
    if not all(isinstance(text, str) and text for pair in found.items() for text in pair):
        # Without the fault, which might have part of a key
        raise SecretError(f'the secret must be {{"{action}": [{{"key_id": …, "key": …}}]}}, and more') from None
    return found


def generated() -> JSON:
    """A value for the secret: a new key for each action."""
    return {action: [_new()] for action in ACTIONS}


def rotate(secret: Secret) -> None:
    """Make a new key for each action; the newest one of before stays valid, older ones do not.

    :raises SecretError: if there is no such secret
    """
    value = secret.read()
    secret.write({
        action: [_new(), *({'key_id': key_id, 'key': key} for key_id, key in keys(value, action).items())][:LIVE]
        for action in ACTIONS
    })


def _new() -> JSON:
    return {'key_id': str(uuid.uuid4()), 'key': secrets.token_urlsafe(48)}
