from azul.deployment import Deployment
from azul.infra import gitlab
from azul.infra.templates import emit

emit(gitlab.declared(Deployment.load()))
