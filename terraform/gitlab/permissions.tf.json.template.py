from azul.deployment import Deployment
from azul.infra.gitlab import permissions
from azul.infra.templates import emit

emit(permissions.resources(Deployment.load()))
