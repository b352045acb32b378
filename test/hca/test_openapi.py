"""What the service answers about samples, and about real bundles, is as its document describes it."""
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from azul.projects.hca import plugin
from fixtures.described import Described, ask
from fixtures.served import served

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'


@pytest.fixture(scope='module')
def url(engine: str, queues: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(SAMPLES, plugin, engine, queues, tmp_path_factory.mktemp('service')) as config:
        yield config.service_url


def faults(url: str, described: Described) -> list[str]:
    """Of all pages, of the details of all entities, and of what is beside them."""
    answers = [ask(url, path)
               for path in ('/repository', '/repository/summary', '/integrations', '/health', '/version')]
    shown: set[str] = set()
    for entity_type in plugin.searchable:
        path = f'/repository/{entity_type}'
        answers.append(ask(url, f'{path}/order'))
        page = ask(url, path, params={'size': '200'})
        answers.append(page)
        while page.json()['pagination']['next'] is not None:
            page = ask(page.json()['pagination']['next'], '')
            answers.append(page)
        for answer in answers:
            for hit in answer.json()['hits'][:30] if path in answer.url and 'hits' in answer.json() else []:
                detail = ask(url, f'{path}/{hit["entryId"]}')
                shown |= {name for project in detail.json()['projects'] for name in project}
                answers.append(detail)
    assert {'contributors', 'publications', 'projectDescription'} <= shown
    return [fault for answer in answers for fault in described.faults(answer)]


def test_the_document_is_one_of_openapi_whose_answers_have_nothing_else(url):
    described = Described(ask(url, '/openapi').json())
    validate(described.document, cls=OpenAPIV31SpecValidator)
    assert [fault for place, shape in described.answers() for fault in described.openings(place, shape)] == []


def test_answers_about_the_samples_are_as_described(url):
    assert faults(url, Described(ask(url, '/openapi').json())) == []


def test_answers_about_real_bundles_are_as_described(reference_bundles: Path, engine: str, queues: str,
                                                     tmp_path: Path):
    with served(reference_bundles, plugin, engine, queues, tmp_path) as config:
        assert faults(config.service_url, Described(ask(config.service_url, '/openapi').json())) == []
