"""Row 4 of 1.3 in clients.md, and the shapes of 1.5: what the mappers of the browser read of rows and details.

`workflowVersion`, which they read as well and do without, is in no metadata that we know of.
"""
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.client import ENTITY_TYPES, Client

READ = {
    'projects': ('projectTitle', 'projectShortname', 'laboratory'),
    'samples': ('sampleEntityType', 'id', 'organ', 'organPart', 'modelOrgan', 'disease'),
    'donorOrganisms': ('id', 'genusSpecies', 'organismAge', 'organismAgeUnit', 'biologicalSex'),
    'cellSuspensions': ('selectedCellType', 'totalCells', 'organ', 'organPart'),
    'protocols': ('libraryConstructionApproach', 'instrumentManufacturerModel', 'pairedEnd', 'workflow'),
}
LISTS = ('projects', 'samples', 'specimens', 'cellLines', 'organoids', 'donorOrganisms', 'cellSuspensions', 'protocols')


def flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rolled_up(hit: Any, name: str, key: str) -> list[str]:
    """The values of a cell, as the browser makes it: lists and strings only, nulls left out, all as one text."""
    values: list[str] = []
    for element in hit[name]:
        if element.get(key) is not None:
            assert isinstance(element[key], list | str), (name, key, element[key])
            values += [str(value) for value in flat(element[key]) if value is not None]
    return values


@pytest.fixture(scope='module', params=ENTITY_TYPES)
def rows(request: pytest.FixtureRequest, client: Client) -> list[Any]:
    return client.hits(request.param)


def test_all_lists_are_there_and_all_that_is_read_of_them(rows):
    found = set()
    for hit in rows:
        assert isinstance(hit['entryId'], str)
        for name in LISTS:
            assert isinstance(hit[name], list)
        for name, keys in READ.items():
            for element in hit[name]:
                missing = set(keys) - element.keys()
                # A sample shows what its kind has, and the kinds differ in that.
                assert not missing or name == 'samples', (name, missing)
                found |= {(name, key) for key in element if key in keys}
    assert found == {(name, key) for name, keys in READ.items() for key in keys}


def test_all_cells_can_be_rolled_up(rows):
    filled = set()
    for hit in rows:
        for name, keys in READ.items():
            for key in keys:
                if key != 'totalCells' and rolled_up(hit, name, key):
                    filled.add(key)
        for suspension in hit['cellSuspensions']:
            assert suspension['totalCells'] is None or type(suspension['totalCells']) is int
    assert {'projectTitle', 'organ', 'genusSpecies', 'libraryConstructionApproach', 'pairedEnd'} <= filled


def test_donors_are_one_element_with_all_ids(client: Client):
    """The number of donors of a project is the length of the first element's list."""
    numbers = {hit['entryId']: len(hit['donorOrganisms'][0]['id']) if hit['donorOrganisms'] else 0
               for hit in client.hits('projects')}
    assert max(numbers.values()) > 1
    for hit in client.hits('projects'):
        assert len(hit['donorOrganisms']) <= 1
    for project_id, number in numbers.items():
        assert client.summary({'projectId': {'is': [project_id]}})['donorCount'] == number


@pytest.mark.parametrize('entity_type', ['projects', 'samples'])
def test_files_of_rows_are_counted_by_format(client: Client, entity_type):
    for hit in client.hits(entity_type):
        for each in hit['fileTypeSummaries']:
            assert isinstance(each['fileType'], str | None)
            assert type(each['count']) is int
            assert each['totalSize'] is None or type(each['totalSize']) is int
        if entity_type == 'projects':
            files = client.search('files', {'projectId': {'is': [hit['entryId']]}})
            assert sum(each['count'] for each in hit['fileTypeSummaries']) == files['pagination']['total']


def test_a_row_of_files_has_its_one_file_whole(client: Client):
    hits = client.hits('files')
    # The oldest manifests do not tell sizes. One sample is like that, with two files; none would be zero.
    assert [hit['files'][0]['size'] for hit in hits].count(None) == 2
    for hit in hits:
        file, = hit['files']
        for name in 'name', 'uuid', 'version', 'url':
            assert isinstance(file[name], str)
        assert isinstance(file['format'], str)
        assert isinstance(file['size'], int | None)
        assert file['url'] == (f'{client.url}/fetch/dss/files/{file["uuid"]}'
                               f'?version={file["version"].replace(":", "%3A")}&replica=aws')
        assert 'sha256' in file
        assert hit['bundles']
        for bundle in hit['bundles']:
            assert bundle.keys() == {'bundleUuid', 'bundleVersion'}


@pytest.fixture(scope='module')
def details(client: Client) -> list[Any]:
    return [client.get(f'/repository/projects/{hit["entryId"]}') for hit in client.hits('projects')]


class TestRow4:
    """The page of a project."""

    def test_it_is_the_hit_itself(self, details):
        for hit in details:
            assert isinstance(hit['entryId'], str)
            assert hit.keys().isdisjoint({'hits', 'pagination', 'termFacets'})

    def test_contributors_and_publications_are_lists_of_objects(self, details):
        contributors = list(self._all(details, 'contributors'))
        assert contributors
        for each in contributors:
            assert isinstance(each['contactName'], str), 'without it the whole page is blank'
            assert isinstance(each['correspondingContributor'], bool | None)
            for name in 'email', 'institution', 'laboratory', 'projectRole':
                assert isinstance(each[name], str | None)
        publications = list(self._all(details, 'publications'))
        assert publications
        for each in publications:
            assert isinstance(each['publicationTitle'], str)
            assert isinstance(each['publicationUrl'], str | None)

    def test_it_has_a_description_and_accessions(self, details):
        for project in (project for hit in details for project in hit['projects']):
            assert isinstance(project['projectDescription'], str | None)
            for name in ('arrayExpressAccessions', 'geoSeriesAccessions', 'insdcProjectAccessions',
                         'insdcStudyAccessions'):
                assert all(isinstance(each, str) for each in flat(project[name]) if each is not None)
        assert any(project['projectDescription'] for hit in details for project in hit['projects'])

    def test_rows_do_without(self, client: Client):
        for hit in client.hits('projects'):
            for project in hit['projects']:
                assert project.keys().isdisjoint({'contributors', 'publications', 'projectDescription'})

    def _all(self, details: list[Any], name: str) -> Iterator[Any]:
        for hit in details:
            for project in hit['projects']:
                assert isinstance(project[name], list)
                yield from project[name]
