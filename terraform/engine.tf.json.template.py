from azul.deployment import Deployment
from azul.infra import engine
from azul.infra.templates import emit

emit(engine.resources(Deployment.load()))
