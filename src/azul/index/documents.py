"""What is written to the engine: contributions and aggregates, as objects and as JSON."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from azul.errors import BundleError, brief
from azul.index.bundle import JSON, BundleFQID
from azul.index.fields import BUNDLE_UUID, BUNDLE_VERSION, ENTRY_ID, Contents, Schema

DOCUMENT_FORMAT = 1
"""Part of the fingerprint: to be raised when documents change in a way that no declaration shows."""

MAX_INDEXED_LENGTH = 8000
"""Longer strings are indexed by as many characters: in UTF-8 these are always fewer bytes than Lucene's 32,766."""


MAX_ID_LENGTH = 512
"""Bytes of a document's id that the engine takes."""


class EntityReference(NamedTuple):
    entity_type: str
    entity_id: str

    def __str__(self) -> str:
        return f'{self.entity_type}/{self.entity_id}'


@dataclass(frozen=True, slots=True)
class Contribution:
    """One bundle version's view of one entity."""
    entity: EntityReference
    bundle: BundleFQID
    contents: Contents

    @property
    def id(self) -> str:
        return f'{self.entity.entity_id}_{self.bundle.uuid}_{self.bundle.version}'

    def check(self) -> None:
        """
        :raises BundleError: if the engine or the queues would not take the id of the entity
        """
        entity_id = self.entity.entity_id
        if not entity_id or not entity_id.isprintable() or len(self.id.encode()) > MAX_ID_LENGTH:
            raise BundleError(f'an entity in {self.entity.entity_type} whose id is empty, too long or not printable: '
                              f'{brief(entity_id)}', bundle=str(self.bundle))

    def to_json(self, schema: Schema) -> JSON:
        """The document. It has nothing that the aggregate does not depend on: there are many more of these."""
        document, = documents([self], schema)
        return document

    @classmethod
    def from_json(cls, entity_type: str, source: JSON) -> 'Contribution':
        return cls(EntityReference(entity_type, source['entity_id']),
                   BundleFQID(source['bundle_uuid'], source['bundle_version']),
                   source['contents'])


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What readers see of one entity: its contributions that count, made one.

    :param bundles: those of the contributions, sorted; none make the aggregate an empty one, which readers do not see
    """
    entity: EntityReference
    bundles: Sequence[BundleFQID]
    contents: Contents

    @property
    def live(self) -> bool:
        return bool(self.bundles)

    def to_json(self, schema: Schema) -> JSON:
        """The document. Of the bundles of an entity type that only counts them the list is left out."""
        entity_type = schema.entity_type[self.entity.entity_type]
        source: JSON = {'entity_id': self.entity.entity_id, 'live': self.live, 'bundle_count': len(self.bundles)}
        if entity_type.bundles == 'list':
            source['bundles'] = [bundle._asdict() for bundle in self.bundles]
        source['contents'] = self.contents
        source['fields'] = self._fields(schema) if self.live else {}
        return source

    def _fields(self, schema: Schema) -> JSON:
        """The part that is indexed: flat, with a null for every field that is empty."""
        fields: JSON = {}
        for name, indexed in schema.indexed_fields(self.entity.entity_type).items():
            if indexed is ENTRY_ID:
                fields[name] = self.entity.entity_id
            elif indexed is BUNDLE_UUID or indexed is BUNDLE_VERSION:
                fields[name] = [getattr(bundle, indexed.field) for bundle in self.bundles]
            else:
                values = [indexable(value) for value in indexed.values(self.contents)]
                fields[name] = values if len(values) > 1 else values[0]
        return fields


def documents(contributions: Sequence[Contribution], schema: Schema) -> Iterator[JSON]:
    """The documents of contributions, in the same order, each made when its turn comes.

    Contributions of a bundle share most of their inner entities. What documents have of one is made once and shared,
    too: in a plate of n wells, n documents may have n inner entities each.
    """
    # By identity: as long as we hold the contributions nobody else gets that of an inner entity.
    made: dict[str, dict[int, JSON]] = {inner.name: {} for inner in schema.inner_entities}

    def reduce(kind: str, entity: JSON) -> JSON:
        names = schema.inner_entity[kind].accumulated
        reduced = made[kind][id(entity)] = {name: value for name, value in entity.items() if name in names}
        return reduced

    def reduced(kind: str, entities: Iterable[JSON]) -> list[JSON]:
        known = made[kind]
        return [known.get(id(entity)) or reduce(kind, entity) for entity in entities]

    for contribution in contributions:
        verbatim = schema.entity_type[contribution.entity.entity_type].verbatim
        yield {
            'entity_id': contribution.entity.entity_id,
            'bundle_uuid': contribution.bundle.uuid,
            'bundle_version': contribution.bundle.version,
            'contents': {
                name: entities if name in verbatim else reduced(name, entities)
                for name, entities in contribution.contents.items()
            },
        }


def indexable(value: Any) -> Any:
    """The value as it is indexed and, likewise, as it is to be looked for."""
    return value[:MAX_INDEXED_LENGTH] if isinstance(value, str) else value
