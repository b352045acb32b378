"""The shape of bundles in a folder: which properties the documents of each schema have, and of which kinds."""
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JSON = dict[str, Any]

KINDS = {dict: 'object', list: 'list', str: 'string', bool: 'boolean', int: 'number', float: 'number'}


@dataclass(frozen=True)
class Shape:
    """
    :param era: `v5`, `vx`, `dcp2` or `older`, by the layout and the version of the links
    :param schema: for what wraps the entities of v5 and for what is older than that, the name of the file
    :param version: of the schema
    :param kinds: of the values of each property, by its path: dots between the names, lists add nothing
    """
    bundle: str
    era: str
    schema: str
    version: str
    kinds: frozenset[tuple[str, str]]

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(path for path, _ in self.kinds)


@dataclass(frozen=True)
class Entry:
    """The names that one entry of a manifest has; of a metadata file or not."""
    era: str
    indexed: bool
    names: frozenset[str]


def read(folder: Path) -> tuple[list[Shape], list[Entry]]:
    """The shapes of all bundles in the folder, of their documents and of their manifests."""
    shapes, entries = [], []
    for bundle in sorted(path for path in folder.iterdir() if path.is_dir()):
        documents = {path.name: json.loads(path.read_bytes()) for path in (bundle / 'metadata').iterdir()}
        era = era_of(documents)
        shapes += [Shape(bundle.name, era, schema, version, frozenset(_kinds(document)))
                   for schema, version, document in _documents(era, documents)]
        entries += [Entry(era, entry['indexed'], frozenset(entry))
                    for entry in json.loads((bundle / 'manifest.json').read_bytes())]
    return shapes, entries


def era_of(documents: dict[str, JSON]) -> str:
    """
    :param documents: of one bundle, by the name of the file
    """
    if 'project_0.json' in documents:
        return 'dcp2' if documents['links.json']['schema_version'] >= '2' else 'vx'
    return 'v5' if 'biomaterial.json' in documents else 'older'


def _kinds(value: Any, path: str = '') -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            below = f'{path}.{name}' if path else name
            yield below, KINDS[type(member)]
            yield from _kinds(member, below)
    elif isinstance(value, list):
        for member in value:
            if not isinstance(member, dict):
                yield path, f'list of {KINDS[type(member)]}'
            yield from _kinds(member, path)


def _documents(era: str, documents: dict[str, JSON]) -> Iterator[tuple[str, str, JSON]]:
    """Schema, version and body of each entity, and of what wraps them."""
    for name, document in documents.items():
        if era == 'older':
            yield name, '', document
        elif era == 'v5' and name != 'links.json':
            entities = [member for members in document.values() if isinstance(members, list) for member in members]
            if name == 'project.json':
                entities = [{part: document[part] for part in ('content', 'hca_ingest')}]
            for entity in entities:
                *_, version, schema = entity['content']['describedBy'].split('/')
                yield schema, version, entity
            yield name, document['describedBy'].split('/')[-2], dict.fromkeys(document, '')
        else:
            *_, version, schema = document['describedBy'].split('/')
            yield schema, version, document
