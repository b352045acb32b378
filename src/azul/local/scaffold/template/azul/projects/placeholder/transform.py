"""A bundle → contributions: what it says of its sample and of each of its data files."""
from collections.abc import Iterator
from pathlib import PurePath

from azul.plugin import JSON, Bundle, BundleError, Contribution, EntityReference, ManifestEntry


def transform(bundle: Bundle) -> Iterator[Contribution]:
    sample = _sample(bundle)
    files = [_file(entry) for entry in bundle.data_files.values()]
    yield Contribution(EntityReference('samples', sample['document_id']), bundle.fqid,
                       {'samples': [sample], 'files': files})
    for file in files:
        yield Contribution(EntityReference('files', file['uuid']), bundle.fqid,
                           {'samples': [sample], 'files': [file]})


def _sample(bundle: Bundle) -> JSON:
    document = bundle.metadata.get('sample.json')
    if document is None:
        raise BundleError('there is no sample', file='sample.json')
    # Without an id there is no entity. All else may be unknown, which is None.
    if not isinstance(document.get('id'), str):
        raise BundleError('the sample has no id', file='sample.json')
    return {'document_id': document['id'], 'name': document.get('name'), 'kind': document.get('kind')}


def _file(entry: ManifestEntry) -> JSON:
    return {
        'uuid': entry.uuid,
        'version': entry.version,
        'name': entry.name,
        'format': PurePath(entry.name).suffix[1:] or None,
        'size': entry.size,
    }
