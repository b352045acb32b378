"""Alarms, health checks and a dashboard, where monitoring is on. Whoever is to hear of alarms has a topic already."""
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from azul.deployment import LAMBDAS, Deployment
from azul.index.bundle import JSON
from azul.infra import engine, queues
from azul.infra.component import ACCOUNT, HEALTH_REGION, topics
from azul.infra.functions import FUNCTIONS, function_name
from azul.infra.lambdas import url

CHECKING_REGIONS = ['us-west-2', 'us-east-1', 'eu-west-1']

OLD = 24 * 60 * 60
"""Seconds for which a message waits before that is alarming, of the four days that it can."""


def alarms(deployment: Deployment) -> JSON | None:
    if not deployment.monitoring:
        return None
    declared = {**dict(_queue_alarms(deployment)), **dict(_function_alarms(deployment)),
                **(dict(_engine_alarms(deployment)) if engine.is_made(deployment) else {}),
                **dict(_health_alarms(deployment))}
    return {'resource': {'aws_cloudwatch_metric_alarm': declared}}


def health_checks(deployment: Deployment) -> JSON | None:
    if not deployment.monitoring:
        return None
    checked: dict[str, tuple[str, str]] = {name: _address(url(deployment, name)) for name in LAMBDAS}
    if deployment.data_browser_domain:
        checked['data_browser'] = deployment.data_browser_domain, '/explore'
    checks: JSON = {name: {
        'fqdn': host,
        'port': 443,
        'type': 'HTTPS',
        'resource_path': path,
        'failure_threshold': 3,
        'request_interval': 30,
        'measure_latency': True,
        'regions': CHECKING_REGIONS,
        'tags': {'Name': deployment.naming.resource(name.replace('_', '-'))},
        # The one that takes the place of another has to be there before the composite one lets go of that.
        'lifecycle': {'create_before_destroy': True},
    } for name, (host, path) in checked.items()}
    # The browser is not ours: its failure is told apart.
    checks['composite'] = {
        'type': 'CALCULATED',
        'child_health_threshold': len(LAMBDAS),
        'child_healthchecks': [f'${{aws_route53_health_check.{name}.id}}' for name in LAMBDAS],
        'tags': {'Name': deployment.naming.resource('composite')},
    }
    return {'resource': {'aws_route53_health_check': checks}}


def _address(url: str) -> tuple[str, str]:
    """Host, and path of the resource that tells of health."""
    if url.startswith('https://${'):
        host, _, stage = url.removeprefix('https://').partition('/')
        return host, f'/{stage}/health'
    parts = urlsplit(url)
    return parts.netloc, f'{parts.path}/health'


def dashboard(deployment: Deployment) -> JSON | None:
    if not deployment.monitoring:
        return None
    names = deployment.naming
    functions = [function_name(deployment, name, function) for name in LAMBDAS for function in FUNCTIONS[name]]
    client = {'DomainName': deployment.engine_domain, 'ClientId': ACCOUNT}
    widgets = [
        _widget('Messages that wait', [('AWS/SQS', 'ApproximateNumberOfMessagesVisible', {'QueueName': queue})
                                       for queue in names.queues]),
        _widget('Age of the oldest message', [('AWS/SQS', 'ApproximateAgeOfOldestMessage', {'QueueName': queue})
                                              for queue in names.queues]),
        _widget('Requests', [('AWS/ApiGateway', 'Count', {'ApiName': names.resource(name)}) for name in LAMBDAS]),
        _widget('Failed requests', [('AWS/ApiGateway', metric, {'ApiName': names.resource(name)})
                                    for name in LAMBDAS for metric in ('4XXError', '5XXError')]),
        _widget('Errors of functions', [('AWS/Lambda', 'Errors', {'FunctionName': name}) for name in functions]),
        _widget('Duration of functions', [('AWS/Lambda', 'Duration', {'FunctionName': name}) for name in functions]),
        _widget('Load of the engine', [('AWS/ES', 'CPUUtilization', client), ('AWS/ES', 'JVMMemoryPressure', client)]),
        _widget('Free storage of the engine', [('AWS/ES', 'FreeStorageSpace', client)]),
    ]
    for number, widget in enumerate(widgets):
        widget |= {'x': number % 2 * 12, 'y': number // 2 * 6, 'width': 12, 'height': 6}
        widget['properties']['region'] = deployment.aws_region
    return {'resource': {'aws_cloudwatch_dashboard': {'azul': {
        'dashboard_name': f'{deployment.resource_prefix}-{deployment.stage}',
        'dashboard_body': json.dumps({'widgets': widgets}, sort_keys=True),
    }}}}


def _widget(title: str, metrics: list[tuple[str, str, JSON]]) -> dict[str, Any]:
    return {'type': 'metric', 'properties': {
        'title': title, 'period': 300, 'stat': 'Maximum',
        'metrics': [[namespace, metric, *(part for dimension in dimensions.items() for part in dimension)]
                    for namespace, metric, dimensions in metrics]
    }}


def _queue_alarms(deployment: Deployment) -> Iterator[tuple[str, JSON]]:
    for queue in queues.declared(deployment):
        dimensions = {'QueueName': queue.name}
        if queue.failed:
            yield queue.resource, _alarm(deployment, queue.name, 'AWS/SQS', 'ApproximateNumberOfMessagesVisible',
                                         dimensions, 'There are dead letters', above=0)
        else:
            yield queue.resource, _alarm(deployment, queue.name, 'AWS/SQS', 'ApproximateAgeOfOldestMessage',
                                         dimensions, 'A message waits for long', above=OLD)


def _function_alarms(deployment: Deployment) -> Iterator[tuple[str, JSON]]:
    for name in LAMBDAS:
        api = deployment.naming.resource(name)
        yield f'{name}_api', _alarm(deployment, f'{api}-api', 'AWS/ApiGateway', '5XXError', {'ApiName': api},
                                    'Requests fail', above=10, statistic='Sum')


def _engine_alarms(deployment: Deployment) -> Iterator[tuple[str, JSON]]:
    dimensions = {'DomainName': deployment.engine_domain, 'ClientId': ACCOUNT}

    def alarm(metric: str, meaning: str, **options: Any) -> JSON:
        name = f'{deployment.engine_domain}-{metric}'
        return _alarm(deployment, name, 'AWS/ES', metric, dimensions, meaning, **options)

    yield 'engine_cpu', alarm('CPUUtilization', 'The engine is busy', at_least=85, statistic='Average',
                              periods=2, period=3600)
    yield 'engine_memory', alarm('JVMMemoryPressure', 'The engine is short of memory', at_least=85, statistic='Minimum')
    yield 'engine_storage', alarm('FreeStorageSpace', 'The engine is short of storage', at_most=14_000,
                                  statistic='Minimum')


def _health_alarms(deployment: Deployment) -> Iterator[tuple[str, JSON]]:
    checks = [('health', 'composite', 'Azul is not healthy')]
    if deployment.data_browser_domain:
        checks.append(('data-browser', 'data_browser', f'{deployment.data_browser_domain} does not show a browser'))
    for name, check, meaning in checks:
        alarm = _alarm(deployment, deployment.naming.resource(name), 'AWS/Route53', 'HealthCheckStatus',
                       {'HealthCheckId': f'${{aws_route53_health_check.{check}.id}}'}, meaning,
                       below=1, statistic='Minimum', period=120, region=HEALTH_REGION)
        yield name.replace('-', '_'), {**alarm, 'provider': f'aws.{HEALTH_REGION}'}


COMPARISONS = {'above': 'GreaterThanThreshold', 'at_least': 'GreaterThanOrEqualToThreshold',
               'below': 'LessThanThreshold', 'at_most': 'LessThanOrEqualToThreshold'}


def _alarm(deployment: Deployment,
           name: str,
           namespace: str,
           metric: str,
           dimensions: JSON,
           meaning: str,
           *,
           statistic: str = 'Maximum',
           period: int = 300,
           periods: int = 1,
           region: str = '',
           **threshold: float
           ) -> JSON:
    """
    :param threshold: one of `COMPARISONS`
    """
    ((comparison, value),) = threshold.items()
    heard = topics(deployment, region or deployment.aws_region)
    return {
        'alarm_name': name,
        'alarm_description': meaning,
        'namespace': namespace,
        'metric_name': metric,
        'dimensions': dimensions,
        'statistic': statistic,
        'period': period,
        'evaluation_periods': periods,
        'comparison_operator': COMPARISONS[comparison],
        'threshold': value,
        'treat_missing_data': 'notBreaching',
        'alarm_actions': heard,
        'ok_actions': heard,
    }
