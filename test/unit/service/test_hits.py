from typing import Any

from azul.index.fields import EntityType, Field, FieldType, FileLink, InnerEntity, Member, Schema, Section
from azul.projects.toy import SCHEMA
from azul.service.hits import Hits
from azul.service.query import composed
from azul.service.restriction import UNRESTRICTED

URL = 'https://service.example'


def hits(entity_type: str, detail: bool = False) -> Hits:
    return Hits(SCHEMA, SCHEMA.entity_type[entity_type], detail)


def source(wanted: Hits) -> Any:
    return composed(UNRESTRICTED, wanted)['_source']


def test_no_more_is_read_than_is_shown():
    assert source(hits('pictures')) == {
        'includes': ['entity_id', 'bundles', 'contents'],
        'excludes': ['contents.toys.document_id', 'contents.pictures.count', 'contents.pictures.largest']
    }
    assert source(hits('toys'))['includes'] == ['entity_id', 'contents']
    toys = EntityType('toys', sections=(Section('toys'),))
    only_toys = Hits(Schema((toys,), SCHEMA.inner_entities), toys, detail=False)
    assert {'contents.boxes.*', 'contents.pictures.*'} <= set(source(only_toys)['excludes'])


def test_details_are_read_and_shown_for_a_single_entity_only():
    document = {'entity_id': 'x', 'contents': {'boxes': [{'label': 'y', 'notes': {'text': 'z'}}]}}
    assert 'contents.boxes.notes' in source(hits('boxes'))['excludes']
    assert hits('boxes').hit(document, URL)['boxes'] == [{'label': 'y', 'maker': None}]
    assert 'contents.boxes.notes' not in source(hits('boxes', detail=True))['excludes']
    assert hits('boxes', detail=True).hit(document, URL)['boxes'] == [
        {'label': 'y', 'maker': None, 'notes': {'theAuthor': None, 'text': 'z'}}
    ]


def test_what_aggregates_drop_is_not_shown():
    assert 'contents.boxes.notes' not in source(hits('toys', detail=True))['excludes'], 'it is not there'
    assert hits('toys', detail=True).hit({'entity_id': 'x', 'contents': {'boxes': [{'label': [], 'maker': [None]}]}},
                                         URL)['boxes'] == [{'label': [], 'maker': [None]}]


def test_a_hit_has_all_lists_in_the_order_of_the_sections():
    hit = hits('pictures').hit({'entity_id': 'x', 'bundles': [{'uuid': 'b', 'version': '1'}], 'contents': {}}, URL)
    assert hit == {
        'entryId': 'x',
        'bundles': [{'bundleUuid': 'b', 'bundleVersion': '1'}],
        'boxes': [],
        'toys': [],
        'pictures': []
    }
    assert list(hit) == ['entryId', 'bundles', 'boxes', 'toys', 'pictures']


def test_an_element_has_all_columns_of_its_section():
    hit = hits('toys').hit({'entity_id': 'x', 'contents': {'toys': [{'name': 'bear'}], 'pictures': [
        {'format': 'png', 'count': 2, 'largest': 4, 'size': 7}, {'format': None, 'count': 1, 'size': None}
    ]}}, URL)
    assert hit['toys'] == [{'name': 'bear', 'colours': None, 'pieces': None, 'wooden': None, 'ages': None}]
    assert hit['formats'] == [{'format': 'png', 'count': 2, 'totalSize': 7, 'largest': 4},
                              {'format': None, 'count': 1, 'totalSize': None, 'largest': None}]


def url(**picture: Any) -> Any:
    source = {'entity_id': 'x', 'bundles': [], 'contents': {'pictures': [picture]}}
    return hits('pictures').hit(source, URL)['pictures'][0]['url']


def test_a_file_has_a_link_to_where_it_can_be_had():
    assert url(uuid='u', version='2020-01-01T000000.000000Z') == (
        'https://service.example/fetch/dss/files/u?version=2020-01-01T000000.000000Z&replica=aws'
    )
    assert url(uuid='u', version=None) == 'https://service.example/fetch/dss/files/u?replica=aws'
    assert url(uuid='a/b', version='1&2') == 'https://service.example/fetch/dss/files/a%2Fb?version=1%262&replica=aws'
    assert url(uuid=None, version='1') is None


def test_of_objects_hits_show_what_is_declared_under_names_that_fit_the_others():
    things = InnerEntity('things', hit='things', fields=(
        Field('document_id'),
        Field('parts', FieldType.OBJECT, hit='parts', members=(
            Member('part_name', hit='partName'),
            Member('screws', hit='screws', type=FieldType.OBJECT, many=True, members=(Member('a_b', hit='aB'),)),
        )),
        Field('plain', hit='plain'),
    ))
    schema = Schema((EntityType('things', verbatim=('things',), sections=(Section('things'),)),), (things,))
    thing = {'parts': [{'part_name': 'x_y', 'other': 1, 'screws': [{'a_b': 'c_d'}, None]}, None, {}], 'plain': 'p_q'}
    hit = Hits(schema, schema.entity_types[0], detail=False).hit(
        {'entity_id': 'x', 'bundles': [], 'contents': {'things': [thing]}}, URL
    )
    assert hit['things'] == [
        {'parts': [{'partName': 'x_y', 'screws': [{'aB': 'c_d'}, None]}, None, {'partName': None, 'screws': None}],
         'plain': 'p_q'}
    ]


def test_what_a_link_needs_is_read_though_it_is_not_shown():
    files = InnerEntity('files', hit='files', fields=(
        Field('document_id', hit='id'), Field('uuid'), Field('version'),
    ))
    section = Section('files', link=FileLink('url', 'uuid', 'version'))
    entity_type = EntityType('files', verbatim=('files',), bundles='count', sections=(section,))
    wanted = Hits(Schema((entity_type,), (files,)), entity_type, detail=False)
    assert source(wanted) == {'includes': ['entity_id', 'contents'], 'excludes': []}
