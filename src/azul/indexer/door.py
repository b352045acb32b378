"""Where notifications come in: who sends them is proven, what they say is checked, and only then are they queued."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from azul.aws.secrets import Secret
from azul.aws.sqs import Queue
from azul.dss import signature
from azul.errors import BadRequest
from azul.indexer import notification
from azul.indexer.credentials import Action, keys
from azul.indexer.messages import Notification


@dataclass(frozen=True)
class Door:
    """
    :param secret: as `azul.indexer.credentials` makes it
    :param now: the time, with its zone
    """
    secret: Secret
    notifications: Queue
    now: Callable[[], datetime]

    def admit(self, action: Action, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """Queue a notification. When this returns it is in the queue.

        :param target: as in `signature.verify`
        :raises: what `open` does
        """
        self.notifications.send([self.open(action, target, headers, body).encode()])

    def open(self, action: Action, target: str, headers: Mapping[str, str], body: bytes) -> Notification:
        """
        What a notification says, as a message.

        :param target: as in `signature.verify`
        :raises Unauthorized: if it is not signed with a key for this action
        :raises BadRequest: if it is not a notification
        """
        self.verify(action, target, headers, body)
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f'Malformed JSON: {error}') from error
        bundle = notification.parse(content, action)
        return Notification.create(action=action, bundle_uuid=bundle.uuid, bundle_version=bundle.version)

    def verify(self, action: Action, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """
        :param target: as in `signature.verify`
        :raises Unauthorized: if the request is not signed with a key for this action
        """
        key_id = signature.key_id(headers)
        value = self.secret.read(lambda value: key_id in keys(value, action))
        signature.verify(target, headers, body, keys(value, action), self.now())
