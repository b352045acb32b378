"""A bundle as its files have it, the entities in it, and the values of their properties whatever form these have."""
import re
from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]

WRAPPED = {'biomaterial.json': 'biomaterials', 'process.json': 'processes', 'protocol.json': 'protocols',
           'file.json': 'files'}


@dataclass(frozen=True, eq=False)
class RawBundle:
    """Compares by identity.

    :param manifest: the entries of the manifest
    :param metadata: the metadata files by name
    """
    uuid: str
    version: str
    manifest: list[JSON]
    metadata: dict[str, JSON]

    @property
    def wrapped(self) -> bool:
        """Whether all entities of a kind are in one file, as in v5."""
        return {'project.json', 'biomaterial.json'} <= self.metadata.keys()

    def data_files(self) -> dict[str, JSON]:
        """The entries of data files by name."""
        return {entry['name']: entry for entry in self.manifest if not entry['indexed']}


@dataclass(frozen=True, eq=False)
class Entity:
    """
    :param kind: `biomaterial`, `file`, `process`, `protocol` or `project`
    :param schema: such as `cell_suspension`; empty if the metadata do not say
    """
    kind: str
    schema: str
    id: str
    content: JSON

    @property
    def node(self) -> tuple[str, str]:
        """Ids are unique per kind only."""
        return self.kind, self.id

    @property
    def file_name(self) -> str:
        return str(self.content['file_core']['file_name'])


def entities(bundle: RawBundle) -> list[Entity]:
    """All entities of a bundle."""
    documents = []
    for name, document in bundle.metadata.items():
        if bundle.wrapped and name in WRAPPED:
            documents += document[WRAPPED[name]]
        elif name != 'links.json':
            documents.append(document)
    return [entity(document) for document in documents]


def entity(document: JSON) -> Entity:
    content = document.get('content', document)
    ids = document.get('hca_ingest') or document.get('provenance') or content['provenance']
    described_by = content.get('describedBy') or ''
    kind = re.search('/type/([^/]+)/', described_by)
    return Entity(kind[1] if kind else content['schema_type'], described_by.rpartition('/')[2], ids['document_id'],
                  content)


def first(properties: Any, *names: str) -> Any:
    """The value of the first of the names that is given, else None."""
    for name in names:
        value = (properties or {}).get(name)
        if value is not None and value != '':
            return value
    return None


def labels(value: Any) -> list[str]:
    """The texts of an object of an ontology, a string, or a list of either; sorted and distinct."""
    if isinstance(value, list):
        return sorted({label for member in value for label in labels(member)})
    if isinstance(value, dict):
        value = first(value, 'ontology_label', 'text', 'ontology')
    return [] if value is None or value == '' else [str(value)]


def label(value: Any) -> str | list[str] | None:
    """The one text, None if there is none, all of them if there are several."""
    found = labels(value)
    return found if len(found) > 1 else found[0] if found else None


def truth(value: Any) -> bool | None:
    """A boolean, also where it is a word."""
    if isinstance(value, str):
        return {'yes': True, 'true': True, 'no': False, 'false': False}.get(value.lower())
    return value if isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """A whole number, also where it is a text."""
    match = re.fullmatch(r'(\d+)(\.0*)?', str(value).strip())
    return match and int(match[1])
