"""Clients of AWS, or of its stand-ins where the settings name some.

With a stand-in go credentials of no value, never those of the environment; AWS itself gets those of the environment.
The library is imported with the first client: it takes a third of a cold start, and few requests need it.
"""
import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from azul.aws.signing import Signer, is_signed
from azul.config import Config
from azul.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

IN_REQUESTS = (3.0, 1)
"""Timeout and attempts where somebody waits for an answer, who must have it before the gateway gives up."""

TO_DO = 'Export AWS_PROFILE, the name of a profile in ~/.aws/config, in an `environment.local`, and say `_refresh`.'
"""For those without credentials."""


def sqs(config: Config, timeout: float = 25, attempts: int = 3) -> 'SQSClient':
    """
    :param timeout: seconds to wait for an answer; a long poll must be shorter
    :param attempts: how often a call is tried that fails for a reason which may pass
    :raises ConfigurationError: if the environment has no credentials, or settings of AWS that are of no use, as for
                                all clients
    """
    endpoint = config.sqs_endpoint or config.aws_endpoint
    client: SQSClient = _client('sqs', config, endpoint, timeout, attempts)
    return client


def secrets(config: Config, timeout: float = 25, attempts: int = 3) -> 'SecretsManagerClient':
    client: SecretsManagerClient = _client('secretsmanager', config, config.aws_endpoint, timeout, attempts)
    return client


def s3(config: Config, timeout: float = 25, attempts: int = 3) -> 'S3Client':
    """It signs URLs so that they work for new buckets, and in any region: by default it would use version 2 of the
    signature, which these do not take any more, and a host that redirects to another one, for which it is wrong."""
    client: S3Client = _client('s3', config, config.aws_endpoint, timeout, attempts, signature_version='s3v4',
                               s3={'addressing_style': 'virtual', 'us_east_1_regional_endpoint': 'regional'})
    return client


def functions(config: Config, timeout: float = 25, attempts: int = 3) -> 'LambdaClient':
    client: LambdaClient = _client('lambda', config, config.aws_endpoint, timeout, attempts)
    return client


def engine_domains(config: Config, timeout: float = 25, attempts: int = 3) -> Any:
    """Of search engines. For the one call that we make there are no types."""
    return _client('es', config, config.aws_endpoint, timeout, attempts)


def signer(config: Config) -> Signer | None:
    """
    What signs requests to the engine; None if it does not ask for that.

    :raises ConfigurationError: if there are no credentials to do it with, as for all clients
    """
    if not is_signed(config.es_endpoint):
        return None
    return Signer(_credentials(), config.aws_region)


def _credentials() -> 'Credentials':
    """Those of the environment. Whoever has none is told so at once, and not by the first call in whatever words."""
    from botocore.exceptions import BotoCoreError

    try:
        with _one_at_a_time:
            credentials: Credentials | None = _session(False).get_credentials()
    except BotoCoreError as error:
        raise ConfigurationError('Credentials of AWS', [f'{error}. {TO_DO}']) from error
    if credentials is None:
        raise ConfigurationError('Credentials of AWS', [f'there are none. {TO_DO}'])
    return credentials


def _client(service: str, config: Config, endpoint: str, timeout: float, attempts: int, **more: Any) -> Any:
    """
    :param more: settings of the client
    """
    from botocore.config import Config as ClientConfig
    from botocore.exceptions import BotoCoreError

    settings = ClientConfig(connect_timeout=min(timeout, 5),
                            read_timeout=timeout,
                            max_pool_connections=32,
                            retries={'total_max_attempts': attempts, 'mode': 'standard'},
                            **more)
    stand_in: dict[str, Any] = {}
    if endpoint:
        # A proxy for the rest of the world does not know our loopback interface. Nor can the names of buckets be looked
        # up as parts of its host name.
        settings = settings.merge(ClientConfig(proxies={}, s3={'addressing_style': 'path'}))
        stand_in = {'endpoint_url': endpoint, 'aws_access_key_id': 'none', 'aws_secret_access_key': 'none'}
    else:
        _credentials()
    try:
        with _one_at_a_time:
            return _session(bool(endpoint)).client(service, region_name=config.aws_region, config=settings, **stand_in)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f'Client of {service}', [str(error)]) from error


_one_at_a_time = Lock()
"""Unlike its clients, a session must not be used by several threads at once."""


@cache
def _session(stand_in: bool) -> Any:
    """What makes all clients. The first one of a service takes a tenth of a second, to read what can be said to it; the
    others take next to nothing.

    As its stubs have it, one can only ask for services by literals; hence no type.
    """
    import boto3
    from botocore.session import Session

    variables: dict[str, Any] = {}
    if stand_in:
        # Nothing of the user's own: a stand-in must not be shown real credentials, and a profile that does not exist
        # must not keep us from talking to it.
        nothing = (None, None, os.devnull, None)
        variables = {'profile': (None, None, None, None), 'config_file': nothing, 'credentials_file': nothing}
    return boto3.Session(botocore_session=Session(session_vars=variables))
