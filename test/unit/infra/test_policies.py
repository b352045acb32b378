"""What functions may do, as it is declared. Whether that is what they do is seen in `test/integration/infra`, by a
comparison that is tried here.
"""
import json
from typing import Any

import pytest

from azul.config import Config
from azul.deployment import Deployment, Lambda
from azul.errors import ConfigurationError
from azul.infra import lambdas, queues
from azul.infra.functions import API, FUNCTIONS, function_name
from azul.infra.policies import policy
from fixtures.recorded import allows, superfluous

A, B, OBJECTS = 'arn:aws:sqs:x:1:a', 'arn:aws:sqs:x:1:b', 'arn:aws:s3:::bucket/folder/*'

CALLS = {('sqs:SendMessage', A), ('sqs:SendMessage', B), ('sqs:GetQueueUrl', A), ('sqs:GetQueueUrl', B),
         ('s3:GetObject', 'arn:aws:s3:::bucket/folder/object')}

SQS, S3 = (['sqs:GetQueueUrl', 'sqs:SendMessage'], [A, B]), (['s3:GetObject'], [OBJECTS])
"""Actions and resources: that is what the calls need."""

EACH = [(name, function) for name, functions in FUNCTIONS.items() for function in functions]


def deployment(**settings: Any) -> Deployment:
    return Deployment(**{'stage': 'otter', 'project': 'toy', 'dss_endpoint': 'http://store.invalid/v1',
                         'backend_bucket': 'state', **settings})


def statements(name: Lambda, function: str, **settings: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy(deployment(**settings), name, function))['Statement']
    return found


def allowed(name: Lambda, function: str, action: str, **settings: Any) -> set[str]:
    """To what a function may do something."""
    return {resource for statement in statements(name, function, **settings) if action in statement['Action']
            for resource in statement['Resource']}


@pytest.mark.parametrize(('name', 'function'), EACH)
def test_no_function_may_do_anything_to_everything(name: Lambda, function: str):
    for statement in statements(name, function):
        assert statement['Effect'] == 'Allow'
        assert not [action for action in statement['Action'] if '*' in action]
        assert '*' not in statement['Resource']


@pytest.mark.parametrize(('name', 'function'), EACH)
def test_a_function_receives_messages_of_its_own_queue_only(name: Lambda, function: str):
    queue = FUNCTIONS[name][function].queue
    assert allowed(name, function, 'sqs:ReceiveMessage') == ({queues.arn(queue)} if queue else set())


def test_secrets_are_for_who_answers_requests_only():
    readers = {(name, function) for name, function in EACH if allowed(name, function, 'secretsmanager:GetSecretValue')}
    assert readers == {('indexer', API), ('service', API)}


def writers(**settings: Any) -> set[tuple[Lambda, str]]:
    """The functions that may write to the engine."""
    return {(name, function) for name, function in EACH
            if any(path.endswith('/_bulk') for path in allowed(name, function, 'es:ESHttpPost', **settings))}


def test_only_who_indexes_writes_to_the_engine():
    assert writers() == {('indexer', 'contribute'), ('indexer', 'aggregate')}
    assert writers(sync=True) - writers() == {('indexer', API)}


@pytest.mark.parametrize(('name', 'function'), EACH)
def test_no_function_makes_or_deletes_indices(name: Lambda, function: str):
    assert not allowed(name, function, 'es:ESHttpPut', sync=True)
    deleted = allowed(name, function, 'es:ESHttpDelete', sync=True)
    assert all(path.endswith('/_search/*') for path in deleted)
    assert bool(deleted) == (function == 'work')


@pytest.mark.parametrize(('name', 'function'), EACH)
def test_in_paths_there_are_none_but_the_deployments_own_indices(name: Lambda, function: str):
    for method in 'Get', 'Post':
        for arn in allowed(name, function, f'es:ESHttp{method}', sync=True):
            path = arn.partition(':domain/azul-index-otter')[2]
            assert path.startswith(('/_', '/azul_*_otter_*/'))
            assert not path.startswith('/_alias') or path == '/_alias/azul_*_otter'


def test_only_a_deployment_with_short_urls_may_write_some():
    assert not any('urls' in arn for arn in allowed('service', API, 's3:PutObject'))
    short = {'redirect_domain': 'url.invalid', 'redirect_hosts': 'example.invalid'}
    assert any('urls' in arn for arn in allowed('service', API, 's3:PutObject', **short))


def test_an_engine_that_is_not_amazons_needs_no_permission():
    assert allowed('service', API, 'es:ESHttpPost')
    assert not allowed('service', API, 'es:ESHttpPost', es_endpoint='10.0.0.1:9200')


def test_messages_are_hidden_for_long_enough():
    lambdas.resources(deployment())
    with pytest.raises(ConfigurationError, match='must be at least 1800'):
        lambdas.resources(deployment(visibility=1799))


def test_lambdas_are_told_what_is_theirs():
    told = lambdas.environment(deployment())
    theirs = set(Config.from_environment({
        'AZUL_DEPLOYMENT_STAGE': 'otter', 'AZUL_ES_ENDPOINT': 'x:1', 'AZUL_DSS_ENDPOINT': 'http://x/v1'
    }).of_lambdas())
    assert told.keys() == theirs | {'XDG_CONFIG_HOME'}
    assert told['AZUL_ES_ENDPOINT'] == '${aws_elasticsearch_domain.engine.endpoint}:443'
    assert sum(map(len, [*told, *told.values()])) < 4096  # all that Lambda takes


def test_functions_are_named_after_their_lambdas():
    names = [function_name(deployment(), name, function) for name, function in EACH]
    assert 'azul-indexer-otter' in names
    assert 'azul-service-otter-work' in names
    assert len(set(names)) == len(names)


def compared(*allowed: tuple[list[str], list[str]]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Calls that are forbidden by what is allowed, and what of that nobody needs."""
    statements = [{'Effect': 'Allow', 'Action': actions, 'Resource': resources} for actions, resources in allowed]
    document = {'Version': '2012-10-17', 'Statement': statements}
    return {call for call in CALLS if not allows(document, call)}, superfluous(document, CALLS)


def test_nothing_is_wrong_with_a_policy_that_allows_just_what_is_done():
    assert compared(SQS, S3) == (set(), set())
    assert compared(SQS, S3, S3) == (set(), set()), 'to say it twice changes nothing'


@pytest.mark.parametrize(('added', 'found'), [
    ((['sqs:PurgeQueue'], [A]), {('sqs:PurgeQueue', A)}),
    ((['sqs:SendMessage'], ['arn:aws:sqs:x:1:c']), {('sqs:SendMessage', 'arn:aws:sqs:x:1:c')}),
    ((['s3:GetObject'], ['arn:aws:s3:::bucket']), {('s3:GetObject', 'arn:aws:s3:::bucket')}),
    ((['s3:PutObject'], [OBJECTS]), {('s3:PutObject', OBJECTS)}),
    ((['s3:GetObject'], ['arn:aws:s3:::other/*']), {('s3:GetObject', 'arn:aws:s3:::other/*')}),
    # More than what is there already: one of the two is too much.
    ((['s3:GetObject'], ['arn:aws:s3:::bucket/*']),
     {('s3:GetObject', 'arn:aws:s3:::bucket/*'), ('s3:GetObject', OBJECTS)}),
    ((['sqs:SendMessage'], ['arn:aws:sqs:x:1:*']), {('sqs:SendMessage', arn) for arn in (A, B, 'arn:aws:sqs:x:1:*')}),
], ids=['action', 'queue', 'bucket', 'writing', 'elsewhere', 'whole bucket', 'all queues'])
def test_what_is_allowed_beyond_that_is_found(added: tuple[list[str], list[str]], found: set[tuple[str, str]]):
    assert compared(SQS, S3, added) == (set(), found)


@pytest.mark.parametrize(('allowed', 'found'), [
    ([SQS], {('s3:GetObject', 'arn:aws:s3:::bucket/folder/object')}),
    ([S3, (['sqs:SendMessage'], [A, B])], {('sqs:GetQueueUrl', A), ('sqs:GetQueueUrl', B)}),
    ([S3, (SQS[0], [A])], {('sqs:GetQueueUrl', B), ('sqs:SendMessage', B)}),
    ([], CALLS),
], ids=['statement', 'action', 'queue', 'everything'])
def test_what_is_forbidden_although_it_is_done_is_found(allowed: list[tuple[list[str], list[str]]],
                                                        found: set[tuple[str, str]]):
    assert compared(*allowed) == (found, set())
