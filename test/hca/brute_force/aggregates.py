"""What the contributions of many bundles amount to."""
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hca.brute_force.documents import Contents, contributions
from hca.brute_force.reading import JSON, RawBundle

DROPPED = {
    'projects': ('project_description', 'contact_names', 'contributors', 'publication_titles', 'publications'),
    'protocols': ('document_id',)}


@dataclass(frozen=True)
class Aggregate:
    """
    :param bundles: uuid and version of those that know the entity, sorted
    """
    contents: Contents
    bundles: list[tuple[str, str]]


def aggregates(bundles: Iterable[RawBundle]) -> dict[str, dict[str, Aggregate]]:
    """By entity type and entity id, of each bundle only the greatest version."""
    newest: dict[str, RawBundle] = {}
    for bundle in bundles:
        if bundle.uuid not in newest or bundle.version > newest[bundle.uuid].version:
            newest[bundle.uuid] = bundle
    # The first copy of an inner entity will count: first come the greatest versions, of these the smallest uuids.
    order = sorted(newest.values(), key=lambda bundle: bundle.uuid)
    order.sort(key=lambda bundle: bundle.version, reverse=True)
    views: dict[str, dict[str, list[tuple[RawBundle, Contents]]]] = defaultdict(lambda: defaultdict(list))
    for bundle in order:
        for entity_type, of_type in contributions(bundle).items():
            for entity_id, contents in of_type.items():
                views[entity_type][entity_id].append((bundle, contents))
    return {entity_type: {entity_id: Aggregate(aggregate(entity_type, [contents for _, contents in of_entity]),
                                               sorted((bundle.uuid, bundle.version) for bundle, _ in of_entity))
                          for entity_id, of_entity in of_type.items()}
            for entity_type, of_type in views.items()}


def aggregate(entity_type: str, views: list[Contents]) -> Contents:
    result = {}
    for inner_type in views[0]:
        entities: dict[str, JSON] = {}
        for view in views:
            for inner in view[inner_type]:
                entities.setdefault(inner['document_id'], inner)
        copies = [entities[id_] for id_ in sorted(entities)]
        verbatim = inner_type == entity_type or (entity_type, inner_type) == ('bundles', 'files')
        result[inner_type] = copies if verbatim else aggregate_inner(inner_type, copies)
    return result


def aggregate_inner(inner_type: str, entities: list[JSON]) -> list[JSON]:
    if inner_type == 'files':
        return grouped(entities, lambda file: file['file_format'], files)
    elif inner_type == 'cell_suspensions':
        return grouped(entities, lambda suspension: sorted(set(suspension['organ'])), cell_suspensions)
    elif inner_type == 'donors':
        names = [donor['biomaterial_id'] for donor in entities]
        return [{**values(entities, ()), 'biomaterial_id': sorted(names, key=rank)}] if entities else []
    else:
        return [values(entities, DROPPED.get(inner_type, ()))] if entities else []


def grouped(entities: list[JSON], group: Callable[[JSON], Any], merge: Callable[[list[JSON]], JSON]) -> list[JSON]:
    groups = ordered([group(entity) for entity in entities])
    return [merge([entity for entity in entities if group(entity) == value]) for value in groups]


def files(entities: list[JSON]) -> JSON:
    sizes = {(file['uuid'], file['version']): file['size'] for file in entities}
    return {'file_format': entities[0]['file_format'], 'count': len(sizes), 'size': total(sizes.values())}


def cell_suspensions(entities: list[JSON]) -> JSON:
    counts = total(suspension['total_estimated_cells'] for suspension in entities)
    return {**values(entities, ()), 'total_estimated_cells': counts}


def total(numbers: Iterable[int | None]) -> int | None:
    """The sum of what is known; None if nothing is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def values(entities: list[JSON], dropped: Iterable[str]) -> JSON:
    """The set of the values of each field that any of the entities has."""
    names = {name for entity in entities for name in entity if name not in dropped}
    return {name: (frequent if name == 'assay_type' else distinct)([
        entity[name] for entity in entities if name in entity]) for name in names}


def distinct(values: list[Any]) -> list[Any]:
    members: list[Any] = []
    for value in values:
        members += value if isinstance(value, list) else [value]
    return ordered(members)


def ordered(members: list[Any]) -> list[Any]:
    """Each once, numbers before strings, None last; ranges by their ends."""
    result: list[Any] = []
    for member in sorted(members, key=rank):
        if not result or result[-1] != member:
            result.append(member)
    return result


def rank(value: Any) -> Any:
    if value is None:
        return 2,
    elif isinstance(value, dict):
        return 1, [rank(value[end]) for end in ('gte', 'lte')]
    elif isinstance(value, list):
        return 1, [rank(member) for member in value]
    else:
        return (1, value) if isinstance(value, str) else (0, value)


def frequent(counts: list[JSON | None]) -> list[str]:
    """The labels, those first that weigh most. Where nothing was counted there is no label."""
    weights: Counter[str] = Counter()
    for count in counts:
        weights.update(count or {})
    return sorted(weights, key=lambda label: (-weights[label], label))
