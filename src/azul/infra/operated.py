"""The settings of what scripts operate on: a deployment to an account, or the stack of a laptop."""
from dataclasses import dataclass, replace

from azul.aws import clients, engine_domain
from azul.config import Config, Settings, inherited
from azul.deployment import Deployment


@dataclass(frozen=True, kw_only=True)
class EngineEndpoint(Settings):
    endpoint: str = inherited(Config, 'es_endpoint', default='')


def operated(*, engine: bool = True) -> Config:
    """
    The settings of this process. Where they do not say where the search engine is, AWS is asked where the domain of the
    deployment has it; the lambdas know that from Terraform.

    :param engine: whether that has to be known
    :raises ConfigurationError: for all that is missing or malformed, or if there is no such domain
    """
    if EngineEndpoint.load().endpoint:
        return Config.load()
    deployment = Deployment.load()
    if not engine:
        return deployment
    client = clients.engine_domains(deployment)
    return replace(deployment, es_endpoint=engine_domain.endpoint(client, deployment.engine_domain))
