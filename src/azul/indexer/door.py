"""Where notifications come in: who sends them is proven, what they say is checked, and only then are they queued."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from azul.aws.secrets import Secret
from azul.aws.sqs import Queue
from azul.dss import signature
from azul.errors import BadRequest, SecretError
from azul.index.bundle import JSON
from azul.indexer import notification
from azul.indexer.messages import Notification

Action = Literal['add', 'delete']


@dataclass(frozen=True)
class Door:
    """
    :param secret: `{"add": [{"key_id", "key"}, …], "delete": […]}`: two keys at most per action, so that they can be
                   rotated
    :param now: the time, with its zone
    """
    secret: Secret
    notifications: Queue
    now: Callable[[], datetime]

    def admit(self, action: Action, headers: Mapping[str, str], body: bytes) -> None:
        """Queue a notification. When this returns it is in the queue.

        :raises Unauthorized: if it is not signed with a key for this action
        :raises BadRequest: if it is not a notification
        """
        self.verify(action, headers, body)
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f'Malformed JSON: {error}') from error
        bundle = notification.parse(content)
        message = Notification.create(action=action, bundle_uuid=bundle.uuid, bundle_version=bundle.version)
        self.notifications.send([message.encode()])

    def verify(self, action: Action, headers: Mapping[str, str], body: bytes) -> None:
        """
        :raises Unauthorized: if the request is not signed with a key for this action
        """
        key_id = signature.key_id(headers)
        keys = _keys(self.secret.read(lambda secret: key_id in _keys(secret, action)), action)
        signature.verify(headers, body, keys, self.now())


def _keys(secret: JSON, action: Action) -> dict[str, str]:
    try:
        return {str(key['key_id']): str(key['key']) for key in secret.get(action, [])}
    except (KeyError, TypeError) as error:
        # Without the text of the error, which might have part of a key
        raise SecretError(f'the secret must be {{"{action}": [{{"key_id": …, "key": …}}]}}, and more') from error
