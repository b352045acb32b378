from azul.deployment import Deployment
from azul.infra import storage
from azul.infra.templates import emit

emit(storage.resources(Deployment.load()))
