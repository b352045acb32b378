"""Rows 2, 3, 10 and 11 of 1.3 in clients.md, the R client of 1.7, and the scripts of 1.1."""
import json
from typing import Any
from uuid import UUID

import pytest

from contracts.client import ENTITY_TYPES, PAGE, Client, encoded

MENU = ('genusSpecies', 'organismAge', 'organismAgeUnit', 'biologicalSex', 'sampleEntityType', 'organ', 'organPart',
        'modelOrgan', 'selectedCellType', 'disease', 'instrumentManufacturerModel', 'preservationMethod',
        'libraryConstructionApproach', 'pairedEnd', 'workflow', 'fileFormat', 'project')
COLUMNS = {
    'projects': ('projectTitle', 'projectShortname', 'sampleEntityType', 'organ', 'selectedCellType',
                 'libraryConstructionApproach', 'pairedEnd', 'workflow', 'genusSpecies', 'disease'),
    'samples': ('sampleId', 'projectTitle', 'sampleEntityType', 'organ', 'organPart', 'selectedCellType',
                'libraryConstructionApproach', 'pairedEnd', 'workflow', 'genusSpecies', 'organismAge',
                'biologicalSex', 'disease'),
}
COLUMNS['files'] = ('fileName', 'fileFormat', 'fileSize', *COLUMNS['samples'])
POSITIONS = ('search_after', 'search_after_uid', 'search_before', 'search_before_uid')


class TestRow2:
    """The summary."""

    def test_all_figures_are_numbers(self, client: Client):
        summary = client.summary()
        for name in 'projectCount', 'donorCount', 'specimenCount', 'fileCount':
            assert type(summary[name]) is int
            assert summary[name] > 0, 'without donors the bar and the button for exports vanish'
        for name in 'totalCellCount', 'totalFileSize':
            assert isinstance(summary[name], int | float)
        assert all(organ is None or isinstance(organ, str) for organ in summary['organTypes'])

    def test_formats_of_files_are_listed(self, client: Client):
        summaries = client.summary()['fileTypeSummaries']
        assert summaries
        for each in summaries:
            assert isinstance(each['fileType'], str)
            assert type(each['count']) is int
            assert isinstance(each['totalSize'], int | float)
        assert sum(each['count'] for each in summaries) <= client.summary()['fileCount']

    def test_it_is_filtered_as_the_pages_are(self, client: Client):
        for entity_type, figure in ('files', 'fileCount'), ('projects', 'projectCount'):
            for term in client.search(entity_type)['termFacets']['organ']['terms']:
                filters = {'organ': {'is': [term['term']]}}
                assert client.summary(filters)[figure] == term['count']


@pytest.mark.parametrize('entity_type', ENTITY_TYPES)
class TestRow3:
    """Pages of rows with facets."""

    def test_the_first_page_is_asked_for_without_a_sort(self, client: Client, entity_type):
        page = client.search(entity_type)
        assert list(page) == ['hits', 'pagination', 'termFacets']
        pagination = page['pagination']
        assert pagination['sort'] in COLUMNS[entity_type]
        assert pagination['order'] in ('asc', 'desc')
        assert pagination['size'] == PAGE
        assert pagination['total'] >= len(page['hits']) > 0
        for name in POSITIONS:
            assert pagination[name] is None or isinstance(pagination[name], str)

    def test_all_facets_of_the_menus_have_terms_and_totals(self, client: Client, entity_type):
        page = client.search(entity_type)
        for name in MENU:
            facet = page['termFacets'][name]
            assert facet['total'] == page['pagination']['total']
            assert facet['terms']
            for term in facet['terms']:
                assert term['term'] is None or isinstance(term['term'], str)
                assert type(term['count']) is int

    def test_projects_are_found_in_the_search_box_by_their_ids(self, client: Client, entity_type):
        terms = client.search(entity_type)['termFacets']['project']['terms']
        for term in terms:
            assert term['projectId']
            for project_id in term['projectId']:
                assert str(UUID(project_id)) == project_id
            chosen = client.search(entity_type, {'projectId': {'is': term['projectId']}})
            assert chosen['pagination']['total'] == term['count']

    def test_every_term_of_a_menu_finds_as_many_as_it_says(self, client: Client, entity_type):
        """A null is sent as null, the strings of booleans as booleans, all else as it was."""
        facets = client.search(entity_type)['termFacets']
        for name in MENU:
            for term in facets[name]['terms'][:5]:
                sent = {'true': True, 'false': False}.get(term['term'], term['term']) if name == 'pairedEnd' \
                    else term['term']
                found = client.search(entity_type, {name: {'is': [sent]}}, size=1)
                assert found['pagination']['total'] == term['count'], (name, term)

    def test_each_column_can_be_sorted_by_and_is_echoed(self, client: Client, entity_type):
        for sort in COLUMNS[entity_type]:
            for order in 'asc', 'desc':
                pagination = client.search(entity_type, sort=sort, order=order)['pagination']
                assert (pagination['sort'], pagination['order']) == (sort, order)

    def test_pages_go_forth_until_null_and_back_until_null(self, client: Client, entity_type):
        pages = list(client.pages(entity_type, size=7))
        seen = [hit['entryId'] for page in pages for hit in page['hits']]
        assert len(seen) == len(set(seen)) == pages[0]['pagination']['total']
        last = pages[-1]['pagination']
        assert last['search_after'] is None
        assert 'search_after' in last, 'undefined is not null to a browser'
        back = pages[-1]
        for expected in reversed(pages[:-1]):
            said = {name: back['pagination'][name]
                    for name in ('size', 'sort', 'order', 'search_before', 'search_before_uid')}
            back = client.search(entity_type, **said)
            assert back['hits'] == expected['hits']
        assert back['pagination']['search_before'] is None


def test_row_10_whether_there_is_a_matrix_is_asked_by_a_filter(client: Client):
    page = client.search('files', {'organ': {'is': ['brain']}, 'fileFormat': {'is': ['matrix']}})
    assert len(page['hits']) == page['pagination']['count']


def test_row_11_facets_tell_whether_a_matrix_would_be_partial(client: Client):
    for filters in {}, {'libraryConstructionApproach': {'is': ['Smart-seq2']}}:
        facets = client.search('files', filters)['termFacets']
        assert {term['term'] for term in facets['pairedEnd']['terms']} <= {'true', 'false', None}
        for name in 'genusSpecies', 'libraryConstructionApproach':
            assert all(isinstance(term['term'], str | None) for term in facets[name]['terms'])
    assert 'Homo sapiens' in {term['term'] for term in facets['genusSpecies']['terms']}


def by_position(answer: str) -> list[Any]:
    """As R reads an object: the members by their number."""
    return json.loads(answer, object_pairs_hook=lambda pairs: dict(pairs) | {'': [value for _, value in pairs]})['']


def test_r_reads_hits_and_pagination_by_position_and_pages_on(client: Client):
    parameters = {'filters': encoded(None), 'size': 3, 'sort': 'projectTitle', 'order': 'asc'}
    seen: list[str] = []
    position: dict[str, str] = {}
    pages = 0
    while True:
        hits, pagination, *_ = by_position(client.response('/repository/projects', **parameters, **position).text)
        seen += [hit['entryId'] for hit in hits]
        pages += 1
        if pagination['search_after'] is None:
            break
        position = {name: pagination[name] for name in ('search_after', 'search_after_uid')}
    assert pagination['pages'] == pages > 1
    assert len(seen) == len(set(seen)) == pagination['total']


def test_r_finds_the_figures_of_the_summary(client: Client):
    names = {'totalFileSize', 'fileCount', 'totalCellCount', 'donorCount', 'specimenCount', 'projectCount'}
    assert names <= client.summary().keys()


def test_scripts_find_projects_and_their_numbers(client: Client):
    page = client.get('/repository/projects', size=2, filters=encoded(None), sort='projectTitle', order='desc')
    assert page['pagination']['count'] == len(page['hits']) == 2
    assert page['pagination']['total'] > 2
    for hit in page['hits']:
        detail = client.get(f'/repository/projects/{hit["entryId"]}')
        assert detail['entryId'] == hit['entryId']
        assert detail['projects'][0]['projectTitle'] == hit['projects'][0]['projectTitle']
        assert isinstance(detail['specimens'], list)


def test_later_clients_follow_links(client: Client):
    page = client.search('samples', size=4)
    following = client.get(page['pagination']['next'])
    assert {hit['entryId'] for hit in page['hits']}.isdisjoint(hit['entryId'] for hit in following['hits'])
    assert client.get(following['pagination']['previous'])['hits'] == page['hits']
    assert page['pagination']['previous'] is None
