from dataclasses import replace

import pytest

from azul.index.bundle import BundleFQID
from azul.index.check import aggregate_faults, contribution_faults
from azul.index.documents import Aggregate, Contribution, EntityReference
from azul.index.fields import Field, FieldType, Member, Schema
from azul.plugin import Frequent
from azul.projects.toy import SCHEMA, TOYS, plugin
from fixtures.toys import box, new_uuid, toy

FQID = BundleFQID('b0b0b0b0-0000-4000-8000-000000000000', '2020-01-01T000000.000000Z')


def faults(schema: Schema = SCHEMA, entity_type: str = 'toys', **contents: object) -> list[str]:
    contribution = Contribution(EntityReference(entity_type, 'x'), FQID, contents)
    return [fault.removeprefix(f'{contribution.entity}: ') for fault in contribution_faults(schema, contribution)]


WITH_OBJECTS = replace(SCHEMA, inner_entities=(replace(TOYS, fields=(
    *TOYS.fields,
    Field('maker', FieldType.OBJECT, members=(Member('name', 'name'), Member('shops', 'shops', many=True))),
)),))


def a_toy(**values: object) -> dict[str, object]:
    return {'document_id': 'a', **values}


def test_what_the_toy_makes_of_a_box_is_as_declared():
    bundle = box(BundleFQID(new_uuid(), FQID.version), toy('bear', colours=['brown'], pictures=['bear.png'], pieces=1,
                                                           ages={'gte': 3, 'lte': None}))
    for contribution in plugin.transform(bundle):
        assert list(contribution_faults(SCHEMA, contribution)) == []


@pytest.mark.parametrize('values', [
    {'colours': None}, {'colours': [None, 'red']}, {'pieces': 2 ** 40}, {'wooden': False}, {},
    {'ages': {'gte': 0, 'lte': 0.5}}, {'ages': [{'gte': None, 'lte': None}, None]},
    {'maker': {}}, {'maker': [{'name': None, 'shops': None}, None, {'name': 'x', 'shops': ['y', None]}]},
])
def test_every_value_may_be_null_or_a_list(values):
    assert faults(WITH_OBJECTS, toys=[a_toy(**values)]) == []


@pytest.mark.parametrize(('values', 'fault'), [
    ({'colours': 7}, 'toys.colours is not of type string: 7'),
    ({'colours': ['red', ['blue']]}, "toys.colours is not of type string: ['red', ['blue']]"),
    ({'pieces': '7'}, "toys.pieces is not of type integer: '7'"),
    ({'pieces': True}, 'toys.pieces is not of type integer: True'),
    ({'wooden': 'yes'}, "toys.wooden is not of type boolean: 'yes'"),
    ({'ages': {'gte': 1}}, "toys.ages is not of type range: {'gte': 1}"),
    ({'ages': {'gte': 2, 'lte': 1}}, "toys.ages is not of type range: {'gte': 2, 'lte': 1}"),
    ({'ages': {'gte': '2', 'lte': None}}, "toys.ages is not of type range: {'gte': '2', 'lte': None}"),
    ({'colors': []}, 'toys.colors is not declared'),
    ({'maker': {'name': 'x', 'age': 7}}, "toys.maker is not of type object: {'name': 'x', 'age': 7}"),
    ({'maker': {'name': 7}}, "toys.maker is not of type object: {'name': 7}"),
    ({'maker': {'name': ['x']}}, "toys.maker is not of type object: {'name': ['x']}"),
    ({'maker': {'shops': [{}]}}, "toys.maker is not of type object: {'shops': [{}]}"),
    ({'maker': {'shops': 'x'}}, "toys.maker is not of type object: {'shops': 'x'}"),
    ({'document_id': None}, "an entity in 'toys' lacks its key, 'document_id'"),
])
def test_what_is_not_as_declared_is_named(values, fault):
    assert faults(WITH_OBJECTS, toys=[a_toy(**values)]) == [fault]


def test_what_is_not_declared_at_all_is_named():
    assert faults(entity_type='cars', engines=[{}], toys=[a_toy(), a_toy()]) == [
        'no such entity type', "no inner entity 'engines'", "two entities in 'toys' have the same 'document_id'",
    ]


def test_frequent_terms_are_counted_in_objects():
    fields = (*TOYS.fields, Field('uses', accumulate=Frequent()))
    schema = replace(SCHEMA, inner_entities=(replace(TOYS, fields=fields),))
    for uses in None, {}, {'play': 2, 'sleep': 0.5}:
        assert faults(schema, toys=[a_toy(uses=uses)]) == []
    for uses in 'play', ['play'], {'play': '2'}:
        assert faults(schema, toys=[a_toy(uses=uses)]) == [f'toys.uses is not of type string: {uses!r}']


def test_contents_are_lists_of_objects():
    assert faults(toys={'document_id': 'a'}, boxes=['a']) == [
        "'toys' is not a list of objects", "'boxes' is not a list of objects"
    ]


def test_what_the_engine_would_refuse_of_an_aggregate_is_named():
    def aggregate_of(**toy: object) -> list[str]:
        aggregate = Aggregate(EntityReference('toys', 'x'), [FQID], {'toys': [{'document_id': 'a', **toy}]})
        return list(aggregate_faults(SCHEMA, aggregate))

    assert aggregate_of(colours=[None, 'red'], pieces=2 ** 63 - 1, ages={'gte': 1, 'lte': None}, wooden=None) == []
    assert aggregate_of(colours={'red'}, pieces=2 ** 63, wooden='no') == [
        "toys/x: 'colour' is not of type string: {'red'}",
        "toys/x: 'pieces' has more than 64 bits: 9223372036854775808",
        "toys/x: 'wooden' is not of type boolean: 'no'",
    ]
