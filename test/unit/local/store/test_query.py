from typing import Any

import pytest

from azul.index.bundle import BundleFQID
from azul.local.store.query import admits

BUNDLE = BundleFQID('abcdef01-1111-4111-8111-111111111111', '2019-06-01T000000.000000Z')

DELETED = {'term': {'admin_deleted': True}}
PROJECT = {'exists': {'field': 'files.project_json'}}
OURS = {'prefix': {'uuid': 'abc'}}
OTHERS = {'prefix': {'uuid': 'abd'}}


def bool_(**occurrences: Any) -> dict[str, Any]:
    return {'bool': occurrences}


@pytest.mark.parametrize(('query', 'addition', 'deletion'), [
    ({}, True, True),
    ({'match_all': {}}, True, True),
    (DELETED, False, True),
    ({'match': {'admin_deleted': {'query': 'true'}}}, False, True),
    ({'exists': {'field': 'admin_deleted'}}, False, True),
    (bool_(must_not=[DELETED]), True, False),
    (bool_(must_not=DELETED), True, False),
    (bool_(must=[PROJECT, OURS], must_not=[DELETED]), True, False),
    (bool_(must=[DELETED, OURS]), False, True),
    (bool_(must=[DELETED, OTHERS]), False, False),
    (bool_(must=[PROJECT, OTHERS], must_not=[DELETED]), False, False),
    (bool_(filter=[OURS], must_not=[bool_(must=[DELETED])]), True, False),
    (bool_(must=[DELETED], must_not=[OURS]), False, False),
    (bool_(should=[OTHERS, OURS]), True, True),
    (bool_(should=[OTHERS, DELETED]), False, True),
    (bool_(should=[OTHERS], must=[OURS]), True, True),
    (bool_(should=[OTHERS], must=[OURS], minimum_should_match=1), False, False),
    ({'term': {'uuid': BUNDLE.uuid}}, True, True),
    ({'term': {'uuid': {'value': 'abc'}}}, False, False),
    ({'terms': {'uuid': ['abc', BUNDLE.uuid]}}, True, True),
    ({'range': {'manifest.version': {'gte': '2019-06-01'}}}, True, True),
    ({'range': {'manifest.version': {'gte': '2018', 'lt': '2019-06-01'}}}, False, False),
    # Of a deleted bundle nothing is left but its name.
    (PROJECT, True, False),
    (bool_(must_not=[PROJECT]), True, True),
    ({'term': {'files.project_json.project_core.project_short_name': 'x'}}, True, False),
    ({'query_string': {'query': 'whatever'}}, True, True),
])
def test_a_bundle_fits_unless_its_name_or_its_deletion_rule_it_out(query: Any, addition: bool, deletion: bool):
    assert admits({'query': query}, BUNDLE, deleted=False) is addition
    assert admits({'query': query}, BUNDLE, deleted=True) is deletion


@pytest.mark.parametrize('query', [
    [], 'x', None, {'term': 'x'}, {'bool': []}, {'a': {}, 'b': {}}, {'range': {'uuid': 1}}, {'bool': {'must': 'x'}},
    {'bool': {'should': [None]}}
])
def test_what_makes_no_sense_rules_nothing_out(query: Any):
    assert admits({'query': query}, BUNDLE, deleted=False)
