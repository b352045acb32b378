"""That the copies which are made for the benchmark of the service are like the originals, and not the same."""
from typing import Any

import pytest

from benchmark.corpus import STUDIES, Corpus, Document, Template

PROJECT = '0aaaaaaa-0000-4000-8000-000000000001'
DONOR = '0aaaaaaa-0000-4000-8000-000000000002'


def source(entity_id: str, **fields: Any) -> dict[str, Any]:
    return {'entity_id': entity_id, 'live': True, 'contents': {'donors': [{'document_id': [DONOR]}]},
            'fields': {'projectId': PROJECT, 'project': 'P', 'donorId': DONOR, 'organ': 'brain', **fields}}


def file(number: int) -> Template:
    return Template('files', source(f'0bbbbbbb-0000-4000-8000-{number:012}', fileName=f'{number}.bam', fileSize=100))


@pytest.fixture
def corpus() -> Corpus:
    return Corpus([[Template('projects', source(PROJECT)), *map(file, range(3))], [file(9)]])


def field(documents: list[Document], name: str) -> set[Any]:
    return {document.source['fields'][name] for document in documents}


def test_there_are_as_many_files_as_wanted_and_no_two_are_the_same(corpus):
    documents = list(corpus.documents(1000, 1))
    files = [document for document in documents if document.entity_type == 'files']
    assert len(files) == len(field(files, 'fileName')) == 1000
    assert len({document.entity_id for document in documents}) == len(documents)
    assert len(field(files, 'fileSize')) > 10
    assert field(files, 'organ') == {'brain'}


def test_studies_have_several_copies_of_a_project_and_the_project_once(corpus):
    documents = list(corpus.documents(1000, 1))
    projects = [document for document in documents if document.entity_type == 'projects']
    assert len(projects) == len(field(projects, 'project')) <= STUDIES
    assert field(projects, 'projectId') == {project.entity_id for project in projects} <= field(documents, 'projectId')
    assert len(field(documents, 'projectId')) == len(field(documents, 'project')) < len(field(documents, 'donorId'))


def test_an_entity_has_one_id_wherever_it_occurs(corpus):
    for document in corpus.documents(100, 1):
        assert document.source['contents']['donors'][0]['document_id'] == [document.source['fields']['donorId']]


def test_the_same_seed_makes_the_same_documents(corpus):
    assert list(corpus.documents(100, 1)) == list(corpus.documents(100, 1)) != list(corpus.documents(100, 2))
