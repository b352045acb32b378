from dataclasses import fields

import pytest

from azul.config import Config
from azul.errors import ConfigurationError

REQUIRED = {
    'AZUL_DEPLOYMENT_STAGE': 'dev',
    'AZUL_ES_ENDPOINT': 'localhost:9200',
    'AZUL_DSS_ENDPOINT': 'http://localhost:8002/v1',
}


def test_what_is_rendered_for_a_child_is_read_back():
    config = Config.from_environment({**REQUIRED, 'AZUL_DEBUG': '2', 'azul_git_dirty': '1', 'AZUL_ES_TIMEOUT': '7'})
    assert config.debug == 2
    assert config.git_dirty is True
    assert Config.from_environment(config.to_environment()) == config


def test_audiences_are_separated_by_commas():
    config = Config.from_environment({**REQUIRED, 'AZUL_AUTH_AUDIENCES': 'a.example,b'})
    assert config.audiences == ('a.example', 'b')
    assert Config.from_environment(config.to_environment()) == config
    assert Config.from_environment(REQUIRED).audiences == ()


def test_there_are_no_short_urls_without_hosts_that_they_may_lead_to():
    short = {**REQUIRED, 'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME': 'url.example.org'}
    with pytest.raises(ConfigurationError, match='AZUL_URL_REDIRECT_HOSTS'):
        Config.from_environment(short)
    config = Config.from_environment({**short, 'AZUL_URL_REDIRECT_HOSTS': 'example.org,b.example'})
    assert config.shortened_hosts == ('example.org', 'b.example')
    assert Config.from_environment(REQUIRED).shortened_hosts == ()


def test_all_missing_variables_are_named_at_once():
    with pytest.raises(ConfigurationError) as error:
        Config.from_environment({})
    assert len(error.value.faults) == len(REQUIRED)
    assert all(variable in str(error.value) for variable in REQUIRED)


@pytest.mark.parametrize(('variable', 'value'), [
    ('AZUL_DEPLOYMENT_STAGE', 'Dev'),
    ('AZUL_DEPLOYMENT_STAGE', 'x'),
    ('AZUL_ES_ENDPOINT', 'localhost'),
    ('AZUL_DSS_ENDPOINT', 'localhost:8002'),
    ('AZUL_DEBUG', '3'),
    ('AZUL_DEBUG', 'yes'),
    ('AZUL_ES_TIMEOUT', '-1'),
    ('azul_git_dirty', 'true'),
    ('AZUL_RESOURCE_PREFIX', ''),
    ('AZUL_MAX_ATTEMPTS', '0'),
    ('AZUL_ES_SHARDS', '0'),
    ('AZUL_AWS_ENDPOINT', 'nonsense'),
    ('AZUL_SERVICE_URL', 'service'),
    ('AZUL_AUTHENTICATOR', 'Nobody'),
    ('AZUL_AUTHENTICATOR', ''),
    ('AZUL_AUTHENTICATOR', 'azul..Nobody'),
    ('AZUL_AUTH_ISSUER', 'issuer.example'),
    ('AZUL_AUTH_AUDIENCES', 'a, b'),
    ('AZUL_AUTH_AUDIENCES', 'a,,b'),
    ('AZUL_DRS_DOMAIN_NAME', 'https://drs.example'),
    ('AZUL_URL_REDIRECT_FULL_DOMAIN_NAME', 'url.example/'),
    ('AZUL_URL_REDIRECT_HOSTS', '.example.org'),
    ('AZUL_URL_REDIRECT_HOSTS', 'example.org,'),
    ('AZUL_URL_REDIRECT_HOSTS', '*.example.org'),
    ('AZUL_URL_REDIRECT_HOSTS', 'org'),
    ('AZUL_URL_REDIRECT_HOSTS', 'Example.org'),
])
def test_a_malformed_variable_is_named(variable: str, value: str):
    with pytest.raises(ConfigurationError, match=variable):
        Config.from_environment({**REQUIRED, variable: value})


def test_each_variable_has_a_name_of_its_own_and_a_meaning():
    declared = fields(Config)
    assert len({field.metadata['variable'] for field in declared}) == len(declared)
    assert all(field.metadata['meaning'].endswith('.') for field in declared)
