"""Where the search engine of a deployment is, as scripts find it out."""
from collections.abc import Iterator

import pytest

from azul.aws import clients, engine_domain
from azul.aws.signing import is_signed
from azul.config import Config
from azul.deployment import Deployment
from azul.errors import ConfigurationError
from azul.infra.operated import operated


@pytest.fixture
def deployment(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Of this process, with a domain that is not called like the others."""
    deployment = Deployment(stage='test', dss_endpoint='http://nowhere.invalid/v1', backend_bucket='states',
                            aws_endpoint=aws, es_domain='of-another-name')
    for variable, value in deployment.to_environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv('AZUL_ES_ENDPOINT')
    client = clients.engine_domains(deployment)
    client.create_elasticsearch_domain(DomainName='of-another-name')
    yield deployment
    client.delete_elasticsearch_domain(DomainName='of-another-name')


def test_the_engine_is_where_the_domain_of_the_deployment_has_it(deployment: Deployment):
    config = operated()
    assert config.es_endpoint.startswith('of-another-name')
    assert is_signed(config.es_endpoint)


def test_the_engine_is_where_it_is_said_to_be(deployment: Deployment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('AZUL_ES_ENDPOINT', 'here:9200')
    assert operated().es_endpoint == 'here:9200'
    assert type(operated()) is Config


def test_who_does_not_need_the_engine_need_not_know_where_it_is(deployment: Deployment,
                                                                monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('AZUL_AWS_ENDPOINT', 'http://127.0.0.1:1')
    assert operated(engine=False).es_endpoint == ''


@pytest.mark.parametrize(('variable', 'value', 'fault'), [
    ('AZUL_ES_DOMAIN', 'missing', 'there is no domain missing. `make terraform` makes it'),
    ('AZUL_AWS_ENDPOINT', 'http://127.0.0.1:1', 'of-another-name: Could not connect'),
    ('AZUL_TERRAFORM_BACKEND_BUCKET', '', 'AZUL_TERRAFORM_BACKEND_BUCKET'),
])
def test_without_it_one_is_told_why(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, variable: str, value: str,
                                    fault: str):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=fault):
        operated()


def test_a_domain_that_is_being_made_is_nowhere_yet(deployment: Deployment):
    client = clients.engine_domains(deployment)
    client.meta.events.register('after-call.es.DescribeElasticsearchDomain',
                                lambda parsed, **_: parsed['DomainStatus'].pop('Endpoint'))
    with pytest.raises(ConfigurationError, match='still being made'):
        engine_domain.endpoint(client, deployment.engine_domain)
