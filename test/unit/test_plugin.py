from dataclasses import dataclass, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.errors import ConfigurationError
from azul.plugin import (
    Breakdown,
    Column,
    Count,
    DistinctTotal,
    EntityType,
    ExportManifest,
    Field,
    FieldType,
    FileLink,
    Frequent,
    InnerEntity,
    Member,
    Schema,
    Section,
    Single,
    Sum,
    SumTotal,
    Terms,
    Total,
    load,
)
from azul.projects.toy import BOXES, FORMATS, SCHEMA, plugin


def test_the_toy_has_no_faults():
    assert load('toy') is plugin


def test_a_plugin_that_is_none_is_named():
    with pytest.raises(ConfigurationError, match=r'azul\.projects\.nothing'):
        load('nothing')


def test_portals_are_checked_too():
    portal, = plugin.portals
    integration, = portal.integrations
    ids = ('x', integration.entity_ids[0], integration.entity_ids[0])
    broken = replace(plugin, portals=(portal, replace(portal, integrations=(replace(integration, entity_ids=ids),))))
    assert sorted(broken.faults()) == [
        f"entity of integration 'mend' '{ids[1]}' is declared twice",
        "entity of integration 'mend': 'x' is no UUID",
        "integration 'mend' is declared twice",
        "portal 'repair-shop' is declared twice",
    ]
    assert list(replace(plugin, portals=(replace(portal, contact_email=None),)).faults()) == [
        'plugin.portals[0].contact_email: None is not str'
    ]


def test_all_faults_are_found_at_once():
    broken = replace(
        plugin,
        facets=('label', 'label', 'colour', 'nonsense', 'ages'),
        highlights=('maker',),
        summary=(SumTotal('total', 'cars', 'weight'),),
        manifest=ExportManifest('toys', (Column('a', None, 'id'), Column('a', 'boxes', 'notes')), rows='cars'),
        schema=replace(
            SCHEMA,
            inner_entities=(*SCHEMA.inner_entities, replace(BOXES, key='id', fields=(
                Field('label', external='label'),
                Field('label', FieldType.OBJECT, external='thing', term_details=('nowhere',)),
            ))),
            entity_types=(
                *SCHEMA.entity_types,
                EntityType('ledger', verbatim=('cars',), sort='speed', sections=(replace(FORMATS, inner='cars'),)),
                EntityType('toys', sections=(replace(FORMATS, columns={'format': 'shape'}),)),
            ),
        ),
    )
    assert sorted(broken.faults()) == sorted([
        "entity type 'toys' is declared twice",
        "inner entity 'boxes' is declared twice",
        "external name 'label' is declared twice",
        "facet 'label' is declared twice",
        "inner entity 'boxes': field 'label' is declared twice",
        "inner entity 'boxes': key 'id' is not one of its fields",
        'field boxes.label: an object cannot have an external name',
        "field boxes.label: its detail 'nowhere' is not the external name of a field",
        "entity type 'ledger': the name is reserved",
        "entity type 'ledger': no inner entity 'cars' to leave verbatim",
        "entity type 'ledger': sort 'speed' is not an external name",
        "entity type 'ledger': a section shows 'cars', which is no inner entity",
        "entity type 'toys': section 'formats': its documents do not have pictures.shape",
        "facet 'nonsense' is not the external name of a field",
        "facet 'ages' is a range: ranges have no terms",
        "highlight 'maker' is not a facet",
        "figure 'total' of the summary: no entity type 'cars'",
        "figure 'total' of the summary: 'weight' is not the external name of a field",
        "export manifest: column 'a' is declared twice",
        'export manifest: rows without row_columns: where there are none, the table would have no header',
        "export manifest: no entity type 'cars'",
        "export manifest: column 'a': documents of 'toys' do not have bundles.id",
        "export manifest: column 'a': documents of 'toys' do not have boxes.notes",
    ])


def test_the_fingerprint_changes_with_what_decides_the_documents_and_with_nothing_else():
    box = SCHEMA.inner_entities[0]

    def with_field(**changes: object) -> str:
        fields = (*box.fields[:-1], replace(box.fields[-1], **changes))
        inner = (replace(box, fields=fields), *SCHEMA.inner_entities[1:])
        return replace(plugin, schema=replace(SCHEMA, inner_entities=inner)).fingerprint

    assert plugin.fingerprint == with_field() == with_field(description='Other words.')
    changed = {with_field(name='remarks'), with_field(type=FieldType.STRING), with_field(accumulate=Count()),
               replace(plugin, version=2).fingerprint}
    assert len(changed) == 4
    assert plugin.fingerprint not in changed


def test_an_alias_stands_for_a_field_and_is_none_itself():
    broken = replace(plugin, aliases={'label': 'maker', 'box': 'nonsense', 'boxLabel': 'label'})
    assert sorted(broken.faults()) == [
        "alias 'box' stands for 'nonsense', which is not the external name of a field",
        "alias 'label' is the external name of a field",
    ]


def test_figures_are_about_fields_that_have_them():
    broken = replace(plugin, summary=(SumTotal('sum', 'toys', 'colour'), DistinctTotal('ages', 'toys', 'ages')))
    assert sorted(broken.faults()) == [
        "figure 'ages' of the summary: 'ages' is a range: ranges have no terms",
        "figure 'sum' of the summary: 'colour' is no number, so there is no sum of it",
    ]


def test_what_the_service_has_beside_entity_types_is_reserved():
    schema = replace(SCHEMA, entity_types=(*SCHEMA.entity_types, EntityType('summary', searchable=False)))
    assert list(replace(plugin, schema=schema).faults()) == ["entity type 'summary': the name is reserved"]


def test_only_some_entity_types_have_a_route():
    schema = replace(SCHEMA, entity_types=(*SCHEMA.entity_types, EntityType('parts', searchable=False)))
    assert replace(plugin, schema=schema).searchable == plugin.searchable == ('pictures', 'toys', 'boxes')


def test_what_is_of_the_wrong_type_is_named():
    section = replace(FORMATS, columns={'format': 7})
    broken = replace(
        plugin, version='1', facets='label', transform=None, highlights=('colour', 5),
        schema=replace(SCHEMA, inner_entities=(replace(BOXES, fields=(Field('label', type='string'),)),),
                       entity_types=(EntityType('toys', order='up', sections=(section,)),)),
    )
    assert sorted(fault for fault in broken.faults() if fault.startswith('plugin.')) == [
        "plugin.facets: 'label' is not tuple[str, ...]",
        'plugin.highlights[1]: 5 is not str',
        "plugin.schema.entity_types[toys].order: 'up' is not typing.Literal['asc', 'desc']",
        "plugin.schema.entity_types[toys].sections[0].columns: {'format': 7} is not "
        'collections.abc.Mapping[str, str] | None',
        "plugin.schema.inner_entities[boxes].fields[label].type: 'string' is not FieldType",
        'plugin.transform: None is not collections.abc.Callable[[azul.index.bundle.Bundle], '
        'collections.abc.Iterable[azul.index.documents.Contribution]]',
        "plugin.version: '1' is not int",
    ]


def test_what_is_of_the_wrong_type_hides_nothing_but_itself():
    def broken(cars: InnerEntity) -> list[str]:
        boxes, toys, pictures = SCHEMA.inner_entities
        schema = replace(SCHEMA, inner_entities=(boxes, toys, replace(pictures, key='id'), cars))
        return sorted(replace(plugin, name='My-Toy', version='1', facets='label', highlights=(),
                              aliases={'boxLabel': 'nothing'}, schema=schema).faults())

    assert broken(InnerEntity('cars', hit='cars', fields=(Field('document_id', detail='yes'),))) == [
        "alias 'boxLabel' stands for 'nothing', which is not the external name of a field",
        "inner entity 'pictures': key 'id' is not one of its fields",
        "name 'My-Toy' must match [a-z][a-z0-9_]*",
        "plugin.facets: 'label' is not tuple[str, ...]",
        "plugin.schema.inner_entities[cars].fields[document_id].detail: 'yes' is not bool",
        "plugin.version: '1' is not int",
    ]
    # Now it cannot be known what is an external name.
    assert broken(InnerEntity('cars', hit='cars', fields=None)) == [
        "inner entity 'pictures': key 'id' is not one of its fields",
        "name 'My-Toy' must match [a-z][a-z0-9_]*",
        "plugin.facets: 'label' is not tuple[str, ...]",
        'plugin.schema.inner_entities[cars].fields: None is not tuple[azul.index.fields.Field, ...]',
        "plugin.version: '1' is not int",
    ]


@given(st.lists(st.tuples(
    st.sampled_from([field.name for field in fields(plugin)]),
    st.sampled_from([None, 7, 'text', (), (None,), ([],), {'a': []}, object(), SCHEMA, Field('a')]),
), min_size=1))
def test_whatever_is_declared_faults_are_said_and_never_raised(changes: list[tuple[str, object]]):
    assert all(isinstance(fault, str) for fault in replace(plugin, **dict(changes)).faults())


@dataclass(frozen=True)
class Keyed:
    key: object

    def __call__(self, entities: object, field: str) -> int:
        return 1

    def shape(self, value: object) -> dict[str, str]:
        return {'type': 'integer'}


@pytest.mark.parametrize(('accumulate', 'fault'), [
    (Sum, 'its accumulator is a class: write Sum()'),
    (len, 'its accumulator cannot be called with inner entities and the name of a field'),
    (lambda entities: None, 'its accumulator cannot be called with inner entities and the name of a field'),
    (Sum('name'), "the key of its accumulator is not a tuple of names: 'name'"),
    (lambda entities, field: 1,
     'its accumulator does not say by a method `shape` of a value which shape its results have'),
    (Keyed(3), 'the key of its accumulator is not a tuple of names: 3'),
    (Keyed((3,)), 'the key of its accumulator is not a tuple of names: (3,)'),
    (Frequent(), 'the keys of objects are texts, but it is of type integer'),
])
def test_what_is_no_accumulator_of_the_field_is_a_fault(accumulate: object, fault: str):
    field = Field('n', FieldType.INTEGER, accumulate=accumulate)
    assert f'field boxes.n: {fault}' in with_schema(field)


def test_what_counts_is_an_integer():
    assert with_schema(Field('n', accumulate=Count())) == ['field boxes.n: it counts, but is of type string']
    assert with_schema(Field('n', FieldType.INTEGER, accumulate=Count(), external='n')) == []


def test_objects_that_are_shown_say_which_members_they_have():
    one = Member('a', hit='a')
    parts = Field('parts', FieldType.OBJECT, hit='parts', members=(one,))
    assert with_schema(parts, verbatim=('boxes',)) == []
    assert with_schema(replace(parts, hit=None, members=())) == [], 'it is not shown'
    assert with_schema(replace(parts, members=())) == with_schema(
        replace(parts, hit=None, members=()), sections=(Section('boxes', columns={'parts': 'parts'}),)
    ) == ["entity type 'boxes': section 'boxes' shows boxes.parts, which does not say which members its objects have"]
    assert with_schema(replace(parts, members=(one, one, replace(one, name='b', type=FieldType.OBJECT)))) == [
        "field boxes.parts: key in hits of a member 'a' is declared twice",
        "field boxes.parts: key in hits of a member 'a' is declared twice",
        "field boxes.parts: member 'a' is declared twice",
        "field boxes.parts: member 'b' does not say which members its objects have",
    ]
    assert with_schema(Field('parts', members=(one,))) == [
        'field boxes.parts: it has members, but is of type string'
    ]


def test_weights_are_not_shown():
    weights = Field('weights', hit='weights', accumulate=Frequent())
    assert with_schema(weights) == []
    assert with_schema(weights, verbatim=('boxes',)) == [
        "entity type 'boxes': section 'boxes' shows boxes.weights verbatim, which are objects of any members"
    ]


def test_functions_take_what_they_are_called_with():
    broken = replace(plugin, transform=lambda: (), additions_query=lambda a, b: {}, deletions_query=dict,
                     restriction=lambda: None)
    assert list(broken.faults()) == [
        'transform cannot be called with one argument', 'additions_query cannot be called with one argument',
        'restriction cannot be called with one argument'
    ]


def with_schema(*fields: Field, **entity_type: object) -> list[str]:
    inner = InnerEntity('boxes', hit='boxes', fields=(Field('document_id'), *fields))
    declared = {'name': 'boxes', 'sections': (Section('boxes'),), **entity_type}
    schema = Schema((EntityType(**declared),), (inner,))
    return sorted(replace(plugin, schema=schema, facets=(), summary=(), highlights=(), aliases={},
                          manifest=None).faults())


def test_what_the_engine_or_the_aggregation_would_stumble_over_is_a_fault():
    assert with_schema() == []
    assert with_schema(name='Boxes/2') == ["entity type 'Boxes/2': the name must match [a-z][a-z0-9_]{0,59}"]
    assert with_schema(Field('a', FieldType.RANGE, external='a'), sort='a') == [
        "entity type 'boxes': sort 'a' is a range, and ranges have no order"
    ]
    assert with_schema(Field('a', external='a.b')) == [
        "field boxes.a: external name 'a.b' must match [A-Za-z_][A-Za-z0-9_-]*"
    ]
    assert with_schema(Field('a', hit='x'), Field('b', hit='x')) == [
        "inner entity 'boxes': key in hits 'x' is declared twice"
    ]
    assert with_schema(Field('a', accumulate=Single())) == [
        'field boxes.a: only the field that groups are made by has a single value'
    ]
    assert with_schema(Field('a', accumulate=Sum(('uuid',)))) == [
        "field boxes.a: its accumulator counts over 'uuid', which is not a field of the inner entity",
        'field boxes.a: there is no sum of what is no number',
    ]
    assert with_schema(Field('a', accumulate=Frequent(), external='a')) == []


def test_what_would_be_in_no_document_is_a_fault():
    assert list(replace(plugin, schema=replace(SCHEMA, inner_entities=(
        *SCHEMA.inner_entities, InnerEntity('cars', hit='cars', fields=(Field('document_id', accumulate=None),))
    ))).faults()) == ["inner entity 'cars': nothing of it would be in any aggregate"]
    assert 'there is no entity type' in list(replace(plugin, schema=Schema((), ())).faults())


def test_a_version_starts_at_one_and_a_name_is_that_of_a_package():
    assert list(replace(plugin, version=0, name='My-Toy').faults()) == [
        "name 'My-Toy' must match [a-z][a-z0-9_]*", 'version 0 is not at least 1'
    ]


def test_rows_need_a_type_of_entity_that_lists_its_bundles():
    assert list(replace(plugin, manifest=ExportManifest('boxes', ())).faults()) == [
        "export manifest: entity type 'boxes' does not list its bundles"
    ]


def faults_of(entity_type: str, **changes: object) -> list[str]:
    """Of the toy plug-in with another declaration of an entity type, without the words that say so."""
    changed = tuple(replace(each, **changes) if each.name == entity_type else each for each in SCHEMA.entity_types)
    found = replace(plugin, schema=replace(SCHEMA, entity_types=changed)).faults()
    return [fault.removeprefix(f'entity type {entity_type!r}: ') for fault in found]


def test_terms_have_no_ranges_in_their_details_either_and_no_second_count():
    assert with_schema(Field('a', FieldType.RANGE, external='a'), Field('count', external='count'),
                       Field('b', external='b', term_details=('a', 'count', 'entryId'))) == [
        "field boxes.b: its detail 'a' is a range: ranges have no terms",
        "field boxes.b: its detail 'count' is a key that terms have already",
        "field boxes.b: its detail 'entryId' is not the external name of a field",
    ]


def test_a_route_has_something_to_show():
    assert faults_of('toys', sections=()) == ['it has a route, but no sections to show there']
    assert faults_of('toys', sections=(), searchable=False) == []
    assert faults_of('toys', sections=(Section('boxes', columns={}),)) == ["section 'boxes' has no columns"]
    assert list(replace(plugin, schema=Schema((EntityType('a', searchable=False),), ()), facets=(), summary=(),
                        highlights=(), aliases={}, manifest=None).faults()) == ['there is no inner entity']


def test_only_what_documents_have_is_shown_linked_and_sorted_by():
    columns, link = {'id': 'uuid', 'size': 'size'}, FileLink('url', uuid='uuid', version='version')
    pictures = Section('pictures', columns=columns, link=link)
    assert faults_of('pictures', sections=(pictures,)) == []
    assert faults_of('toys', sections=(pictures,)) == [
        "section 'pictures': its documents do not have pictures.uuid",
        "section 'pictures': its documents do not have pictures.version",
    ]
    assert faults_of('toys', sections=(Section('pictures'),)) == [], 'which shows what there is'
    more = replace(link, name='title', size='bytes', sha256='digest')
    assert faults_of('pictures', sections=(replace(pictures, link=more),)) == [
        f"section 'pictures': its documents do not have pictures.{name}" for name in ('title', 'bytes', 'digest')
    ]


def test_a_linked_file_can_be_looked_up_and_has_a_size_in_bytes():
    link = FileLink('url', uuid='version', version='uuid', size='name')
    assert faults_of('pictures', sections=(Section('pictures', link=link),)) == [
        "section 'pictures': pictures.version has no external name, by which to look the file up",
        "section 'pictures': pictures.name is the size of a file, but of type string",
    ]


def test_only_what_documents_have_is_sorted_by():
    assert faults_of('toys', sort='pictureName') == [
        "sort 'pictureName': its documents do not have pictures.name"
    ]


def test_only_what_documents_have_is_counted_and_summed_up():
    breakdown = Breakdown('formats', 'toys', 'pictureId', term='a', count='b', total='c', summed='size', nulls=True)
    for figure in DistinctTotal('n', 'toys', 'boxId'), Terms('n', 'toys', 'boxId'), breakdown:
        assert list(replace(plugin, summary=(figure,)).faults()) == [
            f"figure {figure.name!r} of the summary: documents of 'toys' do not have {figure.field!r}"
        ]
        there = replace(figure, entity_type='pictures' if figure is breakdown else 'boxes')
        assert list(replace(plugin, summary=(there,)).faults()) == []


@pytest.mark.parametrize(('section', 'fault'), [
    (Section('boxes', key='entryId'), "section 'entryId': hits have something else of this name"),
    (Section('boxes', key='bundles'), "section 'bundles': hits have something else of this name"),
    (Section('boxes', key=''), 'section: the name is empty'),
    (Section('pictures', columns={'url': 'uuid'}, link=FileLink('url', uuid='uuid', version='version')),
     "section 'pictures': the key of its link, 'url', is empty, or that of a column"),
    (Section('pictures', link=FileLink('name', uuid='uuid', version='version')),
     "section 'pictures': the key of its link, 'name', is empty, or that of a column"),
    (Section('boxes', columns={'': 'label'}), "section 'boxes': key: the name is empty"),
])
def test_keys_of_hits_do_not_collide(section: Section, fault: str):
    assert faults_of('pictures', sections=(section,)) == [fault]


def test_keys_of_the_summary_do_not_collide():
    rows = Breakdown('rows', 'pictures', 'format', term='a', count='b', total='a', summed='size', nulls=True)
    assert list(replace(plugin, summary=(rows, Total('inexact', 'toys'), Total('', 'toys'))).faults()) == [
        'figure of the summary: the name is empty',
        "figure 'rows' of the summary: key 'a' is declared twice",
        "figure 'inexact' of the summary: the name is reserved",
    ]


def test_an_alias_is_no_name_that_all_entity_types_have():
    assert list(replace(plugin, aliases=dict.fromkeys(('entryId', 'bundleUuid', ''), 'label')).faults()) == [
        'alias: the name is empty',
        "alias 'entryId' is the external name of a field", "alias 'bundleUuid' is the external name of a field",
    ]


@pytest.mark.parametrize('type', [FieldType.OBJECT, FieldType.RANGE])
def test_nothing_is_told_apart_by_what_cannot_be_compared(type: FieldType):
    for role in 'key', 'group_by':
        inner = replace(BOXES, fields=(*BOXES.fields, Field('odd', type)), **{role: 'odd'})
        assert list(replace(plugin, schema=replace(SCHEMA, inner_entities=(inner, *SCHEMA.inner_entities[1:])))
                    .faults()) == [f"inner entity 'boxes': {role} 'odd' is of type {type.value}, "
                                   'by which nothing can be told apart']


def test_metadata_rows_are_stored_as_parts():
    parts = InnerEntity('parts', hit='parts', key='part', fields=(
        Field('part', FieldType.INTEGER), Field('shared', FieldType.OBJECT), Field('rows', FieldType.OBJECT)
    ))

    def faults(row_columns: tuple[str, ...] = ('file',), **changes: object) -> list[str]:
        schema = Schema((*SCHEMA.entity_types, replace(EntityType('rows', searchable=False), **changes)),
                        (*SCHEMA.inner_entities, parts))
        manifest = replace(plugin.manifest, rows='rows', row_columns=row_columns)
        return list(replace(plugin, schema=schema, manifest=manifest).faults())

    assert faults(verbatim=('parts',)) == []
    assert faults() == faults(verbatim=('boxes',)) == [
        "export manifest: documents of 'rows' hold no metadata rows: they have nothing verbatim with the fields part, "
        'shared, rows'
    ]
    assert faults(verbatim=('parts',), row_columns=()) == [
        'export manifest: rows without row_columns: where there are none, the table would have no header'
    ]
    assert faults(verbatim=('parts',), row_columns=('a', 'a')) == [
        "export manifest: column of rows 'a' is declared twice"
    ]


def test_names_are_neither_empty_nor_longer_than_the_engine_would_take():
    assert with_schema(Field('', hit='')) == [
        "inner entity 'boxes': field: the name is empty", "inner entity 'boxes': key in hits: the name is empty"
    ]
    assert with_schema(name='x' * 60) == []
    assert with_schema(name='x' * 61) == [
        f"entity type '{'x' * 61}': the name must match [a-z][a-z0-9_]{{0,59}}"
    ]
    assert list(replace(plugin, manifest=ExportManifest('pictures', (Column('', None, 'uuid'),))).faults()) == [
        'export manifest: column: the name is empty'
    ]
