"""Contributions of one entity in, its aggregate out."""
from collections.abc import Iterable, Sequence
from typing import Any

from azul.index.accumulate import sort_key
from azul.index.bundle import JSON, BundleFQID
from azul.index.documents import Aggregate, Contribution, EntityReference
from azul.index.fields import InnerEntity, Schema


def aggregate(schema: Schema, entity: EntityReference, contributions: Iterable[Contribution]) -> Aggregate:
    """Merge contributions, one at most of each bundle, in whatever order they come.

    Of an inner entity that several of them contain, the copy from the greatest bundle version counts, and among equal
    versions the one from the smallest bundle uuid.

    Contributions are let go one after the other: of very many, only the inner entities that count are in memory.
    """
    bundles: list[BundleFQID] = []
    latest: dict[str, dict[str, tuple[BundleFQID, JSON]]] = {}
    for contribution in contributions:
        bundles.append(contribution.bundle)
        for inner in schema.inner_entities:
            if inner.name in contribution.contents:
                _keep_latest(latest.setdefault(inner.name, {}), inner, contribution)
    verbatim = schema.entity_type[entity.entity_type].verbatim
    contents = {}
    for inner in schema.inner_entities:
        if inner.name in latest:
            entities = [latest[inner.name][key][1] for key in sorted(latest[inner.name])]
            contents[inner.name] = entities if inner.name in verbatim else _accumulate(inner, entities)
    return Aggregate(entity, sorted(bundles), contents)


def _keep_latest(latest: dict[str, tuple[BundleFQID, JSON]], inner: InnerEntity, contribution: Contribution) -> None:
    for entity in contribution.contents[inner.name]:
        key = entity[inner.key]
        if key not in latest or _precedes(contribution.bundle, latest[key][0]):
            latest[key] = contribution.bundle, entity


def _precedes(bundle: BundleFQID, other: BundleFQID) -> bool:
    if bundle.version == other.version:
        return bundle.uuid < other.uuid
    return bundle.version > other.version


def _accumulate(inner: InnerEntity, entities: Sequence[JSON]) -> list[JSON]:
    groups: dict[Any, list[JSON]] = {}
    for entity in entities:
        groups.setdefault(sort_key(entity.get(inner.group_by)) if inner.group_by else (), []).append(entity)
    return [
        {field.name: field.accumulate(groups[key], field.name) for field in inner.fields if field.accumulate}
        for key in sorted(groups)
    ]
