"""The service's door. Each view decodes, makes one call and encodes; what all have in common is in `azul.http`.

What a view says in its docstring is the summary of its route in the document of the API.
"""
from functools import cache
from typing import Any

from chalice.app import Response, SQSEvent

from azul import changelog, health
from azul.config import Config
from azul.http import App, answer
from azul.http.declared import Text
from azul.index.bundle import JSON
from azul.messaging.inbox import Record
from azul.service import discovery, integrations, request, shortener
from azul.service.files import ga4gh
from azul.service.openapi import answers, file_answers
from azul.service.query import Restriction
from azul.service.wiring import Service

config = Config.load()
service = Service(config)
app = App('azul-service', config.debug, service.authenticates)

READ = ['GET', 'HEAD']
ASK = [*READ, 'POST']
OBJECT_PARAMETERS = {'token': Text('From an answer that the manifest is done.', at_most=500)}


def restriction() -> Restriction:
    """To what the caller may see. All that reads data wants to be given it."""
    return service.restriction(app.request.headers.get('authorization'))


def base_url() -> str:
    return app.base_url(config.service_url)


@app.route('/', methods=READ, answers=answers.hello)
def hello() -> JSON:
    """Say that the service is there."""
    return {'Hello': 'World!'}


@app.route('/version', methods=READ, answers=answers.version)
def version() -> JSON:
    """Tell which version runs."""
    return changelog.version(config.git_commit, config.git_dirty)


@app.route('/health', methods=READ, answers=answers.health)
def overall_health() -> Response:
    """Tell whether the service works, and with a slash at the end whether the whole system does."""
    keys = health.ALL if app.raw_path.endswith('/') else health.SERVICE
    return answer(*service.health.report(keys))


@app.route('/health/{keys}', methods=READ, answers=answers.health)
def particular_health(keys: str) -> Response:
    """Tell whether some parts of the system work."""
    return answer(*service.health.report(keys.split(',')))


@app.route('/me', methods=READ, answers=answers.me)
def me() -> Response:
    """Tell the caller what is known of them."""
    return answer(service.me(app.request.headers.get('authorization')), headers={'Cache-Control': 'no-store, private'})


@app.route('/integrations', methods=READ, parameters=integrations.PARAMETERS, answers=answers.integrations)
def offered() -> list[JSON]:
    """Tell what other sites offer for entities."""
    return service.integrations.offered(restriction(), app.parameters, app.values('entity_ids'))


@app.route('/repository', methods=READ, answers=answers.discovery)
def discover() -> JSON:
    """Tell what there is to be asked for."""
    return discovery.described(service.plugin)


@app.route('/repository/summary', methods=ASK, in_body=True, answers=answers.summary,
           parameters=lambda: service.summary.parameters)
def repository_summary() -> JSON:
    """Sum up entities."""
    return service.summary.summary(restriction(), app.parameters)


@app.route('/repository/{entity_type}', methods=ASK, in_body=True, answers=answers.page,
           parameters=lambda entity_type: request.page_parameters(service.plugin, entity_type))
def page(entity_type: str) -> JSON:
    """Find entities, and count them by facets."""
    return service.repository.page(restriction(), entity_type, app.parameters, base_url())


@app.route('/repository/{entity_type}/{entity_id}', methods=ASK, in_body=True, answers=answers.detail,
           parameters=lambda entity_type, **_: request.parameters(service.plugin, entity_type))
def detail(entity_type: str, entity_id: str) -> JSON:
    """Show an entity."""
    return service.repository.detail(restriction(), entity_type, entity_id, app.parameters, base_url())


@app.route('/repository/{entity_type}/order', methods=READ, answers=answers.order)
def order(entity_type: str) -> JSON:
    """Tell in which order facets are to be offered."""
    return service.repository.order(entity_type)


@app.route('/manifest/files', methods=ASK, in_body=True, answers=answers.manifest,
           parameters=lambda: service.manifests.parameters)
def manifest() -> Response:
    """Make a manifest of files, for those who follow redirects."""
    told = service.manifests.ask(restriction(), app.parameters, base_url(), '/manifest/files')
    return Response('', {**told.headers(), 'Cache-Control': 'no-store'}, told.status)


@app.route('/fetch/manifest/files', methods=ASK, in_body=True, answers=answers.fetched_manifest,
           parameters=lambda: service.manifests.parameters)
def fetch_manifest() -> Response:
    """Make a manifest of files, for those who cannot see redirects."""
    told = service.manifests.ask(restriction(), app.parameters, base_url(), '/fetch/manifest/files')
    return answer(told.body(), headers={'Cache-Control': 'no-store'})


@app.route('/manifest/object', methods=READ, answers=answers.manifest_object, parameters=OBJECT_PARAMETERS)
def manifest_object() -> Response:
    """Download a manifest that is done."""
    location = service.manifests.location(app.parameters.get('token', ''), app.request.method == 'HEAD')
    return Response('', {'Location': location, 'Cache-Control': 'no-store'}, 302)


@app.route('/dss/files/{file_uuid}', methods=READ, answers=file_answers.file,
           parameters=lambda **_: service.files.parameters)
def file(file_uuid: str) -> Response:
    """Download a file, for those who follow redirects."""
    told = service.files.ask(restriction(), file_uuid, app.parameters, base_url(), '/dss/files')
    return Response('', {**told.headers(), 'Cache-Control': 'no-store'}, told.status)


@app.route('/fetch/dss/files/{file_uuid}', methods=READ, answers=file_answers.fetched_file,
           parameters=lambda **_: service.files.parameters)
def fetch_file(file_uuid: str) -> Response:
    """Download a file, for those who cannot see redirects."""
    told = service.files.ask(restriction(), file_uuid, app.parameters, base_url(), '/fetch/dss/files')
    return answer(told.body(), headers={'Cache-Control': 'no-store'})


@app.route('/ga4gh/drs/v1/objects/{object_id}', methods=READ, answers=file_answers.drs_object, errors=ga4gh.error,
           parameters=ga4gh.DRS_PARAMETERS)
def drs_object(object_id: str) -> JSON:
    """Describe a file as GA4GH DRS does it."""
    return service.drs.object(restriction(), object_id, app.parameters, base_url())


@app.route('/ga4gh/drs/v1/objects/{object_id}/access/{access_id}', methods=READ, answers=file_answers.drs_access,
           errors=ga4gh.error)
def drs_access(object_id: str, access_id: str) -> Response:
    """Tell where the content of such a file is."""
    told = service.drs.access(restriction(), object_id, access_id)
    if isinstance(told, int):
        return Response('', {'Retry-After': str(told), 'Cache-Control': 'no-store'}, 202)
    return answer({'url': told}, headers={'Cache-Control': 'no-store'})


@app.route('/ga4gh/drs/v1/service-info', methods=READ, answers=file_answers.drs_service_info, errors=ga4gh.error)
def drs_service_info() -> JSON:
    """Tell what this is, as GA4GH wants it."""
    return ga4gh.service_info(service.plugin.name, config.git_commit, base_url())


@app.route('/ga4gh/dos/v1/dataobjects/{file_uuid}', methods=READ, answers=file_answers.dos_object, errors=ga4gh.error,
           parameters=ga4gh.DOS_PARAMETERS)
def dos_object(file_uuid: str) -> JSON:
    """Describe a file as GA4GH DOS did it."""
    return service.dos.data_object(restriction(), file_uuid, app.parameters, base_url())


@app.route('/url', methods=['POST'], in_body=True, parameters=shortener.PARAMETERS, answers=file_answers.shortened)
def shorten() -> JSON:
    """Shorten a URL."""
    return service.shortener.shorten(app.parameters)


@app.route('/openapi', methods=READ, answers=answers.document)
def openapi() -> JSON:
    """Describe all this."""
    return described_api()


@app.route('/swagger', methods=READ, answers=answers.swagger)
def swagger_page() -> Response:
    """Show this description to people."""
    from azul.service.openapi import swagger

    return swagger.page(app.raw_path)


@app.route('/swagger/{file}', methods=READ, answers=answers.swagger_file)
def swagger_file(file: str) -> Response:
    """Give a part of that page."""
    from azul.service.openapi import swagger

    return swagger.file(file)


@cache
def described_api() -> JSON:
    # It is large, and few ask for it.
    from azul.service.openapi.document import document

    return document(app.operations, service)


@app.on_sqs_message(queue=config.naming.queue('jobs'), batch_size=1)
def work(event: SQSEvent) -> Any:
    context: Any = event.context
    records = [Record.from_json(record) for record in event.to_dict()['Records']]
    return service.job_worker.handle(records, lambda: context.get_remaining_time_in_millis() / 1000)
