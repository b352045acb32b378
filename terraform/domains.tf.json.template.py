from azul.deployment import Deployment
from azul.infra import domains
from azul.infra.templates import emit

emit(domains.resources(Deployment.load()))
