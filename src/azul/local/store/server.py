"""The store as a server."""
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

from azul.index.bundle import JSON
from azul.local.ports import HOST, Port, require_free
from azul.local.store import bundles, control, files, problem, search, subscribing
from azul.local.store.request import require_replica
from azul.local.store.store import Store


def app(store: Store) -> Flask:
    flask = Flask(__name__, static_folder=None)
    flask.url_map.strict_slashes = False

    @flask.before_request
    def before() -> Response | None:
        if request.path.startswith('/v1/'):
            if store.knobs.take('unavailable'):
                error = problem.Problem(503, 'service_unavailable', 'Come again later')
                response = problem.answer(error)
                response.headers['Retry-After'] = str(store.knobs.setting.retry_after)
                return response
            require_replica()
        return None

    @flask.get('/internal/health')
    def health() -> JSON:
        return {'Healthy': True}

    flask.register_error_handler(Exception, problem.answer)
    for module in (bundles, files, search, subscribing, control):
        flask.register_blueprint(module.routes(store))
    return flask


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """
    Serve a folder of bundles in threads of this process while the block runs.

    :param port: where to listen, on the loopback interface; 0 for a free one
    :return: the URL
    :raises ConfigurationError: if the folder cannot be read or the port is taken
    """
    if port:
        # The server would end the process with a message of its own.
        require_free([Port(port, 'data store')])
    store = Store(folder)
    with ExitStack() as stack:
        stack.callback(store.courier.stop)
        server = stack.enter_context(make_server(HOST, port, app(store), threaded=True, request_handler=_Handler))
        # It looks ten times a second whether it is to stop.
        thread = threading.Thread(target=server.serve_forever, args=[0.1], name='store', daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield f'http://{HOST}:{server.port}'


class _Handler(WSGIRequestHandler):

    def log_request(self, code: int | str = '-', size: int | str = '-') -> None:
        pass  # there are thousands of them
