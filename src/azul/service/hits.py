"""Hits: what is shown of each aggregate, by the sections that the plug-in declares."""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from elasticsearch_dsl import Search

from azul.index.bundle import JSON
from azul.index.fields import EntityType, Field, FileLink, Member, Schema, Section
from azul.index.shapes import STRING, closed, listed, nullable

FILE_ROUTE = '/fetch/dss/files/'
"""Answers with the location of a file as JSON, so that a page of another origin can read it."""


@dataclass(frozen=True)
class Column:
    """
    :param key: in the hit
    :param verbatim: whether the values are as they were contributed
    """
    key: str
    field: Field
    verbatim: bool


@dataclass(frozen=True)
class List:
    """One list of a hit. All its elements have all of the columns."""
    key: str
    inner: str
    columns: Sequence[Column]
    link: FileLink | None

    def elements(self, contents: Mapping[str, Sequence[JSON]], base_url: str) -> list[JSON]:
        elements = []
        for inner_entity in contents.get(self.inner, ()):
            element = {
                key: _shown(members, inner_entity.get(name)) if members else inner_entity.get(name)
                for key, name, members in self._values
            }
            if self.link is not None:
                element[self.link.key] = _url(self.link, inner_entity, base_url)
            elements.append(element)
        return elements

    @cached_property
    def _values(self) -> Sequence[tuple[str, str, Sequence[Member]]]:
        """Of each column what is needed for hundreds of values on every page."""
        return [(column.key, column.field.name, column.field.members) for column in self.columns]

    @property
    def paths(self) -> Iterator[str]:
        """What it reads of the document."""
        linked = () if self.link is None else (self.link.uuid, self.link.version)
        for name in {*(column.field.name for column in self.columns), *linked}:
            yield f'contents.{self.inner}.{name}'

    @property
    def shape(self) -> JSON:
        """Of what `elements` gives."""
        columns = {column.key: column.field.shape(column.verbatim) for column in self.columns}
        linked = {} if self.link is None else {self.link.key: nullable({**STRING, 'format': 'uri'})}
        return listed(closed({**columns, **linked}))


@dataclass(frozen=True)
class Hits:
    """
    :param detail: whether a single entity is asked for, of which more is shown
    """
    schema: Schema
    entity_type: EntityType
    detail: bool

    def __call__(self, search: Search) -> Search:
        """The step: no more is read than will be shown."""
        return search.source(**self.source)

    def hit(self, source: JSON, base_url: str) -> JSON:
        """
        :param source: the document
        :param base_url: of the service, for links
        """
        hit: JSON = {'entryId': source['entity_id']}
        if self._lists_bundles:
            hit['bundles'] = [
                {'bundleUuid': bundle['uuid'], 'bundleVersion': bundle['version']} for bundle in source['bundles']
            ]
        # What has nothing that is shown comes without its empty objects.
        contents = source.get('contents', {})
        for each in self._lists:
            hit[each.key] = each.elements(contents, base_url)
        return hit

    @property
    def shape(self) -> JSON:
        """Of what `hit` gives."""
        bundles = {'bundles': listed(closed({'bundleUuid': STRING, 'bundleVersion': STRING}))}
        return closed({
            'entryId': STRING,
            **(bundles if self._lists_bundles else {}),
            **{each.key: each.shape for each in self._lists}
        }, title=f'{self.entity_type.name}.{"detail" if self.detail else "hit"}')

    @property
    def _lists_bundles(self) -> bool:
        return self.entity_type.bundles == 'list'

    @cached_property
    def source(self) -> JSON:
        """What is read of the documents: all but what is not shown. There is less of that, and so the engine is done
        sooner than if it was told what is."""
        shown = {path for each in self._lists for path in each.paths}
        hidden = [f'contents.{inner}.*' for inner in self.schema.inner_entity
                  if not any(path.startswith(f'contents.{inner}.') for path in shown)]
        hidden += [path for inner in self.schema.inner_entities for field in inner.fields
                   if (path := f'contents.{inner.name}.{field.name}') not in shown
                   and self.schema.has(self.entity_type.name, inner.name, field.name)
                   and f'contents.{inner.name}.*' not in hidden]
        bundles = ['bundles'] if self._lists_bundles else []
        return {'includes': ['entity_id', *bundles, 'contents'], 'excludes': hidden}

    @cached_property
    def _lists(self) -> Sequence[List]:
        return [self._list(section) for section in self.entity_type.sections]

    def _list(self, section: Section) -> List:
        inner = self.schema.inner_entity[section.inner]
        fields = {field.name: field for field in inner.fields}
        shown = section.columns or {field.hit: field.name for field in inner.fields if field.hit is not None}
        verbatim = inner.name in self.entity_type.verbatim
        columns = [
            Column(key, fields[name], verbatim)
            for key, name in shown.items() if self._has(inner.name, fields[name])
        ]
        return List(section.key or inner.hit, inner.name, columns, section.link)

    def _has(self, inner: str, field: Field) -> bool:
        """Whether there is something to be shown of the field."""
        return (self.detail or not field.detail) and self.schema.has(self.entity_type.name, inner, field.name)


def _url(link: FileLink, inner_entity: JSON, base_url: str) -> str | None:
    uuid, version = inner_entity.get(link.uuid), inner_entity.get(link.version)
    if uuid is None:
        return None
    versioned = f'version={quote(version, safe="")}&' if version else ''
    return f'{base_url}{FILE_ROUTE}{quote(uuid, safe="")}?{versioned}replica=aws'


def _shown(members: Sequence[Member], value: Any) -> Any:
    """Of objects, what is declared: whoever reads hits has been told what there is."""
    match value:
        case dict():
            return {
                member.hit: _shown(member.members, value.get(member.name)) if member.members else value.get(member.name)
                for member in members
            }
        case list():
            return [_shown(members, each) for each in value]
        case _:
            return value
