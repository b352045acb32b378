"""A miniature project: boxes of toys with pictures. All that is generic is tested with it, and nothing else.

A bundle is a box: `box.json` and any number of `toy_<n>.json`; its data files are pictures of the toys::

    box.json    {"id", "label", "maker", "notes": {"the_author", "text"}}
    toy_0.json  {"id", "name", "colours": [], "pieces", "wooden", "ages": {"gte", "lte"}, "pictures": [name]}

Boxes may hold the same toy, and many boxes (bundles) the same box: that is how aggregates come about.
docs/plug-ins.md builds this plug-in: its Python is what follows the imports, so change both together.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

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
    Integration,
    Member,
    Plugin,
    Portal,
    Schema,
    Section,
    Single,
    Sum,
    SumTotal,
    Terms,
    Total,
)

BOXES = InnerEntity('boxes', hit='boxes', fields=(
    Field('document_id', external='boxId', accumulate=None, description='Id of a box.'),
    Field('label', external='label', hit='label', term_details=('boxId',), description='What is written on the box.'),
    Field('maker', external='maker', hit='maker', description='Who made what is in the box.'),
    Field('notes', FieldType.OBJECT, hit='notes', accumulate=None, detail=True, members=(
        Member('the_author', hit='theAuthor', description='Who has something to say of the box.'),
        Member('text', hit='text', description='What that is.'),
    )),
))

TOYS = InnerEntity('toys', hit='toys', group_by='wooden', fields=(
    Field('document_id', external='toyId', description='Id of a toy.'),
    Field('name', external='toyName', hit='name', description='Name of a toy.'),
    Field('colours', external='colour', hit='colours', description='A colour that a toy has.'),
    Field('pieces', FieldType.INTEGER, external='pieces', hit='pieces', accumulate=Sum(),
          description='Number of pieces of a toy, or of several.'),
    Field('wooden', FieldType.BOOLEAN, external='wooden', hit='wooden', accumulate=Single(),
          description='Whether a toy is made of wood.'),
    Field('ages', FieldType.RANGE, external='ages', hit='ages', description='Ages in years that a toy is made for.'),
))


@dataclass(frozen=True)
class Largest:
    """The greatest known value of another field, None if none is known; for a field that only aggregates have."""
    of: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.of,)

    def __call__(self, entities: Sequence[JSON], field: str) -> int | None:
        known = [entity[self.of] for entity in entities if entity.get(self.of) is not None]
        return max(known, default=None)

    def shape(self, value: JSON) -> JSON:
        return {'type': ['integer', 'null']}


PICTURES = InnerEntity('pictures', hit='pictures', key='uuid', group_by='format', fields=(
    Field('uuid', external='pictureId', hit='uuid', accumulate=None, description='Id of a picture.'),
    Field('version', hit='version', accumulate=None),
    Field('name', external='pictureName', hit='name', accumulate=None, description='Name of the file of a picture.'),
    Field('format', external='format', hit='format', accumulate=Single(), description='Format of a picture.'),
    Field('size', FieldType.INTEGER, external='size', hit='size', accumulate=Sum(), description='Size in bytes.'),
    Field('count', FieldType.INTEGER, accumulate=Count()),
    Field('largest', FieldType.INTEGER, accumulate=Largest('size')),
))

PICTURE_SECTION = Section('pictures', link=FileLink('url', uuid='uuid', version='version', name='name', size='size'))

FORMATS = Section('pictures', key='formats', columns={
    'format': 'format', 'count': 'count', 'totalSize': 'size', 'largest': 'largest'
})

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
    if 'box.json' not in bundle.metadata:
        raise BundleError('there is no box', file='box.json')
    box = _box(bundle.metadata['box.json'])
    toys: dict[str, JSON] = {}
    pictures: dict[str, JSON] = {}
    pictures_of: dict[str, list[JSON]] = {}
    toys_in: dict[str, list[JSON]] = {}
    for name, document in sorted(bundle.metadata.items()):
        if name != 'box.json':
            toy = _toy(name, document)
            if toys.setdefault(toy['document_id'], toy) is not toy:
                raise BundleError(f'a second toy with the id {toy["document_id"]!r}', file=name)
            pictures_of[toy['document_id']] = _pictures(bundle, document)
            for picture in pictures_of[toy['document_id']]:
                pictures[picture['uuid']] = picture
                toys_in.setdefault(picture['uuid'], []).append(toy)

    def contribution(entity_type: str, entity_id: str, toys: list[JSON], pictures: list[JSON]) -> Contribution:
        contents = {'boxes': [box], 'toys': toys, 'pictures': pictures}
        return Contribution(EntityReference(entity_type, entity_id), bundle.fqid, contents)

    for toy_id, toy in toys.items():
        yield contribution('toys', toy_id, [toy], pictures_of[toy_id])
    for picture_id, picture in pictures.items():
        yield contribution('pictures', picture_id, toys_in[picture_id], [picture])
    yield contribution('boxes', box['document_id'], list(toys.values()), list(pictures.values()))


def _box(document: JSON) -> JSON:
    return {
        'document_id': _id('box.json', document),
        'label': document.get('label'),
        'maker': document.get('maker'),
        'notes': document.get('notes'),
    }


def _toy(file: str, document: JSON) -> JSON:
    return {
        'document_id': _id(file, document),
        'name': document.get('name'),
        'colours': document.get('colours', []),
        'pieces': document.get('pieces'),
        'wooden': document.get('wooden'),
        'ages': document.get('ages'),
    }


def _id(file: str, document: JSON) -> str:
    found = document.get('id')
    if not isinstance(found, str):
        raise BundleError(f'the id is no text: {found!r:.60}', file=file)
    return found


def _pictures(bundle: Bundle, document: JSON) -> list[JSON]:
    names = dict.fromkeys(document.get('pictures', []))  # a set would not have the same order every time
    entries = [bundle.data_files[name] for name in names if name in bundle.data_files]
    return [
        {
            'uuid': entry.uuid,
            'version': entry.version,
            'name': entry.name,
            'format': PurePath(entry.name).suffix[1:] or None,
            'size': entry.size,
        } for entry in entries
    ]


def additions(prefix: str) -> JSON:
    deleted = {'term': {'admin_deleted': True}}
    return {'query': {'bool': {'must_not': [deleted], 'must': [{'prefix': {'uuid': prefix}}]}}}


def deletions(prefix: str) -> JSON:
    return {'query': {'bool': {'must': [{'term': {'admin_deleted': True}}, {'prefix': {'uuid': prefix}}]}}}


FACETS = ('label', 'maker', 'colour', 'wooden', 'format')

SUMMARY = (
    Total('boxCount', 'boxes'),
    DistinctTotal('makerCount', 'boxes', 'maker'),
    SumTotal('totalSize', 'pictures', 'size'),
    Terms('colours', 'toys', 'colour'),
    Breakdown('formats', 'pictures', 'format', term='format', count='count', total='totalSize', summed='size',
              nulls=False),
)

MANIFEST = ExportManifest('pictures', (
    Column('bundle_uuid', None, 'uuid'),
    Column('bundle_version', None, 'version'),
    Column('picture', 'pictures', 'name'),
    Column('picture_size', 'pictures', 'size'),
    Column('toy', 'toys', 'name'),
    Column('maker', 'boxes', 'maker'),
))

PORTALS = (
    Portal('repair-shop', 'Repair Shop', portal_icon='https://repair.example/icon.png',
           contact_email='help@repair.example', organization_name='Menders of Toys',
           portal_description='Mends what is broken.', integrations=(
               Integration('mend', 'get', 'toy', 'Have it mended', portal_url='https://repair.example/mend',
                           entity_ids=('beadbead-0000-4000-8000-000000000000',
                                       'cafecafe-0000-4000-8000-000000000000')),
           )),
)

plugin = Plugin(
    name='toy',
    version=1,
    schema=SCHEMA,
    facets=FACETS,
    summary=SUMMARY,
    transform=transform,
    additions_query=additions,
    deletions_query=deletions,
    manifest=MANIFEST,
    aliases={'boxLabel': 'label'},
    highlights=('colour',),
    portals=PORTALS,
)
