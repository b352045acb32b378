"""The settings of a deployment: declared once, read once, validated at once.

This module is the only reader of `os.environ`. `Config.load()` is called at the root of each program; whatever needs a
setting is given the `Config`, or better, the setting.
"""
import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

from azul.errors import ConfigurationError
from azul.naming import PREFIX, STAGE, Naming

URL = re.compile(r'https?://[^/\s]+(/\S*)?')

HOST = r'[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+'


def setting(variable: str, meaning: str, *, default: Any = MISSING, secret: bool = False) -> Any:
    """
    Declare a member of `Config`.

    :param variable: name of the environment variable. Those in capitals are published to the lambdas.
    :param default: what an unset variable stands for; a variable without one must be set
    :param secret: whether the value must not be shown
    """
    return field(default=default, metadata={'variable': variable, 'meaning': meaning, 'secret': secret})


@dataclass(frozen=True, kw_only=True)
class Config:
    stage: str = setting('AZUL_DEPLOYMENT_STAGE', 'Name of the deployment, part of the name of every resource.')
    project: str = setting('AZUL_PROJECT', 'Name of the plug-in, the package `azul.projects.<name>`.', default='hca')
    debug: int = setting('AZUL_DEBUG', 'How much is logged: 0, 1 or 2.', default=0)
    resource_prefix: str = setting('AZUL_RESOURCE_PREFIX', 'First part of the names of AWS resources.', default='azul')
    index_prefix: str = setting('AZUL_INDEX_PREFIX', 'First part of the names of indices.', default='azul')

    es_endpoint: str = setting('AZUL_ES_ENDPOINT', '`host:port` of the search engine.')
    es_timeout: int = setting('AZUL_ES_TIMEOUT', 'Seconds that the indexer waits for the engine.', default=60)
    es_shards: int = setting('AZUL_ES_SHARDS', 'Number of primary shards of each index.', default=1)
    es_replicas: int = setting('AZUL_ES_REPLICAS', 'Number of copies of each shard.', default=0)

    dss_endpoint: str = setting('AZUL_DSS_ENDPOINT', 'URL of the data store, with its version.')
    dss_workers: int = setting('AZUL_DSS_WORKERS', 'Metadata files that a worker fetches at once.', default=8)

    aws_region: str = setting('AWS_DEFAULT_REGION', 'Region of all AWS resources.', default='us-east-1')
    aws_endpoint: str = setting('AZUL_AWS_ENDPOINT', 'URL of an AWS stand-in; empty for AWS itself.', default='')
    sqs_endpoint: str = setting('AZUL_SQS_ENDPOINT', 'URL of a queue server; empty for SQS itself.', default='')

    drs_domain: str = setting('AZUL_DRS_DOMAIN_NAME', 'Host in DRS URIs; empty for that of the service.', default='')
    redirect_domain: str = setting('AZUL_URL_REDIRECT_FULL_DOMAIN_NAME',
                                   'Host of short URLs, and name of their bucket; empty if there are none.', default='')
    redirect_hosts: str = setting('AZUL_URL_REDIRECT_HOSTS',
                                  'Hosts of URLs that may be shortened, with all below them, separated by commas.',
                                  default='')

    s3_bucket: str = setting('AZUL_S3_BUCKET', 'Bucket for manifests; empty for that of the stage.', default='')

    retry_delay: int = setting('AZUL_RETRY_DELAY', 'Seconds until the first retry; doubled for each next.', default=10)
    max_attempts: int = setting('AZUL_MAX_ATTEMPTS', 'Attempts at a message until it is a dead letter.', default=10)
    visibility: int = setting('AZUL_VISIBILITY', 'Seconds for which a worker has a message for itself.', default=1860)

    sync: bool = setting('AZUL_SYNC', 'Whether `POST /?sync=true` indexes within the request.', default=False)
    authenticator: str = setting('AZUL_AUTHENTICATOR', 'Class that knows who asks the service.',
                                 default='azul.service.auth.none.Nobody')
    auth_issuer: str = setting('AZUL_AUTH_ISSUER', 'URL of the issuer of tokens, where any will do.', default='')
    auth_audiences: str = setting('AZUL_AUTH_AUDIENCES', 'For whom tokens are, separated by commas.', default='')

    indexer_url: str = setting('AZUL_INDEXER_URL', 'Public URL of the indexer.', default='')
    service_url: str = setting('AZUL_SERVICE_URL', 'Public URL of the service.', default='')
    git_commit: str = setting('azul_git_commit', 'Commit that was deployed, for `/version`.', default='')
    git_dirty: bool = setting('azul_git_dirty', 'Whether the checkout had changes beyond it.', default=False)

    @classmethod
    def load(cls) -> Self:
        """The settings of this process. See `from_environment`."""
        return cls.from_environment(os.environ)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """
        :raises ConfigurationError: for all variables that are missing or malformed
        """
        values, faults = {}, []
        for declared in fields(cls):
            variable = declared.metadata['variable']
            text = environment.get(variable)
            if text is None:
                if declared.default is MISSING:
                    faults.append(f'{variable} is not set. {declared.metadata["meaning"]}')
                continue
            try:
                values[declared.name] = _parse(declared.type, text)
            except ValueError as error:
                shown = 'its value' if declared.metadata['secret'] else repr(text)
                faults.append(f'{variable}: {shown} {error}')
        if faults:
            raise ConfigurationError('Environment', faults)
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """Inverse of `from_environment`, for child processes."""
        return {
            declared.metadata['variable']: _render(getattr(self, declared.name))
            for declared in fields(self)
        }

    def __post_init__(self) -> None:
        faults = [
            f'{variable}: {value!r} must match {pattern.pattern}'
            for variable, value, pattern in [
                ('AZUL_DEPLOYMENT_STAGE', self.stage, STAGE),
                ('AZUL_RESOURCE_PREFIX', self.resource_prefix, PREFIX),
                ('AZUL_INDEX_PREFIX', self.index_prefix, PREFIX),
                ('AZUL_PROJECT', self.project, PREFIX),
                ('AZUL_AUTHENTICATOR', self.authenticator, re.compile(r'[A-Za-z_]\w*(\.[A-Za-z_]\w*)+')),
                ('AZUL_AUTH_AUDIENCES', self.auth_audiences, re.compile(r'([^\s,]+(,[^\s,]+)*)?')),
                ('AZUL_DRS_DOMAIN_NAME', self.drs_domain, re.compile(f'({HOST})?')),
                ('AZUL_URL_REDIRECT_FULL_DOMAIN_NAME', self.redirect_domain, re.compile(f'({HOST})?')),
                ('AZUL_URL_REDIRECT_HOSTS', self.redirect_hosts, re.compile(f'({HOST}(,{HOST})*)?')),
                ('AZUL_ES_ENDPOINT', self.es_endpoint, re.compile(r'[^/\s:]+:[0-9]+')),
                ('AZUL_DSS_ENDPOINT', self.dss_endpoint, URL),
            ] if pattern.fullmatch(value) is None
        ]
        faults += [
            f'{variable}: {url!r} must be empty or a URL'
            for variable, url in [
                ('AZUL_AWS_ENDPOINT', self.aws_endpoint), ('AZUL_SQS_ENDPOINT', self.sqs_endpoint),
                ('AZUL_INDEXER_URL', self.indexer_url), ('AZUL_SERVICE_URL', self.service_url),
                ('AZUL_AUTH_ISSUER', self.auth_issuer),
            ] if url and URL.fullmatch(url) is None
        ]
        faults += [
            f'{variable}: must be at least 1'
            for variable, number in [
                ('AZUL_MAX_ATTEMPTS', self.max_attempts), ('AZUL_ES_SHARDS', self.es_shards),
                ('AZUL_ES_TIMEOUT', self.es_timeout), ('AZUL_VISIBILITY', self.visibility),
            ] if number < 1
        ]
        if self.redirect_domain and not self.redirect_hosts:
            faults.append('AZUL_URL_REDIRECT_HOSTS: must be set where there are short URLs')
        if self.debug not in (0, 1, 2):
            faults.append(f'AZUL_DEBUG: {self.debug} must be 0, 1 or 2')
        if faults:
            raise ConfigurationError('Environment', faults)

    @property
    def audiences(self) -> tuple[str, ...]:
        return tuple(self.auth_audiences.split(',')) if self.auth_audiences else ()

    @property
    def shortened_hosts(self) -> tuple[str, ...]:
        return tuple(self.redirect_hosts.split(',')) if self.redirect_hosts else ()

    @property
    def bucket(self) -> str:
        return self.s3_bucket or self.naming.bucket()

    @property
    def naming(self) -> Naming:
        return Naming(self.resource_prefix, self.index_prefix, self.stage)


def _parse(type_: Any, text: str) -> Any:
    if type_ is bool:
        if text not in ('0', '1'):
            raise ValueError('must be 0 or 1')
        return text == '1'
    if type_ is int:
        if not re.fullmatch('[0-9]{1,9}', text):
            raise ValueError('must be a whole number')
        return int(text)
    return text


def _render(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
