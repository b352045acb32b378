"""Contributions of one entity in, its aggregate out."""
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from azul.index.accumulate import sort_key
from azul.index.bundle import JSON, BundleFQID
from azul.index.documents import Aggregate, Contribution, EntityReference
from azul.index.fields import InnerEntity, Schema

MANY = 500
"""Contributions. What comes after so many is packed, which takes more time, and less memory."""


def aggregate(schema: Schema, entity: EntityReference, contributions: Iterable[Contribution]) -> Aggregate:
    """Merge contributions, one at most of each bundle, in whatever order they come.

    Of an inner entity that several of them contain, the copy from the greatest bundle version counts, and among equal
    versions the one from the smallest bundle uuid.

    Contributions are let go one after the other: of very many, only the inner entities that count are in memory, most
    of them packed.
    """
    bundles: list[BundleFQID] = []
    latest: dict[str, dict[str, tuple[BundleFQID, JSON | bytes]]] = {}
    for contribution in contributions:
        bundles.append(contribution.bundle)
        for inner in schema.inner_entities:
            if inner.name in contribution.contents:
                _keep_latest(latest.setdefault(inner.name, {}), inner, contribution, len(bundles) > MANY)
    verbatim = schema.entity_type[entity.entity_type].verbatim
    contents = {}
    for inner in schema.inner_entities:
        if inner.name in latest:
            # Let go of it: what is made of one kind of entity is much less than what it is made of.
            kept = latest.pop(inner.name)
            entities: Sequence[Any] = [kept[key][1] for key in sorted(kept)]
            del kept
            if len(bundles) > MANY:
                entities = Packed(entities)
            contents[inner.name] = list(entities) if inner.name in verbatim else _accumulate(inner, entities)
    return Aggregate(entity, sorted(bundles), contents)


class Packed(Sequence[JSON]):
    """Entities most of which are kept as JSON, which takes less memory. Each is an object while it is looked at."""

    def __init__(self, entities: Sequence[JSON | bytes]) -> None:
        self._entities = entities

    def __len__(self) -> int:
        return len(self._entities)

    def __getitem__(self, position: Any) -> Any:
        entity = self._entities[position]
        return orjson.loads(entity) if isinstance(entity, bytes) else entity

    def part(self, positions: Iterable[int]) -> 'Packed':
        return Packed([self._entities[position] for position in positions])


def _keep_latest(latest: dict[str, tuple[BundleFQID, JSON | bytes]], inner: InnerEntity, contribution: Contribution,
                 packed: bool) -> None:
    for entity in contribution.contents[inner.name]:
        key = entity[inner.key]
        if key not in latest or _precedes(contribution.bundle, latest[key][0]):
            latest[key] = contribution.bundle, _packed(entity) if packed else entity


def _packed(entity: JSON) -> bytes:
    # A copy: what we are given was allocated for more than it needs, and what is spared could not be used otherwise.
    return bytes(memoryview(orjson.dumps(entity)))


def _precedes(bundle: BundleFQID, other: BundleFQID) -> bool:
    if bundle.version == other.version:
        return bundle.uuid < other.uuid
    return bundle.version > other.version


def _accumulate(inner: InnerEntity, entities: Sequence[JSON]) -> list[JSON]:
    return [
        {field.name: field.accumulate(group, field.name) for field in inner.fields if field.accumulate}
        for group in _groups(inner, entities)
    ]


def _groups(inner: InnerEntity, entities: Sequence[JSON]) -> Iterator[Sequence[JSON]]:
    if not inner.group_by:
        yield from [entities] if entities else []
        return
    positions: dict[Any, list[int]] = {}
    for position, entity in enumerate(entities):
        positions.setdefault(sort_key(entity.get(inner.group_by)), []).append(position)
    for key in sorted(positions):
        yield (entities.part(positions[key]) if isinstance(entities, Packed)
               else [entities[position] for position in positions[key]])
