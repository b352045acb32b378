from azul.deployment import Deployment
from azul.infra import monitoring
from azul.infra.templates import emit

emit(monitoring.health_checks(Deployment.load()))
