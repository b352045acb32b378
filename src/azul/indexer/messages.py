"""What the queues of the indexer carry."""
from collections.abc import Mapping
from typing import Literal, Self

from jsonobject import IntegerProperty, JsonObject, ListProperty, StringProperty

from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.messaging.messages import Message


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
