"""The lambdas: modules that are made with their packages, and what each deployment tells them."""
from azul.deployment import LAMBDAS, Deployment, Lambda
from azul.index.bundle import JSON
from azul.infra import engine, policies, queues
from azul.infra.component import ACCOUNT, PARTITION, RETENTION, boundary
from azul.infra.functions import API, FUNCTIONS, check_visibility, function_name


def resources(deployment: Deployment) -> JSON:
    """
    :raises ConfigurationError: if the settings and the functions contradict each other
    """
    check_visibility(deployment)
    return {
        'module': {name: _module(deployment, name) for name in LAMBDAS},
        'output': {f'{name}_url': {'value': url(deployment, name)} for name in LAMBDAS},
    }


def url(deployment: Deployment, name: Lambda) -> str:
    """By which a lambda is reached, as an expression of Terraform."""
    api, stage = (f'${{module.{name}.{output}}}' for output in ('rest_api_id', 'stage_name'))
    return deployment.url(name) or f'https://{api}.execute-api.{deployment.aws_region}.amazonaws.com/{stage}'


def environment(deployment: Deployment) -> dict[str, str]:
    """The variables of all functions, with expressions of Terraform in some of them."""
    return {
        **deployment.of_lambdas(),
        **{f'AZUL_{name.upper()}_URL': url(deployment, name) for name in LAMBDAS},
        'AZUL_ES_ENDPOINT': engine.endpoint(deployment),
        # The only place that a function can write to
        'XDG_CONFIG_HOME': '/tmp',  # noqa: S108
    }


def _module(deployment: Deployment, name: Lambda) -> JSON:
    functions = FUNCTIONS[name]
    return {
        'source': f'./{name}',
        'project': deployment.project,
        'name': deployment.naming.resource(name),
        'stage': deployment.stage,
        'environment': environment(deployment),
        'policies': {function: policies.policy(deployment, name, function) for function in functions},
        'boundary': boundary(deployment),
        'invoke_arn': _invoke_arn(deployment, name),
        'queues': {function.queue: queues.arn(function.queue) for function in functions.values() if function.queue},
        'concurrency': deployment.indexer_concurrency,
        'retention': RETENTION,
        'log_requests': deployment.monitoring,
    }


def _invoke_arn(deployment: Deployment, name: Lambda) -> str:
    region, function = deployment.aws_region, function_name(deployment, name, API)
    return (f'arn:{PARTITION}:apigateway:{region}:lambda:path/2015-03-31/functions/'
            f'arn:{PARTITION}:lambda:{region}:{ACCOUNT}:function:{function}/invocations')
