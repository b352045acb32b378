"""A file by its uuid, among what the caller may see."""
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from elasticsearch_dsl import Search

from azul.engine import Engine
from azul.errors import NotFound
from azul.index.bundle import JSON
from azul.index.fields import FileLink, IndexedField
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service.filters import TermFilter, narrowed
from azul.service.indices import resolved
from azul.service.query import Restriction, composed

LOOKUP_SECONDS = 8
"""That looking up a file may take. The data store is asked only then."""

MAX_DOCUMENTS = 1000
"""That tell of the same file. Commonly there is one for each of its versions."""


@dataclass(frozen=True)
class File:
    """What the index has of a version of a file.

    :param size: in bytes
    :param sha256: hexadecimal
    """
    uuid: str
    version: str | None
    name: str | None
    size: int | None
    sha256: str | None


@dataclass(frozen=True)
class Lookup:
    """Files are what the entity type of the export manifest has a link for."""
    engine: Engine
    naming: Naming
    plugin: Plugin
    max_seconds: float = LOOKUP_SECONDS

    def file(self, restriction: Restriction, uuid: str, version: str | None = None) -> File:
        """
        :param version: None for the greatest one that the caller may see
        :raises NotFound: if there is none that they may see
        """
        files = [file for file in self._files(restriction, uuid) if version is None or file.version == version]
        if not files:
            raise NotFound(f'There is no file {uuid}{"" if version is None else f" of version {version:.100}"}.')
        return max(files, key=lambda file: file.version or '')

    def _files(self, restriction: Restriction, uuid: str) -> Iterator[File]:
        if self._linked is None:
            return
        entity_type, inner, link = self._linked
        engine = self.engine.within(self.max_seconds)
        index = resolved(engine, self.naming, [entity_type])[entity_type]
        by_uuid = narrowed([TermFilter(self._indexed(inner, link.uuid), [uuid])])
        answer = engine.search(index, composed(restriction, by_uuid, self._read))
        for hit in answer['hits']['hits']:
            for found in hit['_source'].get('contents', {}).get(inner, ()):
                if found.get(link.uuid) == uuid:
                    yield _file(link, found)

    def _read(self, search: Search) -> Search:
        """The step: only what is needed, the greatest versions first if the engine knows versions."""
        assert self._linked is not None
        _, inner, link = self._linked
        version = next((field for field in self.plugin.schema.contents_fields
                        if (field.inner, field.field) == (inner, link.version)), None)
        by_version = [] if version is None else [{version.value_path: {'order': 'desc'}}]
        return search.source([f'contents.{inner}.{name}' for name in link.fields]).sort(
            *by_version, 'entity_id'
        ).extra(size=MAX_DOCUMENTS)

    def _indexed(self, inner: str, name: str) -> IndexedField:
        field, = (field for field in self.plugin.schema.contents_fields if (field.inner, field.field) == (inner, name))
        return field

    @cached_property
    def _linked(self) -> tuple[str, str, FileLink] | None:
        """The entity type, the inner entity that is a file, and what it has of that."""
        if self.plugin.manifest is None:
            return None
        entity_type = self.plugin.schema.entity_type[self.plugin.manifest.entity_type]
        return entity_type.linked and (entity_type.name, *entity_type.linked)


def _file(link: FileLink, found: JSON) -> File:
    def text(name: str | None) -> str | None:
        value = None if name is None else found.get(name)
        return value if isinstance(value, str) else None

    size = None if link.size is None else found.get(link.size)
    return File(uuid=found[link.uuid], version=text(link.version), name=text(link.name),
                size=size if type(size) is int else None, sha256=text(link.sha256))
