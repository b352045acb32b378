"""A small deployment that was made: whether it is as declared, and whether its functions work."""
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from azul.indexer.messages import Notification
from azul.infra.functions import FUNCTIONS
from fixtures.deployed import NO_HOSTS, Deployed, client
from fixtures.lambda_runtime import Function, provide_runtime, running, unpack
from fixtures.recorded import Call, allows, recorded

pytestmark = pytest.mark.timeout(600)

WORKERS = {'contribute': 'notifications', 'aggregate': 'tallies', 'work': 'jobs'}
"""Functions with the queues that they handle messages of."""


@pytest.fixture(scope='module')
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('runtime')
    provide_runtime(folder)
    return folder


@pytest.fixture(scope='module')
def packages(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """What is in the packages, by the names of the lambdas."""
    folders = {name: tmp_path_factory.mktemp(name) for name in FUNCTIONS}
    for name, folder in folders.items():
        unpack(deployed.checkout.folder / 'terraform' / name / 'deployment.zip', folder)
    return folders


def function(deployed: Deployed, name: str) -> Mapping[str, Any]:
    """How AWS knows a function."""
    known: Mapping[str, Any] = client('lambda', deployed.account).get_function_configuration(FunctionName=name)
    return known


def started(known: Mapping[str, Any], package: Path, runtime: Path) -> Function:
    return Function(package, runtime, known['Handler'], known['Environment']['Variables'], known['MemorySize'],
                    known['Timeout'])


def request(resource: str, **variables: str) -> Mapping[str, Any]:
    """As API Gateway hands it over.

    :param variables: those in the path
    """
    path = resource.format(**variables)
    return {'resource': resource, 'path': path, 'httpMethod': 'GET', 'body': None, 'isBase64Encoded': False,
            'headers': {'Host': 'example'}, 'multiValueHeaders': {'Host': ['example']},
            'queryStringParameters': None, 'multiValueQueryStringParameters': None, 'stageVariables': None,
            'pathParameters': variables or None,
            'requestContext': {'resourcePath': resource, 'path': path, 'httpMethod': 'GET', 'stage': 'example',
                               'identity': {'sourceIp': '192.0.2.1'}}}


def message(queue: str, body: str) -> Mapping[str, Any]:
    """As the event source hands it over."""
    return {'Records': [{
        'messageId': '1', 'receiptHandle': 'x', 'body': body, 'attributes': {'ApproximateReceiveCount': '1'},
        'messageAttributes': {}, 'md5OfBody': '', 'eventSource': 'aws:sqs', 'awsRegion': 'us-east-1',
        'eventSourceARN': f'arn:aws:sqs:us-east-1:123456789012:{queue}'
    }]}


def forbidden(deployed: Deployed, name: str, calls: set[Call]) -> set[Call]:
    """The calls that the role of a function, as it was deployed, does not allow."""
    policy = client('iam', deployed.account).get_role_policy(RoleName=name, PolicyName=name)['PolicyDocument']
    for statement in policy['Statement']:
        # The six characters that AWS adds to names of secrets
        statement['Resource'] = [arn[:-7] if ':secret:' in arn else arn for arn in statement['Resource']]
    return {call for call in calls if not allows(policy, call)}


def test_a_deployment_that_was_made_is_as_declared(deployed: Deployed):
    assert deployed.planned() == {}
    assert set(deployed.left()['functions']) == {
        'azul-indexer-example', 'azul-indexer-example-contribute', 'azul-indexer-example-aggregate',
        'azul-service-example', 'azul-service-example-work'
    }


def test_sources_of_messages_are_told_what_to_do_with_those_that_failed(deployed: Deployed):
    mappings = client('lambda', deployed.account).list_event_source_mappings()['EventSourceMappings']
    assert len(mappings) == 3
    for mapping in mappings:
        assert mapping['FunctionResponseTypes'] == ['ReportBatchItemFailures']
        assert mapping['ScalingConfig'] == {'MaximumConcurrency': 64}


def test_functions_know_where_they_are_reached_although_only_the_gateway_decides(deployed: Deployed):
    apis = {api['name']: api['id'] for api in client('apigateway', deployed.account).get_rest_apis()['items']}
    for each in deployed.left()['functions']:
        told = function(deployed, each)['Environment']['Variables']
        for name in FUNCTIONS:
            host = f'{apis[f"azul-{name}-example"]}.execute-api.us-east-1.amazonaws.com'
            assert told[f'AZUL_{name.upper()}_URL'] == f'https://{host}/example'


def test_the_gateway_calls_functions_that_there_are(deployed: Deployed):
    gateway = client('apigateway', deployed.account)
    for api in gateway.get_rest_apis()['items']:
        arn = client('lambda', deployed.account).get_function_configuration(FunctionName=api['name'])['FunctionArn']
        called = {method['methodIntegration']['uri'] for resource in gateway.get_resources(restApiId=api['id'])['items']
                  for verb in resource.get('resourceMethods', {})
                  for method in [gateway.get_method(restApiId=api['id'], resourceId=resource['id'], httpMethod=verb)]
                  if method['methodIntegration']['type'].upper() == 'AWS_PROXY'}
        assert called == {f'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations'}


def test_secrets_that_were_made_have_values(deployed: Deployed):
    for name in ('indexer/hmac', 'service/token'):
        secret = client('secretsmanager', deployed.account).get_secret_value(SecretId=f'dcp/azul/example/{name}')
        assert json.loads(secret['SecretString'])


@pytest.mark.parametrize('name', FUNCTIONS)
def test_a_package_answers_requests(name: str, deployed: Deployed, packages: Mapping[str, Path], runtime: Path):
    known = function(deployed, f'azul-{name}-example')
    with recorded(deployed.account) as calls, running(started(known, packages[name], runtime)) as handler:
        answer = handler.invoke(request('/version'))
        assert answer['statusCode'] == 200
        assert json.loads(answer['body'])['changes']
        answer = handler.invoke(request('/health/{keys}', keys='queues'))
        assert (answer['statusCode'], json.loads(answer['body'])['up']) == (200, True)
        assert handler.invoke(request('/health/{keys}', keys='elasticsearch'))['statusCode'] == 503
        secret = {'indexer': request('/explain/{entity_type}/{entity_id}', entity_type='files', entity_id='1'),
                  'service': request('/manifest/object')}
        assert handler.invoke(secret[name])['statusCode'] in (400, 401, 403)
    assert {action for action, _ in calls} >= {'sqs:GetQueueUrl', 'sqs:GetQueueAttributes'}
    assert forbidden(deployed, known['FunctionName'], calls) == set()


@pytest.mark.parametrize('name', WORKERS)
def test_a_package_handles_messages(name: str, deployed: Deployed, packages: Mapping[str, Path], runtime: Path):
    (lambda_name,) = (each for each, functions in FUNCTIONS.items() if name in functions)
    known = function(deployed, f'azul-{lambda_name}-example-{name}')
    queue = f'azul-{WORKERS[name]}-example'
    with recorded(deployed.account) as calls, running(started(known, packages[lambda_name], runtime)) as handler:
        assert handler.invoke(message(queue, 'no message of ours')) == {'batchItemFailures': []}
        if name == 'contribute':
            # There is no engine, for now.
            waits = Notification.create(action='add', bundle_uuid=str(UUID(int=1)), bundle_version='2020').encode()
            assert handler.invoke(message(queue, waits)) == {'batchItemFailures': [{'itemIdentifier': '1'}]}
    assert {action for action, _ in calls} >= {
        'sqs:SendMessage', *(['sqs:ChangeMessageVisibility'] if name == 'contribute' else [])
    }
    assert forbidden(deployed, known['FunctionName'], calls) == set()
    sqs = client('sqs', deployed.account)
    failed = sqs.get_queue_url(QueueName=f'azul-{WORKERS[name]}-failed-example')['QueueUrl']
    (letter,) = sqs.receive_message(QueueUrl=failed, WaitTimeSeconds=0)['Messages']
    assert 'no message of ours' in letter['Body']


def test_a_package_is_not_deployed_that_has_another_plug_in(deployed: Deployed):
    settings = {**NO_HOSTS, 'AZUL_ES_ENDPOINT': '127.0.0.1:1'}
    deployed.select(**settings, AZUL_PROJECT='other')
    refused = deployed.checkout.run('make -C terraform plan')
    deployed.select(**settings)
    assert refused.returncode != 0
    for name in FUNCTIONS:
        # Terraform breaks lines, and begins each with a bar.
        assert f'the {name} that is there has the plug-in toy' in ' '.join(re.findall('[\\w-]+', refused.stderr))


@pytest.mark.infra
def test_what_was_shut_down_is_put_back_into_service_by_whoever_deploys(deployed: Deployed):
    press = '.venv/bin/python scripts/enable_lambdas.py'
    deployed.checkout.does(f'{press} --disable')
    changed = {
        f'module.{name}.aws_lambda_{"event_source_mapping" if declared.queue else "function"}.{each}': ['update']
        for name, functions in FUNCTIONS.items() for each, declared in functions.items()
    }
    assert deployed.planned() == changed
    deployed.checkout.does(f'{press} --enable')
    assert deployed.planned() == {}
    deployed.checkout.does(f'{press} --disable')
    deployed.make('-C terraform auto_apply')
    assert deployed.planned() == {}
    assert deployed.checkout.does(f'{press} --enable').count('was already enabled') == len(changed)
