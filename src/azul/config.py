"""The settings of a deployment: declared once, read once, validated at once.

This module is the only reader of `os.environ`. `Config.load()` is called at the root of each program; whatever needs a
setting is given the `Config`, or better, the setting. `azul.deployment` declares those that lambdas do without, and
docs/variables.md, which is written from the declarations, lists them all.
"""
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar, Self

from azul.errors import ConfigurationError
from azul.naming import PREFIX, STAGE, Naming

LABEL = r'[a-z0-9]([a-z0-9-]*[a-z0-9])?'
HOST = rf'{LABEL}(\.{LABEL})+'
URL = r'https?://[^/\s]+(/\S*)?'
ENDPOINT = r'[^/\s:]+:[0-9]+'
CLASS = r'[A-Za-z_]\w*(\.[A-Za-z_]\w*)+'
BUCKET = r'[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]'


def setting(variable: str, meaning: str, *, default: Any = MISSING, secret: bool = False, pattern: str = '.*',
            least: int = 0, most: int = 999_999_999) -> Any:
    """
    Declare a member of a class of settings.

    :param variable: name of the environment variable
    :param default: what an unset variable stands for; a variable without one must be set. An empty one is set.
    :param secret: whether the value must not be shown
    :param pattern: the regular expression that a text matches as a whole, unless it is the default
    :param least: the least that a number may be
    :param most: and the greatest
    """
    return field(default=default, metadata={'variable': variable, 'meaning': meaning, 'secret': secret,
                                            'pattern': re.compile(pattern), 'least': least, 'most': most})


def inherited(settings: 'type[Settings]', name: str, *, default: Any) -> Any:
    """Declare a member as a class does from which one derives, but with another default."""
    (declared,) = (declared for declared in declarations(settings) if declared.name == name)
    return field(default=default, metadata=declared.metadata)


class Settings:
    """What is read from environment variables. Those who derive from it are frozen dataclasses of `setting`s."""
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

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
        for declared in declarations(cls):
            variable = declared.metadata['variable']
            text = environment.get(variable)
            if text is None:
                if declared.default is MISSING:
                    faults.append(f'{variable} is not set. {declared.metadata["meaning"]}')
                continue
            try:
                values[declared.name] = _parse(declared.type, text)
            except ValueError as error:
                faults.append(_fault(declared, text, str(error)))
            else:
                faults.extend(_misfits(declared, values[declared.name]))
        if faults:
            raise ConfigurationError('Environment', faults)
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """Inverse of `from_environment`, for child processes."""
        return {
            declared.metadata['variable']: rendered(getattr(self, declared.name))
            for declared in declarations(type(self))
        }

    def __post_init__(self) -> None:
        faults = [fault for declared in declarations(type(self))
                  for fault in _misfits(declared, getattr(self, declared.name))]
        # Values that are wrong by themselves would only seem to contradict each other.
        faults = faults or list(self.contradictions())
        if faults:
            raise ConfigurationError('Environment', faults)

    def contradictions(self) -> Iterator[str]:
        """What is wrong with values that are right, each by itself: a sentence each."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """The settings of the lambdas and of what works on the same queues and indices, the laptop's stack included."""
    stage: str = setting('AZUL_DEPLOYMENT_STAGE', 'Name of the deployment, part of the name of every resource.',
                         pattern=STAGE.pattern)
    project: str = setting('AZUL_PROJECT', 'Name of the plug-in, the package `azul.projects.<name>`.', default='hca',
                           pattern=PREFIX.pattern)
    debug: int = setting('AZUL_DEBUG', 'How much is logged: 0, 1 or 2.', default=0, most=2)
    resource_prefix: str = setting('AZUL_RESOURCE_PREFIX', 'First part of the names of AWS resources.', default='azul',
                                   pattern=PREFIX.pattern)
    index_prefix: str = setting('AZUL_INDEX_PREFIX', 'First part of the names of indices.', default='azul',
                                pattern=PREFIX.pattern)

    es_endpoint: str = setting('AZUL_ES_ENDPOINT',
                               '`host:port` of the search engine. Where an account is deployed to it can be left out, '
                               'for that of `AZUL_ES_DOMAIN`.', pattern=ENDPOINT)
    es_timeout: int = setting('AZUL_ES_TIMEOUT', 'Seconds that the indexer waits for the engine.', default=60, least=1)
    es_shards: int = setting('AZUL_ES_SHARDS', 'Number of primary shards of each index.', default=1, least=1)
    es_replicas: int = setting('AZUL_ES_REPLICAS', 'Number of copies of each shard.', default=0)

    dss_endpoint: str = setting('AZUL_DSS_ENDPOINT', 'URL of the data store, with its version.', pattern=URL)
    dss_query_prefix: str = setting('azul_dss_query_prefix',
                                    'Bundles whose uuid does not begin so are neither subscribed to nor reindexed.',
                                    default='', pattern='[0-9a-f]{1,8}')
    dss_workers: int = setting('AZUL_DSS_WORKERS', 'Metadata files that a worker fetches at once.', default=8)

    aws_region: str = setting('AWS_DEFAULT_REGION', 'Region of all AWS resources.', default='us-east-1')
    aws_endpoint: str = setting('AZUL_AWS_ENDPOINT', 'URL of an AWS stand-in; empty for AWS itself.', default='',
                                pattern=URL)
    sqs_endpoint: str = setting('AZUL_SQS_ENDPOINT', 'URL of a queue server; empty for SQS itself.', default='',
                                pattern=URL)

    drs_domain: str = setting('AZUL_DRS_DOMAIN_NAME', 'Host in DRS URIs; empty for that of the service.', default='',
                              pattern=HOST)
    redirect_domain: str = setting('AZUL_URL_REDIRECT_FULL_DOMAIN_NAME',
                                   'Host of short URLs, and name of their bucket; empty if there are none.', default='',
                                   pattern=HOST)
    redirect_hosts: str = setting('AZUL_URL_REDIRECT_HOSTS',
                                  'Hosts of URLs that may be shortened, with all below them, separated by commas.',
                                  default='', pattern=f'{HOST}(,{HOST})*')

    s3_bucket: str = setting('AZUL_S3_BUCKET', 'Bucket for manifests; empty for that of the stage.', default='',
                             pattern=BUCKET)

    retry_delay: int = setting('AZUL_RETRY_DELAY', 'Seconds until the first retry; doubled for each next.', default=10)
    max_attempts: int = setting('AZUL_MAX_ATTEMPTS', 'Attempts at a message until it is a dead letter.', default=10,
                                least=1)
    visibility: int = setting('AZUL_VISIBILITY', 'Seconds for which a worker has a message for itself.', default=1860,
                              least=1)

    sync: bool = setting('AZUL_SYNC', 'Whether `POST /?sync=true` indexes within the request.', default=False)
    authenticator: str = setting('AZUL_AUTHENTICATOR', 'Class that knows who asks the service.',
                                 default='azul.service.auth.none.Nobody', pattern=CLASS)
    auth_issuer: str = setting('AZUL_AUTH_ISSUER', 'URL of the issuer of tokens, where any will do.', default='',
                               pattern=URL)
    auth_audiences: str = setting('AZUL_AUTH_AUDIENCES', 'For whom tokens are, separated by commas.', default='',
                                  pattern=r'[^\s,]+(,[^\s,]+)*')

    indexer_url: str = setting('AZUL_INDEXER_URL', 'Public URL of the indexer.', default='', pattern=URL)
    service_url: str = setting('AZUL_SERVICE_URL', 'Public URL of the service.', default='', pattern=URL)
    git_commit: str = setting('azul_git_commit', 'Commit that was deployed, for `/version`.', default='')
    git_dirty: bool = setting('azul_git_dirty', 'Whether the checkout had changes beyond it.', default=False)

    def contradictions(self) -> Iterator[str]:
        if self.redirect_domain and not self.redirect_hosts:
            yield 'AZUL_URL_REDIRECT_HOSTS: must be set where there are short URLs'

    @staticmethod
    def tells_lambdas(variable: str) -> bool:
        """
        Whether a variable is published to the lambdas: those are the ones that `Config` itself declares and that are
        ours, not Amazon's. No secrets, as many people can read the environment of a lambda.
        """
        return variable.startswith(('AZUL_', 'azul_git_')) and any(
            variable == declared.metadata['variable'] and not declared.metadata['secret']
            for declared in declarations(Config))

    def of_lambdas(self) -> dict[str, str]:
        """What is published to the lambdas, by variables."""
        return {variable: text for variable, text in self.to_environment().items() if self.tells_lambdas(variable)}

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


def declarations(settings: type[Settings]) -> tuple[Field[Any], ...]:
    """As `setting` made them; each has the variable's `variable`, `meaning` and so on in its metadata."""
    return fields(settings)


def _misfits(declared: Field[Any], value: Any) -> Iterator[str]:
    metadata = declared.metadata
    if value == declared.default:
        return
    if isinstance(value, str):
        if metadata['pattern'].fullmatch(value) is None:
            yield _fault(declared, value, f'must match {metadata["pattern"].pattern}')
    elif value < metadata['least']:
        yield _fault(declared, value, f'must be at least {metadata["least"]}')
    elif value > metadata['most']:
        yield _fault(declared, value, f'must be at most {metadata["most"]}')


def _fault(declared: Field[Any], value: Any, text: str) -> str:
    shown = 'its value' if declared.metadata['secret'] else repr(value)
    return f'{declared.metadata["variable"]}: {shown} {text}'


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


def rendered(value: Any) -> str:
    """The text of a setting in an environment variable."""
    return str(int(value)) if isinstance(value, bool) else str(value)
