"""What Chalice is told of a lambda, and what it makes of it, put right.

`chalice package` gives functions, their event sources and an API in a form that is years behind Terraform, and for one
account and one deployment. `module` makes a module of Terraform out of that, whose variables are all that distinguishes
deployments.
"""
import json
from collections.abc import Mapping

from azul.deployment import Lambda
from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.infra import gateway
from azul.infra.functions import API, FUNCTIONS, RESPONSE_TYPES
from azul.naming import QUEUES, Naming

STAGE = 'packaged'
"""Of the deployment that Chalice believes to make. The name of none that there is."""

KNOWN = {'aws_api_gateway_deployment', 'aws_api_gateway_rest_api', 'aws_lambda_event_source_mapping',
         'aws_lambda_function', 'aws_lambda_permission'}
"""Types of resources that are put right here. Of others, those of a schedule for instance, nobody has thought yet."""

VARIABLES: JSON = {
    'name': {'type': 'string', 'description': 'Name of the API and its function, first part of all other names.'},
    'stage': {'type': 'string', 'description': 'Name of the stage of the API.'},
    'environment': {'type': 'map(string)', 'description': 'Environment variables of all functions.'},
    'policies': {'type': 'map(string)', 'description': 'What each function may do: IAM policies, as JSON.'},
    'invoke_arn': {'type': 'string', 'description': 'ARN by which the API calls its function.'},
    'boundary': {'type': 'string', 'nullable': True, 'description': 'ARN of the permissions boundary of all roles.'},
    'queues': {'type': 'map(string)', 'description': 'ARNs of the queues that functions handle messages of.'},
    'concurrency': {'type': 'number', 'description': 'Batches of each queue that are handled at once.'},
    'retention': {'type': 'number', 'description': 'Days for which logs are kept.'},
    'log_requests': {'type': 'bool', 'description': 'Whether the API logs all requests.'},
}


def configuration(name: Lambda) -> JSON:
    """
    Chalice's settings of a lambda. The app is imported with these environment variables and no others, as it needs
    some; nothing of them is in the module.
    """
    return {
        'version': '2.0',
        'app_name': f'azul-{name}',
        'api_gateway_endpoint_type': 'REGIONAL',
        'stages': {
            STAGE: {
                'api_gateway_stage': STAGE,
                'manage_iam_role': False,
                'iam_role_arn': STAGE,
                'environment_variables': {
                    'AZUL_DEPLOYMENT_STAGE': STAGE,
                    'AZUL_ES_ENDPOINT': f'{STAGE}:443',
                    'AZUL_DSS_ENDPOINT': f'https://{STAGE}/v1',
                },
                'lambda_functions': {
                    function: {'lambda_memory_size': declared.memory, 'lambda_timeout': declared.timeout}
                    for function, declared in FUNCTIONS[name].items()
                },
            }
        },
    }


def module(name: Lambda, project: str, packaged: JSON, version: Mapping[str, str] | None = None) -> JSON:
    """
    :param project: name of the plug-in that is in the package
    :param packaged: what Chalice makes, `chalice.tf.json`
    :param version: environment variables that go with what is in the package, not with the deployment
    :return: a module with `VARIABLES` and `project`; its outputs are `rest_api_id`, `stage_name` and, by the names that
             functions have in `FUNCTIONS`, `functions` and `roles`: their names, and the ARNs of theirs
    :raises ConfigurationError: if there is something in it that we know nothing of
    """
    resources = packaged['resource']
    _check(name, resources)
    functions = resources['aws_lambda_function']
    sources = resources['aws_lambda_event_source_mapping']
    return {
        'terraform': {'required_providers': {'aws': {'source': 'hashicorp/aws'}}},
        'variable': {**VARIABLES, 'project': _project(name, project)},
        'data': {'aws_iam_policy_document': {'lambda': _trust()}},
        'locals': {
            # Not by the function itself: that is told the URL of the API, which thus has to be there before.
            'api': json.dumps(gateway.open_api(json.loads(packaged['locals']['chalice_api_swagger'])), sort_keys=True
                              ).replace(f'aws_lambda_function.{API}.invoke_arn', 'var.invoke_arn'),
            'version': dict(version or {}),
        },
        'resource': {
            'aws_lambda_function': {function: _function(function, functions[function]) for function in functions},
            'aws_lambda_event_source_mapping': dict(map(_mapping, sources.values())),
            'aws_iam_role': {function: _role(function) for function in functions},
            'aws_iam_role_policy': {function: _policy(function) for function in functions},
            'aws_cloudwatch_log_group': {
                **{function: {'name': f'/aws/lambda/{_name(function)}', 'retention_in_days': '${var.retention}'}
                   for function in functions},
                'requests': {'count': '${var.log_requests ? 1 : 0}', 'name': '/aws/apigateway/${var.name}',
                             'retention_in_days': '${var.retention}'}
            },
            'aws_lambda_permission': resources['aws_lambda_permission'],
            **_api(),
        },
        'output': {
            'rest_api_id': {'value': '${aws_api_gateway_rest_api.rest_api.id}'},
            'stage_name': {'value': '${aws_api_gateway_stage.rest_api.stage_name}'},
            'functions': {'value': {function: f'${{aws_lambda_function.{function}.function_name}}'
                                    for function in functions}},
            'roles': {'value': {function: f'${{aws_iam_role.{function}.arn}}' for function in functions}},
        },
    }


def _project(name: Lambda, project: str) -> JSON:
    return {
        'type': 'string',
        'description': 'Plug-in of the deployment.',
        'validation': {
            'condition': f'${{var.project == "{project}"}}',
            'error_message': f'The package of the {name} that is there has the plug-in {project}, which is not that of '
                             f'the deployment: `make deploy` makes another one.'
        }
    }


def _check(name: Lambda, resources: JSON) -> None:
    handled = {function: declared.queue for function, declared in FUNCTIONS[name].items() if declared.queue}
    sources = {_handler(source): _queue(source) for source in resources['aws_lambda_event_source_mapping'].values()}
    faults = [
        *(f'nobody has thought about resources {type_} yet' for type_ in sorted(resources.keys() - KNOWN)),
        *(f'has a function {function} in azul.infra.functions or in app.py, but not in both'
          for function in sorted(resources['aws_lambda_function'].keys() ^ FUNCTIONS[name].keys())),
        *([f'handles messages of {sources} by app.py, but of {handled} by azul.infra.functions']
          if sources != handled else []),
    ]
    if faults:
        raise ConfigurationError(f'Lambda {name}', faults)


def _name(function: str) -> str:
    return '${var.name}' if function == API else f'${{var.name}}-{function}'


def _function(function: str, declared: JSON) -> JSON:
    kept = ('architectures', 'filename', 'handler', 'memory_size', 'runtime', 'source_code_hash', 'timeout')
    return {
        **{key: declared[key] for key in kept},
        'function_name': _name(function),
        'role': f'${{aws_iam_role.{function}.arn}}',
        'environment': {'variables': '${merge(var.environment, local.version)}'},
        # The function would make the group itself, without retention, and it would be nobody's.
        'depends_on': [f'aws_cloudwatch_log_group.{function}'],
    }


def _mapping(packaged: JSON) -> tuple[str, JSON]:
    function = _handler(packaged)
    return function, {
        'event_source_arn': f'${{var.queues["{_queue(packaged)}"]}}',
        'function_name': packaged['function_name'],
        'batch_size': packaged['batch_size'],
        'maximum_batching_window_in_seconds': packaged['maximum_batching_window_in_seconds'],
        'function_response_types': list(RESPONSE_TYPES),
        # Not by the function's reserved concurrency: what it throttles counts as attempts at the messages.
        'scaling_config': {'maximum_concurrency': '${var.concurrency}'},
        # AWS refuses a source that the function may not read.
        'depends_on': [f'aws_iam_role_policy.{function}'],
    }


def _handler(mapping: JSON) -> str:
    """Name of the function of an event source."""
    return str(mapping['function_name']).split('.')[1]


def _queue(mapping: JSON) -> str:
    """Which of the queues it is, by its name in the deployment that Chalice believes to make."""
    names = Naming('azul', 'azul', STAGE)
    name = mapping['event_source_arn'].rpartition(':')[2]
    return next((queue for queue in QUEUES if names.queue(queue) == name), name)


def _trust() -> JSON:
    return {'statement': [{
        'actions': ['sts:AssumeRole'],
        'principals': [{'type': 'Service', 'identifiers': ['lambda.amazonaws.com']}]
    }]}


def _role(function: str) -> JSON:
    return {
        'name': _name(function),
        'assume_role_policy': '${data.aws_iam_policy_document.lambda.json}',
        'permissions_boundary': '${var.boundary}',
    }


def _policy(function: str) -> JSON:
    return {'name': _name(function), 'role': f'${{aws_iam_role.{function}.id}}',
            'policy': f'${{var.policies["{function}"]}}'}


def _api() -> JSON:
    """The API, its stage, and what makes changes of the one those of the other."""
    api = '${aws_api_gateway_rest_api.rest_api.id}'
    log = {name: f'$context.{variable}' for name, variable in {
        'requestId': 'requestId', 'ip': 'identity.sourceIp', 'requestTime': 'requestTime', 'httpMethod': 'httpMethod',
        'resourcePath': 'resourcePath', 'status': 'status', 'protocol': 'protocol', 'responseLength': 'responseLength',
        'latency': 'responseLatency'
    }.items()}
    return {
        'aws_api_gateway_rest_api': {'rest_api': {
            'name': '${var.name}', 'body': '${local.api}', 'endpoint_configuration': {'types': ['REGIONAL']}
        }},
        'aws_api_gateway_deployment': {'rest_api': {
            'rest_api_id': api,
            'triggers': {'api': '${sha256(local.api)}'},
            'lifecycle': {'create_before_destroy': True},
        }},
        'aws_api_gateway_stage': {'rest_api': {
            'rest_api_id': api,
            'deployment_id': '${aws_api_gateway_deployment.rest_api.id}',
            'stage_name': '${var.stage}',
            'dynamic': {'access_log_settings': {
                'for_each': '${aws_cloudwatch_log_group.requests}',
                'content': {'destination_arn': '${access_log_settings.value.arn}', 'format': json.dumps(log)}
            }}
        }},
    }
