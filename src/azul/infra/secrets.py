"""Secrets without their values: those are nothing for the state. `scripts/provision_credentials.py` makes them."""
from azul.config import Config
from azul.index.bundle import JSON


def names(config: Config) -> dict[str, str]:
    """By what Terraform calls them."""
    return {'hmac': config.naming.hmac_secret(), 'token': config.naming.token_secret()}


def resources(config: Config) -> JSON:
    return {'resource': {'aws_secretsmanager_secret': {
        # Without a time in which it could be recovered, a deployment can be made again as soon as it is deleted.
        resource: {'name': name, 'recovery_window_in_days': 0} for resource, name in names(config).items()
    }}}


def arn(resource: str) -> str:
    """As an expression of Terraform."""
    return f'${{aws_secretsmanager_secret.{resource}.arn}}'
