from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from azul.index.fields import BUNDLE_UUID, BUNDLE_VERSION, ENTRY_ID, IndexedField, Schema
from hca.rendering.lines import Document, folded, grouped, indented, labelled, text

Places = dict[tuple[str, ...], str]
"""Where to look instead, by the list of inner entities that is to be shown, as JSON, and of what it is."""


def aggregates(documents: Sequence[Document], contributions: Iterable[tuple[str, Document]], schema: Schema) -> str:
    """
    First the ones that most others refer to. Indexed fields are shown only where they do not just repeat the contents;
    what they are to repeat is said at the beginning.

    :param contributions: each with the FQID of its bundle
    """
    contributed: Places = {}
    # Of several that have the same, the one of the greatest version: others may be dead.
    for fqid, contribution in sorted(contributions, key=lambda each: each[0].partition('.')[2]):
        for name, entities in contribution.lists.items():
            contributed[contribution.entity_type, contribution.id, name, text(entities)] = f'as contributed by {fqid}'
    lines = ['indexed fields', *indented(_declarations(schema))]
    shown: Places = {}
    for entity_type in reversed(schema.entity_types):
        lines += grouped(f'aggregate of {entity_type.name}', [
            (text(document.source.get('entity_id')), [*_lines(document, contributed, shown, schema)])
            for document in sorted(documents, key=lambda document: document.id)
            if document.entity_type == entity_type.name
        ])
    return '\n'.join(lines) + '\n'


def _lines(document: Document, contributed: Places, shown: Places, schema: Schema) -> Iterator[str]:
    yield from folded(document.rest('entity_id', 'fields'))
    elsewhere: dict[str, list[str]] = {}
    for name, entities in document.lists.items():
        what = name, text(entities)
        place = contributed.get((document.entity_type, document.id, *what)) or shown.get(what)
        if not entities:
            continue
        elif place is not None:
            elsewhere.setdefault(place, []).append(name)
        else:
            shown[what] = f'as in the aggregate of {document.entity_type} {document.id}'
            for entity in entities:
                yield from labelled(f'{name} ', entity)
    yield from (f'{place}: {" ".join(names)}' for place, names in elsewhere.items())
    yield from document.empty
    yield from _odd_fields(document, schema)


def _odd_fields(document: Document, schema: Schema) -> Iterator[str]:
    """What the indexed fields are, if they are not what they are to be."""
    fields = document.source.get('fields')
    if not isinstance(fields, dict):
        yield from labelled('fields ', fields)
        return
    repeating = {name: _repeated(indexed, document)
                 for name, indexed in schema.indexed_fields(document.entity_type).items()}
    lacking = sorted(repeating.keys() - fields.keys())
    if lacking:
        yield f'lacks fields: {" ".join(lacking)}'
    for name in sorted(fields):
        if name not in repeating or text(repeating[name]) != text(fields[name]):
            yield from labelled(f'field {text(name)} ', fields[name])


def _declarations(schema: Schema) -> Iterator[str]:
    types: dict[str, list[str]] = {}
    for entity_type in schema.entity_types:
        for name, indexed in schema.indexed_fields(entity_type.name).items():
            source = 'entity_id' if indexed is ENTRY_ID else f'{indexed.inner or "bundles"}.{indexed.field}'
            types.setdefault(f'{name} = {source}', []).append(entity_type.name)
    for declaration, names in types.items():
        everywhere = len(names) == len(schema.entity_types)
        yield declaration if everywhere else f'{declaration}, of {" ".join(names)} only'


def _repeated(indexed: IndexedField, document: Document) -> Any:
    """The distinct values in the contents, sorted, null if there are none."""
    if indexed is ENTRY_ID:
        return document.source.get('entity_id')
    if indexed is BUNDLE_UUID or indexed is BUNDLE_VERSION:
        bundles = document.source.get('bundles')
        return [bundle[indexed.field] for bundle in (bundles if isinstance(bundles, list) else [])
                if isinstance(bundle, dict) and indexed.field in bundle]
    values: dict[str, Any] = {}
    for entity in document.lists.get(indexed.inner or '', ()):
        if isinstance(entity, dict) and indexed.field in entity:
            value = entity[indexed.field]
            values |= {text(each): each for each in (value if isinstance(value, list) else [value])}
    ordered = sorted(values.values(), key=_order) or [None]
    return ordered if len(ordered) > 1 else ordered[0]


def _order(value: Any) -> tuple[Any, ...]:
    match value:
        case None:
            return (3,)
        case int() | float():
            return 0, value
        case str():
            return 1, value
        case dict():
            return 2, [_order(value[name]) for name in sorted(value)]
        case _:
            return 2, [_order(element) for element in value]
