"""What the documents contain, how it aggregates, and by which names callers know it."""
from azul.plugin import (
    Breakdown,
    Column,
    Count,
    EntityType,
    ExportManifest,
    Field,
    FieldType,
    FileLink,
    InnerEntity,
    Schema,
    Section,
    Single,
    Sum,
    SumTotal,
    Total,
)

SAMPLES = InnerEntity('samples', hit='samples', fields=(
    Field('document_id', external='sampleId', hit='id', description='Id of a sample.'),
    Field('name', external='sampleName', hit='name', description='Name of a sample.'),
    Field('kind', external='kind', hit='kind', description='What a sample is made of.'),
))

# What is about a single file is dropped where files are summed up, one entry per format.
FILES = InnerEntity('files', hit='files', key='uuid', group_by='format', fields=(
    Field('uuid', external='fileId', hit='uuid', accumulate=None, description='UUID of a file in the data store.'),
    Field('version', hit='version', accumulate=None),
    Field('name', external='fileName', hit='name', accumulate=None, description='Name of a file.'),
    Field('format', external='fileFormat', hit='format', accumulate=Single(), description='Format of a file.'),
    Field('size', FieldType.INTEGER, external='fileSize', hit='size', accumulate=Sum(), description='Size in bytes.'),
    Field('count', FieldType.INTEGER, accumulate=Count()),
))

SCHEMA = Schema(
    inner_entities=(SAMPLES, FILES),
    entity_types=(
        EntityType('files', verbatim=('files',), sort='fileName', sections=(
            Section('samples'),
            Section('files', link=FileLink('url', uuid='uuid', version='version', name='name', size='size')),
        )),
        EntityType('samples', verbatim=('samples',), sort='sampleName', bundles='count', sections=(
            Section('samples'),
            Section('files', key='formats', columns={'format': 'format', 'count': 'count', 'totalSize': 'size'}),
        )),
    ),
)

FACETS = ('kind', 'sampleName', 'fileFormat')

SUMMARY = (
    Total('fileCount', 'files'),
    Total('sampleCount', 'samples'),
    SumTotal('totalFileSize', 'files', 'fileSize'),
    Breakdown('formats', 'files', 'fileFormat', term='format', count='count', total='totalSize', summed='fileSize',
              nulls=True),
)

MANIFEST = ExportManifest('files', (
    Column('bundle_uuid', None, 'uuid'),
    Column('bundle_version', None, 'version'),
    Column('file_uuid', 'files', 'uuid'),
    Column('file_name', 'files', 'name'),
    Column('file_size', 'files', 'size'),
    Column('sample_name', 'samples', 'name'),
))
