"""What both lambdas have in common as HTTP servers: answers, errors and what every answer carries.

A view declares its parameters with `App.route`, has them from `App.parameters`, calls one function, and returns what is
to be the JSON body, or `answer` where it is not 200. It raises our errors; `App` turns them into answers::

    RequestError      its own status and body
    TransientError    503 with `Retry-After`
    anything else     500, with the traceback in the log, not in the answer
"""
import functools
import logging
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import orjson
from chalice.app import Chalice, ChaliceViewError, CORSConfig, MultiDict, Request, Response

from azul.errors import BadRequest, RequestError, TooLarge, TransientError

log = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Seconds after which those may come again who came when the engine or a queue did not answer."""

MAX_ANSWER = 5_500_000
"""Bytes. Lambda gives up at 6 MB, in which some escaping is included."""

CORS = CORSConfig()

Headers = Mapping[str, str | list[str]]


def answer(body: Any, status: int = HTTPStatus.OK, headers: Headers | None = None) -> Response:
    """
    :param body: anything that JSON can say
    :raises TooLarge: if it is more than a lambda may answer
    """
    text = orjson.dumps(body)
    if len(text) > MAX_ANSWER:
        raise TooLarge(f'The answer has {len(text)} bytes, {MAX_ANSWER} are possible: ask for a smaller `size`.')
    return Response(text.decode(), {'Content-Type': 'application/json', **(headers or {})}, status)


class App(Chalice):
    """A Chalice app whose answers are as described above.

    :param debug: how much is logged, as in `Config.debug`; with 0 that is left to whoever runs the app
    """

    def __init__(self, name: str, debug: int = 0) -> None:
        super().__init__(name)
        if debug:
            logging.getLogger('azul').setLevel(logging.INFO if debug == 1 else logging.DEBUG)
        self.api.cors = CORS
        self.register_middleware(_finish, 'http')

    def route(self, path: str, *, parameters: Collection[str] = (), **options: Any) -> Callable[..., Any]:
        """
        :param parameters: names of those that the query may have; with others the view is not called
        :param options: Chalice's own
        """
        register = super().route(path, **options)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(view)
            def answering(**path: str) -> Response:
                def checked() -> Any:
                    self._check(parameters)
                    return view(**{name: unquote(value) for name, value in path.items()})

                return _answered(checked)

            register(answering)
            return view

        return decorator

    @property
    def request(self) -> Request:
        """The request that is being answered."""
        request = self.current_request
        assert request is not None
        return request

    @property
    def body(self) -> bytes:
        """The body of the request, as it was sent."""
        body = self.request.raw_body
        return body.encode() if isinstance(body, str) else body

    @property
    def raw_path(self) -> str:
        """The path of the request, with the trailing slash that routing ignores."""
        return str(self.request.context['path'])

    def base_url(self, configured: str) -> str:
        """The URL at which the caller reached us, without the path.

        Never to be called by us: whoever sends the request decides what it is, unless it is configured.

        :param configured: what is known to be the URL, or the empty string
        """
        headers = self.request.headers
        return configured or f'{headers.get("x-forwarded-proto", "http")}://{headers.get("host", "localhost")}'

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters in the query, each of which is given once."""
        return dict(self._query)

    def _check(self, allowed: Collection[str]) -> None:
        """
        :raises BadRequest: naming a parameter that is unknown, that is given twice, or whose value is no UTF-8
        """
        query = self._query
        for name in query:
            if name not in allowed:
                raise BadRequest(f'Invalid query parameter `{name:.100}`', sorted(allowed))
            values = query.getlist(name)
            if len(values) > 1:
                raise BadRequest(f'Query parameter `{name}` must not be given more than once')
            # What cannot be decoded has been replaced by the gateway.
            if '\ufffd' in values[0]:
                raise BadRequest(f'Query parameter `{name}` must be UTF-8')

    @property
    def _query(self) -> MultiDict:
        return self.request.query_params or MultiDict({})


def _answered(view: Callable[[], Any]) -> Response:
    try:
        result = view()
        return result if isinstance(result, Response) else answer(result)
    except RequestError as error:
        return answer(error.body(), error.status)
    except ChaliceViewError as error:
        return _error(error.STATUS_CODE, type(error).__name__, str(error))
    except TransientError:
        log.warning('Gave up on a request', exc_info=True)
        return _error(HTTPStatus.SERVICE_UNAVAILABLE, 'ServiceUnavailableError',
                      'A part of the system does not answer. Try again later.', {'Retry-After': str(RETRY_AFTER)})
    except Exception:
        log.exception('Failed to answer a request')
        return answer({'Code': 'InternalServerError', 'Message': 'An internal server error occurred.'},
                      HTTPStatus.INTERNAL_SERVER_ERROR)


def _error(status: int, code: str, text: str, headers: Headers | None = None) -> Response:
    prefix = f'{code}: '
    return answer({'Code': code, 'Message': text if text.startswith(prefix) else prefix + text}, status, headers)


def _finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: what Chalice answers without asking a view gets our error body; all answers get CORS headers."""
    response = get_response(request)
    if isinstance(response.body, dict) and {'Code', 'Message'} <= response.body.keys():
        response = _error(response.status_code, response.body['Code'], response.body['Message'], response.headers)
    for name, value in CORS.get_access_control_headers().items():
        response.headers.setdefault(name, value)
    if request is not None and request.method == 'HEAD':
        response.body = ''
    return response
