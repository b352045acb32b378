"""What our queues carry. A message of another version is refused, not guessed at."""
from typing import Any, Self, TypeVar, cast

import orjson
from jsonobject import IntegerProperty, JsonObject, ObjectProperty, StringProperty
from jsonobject.exceptions import BadValueError, WrappingAttributeError

from azul.errors import MessageError

VERSION = 1

M = TypeVar('M', bound='Message')


class Message(JsonObject):  # type: ignore[misc]  # jsonobject has no types
    _allow_dynamic_properties = False

    version = IntegerProperty(required=True, choices=[VERSION])

    @classmethod
    def create(cls, **properties: Any) -> Self:
        return cls(version=VERSION, **properties)

    def encode(self) -> str:
        return orjson.dumps(self.to_json()).decode()


class Cause(JsonObject):  # type: ignore[misc]
    type: str = StringProperty(required=True)
    text: str = StringProperty(required=True)


class DeadLetter(Message):
    """A message that cannot succeed.

    :param message: its body, as it was
    :param bundle: the FQID of the bundle that it is about; empty where that cannot be told
    """
    cause: Cause = ObjectProperty(Cause, required=True)
    bundle: str = StringProperty()
    attempt: int = IntegerProperty(required=True)
    message: str = StringProperty(required=True)


def decode(message_type: type[M], body: str) -> M:
    """
    :raises MessageError: if the body is not a message of this type, in our version of it
    """
    try:
        return cast('M', message_type.wrap(orjson.loads(body)))
    except (orjson.JSONDecodeError, BadValueError, WrappingAttributeError, TypeError, AttributeError) as error:
        raise MessageError(f'not a {message_type.__name__.lower()} of version {VERSION}: {error}') from error
