from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution, EntityReference, documents
from azul.projects.toy import SCHEMA, plugin
from fixtures.toys import box, new_uuid, toy

FQID = BundleFQID(new_uuid(), '1')
CONTRIBUTIONS = list(plugin.transform(box(FQID, toy('bear', pictures=['a.png', 'b.png'], ages=[1]), toy('car'))))


def test_documents_of_several_contributions_are_those_of_each() -> None:
    assert len(CONTRIBUTIONS) == 5
    assert list(documents(CONTRIBUTIONS, SCHEMA)) == [each.to_json(SCHEMA) for each in CONTRIBUTIONS]


def test_what_contributions_share_their_documents_share() -> None:
    of_boxes = [document['contents']['boxes'][0] for document in documents(CONTRIBUTIONS[:-1], SCHEMA)]
    assert len(set(map(id, of_boxes))) == 1


def test_of_an_object_that_is_two_kinds_of_inner_entity_each_has_its_own_fields() -> None:
    both = {'document_id': 'x', 'label': 'l', 'name': 'n', 'uuid': 'u', 'size': 1}
    contents = {'boxes': [both], 'pictures': [both]}
    document, = documents([Contribution(EntityReference('toys', 'x'), FQID, contents)], SCHEMA)
    box, picture = (document['contents'][name][0] for name in ('boxes', 'pictures'))
    assert box.items() <= both.items()
    assert picture.items() <= both.items()
    assert box.keys() != picture.keys()
