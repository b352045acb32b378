import json

import pytest

from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.infra import chalice
from azul.infra.functions import FUNCTIONS

ARN = 'arn:${data.aws_partition.chalice.partition}:sqs:${data.aws_region.chalice.name}:1'

INTEGRATION = {'type': 'aws_proxy', 'uri': '${aws_lambda_function.api_handler.invoke_arn}'}

SWAGGER = {
    'swagger': '2.0',
    'info': {'version': '1.0', 'title': 'azul-service'},
    'schemes': ['https'],
    'paths': {'/things/{id}': {
        'get': {
            'consumes': ['application/json'],
            'produces': ['application/json'],
            'parameters': [{'name': 'id', 'in': 'path', 'required': True, 'type': 'string'}],
            'responses': {'200': {'description': '200 response', 'schema': {'$ref': '#/definitions/Empty'},
                                  'headers': {'Access-Control-Allow-Origin': {'type': 'string'}}}},
            'x-amazon-apigateway-integration': INTEGRATION,
        }
    }},
    'definitions': {'Empty': {'type': 'object', 'title': 'Empty Schema'}},
    'x-amazon-apigateway-binary-media-types': ['image/png'],
}


def function(name: str) -> JSON:
    """As Chalice declares it."""
    return {'architectures': ['x86_64'], 'environment': {'variables': {'AZUL_DEPLOYMENT_STAGE': 'packaged'}},
            'filename': '${path.module}/deployment.zip', 'function_name': f'azul-service-packaged-{name}',
            'handler': f'app.{name}', 'memory_size': 128, 'role': 'packaged', 'runtime': 'python3.11',
            'source_code_hash': '${filebase64sha256("${path.module}/deployment.zip")}',
            'tags': {'aws-chalice': 'version=1'}, 'timeout': 300}


def packaged(queue: str = 'azul-jobs-packaged') -> JSON:
    return {
        'terraform': {'required_version': '< 1.4.0', 'required_providers': {'null': {'version': '< 4'}}},
        'data': {'null_data_source': {'chalice': {}}},
        'locals': {'chalice_api_swagger': json.dumps(SWAGGER)},
        'resource': {
            'aws_lambda_function': {name: function(name) for name in ('api_handler', 'work')},
            'aws_lambda_event_source_mapping': {'work-sqs-event-source': {
                'batch_size': 1, 'event_source_arn': f'{ARN}:{queue}',
                'function_name': '${aws_lambda_function.work.arn}', 'maximum_batching_window_in_seconds': 0
            }},
            'aws_lambda_permission': {'rest_api_invoke': {'action': 'lambda:InvokeFunction'}},
            'aws_api_gateway_rest_api': {'rest_api': {'binary_media_types': ['image/png']}},
            'aws_api_gateway_deployment': {'rest_api': {'stage_name': 'packaged'}},
        },
        'output': {'EndpointURL': {'value': '…'}},
    }


@pytest.fixture
def module() -> JSON:
    return chalice.module('service', 'toy', packaged())


def test_nothing_is_left_of_the_deployment_that_the_package_was_made_for(module: JSON):
    text = json.dumps(module)
    for trace in (chalice.STAGE, 'azul-service', 'null', '< 4', 'swagger', 'binary', 'aws-chalice'):
        assert trace not in text.replace('"nullable"', '')


def test_what_distinguishes_deployments_is_a_variable(module: JSON):
    assert module['variable'].keys() == {*chalice.VARIABLES, 'project'}
    work = module['resource']['aws_lambda_function']['work']
    assert work['function_name'] == '${var.name}-work'
    assert work['environment'] == {'variables': '${merge(var.environment, local.version)}'}
    assert module['resource']['aws_lambda_function']['api_handler']['function_name'] == '${var.name}'
    assert module['resource']['aws_api_gateway_stage']['rest_api']['stage_name'] == '${var.stage}'


def test_what_was_packaged_goes_with_the_package():
    version = {'azul_git_commit': 'abc', 'azul_git_dirty': '0'}
    assert chalice.module('service', 'toy', packaged(), version)['locals']['version'] == version


def test_each_function_has_a_role_of_its_own(module: JSON):
    for name in ('api_handler', 'work'):
        resources = module['resource']
        assert resources['aws_lambda_function'][name]['role'] == f'${{aws_iam_role.{name}.arn}}'
        assert resources['aws_iam_role'][name]['permissions_boundary'] == '${var.boundary}'
        assert resources['aws_iam_role_policy'][name]['policy'] == f'${{var.policies["{name}"]}}'


def test_messages_that_a_function_reports_as_failed_stay_in_their_queue(module: JSON):
    (mapping,) = module['resource']['aws_lambda_event_source_mapping'].values()
    assert mapping['function_response_types'] == ['ReportBatchItemFailures']


def test_concurrency_is_limited_where_that_does_not_count_as_attempts(module: JSON):
    (mapping,) = module['resource']['aws_lambda_event_source_mapping'].values()
    assert mapping['scaling_config'] == {'maximum_concurrency': '${var.concurrency}'}
    assert all('reserved_concurrent_executions' not in each
               for each in module['resource']['aws_lambda_function'].values())


def test_an_event_source_depends_on_its_queue_and_on_the_right_to_read_it(module: JSON):
    (mapping,) = module['resource']['aws_lambda_event_source_mapping'].values()
    assert mapping['event_source_arn'] == '${var.queues["jobs"]}'
    assert mapping['depends_on'] == ['aws_iam_role_policy.work']


def test_the_api_is_described_by_openapi_3(module: JSON):
    api = json.loads(module['locals']['api'])
    assert api['openapi'] == '3.0.1'
    operation = api['paths']['/things/{id}']['get']
    # By a name, not by the function: that is told of the API.
    assert operation['x-amazon-apigateway-integration'] == {**INTEGRATION, 'uri': '${var.invoke_arn}'}
    assert operation['parameters'] == [{'name': 'id', 'in': 'path', 'required': True, 'schema': {'type': 'string'}}]
    (response,) = operation['responses'].values()
    assert response['content'] == {'application/json': {'schema': {'$ref': '#/components/schemas/Empty'}}}
    assert response['headers'] == {'Access-Control-Allow-Origin': {'schema': {'type': 'string'}}}
    assert api['components']['schemas'] == SWAGGER['definitions']


def test_a_change_of_the_api_is_deployed(module: JSON):
    assert module['resource']['aws_api_gateway_deployment']['rest_api']['triggers'] == {'api': '${sha256(local.api)}'}
    assert 'stage_name' not in module['resource']['aws_api_gateway_deployment']['rest_api']


def test_what_the_gateway_answers_by_itself_looks_like_our_errors_to_browsers(module: JSON):
    responses = json.loads(module['locals']['api'])['x-amazon-apigateway-gateway-responses']
    assert {'DEFAULT_4XX', 'DEFAULT_5XX', 'INTEGRATION_TIMEOUT', 'THROTTLED'} <= responses.keys()
    for response in responses.values():
        assert response['responseParameters']['gatewayresponse.header.Access-Control-Allow-Origin'] == "'*'"
        template = response['responseTemplates']['application/json'].replace('$context.error.messageString', '"text"')
        body = json.loads(template)
        assert body.keys() == {'Code', 'Message'}
        assert body['Message'] == 'text' or body['Message'].startswith(f'{body["Code"]}: ')


def test_a_function_that_nobody_has_thought_about_cannot_be_packaged():
    other = packaged()
    other['resource']['aws_lambda_function']['tidy'] = function('tidy')
    other['resource']['aws_cloudwatch_event_rule'] = {}
    with pytest.raises(ConfigurationError) as caught:
        chalice.module('service', 'toy', other)
    assert 'aws_cloudwatch_event_rule' in str(caught.value)
    assert 'function tidy' in str(caught.value)


def test_a_function_must_have_the_queue_that_it_is_known_for():
    with pytest.raises(ConfigurationError, match='handles messages of'):
        chalice.module('service', 'toy', packaged(queue='azul-tallies-packaged'))


def test_chalice_is_told_memory_and_time_of_each_function():
    (stage,) = chalice.configuration('service')['stages'].values()
    assert stage['lambda_functions'].keys() == FUNCTIONS['service'].keys()
    work = FUNCTIONS['service']['work']
    assert stage['lambda_functions']['work'] == {'lambda_memory_size': work.memory, 'lambda_timeout': work.timeout}


def test_a_package_is_for_deployments_of_its_plug_in(module: JSON):
    validation = module['variable']['project']['validation']
    assert validation['condition'] == '${var.project == "toy"}'
    assert '`make deploy`' in validation['error_message']
