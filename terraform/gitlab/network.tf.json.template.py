from azul.deployment import Deployment
from azul.infra.gitlab import network
from azul.infra.templates import emit

emit(network.resources(Deployment.load()))
