import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.index.aggregate import aggregate
from azul.index.bundle import BundleFQID
from azul.index.documents import MAX_INDEXED_LENGTH, Contribution, EntityReference
from azul.projects.toy import SCHEMA

BOX = EntityReference('boxes', 'box')
A, B = 'aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'


def toy(id: str, **fields: Any) -> dict[str, Any]:
    return {'document_id': id, 'name': id, 'colours': [], 'pieces': None, 'wooden': None, 'ages': None, **fields}


def contribution(uuid: str, version: str, *toys: dict[str, Any], entity: EntityReference = BOX) -> Contribution:
    boxes = [{'document_id': 'box', 'label': f'label of {version}', 'maker': None}]
    return Contribution(entity, BundleFQID(uuid, version), {'boxes': boxes, 'toys': list(toys), 'pictures': []})


def test_of_two_copies_the_one_from_the_greater_version_counts():
    copies = [contribution(B, '1', toy('t', pieces=1)), contribution(A, '2', toy('t', pieces=2))]
    result = aggregate(SCHEMA, BOX, copies)
    assert result.contents['toys'][0]['pieces'] == 2
    assert result.contents['boxes'] == [{'document_id': 'box', 'label': 'label of 2', 'maker': None}]


def test_of_equal_versions_the_one_from_the_smaller_uuid_counts():
    copies = [contribution(B, '1', toy('t', pieces=1)), contribution(A, '1', toy('t', pieces=2))]
    result = aggregate(SCHEMA, BOX, copies)
    assert result.contents['toys'][0]['pieces'] == 2


def test_groups_are_kept_apart_and_sorted_with_null_last():
    toys = [toy('a', wooden=True, pieces=1), toy('b'), toy('c', wooden=False), toy('d', wooden=True, pieces=2)]
    result = aggregate(SCHEMA, BOX, [contribution(A, '1', *toys)])
    assert [(group['wooden'], group['name'], group['pieces']) for group in result.contents['toys']] == [
        (False, ['c'], None), (True, ['a', 'd'], 3), (None, ['b'], None)
    ]


def test_own_entities_stay_as_they_are():
    entity = EntityReference('toys', 't')
    result = aggregate(SCHEMA, entity, [contribution(A, '1', toy('t', colours=['red']), entity=entity)])
    assert result.contents['toys'] == [toy('t', colours=['red'])]


def test_nothing_live_makes_an_empty_aggregate():
    result = aggregate(SCHEMA, BOX, [])
    assert result.to_json(SCHEMA) == {
        'entity_id': 'box', 'live': False, 'bundle_count': 0, 'contents': {}, 'fields': {}
    }


def test_the_indexed_part_is_flat_with_a_null_for_every_empty_field():
    source = aggregate(SCHEMA, BOX, [contribution(A, '1')]).to_json(SCHEMA)
    assert source['contents']['toys'] == []
    assert source['fields'] == {
        'entryId': 'box', 'boxId': 'box', 'label': 'label of 1', 'maker': None, 'toyId': None, 'toyName': None,
        'colour': None, 'pieces': None, 'wooden': None, 'ages': None, 'pictureId': None, 'pictureName': None,
        'format': None, 'size': None
    }


def test_an_entity_type_with_few_bundles_lists_them():
    entity = EntityReference('pictures', 'p')
    versions = [contribution(B, '1', entity=entity), contribution(A, '2', entity=entity)]
    source = aggregate(SCHEMA, entity, versions).to_json(SCHEMA)
    assert source['bundles'] == [{'uuid': A, 'version': '2'}, {'uuid': B, 'version': '1'}]
    assert source['fields']['bundleUuid'] == [A, B]
    assert source['fields']['bundleVersion'] == ['2', '1']


def test_long_strings_are_indexed_by_their_beginning():
    name = 'x' * (MAX_INDEXED_LENGTH + 1)
    source = aggregate(SCHEMA, BOX, [contribution(A, '1', toy('t', name=name))]).to_json(SCHEMA)
    assert source['fields']['toyName'] == name[:-1]
    assert source['contents']['toys'][0]['name'] == [name]


toys = st.lists(st.builds(toy, st.sampled_from('abc'),
                          colours=st.lists(st.sampled_from(['red', 'green', None]), max_size=3),
                          pieces=st.none() | st.integers(0, 9),
                          wooden=st.none() | st.booleans()), max_size=3, unique_by=lambda toy: toy['document_id'])
contributions = st.lists(st.builds(lambda uuid, version, toys: contribution(uuid, version, *toys),
                                   st.uuids().map(str), st.sampled_from('123'), toys),
                         max_size=5, unique_by=lambda contribution: contribution.bundle.uuid)


@given(contributions, st.randoms())
def test_the_order_of_contributions_does_not_matter(some: list[Contribution], rnd: random.Random):
    expected = aggregate(SCHEMA, BOX, some).to_json(SCHEMA)
    assert repr(aggregate(SCHEMA, BOX, rnd.sample(some, len(some))).to_json(SCHEMA)) == repr(expected)


@given(contributions)
def test_it_does_not_matter_either_whether_they_are_packed(some: list[Contribution]):
    expected = aggregate(SCHEMA, BOX, some).to_json(SCHEMA)
    for many in 0, 1, 2:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr('azul.index.aggregate.MANY', many)
            assert repr(aggregate(SCHEMA, BOX, some).to_json(SCHEMA)) == repr(expected)


def test_contributions_have_all_that_aggregates_depend_on():
    pictures = [{'uuid': 'p', 'version': '1', 'name': 'p.png', 'format': 'png', 'size': 3}]
    original = contribution(A, '1', toy('t', colours=['red'], wooden=True))
    original.contents['pictures'].extend(pictures)
    stored = Contribution.from_json('boxes', original.to_json(SCHEMA))
    assert stored.contents['pictures'] == [{'uuid': 'p', 'format': 'png', 'size': 3}]
    assert aggregate(SCHEMA, BOX, [stored]) == aggregate(SCHEMA, BOX, [original])
