from azul.deployment import Deployment
from azul.infra import lambdas
from azul.infra.templates import emit

emit(lambdas.resources(Deployment.load()))
