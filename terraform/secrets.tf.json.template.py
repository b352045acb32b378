from azul.deployment import Deployment
from azul.infra import secrets
from azul.infra.templates import emit

emit(secrets.resources(Deployment.load()))
