"""The service's door. Each view decodes, makes one call and encodes; what all have in common is in `azul.http`."""
from chalice.app import Response

from azul import changelog, health
from azul.config import Config
from azul.http import App, answer
from azul.index.bundle import JSON
from azul.service import integrations, request
from azul.service.query import Restriction
from azul.service.wiring import Service

config = Config.load()
app = App('azul-service', config.debug)
service = Service(config)

READ = ['GET', 'HEAD']
ASK = [*READ, 'POST']


def restriction() -> Restriction:
    """To what the caller may see."""
    return service.restriction(None)


def base_url() -> str:
    return app.base_url(config.service_url)


@app.route('/', methods=READ)
def hello() -> JSON:
    return {'Hello': 'World!'}


@app.route('/version', methods=READ)
def version() -> JSON:
    return changelog.version(config.git_commit, config.git_dirty)


@app.route('/health', methods=READ)
def overall_health() -> Response:
    keys = health.ALL if app.raw_path.endswith('/') else health.SERVICE
    return answer(*service.health.report(keys))


@app.route('/health/{keys}', methods=READ)
def particular_health(keys: str) -> Response:
    return answer(*service.health.report(keys.split(',')))


@app.route('/integrations', methods=READ, parameters=integrations.PARAMETERS)
def offered() -> list[JSON]:
    return service.integrations.offered(restriction(), app.parameters, app.values('entity_ids'))


@app.route('/repository/summary', methods=ASK, parameters=lambda: service.summary.parameters, in_body=True)
def repository_summary() -> JSON:
    return service.summary.summary(restriction(), app.parameters)


@app.route('/repository/{entity_type}', methods=ASK, in_body=True,
           parameters=lambda entity_type: request.page_parameters(service.plugin, entity_type))
def page(entity_type: str) -> JSON:
    return service.repository.page(restriction(), entity_type, app.parameters, base_url())


@app.route('/repository/{entity_type}/{entity_id}', methods=ASK, in_body=True,
           parameters=lambda entity_type, **_: request.parameters(service.plugin, entity_type))
def detail(entity_type: str, entity_id: str) -> JSON:
    return service.repository.detail(restriction(), entity_type, entity_id, app.parameters, base_url())


@app.route('/repository/{entity_type}/order', methods=READ)
def order(entity_type: str) -> JSON:
    return service.repository.order(entity_type)
