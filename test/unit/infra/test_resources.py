"""What is declared of the engine and of monitoring."""
from dataclasses import replace

import pytest

from azul.deployment import LAMBDAS, Deployment
from azul.infra import engine, monitoring

DEPLOYMENT = Deployment(stage='otter', dss_endpoint='http://store.invalid/v1', backend_bucket='state', monitoring=True,
                        domain='example.org', data_browser_domain='browser.example.org')


@pytest.mark.parametrize(('nodes', 'replicas', 'zones'), [(2, 1, True), (4, 2, True), (3, 1, False), (2, 0, False)])
def test_nodes_are_in_two_zones_where_that_is_of_use(nodes: int, replicas: int, zones: bool):
    declared = engine.resources(replace(DEPLOYMENT, es_instance_count=nodes, es_replicas=replicas))
    assert declared is not None
    cluster = declared['resource']['aws_elasticsearch_domain']['engine']['cluster_config']
    assert cluster['zone_awareness_enabled'] == zones
    assert ('zone_awareness_config' in cluster) == zones


def test_azul_is_healthy_whether_or_not_the_browser_is():
    checks = monitoring.health_checks(DEPLOYMENT)
    alarms = monitoring.alarms(DEPLOYMENT)
    assert checks is not None
    assert alarms is not None
    composite = checks['resource']['aws_route53_health_check']['composite']
    assert composite['child_healthchecks'] == [f'${{aws_route53_health_check.{name}.id}}' for name in LAMBDAS]
    assert composite['child_health_threshold'] == len(LAMBDAS)
    found = {name: alarm['dimensions'].get('HealthCheckId', '').split('.')[1:2]
             for name, alarm in alarms['resource']['aws_cloudwatch_metric_alarm'].items()}
    assert (found['health'], found['data_browser']) == (['composite'], ['data_browser'])


def test_there_is_no_alarm_about_a_browser_that_there_is_not():
    alarms = monitoring.alarms(replace(DEPLOYMENT, data_browser_domain=''))
    assert alarms is not None
    assert 'data_browser' not in alarms['resource']['aws_cloudwatch_metric_alarm']
