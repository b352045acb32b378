"""HTTP for a Chalice app: the server that comes with Chalice, with the limits and manners of the real gateway."""
import json
import re
import socketserver
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from chalice.app import Chalice, Request
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    ForbiddenError,
    LocalDevServer,
    LocalGatewayException,
    ThreadedHTTPServer,
)

from azul.errors import TooLarge
from azul.http import CORS, MAX_ANSWER, RETRY_AFTER
from azul.infra.functions import GATEWAY_SECONDS
from azul.local.ports import HOST

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

    def __init__(self, app: Chalice, port: int, folder: Path, max_seconds: float = GATEWAY_SECONDS) -> None:
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
    """What the gateway answers by itself, in the form in which the app would.

    :param headers: beside those that let browsers see it
    """

    def __init__(self, status: int, code: str, text: str, **headers: str) -> None:
        super().__init__({**CORS.get_access_control_headers(), **headers},
                         json.dumps({'Code': code, 'Message': f'{code}: {text}'}).encode())
        self.CODE = status


class _Unread(_Refusal):
    """One after which the connection is not usable any more, as the request was not read."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(status, code, text, Connection='close')


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
            self._send_error_response(_Unread(502, 'BadGatewayError', 'Internal server error'))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def __getattr__(self, name: str) -> Any:
        # The server answers 501 where there is no such handler, as if that method could be allowed some day.
        if name.startswith('do_'):
            return self._generic_handle
        raise AttributeError(name)

    def _send_error_response(self, error: LocalGatewayException) -> None:
        if isinstance(error, ForbiddenError):
            # To the real gateway, too, a path is forbidden that it does not know.
            error = _Refusal(403, 'ForbiddenError', 'There is no such path.')
        super()._send_error_response(error)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the server says to a request that it cannot even read the head of."""
        self.close_connection = True
        self._started = time.monotonic()
        status = HTTPStatus(code)
        text = 'The URL is too long: POST the parameters as a JSON object.' if code == 414 else message or status.phrase
        self._send_error_response(_Unread(code, f'{re.sub("[^A-Za-z]", "", status.phrase)}Error', text))

    def _parse_payload(self) -> tuple[dict[str, str], bytes | None]:
        if 'Transfer-Encoding' in self.headers:
            raise _Unread(411, 'LengthRequiredError', 'Send the length of the body.')
        text = self.headers.get('Content-Length', '0')
        if not (text.isascii() and text.isdigit()):
            raise _Unread(400, 'BadRequestError', 'Content-Length is not a number.')
        length = int(text)
        if length > MAX_REQUEST:
            raise _Unread(413, 'PayloadTooLargeError', f'A request may have {MAX_REQUEST} bytes.')
        return dict(self.headers), self.rfile.read(length) if length else None

    def _send_http_response(self, code: int, headers: Mapping[str, Any], body: str | bytes | None) -> None:
        """The only way out, for answers of the app as well as for those of the gateway."""
        content = b'' if body is None else body.encode() if isinstance(body, str) else body
        if time.monotonic() - self._started > self._max_seconds:
            code, headers, content = _sent(_Refusal(504, 'GatewayTimeoutError', 'The answer took too long.',
                                                    **{'Retry-After': str(RETRY_AFTER)}))
        elif len(content) > MAX_ANSWER:
            error = TooLarge(f'The response has {len(content):,} bytes, more than the {MAX_ANSWER:,} that can be '
                             f'sent. Ask for fewer hits, by a smaller `size`.')
            code, headers, content = _sent(_Refusal(error.status, error.code, error.text))
        if code == HTTPStatus.NOT_MODIFIED:
            defaults = {}  # what it would tell of the content is that of the answer that the caller has
        else:
            defaults = {'Content-Type': 'application/json', 'Content-Length': str(len(content))}
        if code in (405, 415):
            # In the cloud it is the gateway that says these, mostly, and it is told to let browsers see them. All other
            # answers are the app's, and so are their headers.
            defaults['Access-Control-Allow-Origin'] = '*'
        # Names of headers are equal irrespective of case: the app's win.
        names = {name.lower() for name in headers}
        self.send_response(code)
        self._send_headers({name: value for name, value in defaults.items() if name.lower() not in names}
                           | dict(headers))
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


def _sent(refusal: _Refusal) -> tuple[int, Mapping[str, Any], bytes]:
    return refusal.CODE, refusal.headers, refusal.body or b''
