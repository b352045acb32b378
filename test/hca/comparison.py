"""What production makes of raw bundles, in the form that brute force has it in, and where the two differ."""
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from azul.index.aggregate import aggregate
from azul.index.bundle import Bundle, BundleFQID, ManifestEntry
from azul.index.documents import Aggregate, Contribution, EntityReference
from azul.index.rows import unfold
from azul.projects.hca import plugin
from hca import brute_force
from hca.brute_force import RawBundle

Documents = dict[str, dict[str, Any]]
"""By entity type and id."""

METADATA = 'metadata'
"""The type of what rows are stored in; brute force has rows only."""


def transformed(raw: RawBundle) -> Sequence[Contribution]:
    """What production makes of the bundle. The oldest manifests list data files only."""
    listed = {entry['name'] for entry in raw.manifest}
    manifest = [ManifestEntry.from_json(entry) for entry in [*raw.manifest, *(
        {'name': name, 'uuid': str(uuid.uuid5(uuid.UUID(raw.uuid), name)), 'indexed': True}
        for name in raw.metadata if name not in listed)]]
    return list(plugin.transform(Bundle.create(BundleFQID(raw.uuid, raw.version), manifest, raw.metadata)))


def contributed(contributions: Iterable[Contribution]) -> Documents:
    """The contributions of one bundle."""
    documents: Documents = {}
    for contribution in contributions:
        entity_type, entity_id = contribution.entity
        if entity_type != METADATA:
            of_type = documents.setdefault(entity_type, {})
            assert entity_id not in of_type, contribution.entity
            of_type[entity_id] = dict(contribution.contents)
    return documents


def unfolded(entities: Iterable[Contribution | Aggregate]) -> list[dict[str, str]]:
    """The rows of one bundle, in the order of brute force."""
    parts = sorted((part for each in entities if each.entity.entity_type == METADATA
                    for part in each.contents[METADATA]), key=lambda part: part['part'])
    return sorted(unfold(parts), key=lambda row: (row['*.file_core.file_name'], row['file_uuid']))


def stored(contribution: Contribution) -> Contribution:
    """As it is read from the engine."""
    document = json.loads(json.dumps(contribution.to_json(plugin.schema)))
    return Contribution.from_json(contribution.entity.entity_type, document)


def aggregated(contributions: Iterable[Contribution]) -> Documents:
    """The aggregates of the contributions, of each bundle the greatest version; and what rows they hold.

    They are merged in reverse, so that there is no order to rely on.
    """
    contributions = list(contributions)
    newest = dict(sorted(each.bundle for each in contributions))
    live: dict[EntityReference, list[Contribution]] = defaultdict(list)
    for each in contributions:
        if each.bundle.version == newest[each.bundle.uuid]:
            live[each.entity].append(stored(each))
    documents: Documents = defaultdict(dict)
    parts = defaultdict(list)
    for entity, of_entity in live.items():
        merged = aggregate(plugin.schema, entity, reversed(of_entity))
        if entity.entity_type == METADATA:
            parts[merged.bundles[0].uuid].append(merged)
        else:
            documents[entity.entity_type][entity.entity_id] = {
                'bundles': [tuple(bundle) for bundle in merged.bundles], 'contents': without_empty(merged.contents)}
    return {**documents, 'rows': {uuid_: unfolded(of_bundle) for uuid_, of_bundle in parts.items()}}


def expected_aggregates(raws: Collection[RawBundle]) -> Documents:
    """By brute force."""
    newest = {raw.uuid: raw for raw in sorted(raws, key=lambda raw: raw.version)}
    documents: Documents = {
        entity_type: {entity_id: {'bundles': each.bundles, 'contents': without_empty(each.contents)}
                      for entity_id, each in of_type.items()}
        for entity_type, of_type in brute_force.aggregates(raws).items()}
    rows = {uuid_: brute_force.rows(raw) for uuid_, raw in newest.items()}
    return {**documents, 'rows': {uuid_: of_bundle for uuid_, of_bundle in rows.items() if of_bundle}}


def without_empty(contents: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Whether an aggregate has an empty list of values or none makes no difference to anybody."""
    return {inner_type: [{name: value for name, value in entity.items() if value != []} for entity in entities]
            for inner_type, entities in contents.items() if inner_type != METADATA}


def all_differences(raws: Sequence[RawBundle]) -> Iterator[str]:
    """Between brute force and production: the contributions and rows of each bundle, and the aggregates of all."""
    contributions: list[Contribution] = []
    for raw in raws:
        of_bundle = transformed(raw)
        contributions += of_bundle
        yield from bundle_differences(raw, of_bundle)
    yield from differences(expected_aggregates(raws), aggregated(contributions), 'aggregates')


def bundle_differences(raw: RawBundle, contributions: Sequence[Contribution]) -> Iterator[str]:
    expected = {entity_type: of_type for entity_type, of_type in brute_force.contributions(raw).items() if of_type}
    yield from differences(expected, contributed(contributions), f'{raw.uuid}.{raw.version}')
    yield from differences(brute_force.rows(raw), unfolded(contributions), f'{raw.uuid}.{raw.version} rows')


def differences(expected: Any, actual: Any, path: str = '') -> Iterator[str]:
    """Where two values of JSON differ. True, 1 and 1.0 do, too."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(expected.keys() | actual.keys()):
            yield from differences(expected.get(name, ABSENT), actual.get(name, ABSENT), f'{path} {name}')
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for number, members in enumerate(zip(expected, actual, strict=True)):
            yield from differences(*members, f'{path} {number}')
    elif type(expected) is not type(actual) or expected != actual:
        yield f'{path}: {expected!r:.300} expected, not {actual!r:.300}'


class Absent:

    def __repr__(self) -> str:
        return 'nothing'


ABSENT = Absent()
