from azul.deployment import Deployment
from azul.infra import google
from azul.infra.templates import emit

emit(google.resources(Deployment.load()))
