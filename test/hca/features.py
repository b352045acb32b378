"""What a bundle is an example of, told from its content alone, in whichever layout."""
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from hca.shapes import era_of
from samples.generator import GeneratedBundle

JSON = dict[str, Any]


def entities(bundle: GeneratedBundle) -> Iterator[tuple[str, str, JSON]]:
    """Schema, id and properties of each entity that the bundle has metadata of."""
    for name, document in bundle.metadata.items():
        listed = [member for members in document.values() if isinstance(members, list) for member in members
                  if isinstance(member, dict) and 'content' in member]
        for member in [document] if 'content' in document else listed:
            yield schema(member['content']), member['hca_ingest']['document_id'], member['content']
        if 'provenance' in document and name != 'links.json':
            yield schema(document), document['provenance']['document_id'], document


def schema(document: JSON) -> str:
    return str(document['describedBy']).rpartition('/')[2]


def of_schema(bundle: GeneratedBundle, *schemas: str) -> list[JSON]:
    return [content for schema, _, content in entities(bundle) if schema in schemas]


def links(bundle: GeneratedBundle) -> list[JSON]:
    return list(bundle.metadata.get('links.json', {}).get('links', []))


def inputs(bundle: GeneratedBundle) -> dict[str, set[str]]:
    """What went into each process."""
    result = defaultdict(set)
    for link in links(bundle):
        if 'source_id' in link:
            result[link['destination_id']].add(link['source_id'])
        elif 'entity' not in link:
            ends = [end if isinstance(end, str) else end['input_id'] for end in link['inputs']]
            result[link.get('process') or link['process_id']].update(ends)
    return result


def ends(bundle: GeneratedBundle) -> set[str]:
    """The ids that occur in links."""

    def ids(value: Any, name: str = '') -> Iterator[str]:
        if isinstance(value, dict):
            for key, member in value.items():
                yield from ids(member, key)
        elif isinstance(value, list):
            for member in value:
                yield from ids(member, name)
        elif name.endswith('_id') or name in ('process', 'inputs', 'outputs'):
            yield value

    return set(ids(links(bundle)))


def formats(bundle: GeneratedBundle) -> Counter[str]:
    cores = [content['file_core'] for schema, _, content in entities(bundle) if schema.endswith('_file')]
    return Counter(core.get('format') or core['file_format'] for core in cores)


def entries(bundle: GeneratedBundle, *, indexed: bool) -> dict[str, JSON]:
    return {entry['name']: entry for entry in bundle.manifest if entry['indexed'] is indexed}


def file_names(bundle: GeneratedBundle) -> set[str]:
    """Of the files that metadata tell of."""
    return {content['file_core']['file_name'] for schema, _, content in entities(bundle) if schema.endswith('_file')}


def ids(bundle: GeneratedBundle) -> set[str]:
    return {entity_id for _, entity_id, _ in entities(bundle)}


def repeated(bundle: GeneratedBundle) -> bool:
    return any(one == other for one, other in itertools.combinations(links(bundle), 2))


def supplementary_in_no_link(bundle: GeneratedBundle) -> bool:
    linked = ends(bundle)
    return any(schema == 'supplementary_file' and entity_id not in linked for schema, entity_id, _ in entities(bundle))


def pooled(bundle: GeneratedBundle) -> bool:
    """Whether biomaterials of several people were put together into one, not only their reads into one file."""
    schemas = {entity_id: schema for schema, entity_id, _ in entities(bundle)}
    return any(len(sources) > 1 and {schemas[source] for source in sources} & {'donor_organism', 'organoid'}
               for sources in inputs(bundle).values())


def found(value: Any, path: str) -> list[Any]:
    """All values at the path, however many lists lie on it."""
    if isinstance(value, list):
        return [one for member in value for one in found(member, path)]
    name, _, rest = path.partition('.')
    if not isinstance(value, dict) or name not in value:
        return []
    return found(value[name], rest) if rest else [value[name]]


FEATURES: dict[str, Callable[[GeneratedBundle], bool]] = {
    'v5': lambda bundle: era_of(bundle.metadata) == 'v5',
    'vx': lambda bundle: era_of(bundle.metadata) == 'vx',
    'dcp2': lambda bundle: era_of(bundle.metadata) == 'dcp2',
    'older than v5': lambda bundle: era_of(bundle.metadata) == 'older',
    **{f'links {version}': lambda bundle, version=version: (  # type: ignore[misc]
        bundle.metadata.get('links.json', {}).get('schema_version') == version)
       for version in ('1.0.0', '1.1.1', '1.1.3', '1.1.5', '2.1.1', '3.0.0', '3.1.0')},
    'links repeated': repeated,
    'layout older than its schemas': lambda bundle: (
        'biomaterial.json' in bundle.metadata and bool(of_schema(bundle, 'library_preparation_protocol'))),
    'several donors': lambda bundle: len(of_schema(bundle, 'donor_organism')) > 1,
    'pooled': pooled,
    'no age': lambda bundle: any('organism_age' not in donor for donor in of_schema(bundle, 'donor_organism')),
    'no donor': lambda bundle: (
        bool(of_schema(bundle, 'cell_suspension')) and not of_schema(bundle, 'donor_organism')),
    'organoid': lambda bundle: bool(of_schema(bundle, 'organoid')),
    'cell line': lambda bundle: bool(of_schema(bundle, 'cell_line')),
    'plate': lambda bundle: len(of_schema(bundle, 'cell_suspension')) >= 200,
    'analysis': lambda bundle: bool(
        of_schema(bundle, 'analysis_process') and of_schema(bundle, 'analysis_protocol')),
    'matrices only': lambda bundle: (
        bool(of_schema(bundle, 'analysis_file')) and not of_schema(bundle, 'sequence_file')),
    'zarr': lambda bundle: any(name.endswith('.zarr!.zattrs') for name in file_names(bundle)),
    'loom': lambda bundle: formats(bundle)['loom'] > 0,
    'mtx': lambda bundle: formats(bundle)['mtx.gz'] > 0,
    'h5ad': lambda bundle: formats(bundle)['h5ad'] > 0,
    'imaging': lambda bundle: bool(
        of_schema(bundle, 'image_file') and of_schema(bundle, 'imaging_protocol')),
    'imaging with targets': lambda bundle: any(
        len(protocol.get('target', [])) > 1 for protocol in of_schema(bundle, 'imaging_protocol')),
    'treatment': lambda bundle: bool(of_schema(bundle, 'treatment_protocol')),
    'supplementary only': lambda bundle: (
        bool(links(bundle)) and all(link.get('link_type') == 'supplementary_file_link' for link in links(bundle))),
    'supplementary files in no link': supplementary_in_no_link,
    'metadata not in manifest': lambda bundle: bool(set(bundle.metadata) - set(entries(bundle, indexed=True))),
    'metadata missing': lambda bundle: bool(set(entries(bundle, indexed=True)) - set(bundle.metadata)),
    'file metadata without manifest entry': lambda bundle: bool(
        file_names(bundle) - set(entries(bundle, indexed=False))),
    'data file without metadata': lambda bundle: (
        bundle.expect == 'indexed' and bool(set(entries(bundle, indexed=False)) - file_names(bundle))),
    'stored manifest': lambda bundle: any('s3-etag' in entry for entry in bundle.manifest),
    'bare manifest': lambda bundle: bundle.expect == 'indexed' and any(
        'size' not in entry for entry in bundle.manifest),
    'numbered versions': lambda bundle: any(entry['version'] == '1' for entry in bundle.manifest),
    'unstitched manifest': lambda bundle: any(
        'is_stitched' not in entry and entry.get('sha256') == '' for entry in bundle.manifest),
    'null checksums': lambda bundle: any(entry.get('sha1', '') is None for entry in bundle.manifest),
}
