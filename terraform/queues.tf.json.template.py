from azul.deployment import Deployment
from azul.infra import queues
from azul.infra.templates import emit

emit(queues.resources(Deployment.load()))
