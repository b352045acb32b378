from azul.infra import chalice
from azul.infra.templates import emit

emit(chalice.configuration('service'))
