"""Contributions of one entity in, its aggregate out."""
from collections.abc import Iterable, Sequence
from typing import Any

from azul.index.accumulate import sort_key
from azul.index.bundle import JSON
from azul.index.documents import Aggregate, Contribution, EntityReference
from azul.index.fields import InnerEntity, Schema


def aggregate(schema: Schema, entity: EntityReference, contributions: Iterable[Contribution]) -> Aggregate:
    """Merge contributions, one at most of each bundle, in whatever order they come.

    Of an inner entity that several of them contain, the copy from the greatest bundle version counts, and among equal
    versions the one from the smallest bundle uuid.
    """
    ranked = sorted(contributions, key=lambda contribution: contribution.bundle.uuid)
    ranked.sort(key=lambda contribution: contribution.bundle.version, reverse=True)  # stable: uuids stay in order
    verbatim = schema.entity_type[entity.entity_type].verbatim
    contents = {}
    for inner in schema.inner_entities:
        if any(inner.name in contribution.contents for contribution in ranked):
            entities = _latest(inner, ranked)
            contents[inner.name] = entities if inner.name in verbatim else _accumulate(inner, entities)
    return Aggregate(entity, sorted(contribution.bundle for contribution in ranked), contents)


def _latest(inner: InnerEntity, ranked: Sequence[Contribution]) -> list[JSON]:
    latest: dict[str, JSON] = {}
    for contribution in ranked:
        for entity in contribution.contents.get(inner.name, ()):
            latest.setdefault(entity[inner.key], entity)
    return [latest[key] for key in sorted(latest)]


def _accumulate(inner: InnerEntity, entities: Sequence[JSON]) -> list[JSON]:
    groups: dict[Any, list[JSON]] = {}
    for entity in entities:
        groups.setdefault(sort_key(entity.get(inner.group_by)) if inner.group_by else (), []).append(entity)
    return [
        {field.name: field.accumulate(groups[key], field.name) for field in inner.fields if field.accumulate}
        for key in sorted(groups)
    ]
