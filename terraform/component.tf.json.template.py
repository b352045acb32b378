from azul.deployment import Deployment
from azul.infra import component
from azul.infra.templates import emit

emit(component.component(Deployment.load(), ''))
