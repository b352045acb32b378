import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.errors import BadRequest
from azul.index.bundle import BundleFQID
from azul.indexer.credentials import ACTIONS, Action
from azul.indexer.notification import parse

UUID = '1ec111a0-7481-571f-b35a-5a0e8fca890a'
VERSION = '2020-10-07T111117.095956Z'


def test_only_the_match_matters():
    body = {'match': {'bundle_uuid': UUID.upper(), 'bundle_version': VERSION}, 'es_query': {}, 'unknown': 1}
    assert parse(body, 'add') == BundleFQID(UUID, VERSION)


@pytest.mark.parametrize(('body', 'text'), [
    (None, 'Missing notification entry: match'),
    ([], 'Missing notification entry: match'),
    ({}, 'Missing notification entry: match'),
    ({'match': None}, 'Missing notification entry: bundle_uuid'),
    ({'match': {'bundle_version': VERSION}}, 'Missing notification entry: bundle_uuid'),
    ({'match': {'bundle_uuid': UUID}}, 'Missing notification entry: bundle_version'),
    ({'match': {'bundle_uuid': 1, 'bundle_version': VERSION}},
     "Invalid type: bundle_uuid: <class 'int'> (should be str)"),
    ({'match': {'bundle_uuid': UUID, 'bundle_version': None}},
     "Invalid type: bundle_version: <class 'NoneType'> (should be str)"),
    ({'match': {'bundle_uuid': 'foo', 'bundle_version': VERSION}}, 'Invalid syntax: foo (should be a UUID)'),
    ({'match': {'bundle_uuid': UUID.replace('-', ''), 'bundle_version': VERSION}},
     f'Invalid syntax: {UUID.replace("-", "")} (should be a UUID)'),
    ({'match': {'bundle_uuid': UUID, 'bundle_version': ''}},
     'Invalid syntax: bundle_version can not be empty'),
])
def test_what_is_wrong_is_named(body: object, text: str):
    with pytest.raises(BadRequest) as error:
        parse(body, 'add')
    assert error.value.text == text


json = st.recursive(st.none() | st.booleans() | st.floats() | st.text(),
                    lambda children: st.lists(children) | st.dictionaries(
                        st.sampled_from(['match', 'bundle_uuid', 'bundle_version']), children))


@given(json)
def test_no_nonsense_is_more_than_refused(body: object):
    with pytest.raises(BadRequest):
        parse(body, 'add')


@pytest.mark.parametrize(('event', 'action'), [('CREATE', 'add'), ('TOMBSTONE', 'delete'), ('DELETE', 'delete')])
def test_nobody_deletes_by_adding_or_the_other_way_round(event: str, action: Action):
    body = {'match': {'bundle_uuid': UUID, 'bundle_version': VERSION}, 'event_type': event}
    assert parse(body, action) == BundleFQID(UUID, VERSION)
    with pytest.raises(BadRequest, match=f'event_type: {event}'):
        parse(body, 'delete' if action == 'add' else 'add')


@pytest.mark.parametrize('event', [None, 1, ['CREATE'], 'MOVED', ''])
def test_an_event_that_we_do_not_know_is_of_no_consequence(event: object):
    body = {'match': {'bundle_uuid': UUID, 'bundle_version': VERSION}, 'event_type': event}
    for action in ACTIONS:
        assert parse(body, action) == BundleFQID(UUID, VERSION)
