"""Small bundles, drawn by hand: what the metadata of one would say, in each layout and form of links.

An entity is drawn as a document of the vX layout; `vx` and `v5` make bundles of such documents. `link_1` and `link_3`
make the one link of a process in the form of links 1.1.x and of 2.x and 3.x; `edges` makes the several of links 1.0.0.
"""
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from azul.index.bundle import Bundle, BundleFQID, ManifestEntry
from azul.index.fields import Contents
from azul.projects.hca import plugin
from azul.projects.hca.fields import METADATA

JSON = dict[str, Any]

FQID = BundleFQID('b0b0b0b0-0000-4000-8000-000000000000', '2019-01-01T000000.000000Z')


def entity(kind: str, schema: str, id: str, **content: Any) -> JSON:
    return {
        'describedBy': f'https://schema.example.org/type/{kind}/9.0.0/{schema}',
        'schema_type': kind,
        'provenance': {'document_id': id},
        **content,
    }


def project(id: str = 'project', **content: Any) -> JSON:
    return entity('project', 'project', id, **content)


def biomaterial(schema: str, id: str, **content: Any) -> JSON:
    return entity('biomaterial', schema, id, biomaterial_core={'biomaterial_id': f'name of {id}'}, **content)


def donor(id: str = 'donor', **content: Any) -> JSON:
    return biomaterial('donor_organism', id, **content)


def specimen(id: str = 'specimen', **content: Any) -> JSON:
    return biomaterial('specimen_from_organism', id, **content)


def cell_line(id: str = 'line', **content: Any) -> JSON:
    return biomaterial('cell_line', id, **content)


def organoid(id: str = 'organoid', **content: Any) -> JSON:
    return biomaterial('organoid', id, **content)


def suspension(id: str = 'suspension', **content: Any) -> JSON:
    return biomaterial('cell_suspension', id, **content)


def file(id: str = 'file', name: str = '', schema: str = 'sequence_file', **content: Any) -> JSON:
    core = {'file_name': name or f'{id}.fastq.gz', 'format': 'fastq.gz'}
    return entity('file', schema, id, file_core=core, **content)


def process(id: str, schema: str = 'process', **content: Any) -> JSON:
    return entity('process', schema, id, **content)


def protocol(schema: str, id: str, **content: Any) -> JSON:
    return entity('protocol', schema, id, **content)


def deep() -> list[Any]:
    """As deep as the parser of JSON allows."""
    nested: list[Any] = []
    for _ in range(1000):
        nested = [nested]
    return nested


def id_of(document: JSON) -> str:
    return str(document['provenance']['document_id'])


def schema_of(document: JSON) -> str:
    return str(document['describedBy']).rpartition('/')[2]


def link_3(inputs: Sequence[JSON], process: JSON, outputs: Sequence[JSON], protocols: Sequence[JSON] = ()) -> JSON:
    def ends(role: str, documents: Sequence[JSON]) -> list[JSON]:
        return [{f'{role}_type': schema_of(document), f'{role}_id': id_of(document)} for document in documents]

    return {
        'link_type': 'process_link',
        'process_id': id_of(process),
        'process_type': schema_of(process),
        'inputs': ends('input', inputs),
        'outputs': ends('output', outputs),
        'protocols': ends('protocol', protocols),
    }


def link_1(inputs: Sequence[JSON], process: JSON, outputs: Sequence[JSON], protocols: Sequence[JSON] = ()) -> JSON:
    return {
        'process': id_of(process),
        'inputs': [id_of(document) for document in inputs],
        'input_type': inputs[0]['schema_type'],
        'outputs': [id_of(document) for document in outputs],
        'output_type': outputs[0]['schema_type'],
        'protocols': [{'protocol_type': schema_of(document), 'protocol_id': id_of(document)} for document in protocols],
    }


def edges(inputs: Sequence[JSON], process: JSON, outputs: Sequence[JSON], protocols: Sequence[JSON] = ()) -> list[JSON]:
    def edge(source: JSON, destination: JSON) -> JSON:
        return {
            'source_id': id_of(source), 'source_type': source['schema_type'],
            'destination_id': id_of(destination), 'destination_type': destination['schema_type'],
        }

    return [*(edge(source, process) for source in inputs),
            *(edge(process, destination) for destination in [*outputs, *protocols])]


def vx(*documents: JSON, links: Iterable[JSON] = (), data: Sequence[str] | None = None) -> Bundle:
    """
    :param data: names of the data files in the manifest; by default those that the documents name
    """
    metadata: dict[str, Any] = {'links.json': {'links': list(links)}}
    numbers: Counter[str] = Counter()
    for document in documents:
        schema = schema_of(document)
        metadata[f'{schema}_{numbers[schema]}.json'] = document
        numbers[schema] += 1
    return bundle(metadata, _names(documents) if data is None else data)


def v5(*documents: JSON, links: Iterable[JSON] = (), data: Sequence[str] | None = None) -> Bundle:
    def wrapped(document: JSON) -> JSON:
        content = {name: value for name, value in document.items() if name != 'provenance'}
        return {'content': content, 'hca_ingest': {'document_id': id_of(document), 'accession': ''}}

    def of_kind(kind: str) -> list[JSON]:
        return [wrapped(document) for document in documents if document['schema_type'] == kind]

    metadata: dict[str, Any] = {
        'links.json': {'links': list(links)},
        'biomaterial.json': {'biomaterials': of_kind('biomaterial')},
        'process.json': {'processes': of_kind('process')},
        'protocol.json': {'protocols': of_kind('protocol')},
        'file.json': {'files': of_kind('file')},
        'project.json': of_kind('project')[0],
    }
    return bundle(metadata, _names(documents) if data is None else data)


def _names(documents: Iterable[JSON]) -> list[str]:
    return [document['file_core']['file_name'] for document in documents if 'file_core' in document]


def bundle(metadata: dict[str, Any], data: Sequence[str]) -> Bundle:
    """
    :param metadata: content of the metadata files by name
    :param data: names of the data files
    """
    manifest = [entry(name, indexed=True) for name in metadata] + [entry(name) for name in data]
    return Bundle.create(FQID, manifest, metadata)


def entry(name: str, *, indexed: bool = False) -> ManifestEntry:
    return ManifestEntry.from_json({
        'name': name,
        'uuid': str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        'version': '1',
        'indexed': indexed,
        'size': 100,
        'content-type': 'application/json' if indexed else 'application/gzip; dcp-type=data',
        'sha256': 'abc',
    })


def transformed(bundle: Bundle) -> dict[tuple[str, str], Contents]:
    """The contents of all documents of a bundle by entity type and id, of which there may be but one of each; but for
    its metadata rows, which are documents of their own.
    """
    contributions = [each for each in plugin.transform(bundle) if each.entity.entity_type != METADATA.name]
    documents = {tuple(contribution.entity): contribution.contents for contribution in contributions}
    assert len(documents) == len(contributions)
    assert {contribution.bundle for contribution in contributions} == {bundle.fqid}
    return documents  # type: ignore[return-value]  # mypy does not see that the tuple has two members


def ids(contents: Contents) -> dict[str, list[str]]:
    """The ids of the inner entities by type, without the types of which there are none."""
    return {name: [inner['document_id'] for inner in entities] for name, entities in contents.items() if entities}
