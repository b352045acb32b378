"""The store as a server."""
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from azul.index.bundle import JSON
from azul.local.ports import HOST
from azul.local.store import bundles, control, files, problem, search, subscribing
from azul.local.store.request import require_replica
from azul.local.store.store import Store


def app(store: Store) -> Flask:
    flask = Flask(__name__, static_folder=None)
    flask.url_map.strict_slashes = False
    flask.json.sort_keys = False  # type: ignore[attr-defined]

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
    :raises ConfigurationError: if the folder cannot be read
    :raises OSError: if the port is taken
    """
    store = Store(folder)
    server: BaseWSGIServer | None = None
    try:
        server = make_server(HOST, port, app(store), threaded=True, request_handler=_Handler)
        thread = threading.Thread(target=server.serve_forever, args=[0.1], name='store', daemon=True)
        thread.start()
        yield f'http://{HOST}:{server.port}'
        server.shutdown()
        thread.join()
    finally:
        if server is not None:
            server.server_close()
        store.courier.stop()


class _Handler(WSGIRequestHandler):

    def log_request(self, code: int | str = '-', size: int | str = '-') -> None:
        pass  # there are thousands of them
