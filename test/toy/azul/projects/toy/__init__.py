"""A miniature project: boxes of toys with pictures. All that is generic is tested with it, and nothing else.

A bundle is a box: `box.json` and any number of `toy_<n>.json`; its data files are pictures of the toys::

    box.json    {"id", "label", "maker"}
    toy_0.json  {"id", "name", "colours": [], "pieces", "wooden", "ages": {"gte", "lte"}, "pictures": [name]}

Boxes may hold the same toy, and many boxes (bundles) the same box: that is how aggregates come about.
"""
from collections.abc import Iterator
from itertools import chain

from azul.plugin import (
    JSON,
    Breakdown,
    Bundle,
    BundleError,
    Column,
    Contribution,
    Count,
    DistinctTotal,
    EntityReference,
    EntityType,
    ExportManifest,
    Field,
    FieldType,
    FileLink,
    InnerEntity,
    Plugin,
    Schema,
    Section,
    Single,
    Sum,
    SumTotal,
    Terms,
    Total,
)

BOXES = InnerEntity('boxes', hit='boxes', fields=(
    Field('document_id', external='boxId', accumulate=None),
    Field('label', external='label', hit='label', term_details=('boxId',)),
    Field('maker', external='maker', hit='maker'),
    Field('notes', FieldType.OBJECT, hit='notes', accumulate=None, detail=True),
))

TOYS = InnerEntity('toys', hit='toys', group_by='wooden', fields=(
    Field('document_id', external='toyId'),
    Field('name', external='toyName', hit='name'),
    Field('colours', external='colour', hit='colours'),
    Field('pieces', FieldType.INTEGER, external='pieces', hit='pieces', accumulate=Sum()),
    Field('wooden', FieldType.BOOLEAN, external='wooden', hit='wooden', accumulate=Single()),
    Field('ages', FieldType.RANGE, external='ages', hit='ages'),
))

PICTURES = InnerEntity('pictures', hit='pictures', key='uuid', group_by='format', fields=(
    Field('uuid', external='pictureId', hit='uuid', accumulate=None),
    Field('version', hit='version', accumulate=None),
    Field('name', external='pictureName', hit='name', accumulate=None),
    Field('format', external='format', hit='format', accumulate=Single()),
    Field('size', FieldType.INTEGER, external='size', hit='size', accumulate=Sum()),
    Field('count', FieldType.INTEGER, accumulate=Count()),
))

PICTURE_SECTION = Section('pictures', link=FileLink('url', uuid='uuid', version='version'))
FORMATS = Section('pictures', key='formats', columns={'format': 'format', 'count': 'count', 'totalSize': 'size'})

SCHEMA = Schema(
    inner_entities=(BOXES, TOYS, PICTURES),
    entity_types=(
        EntityType('pictures', verbatim=('pictures',), sort='pictureName',
                   sections=(Section('boxes'), Section('toys'), PICTURE_SECTION)),
        EntityType('toys', verbatim=('toys',), sort='toyName', bundles='count',
                   sections=(Section('boxes'), Section('toys'), FORMATS)),
        EntityType('boxes', verbatim=('boxes',), sort='label', order='desc', bundles='count',
                   sections=(Section('boxes'), Section('toys'), FORMATS)),
    ),
)


def transform(bundle: Bundle) -> Iterator[Contribution]:
    box = bundle.metadata.get('box.json')
    if box is None:
        raise BundleError('there is no box', file='box.json')
    boxes = [{'document_id': box['id'], 'label': box['label'], 'maker': box.get('maker'), 'notes': box.get('notes')}]
    metadata = [document for name, document in sorted(bundle.metadata.items()) if name != 'box.json']
    toys = {document['id']: _toy(document) for document in metadata}
    pictures = {document['id']: _pictures(bundle, document) for document in metadata}

    def contribution(entity_type: str, entity_id: str, toys: list[JSON], pictures: list[JSON]) -> Contribution:
        contents = {'boxes': boxes, 'toys': toys, 'pictures': pictures}
        return Contribution(EntityReference(entity_type, entity_id), bundle.fqid, contents)

    for toy_id, toy in toys.items():
        yield contribution('toys', toy_id, [toy], pictures[toy_id])
        for picture in pictures[toy_id]:
            yield contribution('pictures', picture['uuid'], [toy], [picture])
    yield contribution('boxes', box['id'], list(toys.values()), list(chain.from_iterable(pictures.values())))


def _toy(document: JSON) -> JSON:
    return {
        'document_id': document['id'],
        'name': document['name'],
        'colours': document.get('colours', []),
        'pieces': document.get('pieces'),
        'wooden': document.get('wooden'),
        'ages': document.get('ages'),
    }


def _pictures(bundle: Bundle, document: JSON) -> list[JSON]:
    entries = [bundle.data_files[name] for name in document.get('pictures', []) if name in bundle.data_files]
    return [
        {
            'uuid': entry.uuid,
            'version': entry.version,
            'name': entry.name,
            'format': entry.name.rpartition('.')[2] or None,
            'size': entry.size,
        } for entry in entries
    ]


def additions(prefix: str) -> JSON:
    deleted = {'term': {'admin_deleted': True}}
    return {'query': {'bool': {'must_not': [deleted], 'must': [{'prefix': {'uuid': prefix}}]}}}


def deletions(prefix: str) -> JSON:
    return {'query': {'bool': {'must': [{'term': {'admin_deleted': True}}, {'prefix': {'uuid': prefix}}]}}}


plugin = Plugin(
    name='toy',
    version=1,
    schema=SCHEMA,
    facets=('label', 'maker', 'colour', 'wooden', 'format'),
    summary=(
        Total('boxCount', 'boxes'),
        DistinctTotal('makerCount', 'boxes', 'maker'),
        SumTotal('totalSize', 'pictures', 'size'),
        Terms('colours', 'toys', 'colour'),
        Breakdown('formats', 'pictures', 'format', term='format', count='count', total='totalSize', summed='size',
                  nulls=False),
    ),
    highlights=('colour',),
    transform=transform,
    additions_query=additions,
    deletions_query=deletions,
    aliases={'boxLabel': 'label'},
    manifest=ExportManifest('pictures', (
        Column('bundle_uuid', None, 'uuid'),
        Column('bundle_version', None, 'version'),
        Column('picture', 'pictures', 'name'),
        Column('picture_size', 'pictures', 'size'),
        Column('toy', 'toys', 'name'),
        Column('maker', 'boxes', 'maker'),
    )),
)
