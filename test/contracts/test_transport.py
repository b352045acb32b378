"""What clients.md says under 1.2 about the transport, and rows 1, 5 and 13 of 1.3."""
import pytest

from contracts.client import Client, ThrownOut

UNKNOWN = '00000000-0000-4000-8000-000000000000'


@pytest.mark.parametrize(('path', 'status'), [
    ('/health/progress', 200), ('/repository/summary', 200), ('/repository/projects', 200), ('/version', 200),
    ('/repository/files?size=0', 400), ('/repository/files?filters=x', 400), ('/repository/none', 404),
    (f'/repository/projects/{UNKNOWN}', 404), ('/nothing/of/the/kind', 403),
])
def test_a_page_of_another_origin_may_see_every_answer(client: Client, path, status):
    response = client.response(path)  # which looks for the header
    assert response.status_code == status
    assert response.headers['Content-Type'] == 'application/json'
    if status >= 400:
        assert set(response.json()) - {'Allowed'} == {'Code', 'Message'}


def test_errors_take_the_user_to_a_page_that_shows_their_message(client: Client):
    with pytest.raises(ThrownOut) as error:
        client.search('files', {'nonsense': {'is': ['x']}})
    assert error.value.page == '/error'
    assert error.value.message == 'BadRequestError: Unable to filter by undefined facet nonsense.'
    with pytest.raises(ThrownOut) as error:
        client.get(f'/repository/projects/{UNKNOWN}')
    assert error.value.page == '/not-found'
    assert error.value.message == f"NotFoundError: Can't find an entity in projects with an uuid, {UNKNOWN}."


@pytest.mark.parametrize('text', ['a+b', 'a b', 'ä', '100 %', 'a&b=c', '"', "10X 3' v2 sequencing"])
def test_what_browsers_percent_encode_arrives_as_it_was(client: Client, text):
    with pytest.raises(ThrownOut) as error:
        client.search('files', {text: {'is': []}})
    assert error.value.message == f'BadRequestError: Unable to filter by undefined facet {text}.'


def test_simple_requests_need_no_preflight_and_others_get_one(client: Client):
    response = client.response('/repository/files', 'OPTIONS')
    assert response.status_code == 200
    assert {'GET', 'POST'} <= set(response.headers['Access-Control-Allow-Methods'].split(','))


def test_row_1_progress_is_told_at_the_root(client: Client):
    answer = client.get('/health/progress')
    assert answer['up'] is True
    for name in 'unindexed_bundles', 'unindexed_documents':
        assert type(answer['progress'][name]) is int


def test_row_5_no_integrations_are_an_empty_list(client: Client):
    project = client.search('projects')['hits'][0]['entryId']
    offered = client.get('/integrations', integration_type='get', entity_type='project', entity_ids=project)
    assert offered == []
    assert client.get('/integrations', integration_type='get', entity_type='project',
                      entity_ids=[project, UNKNOWN]) == []


def test_row_13_what_is_never_sent_does_no_harm(client: Client):
    assert client.response('/repository/files/summary/manifest', 'POST').status_code in (403, 415)
