from dataclasses import replace

import pytest

from azul.config import Config, declarations
from azul.deployment import LAMBDAS, MAIN_STAGES, Deployment
from azul.errors import ConfigurationError

REQUIRED = {
    'AZUL_DEPLOYMENT_STAGE': 'dev',
    'AZUL_DSS_ENDPOINT': 'https://dss.example.org/v1',
    'AZUL_TERRAFORM_BACKEND_BUCKET': 'states',
}
DEPLOYMENT = Deployment.from_environment(REQUIRED)


def deployment(**variables: str) -> Deployment:
    return Deployment.from_environment({**REQUIRED, **variables})


def test_a_deployment_can_do_without_an_endpoint_of_the_engine_but_lambdas_cannot():
    assert DEPLOYMENT.es_endpoint == ''
    with pytest.raises(ConfigurationError, match='AZUL_ES_ENDPOINT is not set'):
        Config.from_environment(REQUIRED)
    with pytest.raises(ConfigurationError, match='AZUL_ES_ENDPOINT'):
        deployment(AZUL_ES_ENDPOINT='localhost')


def test_all_that_is_missing_or_malformed_is_named_at_once():
    with pytest.raises(ConfigurationError) as error:
        Deployment.from_environment({'AZUL_DEPLOYMENT_STAGE': 'Dev', 'AZUL_ES_INSTANCE_COUNT': 'two',
                                     'AZUL_INDEXER_CONCURRENCY': '1'})
    assert [fault.split(':')[0].split(' ')[0] for fault in error.value.faults] == [
        'AZUL_DEPLOYMENT_STAGE', 'AZUL_DSS_ENDPOINT', 'AZUL_ES_INSTANCE_COUNT', 'AZUL_INDEXER_CONCURRENCY',
        'AZUL_TERRAFORM_BACKEND_BUCKET']


@pytest.mark.parametrize(('variable', 'value'), [
    ('AZUL_DOMAIN_NAME', 'example'),
    ('AZUL_DOMAIN_NAME', 'https://example.org'),
    ('AZUL_SUBDOMAIN_TEMPLATE', 'service'),
    ('AZUL_SUBDOMAIN_TEMPLATE', ''),
    ('AZUL_SUBDOMAIN_TEMPLATE', '{lambda_name}.{lambda_name}'),
    ('AZUL_SUBDOMAIN_TEMPLATE', '{lambda_name}.'),
    ('AZUL_SUBDOMAIN_TEMPLATE', '{lambda_name}.{stage}'),
    ('AZUL_SHARE_ES_DOMAIN', 'yes'),
    ('AZUL_ES_DOMAIN', 'azul_index'),
    ('AZUL_ES_VERSION', '5.5'),
    ('AZUL_ES_INSTANCE_COUNT', '0'),
    ('AZUL_ES_INSTANCE_TYPE', 'r4.2xlarge'),
    ('AZUL_ES_VOLUME_SIZE', '1'),
    ('AZUL_INDEXER_CONCURRENCY', '1001'),
    ('AZUL_TERRAFORM_BACKEND_BUCKET', ''),
    ('AZUL_TERRAFORM_BACKEND_BUCKET', 's3://states'),
    ('AZUL_ALARM_TOPICS', 'a, b'),
    ('AZUL_PERMISSIONS_BOUNDARY', 'a boundary'),
    ('azul_terraform_component', 'gitlab2'),
    ('azul_dss_query_prefix', 'xy'),
    ('azul_github_project', 'azul'),
])
def test_a_malformed_variable_is_named(variable: str, value: str):
    with pytest.raises(ConfigurationError, match=variable):
        deployment(**{variable: value})


def test_a_domain_that_is_shared_must_be_named():
    with pytest.raises(ConfigurationError, match='AZUL_ES_DOMAIN'):
        deployment(AZUL_SHARE_ES_DOMAIN='1')
    assert deployment(AZUL_SHARE_ES_DOMAIN='1', AZUL_ES_DOMAIN='azul-index-dev').engine_domain == 'azul-index-dev'


def test_the_domain_of_the_stage_has_a_name_that_aws_allows():
    assert deployment(AZUL_DEPLOYMENT_STAGE='my_own').engine_domain == 'azul-index-my-own'
    with pytest.raises(ConfigurationError, match='azul-index-quite-a-long-name-it-is, has more than the 28'):
        deployment(AZUL_DEPLOYMENT_STAGE='quite_a_long_name_it_is')


def test_short_urls_are_in_the_zone_of_their_records():
    hosts = {'AZUL_URL_REDIRECT_HOSTS': 'example.org', 'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME': 'url.example.org'}
    domain = 'dev.url.example.org'
    assert deployment(AZUL_URL_REDIRECT_FULL_DOMAIN_NAME=domain, **hosts).redirect_zone == 'url.example.org'
    # The zone itself cannot have a record of that kind.
    for domain in 'devurl.example.org', 'url.example.org', '':
        with pytest.raises(ConfigurationError, match='must be in the zone'):
            deployment(AZUL_URL_REDIRECT_FULL_DOMAIN_NAME=domain, **hosts)


def test_hosts_are_no_longer_than_certificates_allow():
    zone, drs = 'explore.example.org', 'd' * 52 + '.example.org'
    found = deployment(AZUL_DOMAIN_NAME=zone, AZUL_SUBDOMAIN_TEMPLATE='x' * 37 + '{lambda_name}',
                       AZUL_DRS_DOMAIN_NAME=drs)
    assert {len(host) for host in found.hosts('service')} == {64}
    for settings in {'AZUL_SUBDOMAIN_TEMPLATE': 'x' * 38 + '{lambda_name}'}, {'AZUL_DRS_DOMAIN_NAME': f'd{drs}'}:
        with pytest.raises(ConfigurationError, match='more than the 64 characters that there are certificates for'):
            deployment(**{'AZUL_DOMAIN_NAME': zone, **settings})


def test_without_a_hosted_zone_lambdas_have_neither_hosts_nor_urls():
    assert [DEPLOYMENT.host(name) + DEPLOYMENT.url(name) for name in LAMBDAS] == ['', '']
    assert DEPLOYMENT.hosts('service') == ()


def test_the_host_of_a_lambda_is_made_of_template_and_zone():
    sandbox = deployment(AZUL_DOMAIN_NAME='dev.example.org', AZUL_SUBDOMAIN_TEMPLATE='{lambda_name}.sandbox',
                         AZUL_DRS_DOMAIN_NAME='drs.example.org')
    assert sandbox.host('indexer') == 'indexer.sandbox.dev.example.org'
    assert sandbox.hosts('indexer') == ('indexer.sandbox.dev.example.org',)
    assert sandbox.hosts('service') == ('service.sandbox.dev.example.org', 'drs.example.org')
    assert replace(sandbox, drs_domain=sandbox.host('service')).hosts('service') == (sandbox.host('service'),)
    assert sandbox.url('service') == 'https://service.sandbox.dev.example.org'
    assert replace(sandbox, service_url='http://127.0.0.1:8000').url('service') == 'http://127.0.0.1:8000'


def test_lambdas_are_told_what_they_read_and_nothing_else():
    told = deployment(AZUL_DOMAIN_NAME='example.org', azul_github_access_token='t', AZUL_ES_INSTANCE_COUNT='4',
                      AZUL_ES_ENDPOINT='engine:443', azul_git_commit='abc').of_lambdas()
    assert Config.from_environment(told).stage == 'dev'
    assert told['AZUL_SERVICE_URL'] == 'https://service.example.org'
    assert told['azul_git_commit'] == 'abc'
    assert set(told) == {declared.metadata['variable'] for declared in declarations(Config)} \
        - {'AWS_DEFAULT_REGION', 'azul_dss_query_prefix'}


def test_each_component_has_a_state_of_its_own():
    assert DEPLOYMENT.state_key == 'azul--dev.tfstate'
    gitlab = deployment(azul_terraform_component='gitlab')
    assert gitlab.state_key == 'azul-gitlab-dev.tfstate'
    assert gitlab.selects('gitlab')
    assert not gitlab.selects('')
    assert DEPLOYMENT.selects('')


def test_the_main_deployments_are_those_of_protected_branches():
    assert all(replace(DEPLOYMENT, stage=stage).is_main for stage in MAIN_STAGES.values())
    assert not replace(DEPLOYMENT, stage='sandbox').is_main


def test_each_variable_has_a_name_of_its_own_and_a_meaning():
    declared = declarations(Deployment)
    assert len({field.metadata['variable'] for field in declared}) == len(declared)
    assert all(field.metadata['meaning'].endswith('.') for field in declared)


def test_a_secret_is_not_shown_where_it_is_malformed():
    with pytest.raises(ConfigurationError) as error:
        deployment(azul_github_access_token='one\ntwo')
    assert 'one' not in str(error.value)
