"""The service's door. Each view decodes, makes one call and encodes; what all have in common is in `azul.http`."""
from chalice.app import Response

from azul import changelog, health
from azul.config import Config
from azul.http import App, answer
from azul.index.bundle import JSON
from azul.service import request, summary
from azul.service.wiring import Service

config = Config.load()
app = App('azul-service', config.debug)
service = Service(config)

READ = ['GET', 'HEAD']


@app.route('/')
def hello() -> JSON:
    return {'Hello': 'World!'}


@app.route('/version')
def version() -> JSON:
    return changelog.version(config.git_commit, config.git_dirty)


@app.route('/health')
def overall_health() -> Response:
    keys = health.ALL if app.raw_path.endswith('/') else health.SERVICE
    return answer(*service.health.report(keys))


@app.route('/health/{keys}')
def particular_health(keys: str) -> Response:
    return answer(*service.health.report(keys.split(',')))


@app.route('/repository/summary', methods=READ, parameters=summary.PARAMETERS)
def repository_summary() -> JSON:
    return service.summary.summary(app.parameters)


@app.route('/repository/{entity_type}', methods=READ, parameters=request.PARAMETERS)
def page(entity_type: str) -> JSON:
    return service.repository.page(entity_type, app.parameters, app.base_url(config.service_url))


@app.route('/repository/{entity_type}/{entity_id}', methods=READ, parameters=request.PARAMETERS)
def detail(entity_type: str, entity_id: str) -> JSON:
    return service.repository.detail(entity_type, entity_id, app.parameters, app.base_url(config.service_url))


@app.route('/repository/{entity_type}/order')
def order(entity_type: str) -> JSON:
    return service.repository.order(entity_type)
