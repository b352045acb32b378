from dataclasses import replace

import pytest

from azul.errors import ConfigurationError
from azul.plugin import (
    Column,
    Count,
    DistinctTotal,
    EntityType,
    ExportManifest,
    Field,
    FieldType,
    Frequent,
    InnerEntity,
    Schema,
    Single,
    Sum,
    SumTotal,
    load,
)
from azul.projects.toy import BOXES, FORMATS, SCHEMA, plugin


def test_the_toy_has_no_faults():
    assert load('toy') is plugin


def test_a_plugin_that_is_none_is_named():
    with pytest.raises(ConfigurationError, match=r'azul\.projects\.nothing'):
        load('nothing')


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
        "field boxes.label: its detail 'nowhere' is not an external name",
        "entity type 'ledger': the name is reserved",
        "entity type 'ledger': no inner entity 'cars' to leave verbatim",
        "entity type 'ledger': sort 'speed' is not an external name",
        "entity type 'ledger': a section shows 'cars', which is no inner entity",
        "entity type 'toys': a section shows pictures.shape, which is no field",
        "facet 'nonsense' is not the external name of a field",
        "facet 'ages' is a range: ranges have no terms",
        "highlight 'maker' is not a facet",
        "figure 'total' of the summary: no entity type 'cars'",
        "figure 'total' of the summary: no field has the external name 'weight'",
        "export manifest: column 'a' is declared twice",
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
    schema = replace(SCHEMA, entity_types=(*SCHEMA.entity_types, EntityType('summary')))
    assert list(replace(plugin, schema=schema).faults()) == ["entity type 'summary': the name is reserved"]


def test_only_some_entity_types_have_a_route():
    schema = replace(SCHEMA, entity_types=(*SCHEMA.entity_types, EntityType('parts', searchable=False)))
    assert replace(plugin, schema=schema).searchable == plugin.searchable == ('pictures', 'toys', 'boxes')


def test_what_is_of_the_wrong_type_is_found_before_anything_else():
    section = replace(FORMATS, columns={'format': 7})
    broken = replace(
        plugin, version='1', facets='label', transform=None, highlights=('colour', 5),
        schema=replace(SCHEMA, inner_entities=(replace(BOXES, fields=(Field('label', type='string'),)),),
                       entity_types=(EntityType('toys', order='up', sections=(section,)),)),
    )
    assert sorted(broken.faults()) == [
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


def with_schema(*fields: Field, **entity_type: object) -> list[str]:
    inner = InnerEntity('boxes', hit='boxes', fields=(Field('document_id'), *fields))
    schema = Schema((EntityType(**{'name': 'boxes', **entity_type}),), (inner,))
    return sorted(replace(plugin, schema=schema, facets=(), summary=(), highlights=(), aliases={},
                          manifest=None).faults())


def test_what_the_engine_or_the_aggregation_would_stumble_over_is_a_fault():
    assert with_schema() == []
    assert with_schema(name='Boxes/2') == ["entity type 'Boxes/2': the name must match [a-z][a-z0-9_]*"]
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
