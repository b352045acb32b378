import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hca.rendering.lines import JSON, Document, folded, grouped, indented, labelled, shortened, text

ID = re.compile(r'[\w.-]+', re.ASCII)


def contributions(common: JSON, documents: Sequence[Document], keys: Mapping[str, str]) -> str:
    """
    :param common: what all of them have beside an id and contents: the bundle that they come from
    :param keys: the member that identifies the inner entities of each type
    """
    found: dict[str, list[list[Any]]] = {}
    for document in documents:
        for name, entities in document.lists.items():
            found.setdefault(name, []).append(entities)
    tables = {name: Table.of(lists, keys[name]) for name, lists in found.items() if name in keys}
    lines = [text(common)]
    for name, table in tables.items():
        if table.entities:
            lines += ['', f'{name}: {len(table.entities)}', *indented(table.lines())]
    for entity_type in dict.fromkeys(document.entity_type for document in documents):
        short = tables[entity_type].short if entity_type in tables else {}
        lines += grouped(f'contribution to {entity_type}', (
            (short.get(document.id, text(document.source.get('entity_id'))), [*_lines(common, document, tables)])
            for document in sorted(documents, key=lambda document: document.id)
            if document.entity_type == entity_type
        ))
    return '\n'.join(lines) + '\n'


def _lines(common: JSON, document: Document, tables: Mapping[str, 'Table']) -> Iterator[str]:
    rest = document.rest('entity_id')
    if text(rest) != text(common):
        yield from folded(rest)
    for name, entities in document.lists.items():
        if entities and name in tables:
            owner = document.id if name == document.entity_type else ''
            yield f'{name}{tables[name].refer(entities, owner)}'
        elif entities:
            yield from labelled(f'{name} ', entities)
    yield from document.empty


@dataclass(frozen=True)
class Table:
    """Inner entities of one type.

    :param key: the member that identifies them
    :param entities: by id, of each the copy with most members
    :param short: what stands for an id
    :param forms: what stands for the members that all inner entities of a document lack
    """
    key: str
    entities: Mapping[str, JSON]
    short: Mapping[str, str]
    forms: Mapping[tuple[str, ...], str]

    @classmethod
    def of(cls, lists: Iterable[Sequence[Any]], key: str) -> 'Table':
        largest: dict[str, JSON] = {}
        for entities in lists:
            for entity in entities:
                id_ = _id(entity, key)
                if id_ is not None:
                    largest[id_] = max(largest.get(id_, entity), entity, key=lambda copy: (len(copy), text(copy)))
        table = cls(key, {id_: largest[id_] for id_ in sorted(largest)}, shortened(largest), {})
        forms = sorted({table.lacking(entities) for entities in lists} - {()})
        names = ['reduced'] if len(forms) == 1 else [f'reduced {number}' for number in range(len(forms))]
        return cls(key, table.entities, table.short, dict(zip(forms, names, strict=True)))

    def lacking(self, entities: Sequence[Any]) -> tuple[str, ...]:
        """The members that some of these inner entities lack, compared with their largest copies."""
        ids = (_id(entity, self.key) for entity in entities)
        return tuple(sorted({name for id_, entity in zip(ids, entities, strict=True) if id_ is not None
                             for name in self.entities[id_].keys() - entity.keys()}))

    def lines(self) -> Iterator[str]:
        yield from (f'{name}: without {", ".join(form)}' for form, name in self.forms.items())
        alike: dict[str, list[str]] = {}
        for id_, entity in self.entities.items():
            alike.setdefault(text({**entity, self.key: None}), []).append(id_)
        for ids in alike.values():
            entity = self.entities[ids[0]]
            if len(ids) == 1:
                yield from labelled(f'{self.short[ids[0]]} ', entity)
            else:
                # The wells of a plate, say
                yield from labelled(f'{len(ids)} of these: ', {**entity, self.key: '…'})
                yield from indented(text(self.entities[id_][self.key]) for id_ in ids)

    def refer(self, entities: Sequence[Any], owner: str) -> str:
        """
        :param owner: id of what the document with these inner entities is about
        """
        form = self.lacking(entities)
        words = []
        for entity in entities:
            id_ = _id(entity, self.key)
            copy = {name: value for name, value in self.entities.get(id_ or '', {}).items() if name not in form}
            words.append(self.short[id_] if id_ is not None and text(copy) == text(entity) else text(entity))
        if words == [self.short.get(owner)]:
            words = ['(itself)']
        elif len(words) > 2 and words == list(self.short.values()):
            words = [f'(all {len(words)})']
        return f'{" " + self.forms[form] if form else ""}: {" ".join(words)}'


def _id(entity: Any, key: str) -> str | None:
    """None for what cannot be referred to."""
    id_ = entity.get(key) if isinstance(entity, dict) else None
    return id_ if isinstance(id_, str) and ID.fullmatch(id_) else None
