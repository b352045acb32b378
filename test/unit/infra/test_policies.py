"""What functions may do, as it is declared; whether that is what they do is seen in `test/infra`."""
import json
from typing import Any

import pytest

from azul.config import Config
from azul.deployment import Deployment, Lambda
from azul.errors import ConfigurationError
from azul.infra import lambdas, queues
from azul.infra.functions import API, FUNCTIONS, function_name
from azul.infra.policies import policy

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


def test_only_who_indexes_at_once_sends_tallies_while_a_request_waits():
    tallies = queues.arn('tallies')
    assert tallies not in allowed('indexer', API, 'sqs:SendMessage')
    assert tallies in allowed('indexer', API, 'sqs:SendMessage', sync=True)


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
