"""The indexer's doors: what comes in by HTTP and from the queues. Each handler decodes, makes one call and encodes."""
from typing import Any

from chalice.app import Response, SQSEvent

from azul import changelog, health
from azul.config import Config
from azul.http import App, answer
from azul.index.documents import EntityReference
from azul.indexer import direct
from azul.indexer.wiring import Indexer
from azul.messaging.inbox import Record

config = Config.load()
app = App('azul-indexer', config.debug)
indexer = Indexer(config)
names = config.naming


@app.route('/')
def hello() -> Any:
    return {'Hello': 'World!'}


@app.route('/', methods=['POST'], parameters=direct.PARAMETERS if config.sync else {})
def add() -> Response:
    door = indexer.direct if direct.is_wanted(app.parameters) else indexer.door
    door.admit('add', app.target, app.request.headers, app.body)
    return Response('', status_code=202)


@app.route('/delete', methods=['POST'])
def delete() -> Response:
    indexer.door.admit('delete', app.target, app.request.headers, app.body)
    return Response('', status_code=202)


@app.route('/explain/{entity_type}/{entity_id}')
def explain(entity_type: str, entity_id: str) -> Any:
    indexer.door.verify('add', app.target, app.request.headers, app.body)
    return indexer.explain.within().entity(EntityReference(entity_type, entity_id))


@app.route('/version')
def version() -> Any:
    return changelog.version(config.git_commit, config.git_dirty)


@app.route('/health')
def default_health() -> Response:
    # Routing takes the trailing slash for nothing, but it asks for all there is.
    return answer(*indexer.health.report(health.ALL if app.raw_path.endswith('/') else health.INDEXER))


@app.route('/health/{keys}')
def some_health(keys: str) -> Response:
    return answer(*indexer.health.report(keys.split(',')))


@app.on_sqs_message(queue=names.queue('notifications'), batch_size=10)
def contribute(event: SQSEvent) -> Any:
    return indexer.notification_worker.handle(*_batch(event))


@app.on_sqs_message(queue=names.queue('tallies'), batch_size=20, maximum_batching_window_in_seconds=1)
def aggregate(event: SQSEvent) -> Any:
    return indexer.tally_worker.handle(*_batch(event))


def _batch(event: SQSEvent) -> Any:
    """The records of the event, and what tells the seconds that are left for them."""
    records = [Record.from_json(record) for record in event.to_dict()['Records']]
    context: Any = event.context
    return records, lambda: context.get_remaining_time_in_millis() / 1000
