"""Pieces of text that all renderings are made of."""
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]

WIDTH = 500
"""Characters of JSON that make a line; what is longer gets a line for each of its members."""

NARROW = 120
"""Characters of references that make a line."""

SHORT = 8
"""Characters of an id that stand for it, or as many more as it takes to tell it from others."""


@dataclass(frozen=True)
class Document:
    """What is written to the index of an entity type."""
    entity_type: str
    source: JSON

    @property
    def id(self) -> str:
        return str(self.source.get('entity_id'))

    @property
    def lists(self) -> dict[str, list[Any]]:
        """The inner entities by their type."""
        contents = self.source.get('contents')
        if not isinstance(contents, dict):
            return {}
        return {name: entities for name, entities in contents.items() if isinstance(entities, list)}

    def rest(self, *names: str) -> JSON:
        """All but the inner entities and the members of these names."""
        rest = {name: value for name, value in self.source.items() if name not in names}
        if isinstance(rest.get('contents'), dict):
            odd = {name: value for name, value in rest.pop('contents').items() if name not in self.lists}
            rest |= {'contents': odd} if odd else {}
        return rest

    @property
    def empty(self) -> list[str]:
        """A line about the types of inner entities of which the document says that there are none."""
        names = sorted(name for name, entities in self.lists.items() if not entities)
        return [f'no {" ".join(names)}'] if names else []


def shortened(ids: Iterable[str]) -> dict[str, str]:
    """What stands for each of the ids: the first characters of it, and of no other."""
    short: dict[str, str] = {}
    all_ids, length = set(ids), SHORT
    pending = all_ids.copy()
    while pending:
        prefixes = Counter(id_[:length] for id_ in all_ids)
        short |= {id_: id_[:length] for id_ in pending if prefixes[id_[:length]] == 1 or len(id_) <= length}
        pending -= short.keys()
        length += 1
    return {id_: short[id_] for id_ in sorted(short)}


def text(value: Any) -> str:
    """In one line. The order of members means nothing, so they are sorted."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(',', ':'))


def folded(value: Any) -> list[str]:
    """In so many lines that it can be read."""
    line = text(value)
    if len(line) <= WIDTH or not isinstance(value, dict | list):
        return [line]
    if isinstance(value, dict):
        brackets, members = '{}', [labelled(f'{text(name)}:', value[name]) for name in sorted(value)]
    else:
        brackets, members = '[]', [folded(element) for element in value]
    for member in members[:-1]:
        member[-1] += ','
    return [brackets[0], *indented(line for member in members for line in member), brackets[1]]


def labelled(label: str, value: Any) -> list[str]:
    lines = folded(value)
    return [label + lines[0], *lines[1:]]


def indented(lines: Iterable[str]) -> Iterator[str]:
    return (f'  {line}' for line in lines)


def _wrapped(words: Iterable[str]) -> Iterator[str]:
    line = ''
    for word in words:
        if line and len(line) + len(word) >= NARROW:
            yield line
            line = ''
        line += f' {word}' if line else word
    yield line


def grouped(title: str, documents: Iterable[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """
    :param documents: of each a reference to it, and lines about it
    :return: lines, those of which several documents have the same only once
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for reference, lines in documents:
        groups.setdefault(tuple(lines), []).append(reference)
    for body, references in groups.items():
        yield ''
        yield title if len(references) == 1 else f'{title}: {len(references)}'
        yield from indented(_wrapped(references))
        yield from indented(indented(body))
