"""From metadata files to entities.

===========  ============================================  ===============================================
layout       recognised by                                 an entity is
===========  ============================================  ===============================================
vX, DCP/2    `project_0.json`                              a file of its own, `<schema>_<n>.json`
v5           `project.json` and `biomaterial.json`         an element of the list in the file of its kind
older        `project.json` without `biomaterial.json`     not read: the bundle is rejected
===========  ============================================  ===============================================

The layout says nothing about the versions of the schemas within.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson

from azul.errors import BundleError, brief
from azul.index.bundle import JSON

Kind = Literal['project', 'biomaterial', 'file', 'protocol', 'process']
KINDS: tuple[Kind, ...] = get_args(Kind)

SCHEMAS: dict[Kind, frozenset[str]] = {
    'project': frozenset(('project',)),
    'biomaterial': frozenset((
        'cell_line', 'cell_suspension', 'donor_organism', 'imaged_specimen', 'organoid', 'specimen_from_organism',
    )),
    'file': frozenset(('analysis_file', 'image_file', 'reference_file', 'sequence_file', 'supplementary_file')),
    'protocol': frozenset((
        'aggregate_generation_protocol', 'analysis_protocol', 'collection_protocol', 'differentiation_protocol',
        'dissociation_protocol', 'enrichment_protocol', 'imaging_preparation_protocol', 'imaging_protocol',
        'ipsc_induction_protocol', 'library_preparation_protocol', 'protocol', 'sequencing_protocol',
        'treatment_protocol',
    )),
    'process': frozenset((
        'analysis_process', 'dissociation_process', 'enrichment_process', 'library_preparation_process', 'process',
        'sequencing_process',
    )),
}
"""All that were ever published. An entity of another one is read as one of its kind, and counted."""

LINKS = 'links.json'

_PROJECT, _LEGACY_PROJECT = 'project_0.json', 'project.json'

LARGEST_ENTITY = 3_000_000
"""Bytes of JSON. Documents repeat texts of entities, and none is to be larger than 5 MB."""

LONGEST_ID = 256
"""Bytes. Ids of documents, of which the engine takes 512, are made of it and of a bundle's uuid and version."""


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """Something that the metadata describes. Compares by identity: `entities` makes one object of each.

    :param kind: what it is; all that is known of an entity whose schema is new to us
    :param schema: name of its schema, `cell_suspension` for example; empty if it has none
    :param id: unique among the entities of its kind, but not among all
    :param content: its properties
    :param file: name of the metadata file that describes it
    """
    kind: Kind
    schema: str
    id: str
    content: JSON
    file: str


def is_legacy(metadata: Mapping[str, JSON]) -> bool:
    """Whether the layout is one from before each entity had a file of its own."""
    return _PROJECT not in metadata


def entities(metadata: Mapping[str, JSON]) -> Iterator[Entity]:
    """
    All entities of a bundle, in an order that depends on the metadata only.

    :param metadata: content of the metadata files by name
    :raises BundleError: if the layout is none that we read, or a file does not say what it describes
    """
    if not is_legacy(metadata):
        for file in sorted(metadata):
            if file != LINKS:
                yield _entity(metadata[file], file)
    elif _LEGACY_PROJECT in metadata:
        if 'biomaterial.json' not in metadata:
            raise BundleError('layout older than v5', file=_LEGACY_PROJECT)
        for file in sorted(metadata):
            if file == _LEGACY_PROJECT:
                yield _entity(metadata[file], file)
            elif file != LINKS:
                for element in _elements(metadata[file], file):
                    yield _entity(element, file)
    else:
        raise BundleError('there is no project: neither project_0.json nor project.json')


_LISTS = {'biomaterial.json': 'biomaterials',
          'file.json': 'files',
          'process.json': 'processes',
          'protocol.json': 'protocols'}


def _elements(document: JSON, file: str) -> list[Any]:
    if file not in _LISTS:
        raise BundleError('the v5 layout has no such metadata file', file=file)
    elements = document.get(_LISTS[file])
    if not isinstance(elements, list):
        raise BundleError(f'there is no list of {_LISTS[file]}', file=file)
    return elements


def _entity(document: Any, file: str) -> Entity:
    if not isinstance(document, dict):
        raise BundleError(f'not an object: {brief(document)}', file=file)
    content = document['content'] if isinstance(document.get('content'), dict) else document
    kind, schema = _schema(content, file)
    provenances = [document.get('hca_ingest'), document.get('provenance')]
    ids = [provenance.get('document_id') for provenance in provenances if isinstance(provenance, dict)]
    document_id = next((each for each in ids if isinstance(each, str) and each), None)
    if document_id is None:
        raise BundleError(f'{schema or kind:.100} without a document id', file=file)
    if len(document_id.encode()) > LONGEST_ID or not document_id.isprintable():
        raise BundleError(f'document id of more than {LONGEST_ID} bytes, or not printable: {brief(document_id)}',
                          file=file)
    if _size(content) > LARGEST_ENTITY:
        raise BundleError(f'metadata of more than {LARGEST_ENTITY} bytes: {kind} {document_id}', file=file)
    return Entity(kind, schema, document_id, content, file)


def _schema(content: JSON, file: str) -> tuple[Kind, str]:
    """Kind and schema, from `…/type/{kind}/…/{version}/{schema}`; where that has no kind of ours, `schema_type` has."""
    url = content.get('describedBy')
    segments = url.rstrip('/').split('/') if isinstance(url, str) else []
    schema = segments[-1] if segments else ''
    folder = segments[segments.index('type') + 1:][:1] if 'type' in segments else []
    for kind in KINDS:
        if [kind] == folder:
            return kind, schema
    for kind in KINDS:
        if kind == content.get('schema_type'):
            return kind, schema
    raise BundleError('neither describedBy nor schema_type says what kind of entity this is', file=file)


def _size(content: JSON) -> int:
    try:
        return len(orjson.dumps(content))
    except TypeError:
        return 0  # nested more deeply than can be written: what is that deep is read as nothing
