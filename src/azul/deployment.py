"""The settings that only who deploys and operates needs, and the names that follow from them.

The lambdas know nothing of these: what they are told is `Config.of_lambdas`.
"""
from collections.abc import Iterator
from dataclasses import dataclass
from re import fullmatch
from typing import Literal, get_args

from azul.config import BUCKET, HOST, LABEL, Config, inherited, setting

Lambda = Literal['indexer', 'service']
LAMBDAS: tuple[Lambda, ...] = get_args(Lambda)

COMPONENTS = ('', 'gitlab', 'google')
"""What has a Terraform state of its own in a deployment. The one without a name is Azul itself."""

MAIN_STAGES = {'develop': 'dev', 'integration': 'integration', 'staging': 'staging', 'prod': 'prod'}
"""The protected branches, each with the stage of the main deployment that is made from it, and from it alone."""

MAX_HOST = 64
"""Characters of a host that AWS makes a certificate for."""


@dataclass(frozen=True, kw_only=True)
class Deployment(Config):
    """A deployment to an AWS account.

    Other than lambdas, Terraform knows where the engine is: it makes the domain. So `es_endpoint` may be empty.
    """
    es_endpoint: str = inherited(Config, 'es_endpoint', default='')

    domain: str = setting(
        'AZUL_DOMAIN_NAME', 'Hosted zone for the hosts of the lambdas; empty if there is none, and they are reached by '
        'the URLs that API Gateway gives them.', default='', pattern=HOST)
    subdomain_template: str = setting(
        'AZUL_SUBDOMAIN_TEMPLATE', 'What comes before `AZUL_DOMAIN_NAME` in the host of a lambda, with its name for '
        '`{lambda_name}`.', default='{lambda_name}')
    redirect_zone: str = setting(
        'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME', 'Hosted zone for the host of short URLs; empty for no record in it.',
        default='', pattern=HOST)
    data_browser_domain: str = setting(
        'AZUL_DATA_BROWSER_DOMAIN_NAME', 'Host of the data browser, whose health is watched along; empty if there is '
        'none.', default='', pattern=HOST)

    es_domain: str = setting(
        'AZUL_ES_DOMAIN', 'Name of the domain of the search engine; empty for that of the stage.', default='',
        pattern='[a-z][a-z0-9-]{2,27}')
    share_es_domain: bool = setting(
        'AZUL_SHARE_ES_DOMAIN', 'Whether that domain is one of another deployment, so that none is made.',
        default=False)
    es_version: str = setting(
        'AZUL_ES_VERSION', 'Version of the engine in a domain that is made.', default='OpenSearch_2.19',
        pattern=r'7\.10|OpenSearch_[0-9]+\.[0-9]+')
    es_instance_count: int = setting(
        'AZUL_ES_INSTANCE_COUNT', 'Number of nodes of a domain that is made.', default=2, least=1, most=80)
    es_instance_type: str = setting(
        'AZUL_ES_INSTANCE_TYPE', 'Type of these nodes.', default='r4.2xlarge.elasticsearch',
        pattern=r'[a-z0-9]+\.[a-z0-9]+\.elasticsearch')
    es_volume_size: int = setting(
        'AZUL_ES_VOLUME_SIZE', 'Gigabytes of the volume of each of them.', default=70, least=10, most=16_000)

    indexer_concurrency: int = setting(
        'AZUL_INDEXER_CONCURRENCY', 'How many batches of a queue are worked on at once.', default=64, least=2,
        most=1000)
    subscribe_to_dss: bool = setting(
        'AZUL_SUBSCRIBE_TO_DSS', 'Whether the data store is to notify the indexer.', default=True)
    dss_audience: str = setting(
        'azul_dss_audience', 'For whom the tokens are that we subscribe with; empty for the host of the data store.',
        default='')
    dss_claim_prefix: str = setting(
        'azul_dss_claim_prefix', 'What the names of the claims `email` and `group` begin with in these tokens.',
        default='')
    dss_group: str = setting(
        'azul_dss_group', 'The group that these tokens claim; empty for no such claim.', default='')
    monitoring: bool = setting(
        'AZUL_ENABLE_MONITORING', 'Whether there are alarms, health checks, dashboards and logs of requests.',
        default=False)
    alarm_topics: str = setting(
        'AZUL_ALARM_TOPICS', 'Names of SNS topics that are there and hear of alarms, separated by commas.', default='',
        pattern=r'[\w-]+(,[\w-]+)*')
    permissions_boundary: str = setting(
        'AZUL_PERMISSIONS_BOUNDARY', 'Name of an IAM policy that is there and bounds the roles that are made; empty '
        'for none.', default='', pattern=r'[\w+=,.@-]{1,128}')

    backend_bucket: str = setting(
        'AZUL_TERRAFORM_BACKEND_BUCKET', 'Bucket for the state of Terraform. It must be there already.', pattern=BUCKET)
    component: str = setting(
        'azul_terraform_component', 'Which part of the infrastructure Terraform is for: `gitlab`, `google`, or empty '
        'for Azul itself.', default='', pattern='|'.join(COMPONENTS))
    google_project: str = setting(
        'GOOGLE_PROJECT', 'Google Cloud project with the account that subscribes; empty if there is none.', default='')
    gitlab_ssh_keys: str = setting(
        'azul_gitlab_ssh_keys', 'Public SSH keys of those who may log in to the GitLab instance, separated by commas; '
        'empty for nobody.', default='', pattern=r'(ssh|ecdsa|sk)-[^,\s]+ [\w+/=]+( [^,\s]+)*(,(ssh|ecdsa|sk)-[^,\s]+ '
        r'[\w+/=]+( [^,\s]+)*)*')
    github_project: str = setting(
        'azul_github_project', '`owner/name` on GitHub, for the status of commits.', default='DataBiosphere/azul',
        pattern=r'[\w.-]+/[\w.-]+')
    github_access_token: str = setting(
        'azul_github_access_token', 'Token that may set it; empty to leave it alone.', default='', secret=True)

    def contradictions(self) -> Iterator[str]:
        yield from super().contradictions()
        if self.subdomain_template.count('{lambda_name}') != 1 \
                or fullmatch(rf'{LABEL}(\.{LABEL})*', self._subdomain('indexer')) is None:
            yield (f'AZUL_SUBDOMAIN_TEMPLATE: {self.subdomain_template!r} must be labels of a host, separated by dots, '
                   'with {lambda_name} in one of them')
        if self.share_es_domain and not self.es_domain:
            yield 'AZUL_ES_DOMAIN: must name the domain that AZUL_SHARE_ES_DOMAIN=1 shares'
        if len(self.engine_domain) > 28:
            yield (f'AZUL_ES_DOMAIN: that of the stage, {self.engine_domain}, has more than the 28 characters that AWS '
                   'allows: set another one, or choose a shorter AZUL_DEPLOYMENT_STAGE')
        hosts = [*self.hosts('indexer'), *self.hosts('service')]
        if long := [host for host in hosts if len(host) > MAX_HOST]:
            yield (f'AZUL_DOMAIN_NAME, AZUL_SUBDOMAIN_TEMPLATE, AZUL_DRS_DOMAIN_NAME: {long[0]} has more than the '
                   f'{MAX_HOST} characters that there are certificates for')
        if self.redirect_zone and not self.redirect_domain.endswith(f'.{self.redirect_zone}'):
            yield (f'AZUL_URL_REDIRECT_FULL_DOMAIN_NAME: {self.redirect_domain!r} must be in the zone '
                   f'AZUL_URL_REDIRECT_BASE_DOMAIN_NAME, {self.redirect_zone}')

    @property
    def is_main(self) -> bool:
        """Whether it is made from a protected branch, and from nothing else."""
        return self.stage in MAIN_STAGES.values()

    @property
    def engine_domain(self) -> str:
        """Name of the domain of the search engine, be it shared or made."""
        # Names of domains have no underscores, but those of stages may.
        return self.es_domain or self.naming.resource('index').replace('_', '-')

    @property
    def alarm_topic_names(self) -> tuple[str, ...]:
        return tuple(self.alarm_topics.split(',')) if self.alarm_topics else ()

    @property
    def gitlab_keys(self) -> tuple[str, ...]:
        return tuple(self.gitlab_ssh_keys.split(',')) if self.gitlab_ssh_keys else ()

    @property
    def state_key(self) -> str:
        """Of the object in the backend bucket that is the state of the component."""
        return self._state_key(self.component, self.stage)

    @property
    def state_keys(self) -> str:
        """Pattern of those of Azul itself, of all deployments, and of no other component."""
        return self._state_key('', '*')

    def _state_key(self, component: str, stage: str) -> str:
        return f'{self.resource_prefix}-{component}-{stage}.tfstate'

    def selects(self, component: str) -> bool:
        """
        :param component: one of `COMPONENTS`
        """
        assert component in COMPONENTS
        return self.component == component

    def host(self, lambda_name: Lambda) -> str:
        """By which a lambda is reached; empty if the deployment has no hosted zone."""
        return f'{self._subdomain(lambda_name)}.{self.domain}' if self.domain else ''

    def hosts(self, lambda_name: Lambda) -> tuple[str, ...]:
        """`host` and, for the service, the host in DRS URIs: each needs a certificate and a record."""
        aliases = [self.drs_domain] if lambda_name == 'service' else []
        return tuple(dict.fromkeys(filter(None, [self.host(lambda_name), *aliases])))

    def url(self, lambda_name: Lambda) -> str:
        """
        :return: without a slash at its end; empty if only API Gateway knows
        """
        given = {'indexer': self.indexer_url, 'service': self.service_url}[lambda_name]
        host = self.host(lambda_name)
        return given or (f'https://{host}' if host else '')

    def of_lambdas(self) -> dict[str, str]:
        urls = {'AZUL_INDEXER_URL': self.url('indexer'), 'AZUL_SERVICE_URL': self.url('service')}
        return {**super().of_lambdas(), **urls}

    def _subdomain(self, lambda_name: Lambda) -> str:
        return self.subdomain_template.replace('{lambda_name}', lambda_name)
