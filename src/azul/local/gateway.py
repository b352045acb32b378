"""HTTP for a Chalice app: the server that comes with Chalice, with the limits and manners of the real gateway."""
import json
import socketserver
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Request
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, LocalGatewayException, ThreadedHTTPServer

from azul.errors import TooLarge
from azul.http import MAX_ANSWER
from azul.local.ports import HOST

MAX_SECONDS = 29
MAX_REQUEST = 6 * 1024 * 1024
"""Bytes"""


class Gateway:
    """
    Serves an app from now on, in threads, until `stop`.

    :param port: where to listen, on the loopback interface
    :param folder: of the app's module
    :param max_seconds: how long the app may take for an answer
    :raises OSError: if the port is taken
    """

    def __init__(self, app: Chalice, port: int, folder: Path, max_seconds: float = MAX_SECONDS) -> None:
        app.__class__ = type('ThreadSafeApp', (_ThreadSafe, type(app)), {})
        config = Config.create(chalice_app=app, project_dir=str(folder), lambda_timeout=max_seconds)
        self._server = LocalDevServer(app, config, HOST, port, handler_cls=_Handler, server_cls=_Server).server
        # It looks ten times a second whether it is to stop.
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.1], name='gateway', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()  # without that the port remains taken
        self._thread.join()


class _ThreadSafe(Chalice):
    """An app for several threads. A lambda has but one thread: Chalice keeps the request that it handles in the app."""
    _thread = threading.local()

    @property
    def current_request(self) -> Request | None:
        return getattr(self._thread, 'request', None)

    @current_request.setter
    def current_request(self, request: Request | None) -> None:
        self._thread.request = request

    @property
    def lambda_context(self) -> Any:
        return getattr(self._thread, 'context', None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        self._thread.context = context


class _Refusal(LocalGatewayException):
    """What the gateway answers by itself; the connection is not usable any more, as the request was not read."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__({'Connection': 'close'}, _message(message))
        self.CODE = status


class _Handler(ChaliceRequestHandler):
    # Head and body of an answer are two packets. Of a kept connection the second one would wait for the first one's
    # acknowledgment, which the other side delays by 40 ms.
    disable_nagle_algorithm = True

    def __init__(self, request: Any, client_address: Any, server: Any, app_object: Chalice, config: Config) -> None:
        self._max_seconds: float = config.lambda_timeout
        # Handles all requests of the connection
        super().__init__(request, client_address, server, app_object, config)

    def log_message(self, format: str, *args: Any) -> None:
        pass  # the app logs

    def _generic_handle(self) -> None:
        self._started = time.monotonic()
        try:
            super()._generic_handle()
        except _Refusal as refusal:
            self._send_error_response(refusal)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer, and we live on
            self.server.handle_error(self.request, self.client_address)
            self._send_error_response(_Refusal(502, 'Internal server error'))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def _parse_payload(self) -> tuple[dict[str, str], bytes | None]:
        if 'Transfer-Encoding' in self.headers:
            raise _Refusal(411, 'Send the length of the body')
        text = self.headers.get('Content-Length', '0')
        if not (text.isascii() and text.isdigit()):
            raise _Refusal(400, 'Content-Length is not a number')
        length = int(text)
        if length > MAX_REQUEST:
            raise _Refusal(413, 'Request Too Long')
        return dict(self.headers), self.rfile.read(length) if length else None

    def _send_http_response(self, code: int, headers: Mapping[str, Any], body: str | bytes | None) -> None:
        """The only way out, for answers of the app as well as for those of the gateway."""
        content = b'' if body is None else body.encode() if isinstance(body, str) else body
        if time.monotonic() - self._started > self._max_seconds:
            code, headers, content = 504, {}, _message('Endpoint request timed out')
        elif len(content) > MAX_ANSWER:
            error = TooLarge(f'The response has {len(content):,} bytes, more than the {MAX_ANSWER:,} that can be '
                             f'sent. Ask for fewer hits, by a smaller `size`.')
            code, headers, content = error.status, {}, json.dumps(error.body()).encode()
        # Names of headers are equal irrespective of case: the app's win.
        defaults = {'Content-Type': 'application/json'}
        if code in (403, 405, 413, 415, 502, 504):
            # In the cloud it is the gateway that says these, mostly, and it is told to let browsers see them. All other
            # answers are the app's, and so are their headers.
            defaults['Access-Control-Allow-Origin'] = '*'
        names = {name.lower() for name in headers}
        self.send_response(code)
        self._send_headers({name: value for name, value in defaults.items() if name.lower() not in names}
                           | dict(headers)
                           | {'Content-Length': str(len(content))})
        if self.command != 'HEAD':
            self.wfile.write(content)


class _Server(ThreadedHTTPServer):
    request_queue_size = 128  # with the 5 that it comes with, some of 32 clients wait for a second

    def server_bind(self) -> None:
        # Not that of HTTPServer, which asks the name service for our name.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client may leave when it likes
            super().handle_error(request, client_address)


def _message(text: str) -> bytes:
    return json.dumps({'message': text}).encode()
