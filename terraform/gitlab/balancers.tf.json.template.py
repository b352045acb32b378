from azul.deployment import Deployment
from azul.infra.gitlab import balancers
from azul.infra.templates import emit

emit(balancers.resources(Deployment.load()))
