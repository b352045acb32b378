"""Azul itself: it is made with its real packages, is then as declared, and goes without a trace, in any order."""
import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from fixtures.checkout import ROOT, Checkout

BUCKET = 'state'

ZONES = ('test.invalid', 'example.test.invalid', 'url.test.invalid')

HOSTS = {
    'AZUL_DOMAIN_NAME': 'test.invalid',
    'AZUL_SUBDOMAIN_TEMPLATE': '{lambda_name}.example',
    'AZUL_DRS_DOMAIN_NAME': 'drs.example.test.invalid',
    'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME': 'url.test.invalid',
    'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME': 'example.url.test.invalid',
    'AZUL_URL_REDIRECT_HOSTS': 'test.invalid',
}

NO_HOSTS = {**dict.fromkeys(HOSTS, ''), 'AZUL_SUBDOMAIN_TEMPLATE': '{lambda_name}'}


def client(service: str, account: str) -> Any:
    return boto3.client(service, endpoint_url=account, region_name='us-east-1', aws_access_key_id='none',
                        aws_secret_access_key='none')


class Deployed:
    """A deployment, by the commands of the README."""

    def __init__(self, checkout: Checkout, account: str, name: str, **settings: str) -> None:
        self.checkout, self.account, self.name = checkout, account, name
        self.select(**settings)

    def select(self, **settings: str) -> None:
        self.checkout.select(self.name, AZUL_AWS_ENDPOINT=self.account, AZUL_TERRAFORM_BACKEND_BUCKET=BUCKET,
                             **settings)

    def make(self, target: str) -> str:
        return self.checkout.does(f'make plugins={ROOT / "test" / "toy"} {target}')

    def planned(self) -> dict[str, list[str]]:
        """What would be done to each resource that something would be done to."""
        self.make('-C terraform plan args=-out=plan')
        changes = json.loads(self.checkout.does('terraform -chdir=terraform show -json plan'))['resource_changes']
        return {change['address']: change['change']['actions'] for change in changes
                if change['change']['actions'] not in (['no-op'], ['read'])}

    def left(self) -> dict[str, list[str]]:
        """What there is, of all that a deployment has; by kinds, those left out of which there is nothing."""
        ask = lambda service: client(service, self.account)  # noqa: E731
        found = {
            'functions': [each['FunctionName'] for each in ask('lambda').list_functions()['Functions']],
            'sources': [each['UUID'] for each in ask('lambda').list_event_source_mappings()['EventSourceMappings']],
            'queues': ask('sqs').list_queues().get('QueueUrls', []),
            'buckets': [each['Name'] for each in ask('s3').list_buckets()['Buckets'] if each['Name'] != BUCKET],
            'secrets': [each['Name'] for each in ask('secretsmanager').list_secrets()['SecretList']],
            'roles': [each['RoleName'] for each in ask('iam').list_roles()['Roles']],
            'apis': [each['name'] for each in ask('apigateway').get_rest_apis()['items']],
            'hosts': [each['domainName'] for each in ask('apigateway').get_domain_names()['items']],
            'certificates': [each['DomainName'] for each in ask('acm').list_certificates()['CertificateSummaryList']],
            'domains': [each['DomainName'] for each in ask('es').list_domain_names()['DomainNames']],
            'logs': [each['logGroupName'] for each in ask('logs').describe_log_groups()['logGroups']],
            'alarms': [each['AlarmName'] for each in ask('cloudwatch').describe_alarms()['MetricAlarms']],
            'dashboards': [each['DashboardName'] for each in ask('cloudwatch').list_dashboards()['DashboardEntries']],
            'checks': [each['Id'] for each in ask('route53').list_health_checks()['HealthChecks']],
            'records': [record['Name'] for zone in ask('route53').list_hosted_zones()['HostedZones']
                        for record in ask('route53').list_resource_record_sets(HostedZoneId=zone['Id'])[
                            'ResourceRecordSets'] if record['Type'] not in ('NS', 'SOA')],
        }
        return {kind: names for kind, names in found.items() if names}


@pytest.fixture
def prepared(account: str) -> str:
    """An account with what there has to be before."""
    client('s3', account).create_bucket(Bucket=BUCKET)
    for zone in ZONES:
        client('route53', account).create_hosted_zone(Name=zone, CallerReference=zone)
    return account


@pytest.fixture
def sources(checkout: Checkout) -> Checkout:
    """With all that packages are made of, and a deployment of our own."""
    shutil.copy(ROOT / 'CHANGELOG.yml', checkout.folder)
    shutil.copytree(ROOT / 'lambdas', checkout.folder / 'lambdas', ignore=shutil.ignore_patterns('config.json'))
    wheels = Path('.cache') / 'lambdas'
    if (ROOT / wheels).is_dir():
        shutil.copytree(ROOT / wheels, checkout.folder / wheels)
    environment = checkout.folder / 'deployments' / 'example' / 'environment'
    environment.parent.mkdir()
    environment.write_text('_set AZUL_DEPLOYMENT_STAGE example\n'
                           '_set AZUL_DSS_ENDPOINT http://store.invalid/v1\n'
                           '_set AZUL_PROJECT toy\n')
    return checkout


def test_without_a_bucket_for_its_state_nothing_is_begun(sources: Checkout, account: str):
    deployed = Deployed(sources, account, 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert f'AZUL_TERRAFORM_BACKEND_BUCKET: there is no bucket {BUCKET}. Nothing was changed.' in done.stderr
    assert deployed.left() == {}
    assert not (sources.folder / 'terraform' / 'indexer' / 'deployment.zip').exists()


def test_an_account_that_does_not_answer_is_not_waited_for(sources: Checkout):
    Deployed(sources, 'http://127.0.0.1:1', 'example', **NO_HOSTS)
    done = sources.run('make -C terraform auto_apply')
    assert done.returncode != 0
    assert 'State of Terraform' in done.stderr
    assert 'Nothing was changed' in done.stderr


@pytest.mark.timeout(600)
def test_a_small_deployment_comes_and_is_then_as_declared(sources: Checkout, prepared: str):
    small = Deployed(sources, prepared, 'example', **NO_HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1')
    small.make('-C terraform auto_apply')
    assert small.planned() == {}

    functions = {each['FunctionName'] for each in client('lambda', prepared).list_functions()['Functions']}
    assert functions == {'azul-indexer-example', 'azul-indexer-example-contribute', 'azul-indexer-example-aggregate',
                         'azul-service-example', 'azul-service-example-work'}
    for mapping in client('lambda', prepared).list_event_source_mappings()['EventSourceMappings']:
        assert mapping['FunctionResponseTypes'] == ['ReportBatchItemFailures']
        assert mapping['ScalingConfig']['MaximumConcurrency'] == 64
    for name in ('indexer/hmac', 'service/token'):
        secret = client('secretsmanager', prepared).get_secret_value(SecretId=f'dcp/azul/example/{name}')
        assert json.loads(secret['SecretString'])


@pytest.mark.infra
@pytest.mark.timeout(1800)
@pytest.mark.parametrize('name', ['dev', 'sandbox', 'prod', 'personal'])
def test_a_deployment_comes_changes_and_goes(name: str, sources: Checkout, prepared: str):
    if name == 'personal':
        personal = sources.folder / 'deployments' / name
        shutil.copytree(ROOT / 'deployments' / '.example.local', personal)
        text = (personal / 'environment').read_text()
        (personal / 'environment').write_text(text.replace('CHANGE_THIS', 'otter'))
    deployed = Deployed(sources, prepared, name)
    settings = sources.settings()
    for zone in zones(settings):
        client('route53', prepared).create_hosted_zone(Name=zone, CallerReference=zone)
    shared = settings.get('AZUL_SHARE_ES_DOMAIN') == '1'
    if shared:
        client('es', prepared).create_elasticsearch_domain(DomainName=settings['AZUL_ES_DOMAIN'])
    before = deployed.left()

    deployed.make('-C terraform auto_apply')
    deployed.make('-C lambdas package')
    assert deployed.planned() == {}

    stage = settings['AZUL_DEPLOYMENT_STAGE']
    made = deployed.left()
    assert len(made['functions']) == 5
    assert len(made['queues']) == 6
    assert len(made['hosts']) == (3 if settings.get('AZUL_DRS_DOMAIN_NAME') else 2)
    assert ('domains' in before) == shared
    assert [each for kind in ('functions', 'secrets', 'roles', 'apis') for each in made[kind]
            if stage not in each.replace('/', '-').split('-')] == []

    deployed.select(AZUL_INDEXER_CONCURRENCY='32')
    assert deployed.planned() == {
        f'module.{mapping}': ['update'] for mapping in (
            'indexer.aws_lambda_event_source_mapping.aggregate', 'indexer.aws_lambda_event_source_mapping.contribute',
            'service.aws_lambda_event_source_mapping.work')
    }

    deployed.make('-C terraform auto_destroy delay=0')
    assert deployed.left() == before


@pytest.mark.infra
@pytest.mark.timeout(1800)
@pytest.mark.parametrize('order', [('lambdas', 'terraform'), ('terraform', 'lambdas')], ids='-'.join)
def test_a_deployment_goes_in_any_order(order: tuple[str, str], sources: Checkout, prepared: str):
    deployed = Deployed(sources, prepared, 'example', **HOSTS, AZUL_ES_ENDPOINT='127.0.0.1:1')
    deployed.make('-C terraform auto_apply')
    commands = {'lambdas': 'echo yes | make -C lambdas delete', 'terraform': 'echo yes | make -C terraform destroy'}
    deployed.checkout.does(commands[order[0]])
    left = deployed.left()
    assert not left.keys() & {'functions', 'apis', 'sources'}
    assert ('queues' in left) == (order[0] == 'lambdas')
    deployed.checkout.does(commands[order[1]])
    assert deployed.left() == {}


def zones(settings: dict[str, str]) -> set[str]:
    """The hosted zones that have to be there."""
    wanted = {settings['AZUL_DOMAIN_NAME'], settings['AZUL_URL_REDIRECT_BASE_DOMAIN_NAME'],
              settings.get('AZUL_DRS_DOMAIN_NAME', '').partition('.')[2]}
    return wanted - {''}
