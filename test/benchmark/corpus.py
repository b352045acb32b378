"""Very many documents that are like real ones.

Real projects are copied, entities with all that they have, under other ids and names, and files with other sizes. All
other terms are those of the originals. A study is a project of which there are several copies, as a project has many
bundles that resemble each other: the copies have the project in common. Studies differ in size as real ones do: few
have most of the files.
"""
import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import orjson

from azul.index.aggregate import aggregate
from azul.plugin import Plugin
from fixtures.served import contributed

STUDIES = 200

FILES = 'files'

_UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

NAMES = ('fileName', 'sampleId')
"""Fields of what is called otherwise in every copy."""

STUDY_NAMES = ('project', 'projectTitle')
"""… in every study."""


@dataclass(frozen=True)
class Document:
    """
    :param text: JSON. Who only writes it need not take it apart.
    """
    entity_type: str
    entity_id: str
    text: str

    @cached_property
    def source(self) -> Mapping[str, Any]:
        source: Mapping[str, Any] = orjson.loads(self.text)
        return source


class Template:
    """A document of which copies are made."""

    def __init__(self, entity_type: str, source: Mapping[str, Any]) -> None:
        self.entity_type = entity_type
        names, study_names = (
            {orjson.dumps(each).decode() for name in fields for each in _strings(source, name)}
            for fields in (NAMES, STUDY_NAMES)
        )
        size = ['"(?:size|fileSize)":[0-9]+'] if entity_type == FILES else []
        changed = re.compile(f'({"|".join([*size, *map(re.escape, names | study_names), _UUID])})')
        # Every other part is what differs from copy to copy.
        self._id, self._parts = (changed.split(text) for text in (source['entity_id'], orjson.dumps(source).decode()))
        self._of_study = {*_strings(source, 'projectId'), *study_names}

    def copy(self, number: int, study: int) -> Document:
        entity_id, text = (self._joined(parts, number, study) for parts in (self._id, self._parts))
        return Document(self.entity_type, entity_id, text)

    def _joined(self, parts: Sequence[str], number: int, study: int) -> str:
        return ''.join(
            _changed(part, study if part in self._of_study else number) if position % 2 else part
            for position, part in enumerate(parts)
        )


def _changed(part: str, number: int) -> str:
    if not part.startswith('"'):
        # The numbers of copies are others than those of studies: no two ids become one.
        return f'{int(part[:8], 16) ^ number * 0x9e3779b1 & 0xffffffff:08x}{part[8:]}'
    if part.endswith('"'):
        return f'{part[:-1]} {number}"'
    name, size = part.split(':')
    return f'{name}:{int(size) * (1 + number % 97) // 50}'


@dataclass(frozen=True)
class Corpus:
    """
    :param projects: the templates that belong to each
    """
    projects: Sequence[Sequence[Template]]

    @classmethod
    def of(cls, bundles: Path, plugin: Plugin, entity_types: Collection[str]) -> 'Corpus':
        """
        :param bundles: a folder of them; those that are rejected are left out
        :param entity_types: of which there are documents. Some are large, so name those that are asked for.
        """
        schema = plugin.schema
        sources = [
            (entity.entity_type, aggregate(schema, entity, contributions).to_json(schema))
            for entity, contributions in contributed(bundles, plugin).items() if entity.entity_type in entity_types
        ]
        project_of = {bundle['uuid']: _strings(source, 'projectId')[0]
                      for entity_type, source in sources if entity_type == FILES for bundle in source['bundles']}
        projects: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for entity_type, source in sources:
            # What is stored of a bundle does not say of which project that is.
            ids = _strings(source, 'projectId') or [
                project_of[bundle['uuid']] for bundle in source['bundles'] if bundle['uuid'] in project_of
            ]
            if ids:
                projects[ids[0]].append((entity_type, source))
        return cls([
            [Template(entity_type, source) for entity_type, source in sources]
            for _, sources in sorted(projects.items())
            if any(entity_type == FILES for entity_type, _ in sources)
        ])

    def documents(self, files: int, seed: int) -> Iterator[Document]:
        """So many files, and all entities that belong to them. The same for the same seed."""
        random = Random(seed)
        order = random.sample(range(STUDIES), STUDIES)
        templates = {study: self.projects[study % len(self.projects)] for study in order}
        # By Zipf's law, in files: projects have very different numbers of them.
        weights = list(accumulate(
            1 / rank / sum(each.entity_type == FILES for each in templates[study])
            for rank, study in enumerate(order, 1)
        ))
        written: Counter[int] = Counter()
        made = copy = 0
        while made < files:
            study = order[bisect(weights, random.random() * weights[-1])]
            copy += 1
            for template in templates[study]:
                if template.entity_type == 'projects' and written[study]:
                    continue
                if template.entity_type == FILES:
                    if made == files:
                        continue
                    made += 1
                yield template.copy(STUDIES + copy, study)
            written[study] += 1


def _strings(source: Mapping[str, Any], name: str) -> list[str]:
    """The values of a field of an entity that are strings."""
    values = source['fields'].get(name)
    return [value for value in (values if isinstance(values, list) else [values]) if isinstance(value, str)]
