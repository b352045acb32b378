from azul.deployment import Deployment
from azul.infra.gitlab import instance
from azul.infra.templates import emit

emit(instance.resources(Deployment.load()))
