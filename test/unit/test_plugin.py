from dataclasses import replace

import pytest

from azul.errors import ConfigurationError
from azul.index.accumulate import Count
from azul.index.fields import EntityType, Field, FieldType
from azul.plugin import DistinctTotal, SumTotal, load
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
        *["entity type 'toys': a section shows pictures.shape, which is no field"] * 2,
        "facet 'nonsense' is not the external name of a field",
        "facet 'ages' is a range: ranges have no terms",
        "highlight 'maker' is not a facet",
        "figure 'total' of the summary: no entity type 'cars'",
        "figure 'total' of the summary: no field has the external name 'weight'",
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
