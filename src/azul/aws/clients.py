"""Clients of AWS services, or of the servers that stand in for them."""
from typing import TYPE_CHECKING, Any

from azul.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient


def sqs(config: Config) -> 'SQSClient':
    client: SQSClient = _client('sqs', config, config.sqs_endpoint)
    return client


def secrets(config: Config) -> 'SecretsManagerClient':
    client: SecretsManagerClient = _client('secretsmanager', config, config.aws_endpoint)
    return client


def s3(config: Config) -> 'S3Client':
    client: S3Client = _client('s3', config, config.aws_endpoint)
    return client


def _client(service: str, config: Config, endpoint: str) -> Any:
    # Here and not above, because boto3 is most of the time that a lambda takes to start.
    import boto3
    from botocore.config import Config as ClientConfig

    settings: dict[str, Any] = {
        'region_name': config.aws_region,
        'config': ClientConfig(connect_timeout=5, read_timeout=25, max_pool_connections=32,
                               retries={'mode': 'standard', 'max_attempts': 3}),
    }
    if endpoint:
        # A stand-in takes any credentials. It must not be shown real ones, wherever the environment may have them.
        settings |= {'endpoint_url': endpoint, 'aws_access_key_id': 'none', 'aws_secret_access_key': 'none',
                     'aws_session_token': None}
    session: Any = boto3.session.Session()  # its stubs have an overload per service, none for a variable
    return session.client(service, **settings)
