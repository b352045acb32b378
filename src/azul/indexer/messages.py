"""What our queues carry. A message of another version is refused, not guessed at."""
from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar, cast

import orjson
from jsonobject import IntegerProperty, JsonObject, ListProperty, ObjectProperty, StringProperty
from jsonobject.exceptions import BadValueError, WrappingAttributeError

from azul.errors import MessageError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference

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


class Notification(Message):
    """A bundle was added or deleted."""
    action: Literal['add', 'delete'] = StringProperty(required=True, choices=['add', 'delete'])
    bundle_uuid: str = StringProperty(required=True)
    bundle_version: str = StringProperty(required=True)

    @property
    def bundle(self) -> BundleFQID:
        return BundleFQID(self.bundle_uuid, self.bundle_version)


IN_ANY_CASE = 1 << 62
"""In a tally in place of how often the aggregate had been written: it is written, however often it has been since."""


class TalliedEntity(JsonObject):  # type: ignore[misc]
    """
    :param written: how often its aggregate had been written when it was tallied, see `azul.indexer.aggregation`
    """
    _allow_dynamic_properties = False

    entity_type: str = StringProperty(required=True)
    entity_id: str = StringProperty(required=True)
    written: int = IntegerProperty(required=True)


class Tally(Message):
    """The contributions of some entities changed."""
    generation: int = IntegerProperty(required=True)
    entities: list[TalliedEntity] = ListProperty(TalliedEntity, required=True)

    @classmethod
    def of(cls, generation: int, tallied: Mapping[EntityReference, int]) -> Self:
        """
        :param tallied: the entities, with how often the aggregate of each had been written
        """
        return cls.create(generation=generation, entities=[
            TalliedEntity(entity_type=entity.entity_type, entity_id=entity.entity_id, written=written)
            for entity, written in tallied.items()
        ])

    @property
    def tallied(self) -> dict[EntityReference, int]:
        return {EntityReference(entity.entity_type, entity.entity_id): entity.written for entity in self.entities}


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
