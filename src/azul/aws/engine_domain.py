"""Domains of search engines, as Amazon keeps them."""
from typing import Any

from azul.errors import ConfigurationError


def endpoint(client: Any, name: str) -> str:
    """
    Where the engine of a domain is.

    :param client: as `azul.aws.clients.engine_domains` makes it
    :return: `host:port`
    :raises ConfigurationError: if the domain is not there or not complete, or if that is not for us to know
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        domain = client.describe_elasticsearch_domain(DomainName=name)['DomainStatus']
    except client.exceptions.ResourceNotFoundException as error:
        raise ConfigurationError('Search engine', [
            f'AZUL_ES_DOMAIN: there is no domain {name}. `make terraform` makes it, unless it is shared.'
        ]) from error
    except (BotoCoreError, ClientError) as error:
        raise ConfigurationError('Search engine', [f'AZUL_ES_DOMAIN: {name}: {error}']) from error
    host = domain.get('Endpoint')
    if not host:
        raise ConfigurationError('Search engine', [f'AZUL_ES_DOMAIN: the domain {name} is still being made.'])
    return f'{host}:443'
