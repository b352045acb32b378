"""The views of a lambda: their answers, their errors, and what every answer carries.

A view declares with `App.route` what it takes and answers, has its parameters from `App.parameters`, calls one
function, and returns what is to be the JSON body, or `answer` where it is not 200. It raises our errors; `App` turns
them into answers::

    RequestError      its own status and body
    EngineTimeout     504 with `Retry-After`
    TransientError    503 likewise
    anything else     500, with the traceback in the log, not in the answer
"""
import functools
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
from chalice.app import Chalice, ChaliceViewError, CORSConfig, MultiDict, Request, Response

from azul.errors import EngineTimeout, RequestError, TooLarge, TransientError
from azul.http.declared import NO_PARAMETERS, Answers, Operation, Parameters
from azul.http.parameters import from_body, from_query
from azul.http.revalidation import etag, is_known

log = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Seconds after which those may come again who came when the engine or a queue did not answer."""

MAX_ANSWER = 5_500_000
"""Bytes. Lambda gives up at 6 MB, in which some escaping is included."""

CORS = CORSConfig()

Headers = Mapping[str, str | list[str]]

_PARAMETERS = 'azul.parameters'


def _no_answers(*_: object, **__: str) -> Answers:
    return {}


def _always(parameters: Parameters) -> Callable[..., Parameters]:
    return lambda **_: parameters


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
    """A Chalice app whose answers are as described above. Its `operations` are what its routes say of themselves.

    :param debug: how much is logged, as in `Config.debug`; with 0 that is left to whoever runs the app
    :param private: whether answers depend on who asks: then nobody may keep them for others
    """

    def __init__(self, name: str, debug: int = 0, private: bool = False) -> None:
        super().__init__(name)
        if debug:
            logging.getLogger('azul').setLevel(logging.INFO if debug == 1 else logging.DEBUG)
        self.operations: list[Operation] = []
        self.api.cors = CORS
        self.register_middleware(functools.partial(_finish, private), 'http')

    def route(self,
              path: str,
              *,
              parameters: Parameters | Callable[..., Parameters] = NO_PARAMETERS,
              in_body: bool = False,
              answers: Callable[..., Answers] = _no_answers,
              errors: Callable[[int, str], Any] | None = None,
              **options: Any
              ) -> Callable[..., Any]:
        """
        :param parameters: those that the query may have; with others the view is not called. What depends on the
                           variables in the path is a function of these, as keywords.
        :param in_body: whether a POST has them in its body, and none in the query
        :param answers: by their status, a function of whatever the reader of `operations` gives it and of the
                        variables in the path
        :param errors: from the status and the message of an error to its body, for those who want another than ours
        :param options: Chalice's own
        """
        register = super().route(path, **options)
        declared = parameters if callable(parameters) else _always(parameters)

        def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
            self.operations.append(Operation(
                path=path, methods=options.get('methods', ['GET']), name=view.__name__,
                description=inspect.getdoc(view) or '', in_body=in_body, parameters=declared, answers=answers
            ))

            @functools.wraps(view)
            def answering(**path: str) -> Response:
                def checked() -> Any:
                    values = {name: unquote(value) for name, value in path.items()}
                    self._read(declared(**values), in_body)
                    return view(**values)

                answered = _answered(checked)
                return answered if errors is None else _in_other_words(answered, errors)

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

    @property
    def target(self) -> str:
        """What the caller asked for: method in lower case, space, path with the query. Callers may sign that."""
        # Without a domain name of ours paths begin with the stage, for the caller and in the request's context, but
        # nowhere else in the event. A query is nowhere as it was sent: this is how most clients would write it, with
        # the parameters in the order of the event.
        query = self.request.query_params or MultiDict({})
        written = urlencode({name: query.getlist(name) for name in query}, doseq=True)
        return f'{self.request.method.lower()} {self.raw_path}{"?" if written else ""}{written}'

    def base_url(self, configured: str) -> str:
        """The URL at which the caller reached us, without the path.

        Never to be called by us: whoever sends the request decides what it is, unless it is configured.

        :param configured: what is known to be the URL, or the empty string
        """
        headers = self.request.headers
        return configured or f'{headers.get("x-forwarded-proto", "http")}://{headers.get("host", "localhost")}'

    @property
    def parameters(self) -> dict[str, str]:
        """The value of each parameter that the request has once."""
        return {name: values[0] for name, values in self._parameters.items() if len(values) == 1}

    def values(self, name: str) -> Sequence[str]:
        """Those of a parameter that can be repeated; none if it is not given."""
        return self._parameters.get(name, ())

    def _read(self, declared: Parameters, in_body: bool) -> None:
        query = self.request.query_params or MultiDict({})
        if in_body and self.request.method == 'POST':
            from_query(query, NO_PARAMETERS)
            parameters = from_body(self.body, declared)
        else:
            parameters = from_query(query, declared)
        # Of what is particular to a request, Chalice keeps nothing else that can be added to.
        self.request.context[_PARAMETERS] = parameters

    @property
    def _parameters(self) -> Mapping[str, Sequence[str]]:
        parameters: Mapping[str, Sequence[str]] = self.request.context[_PARAMETERS]
        return parameters


def _answered(view: Callable[[], Any]) -> Response:
    try:
        result = view()
        return result if isinstance(result, Response) else answer(result)
    except RequestError as error:
        return answer(error.body(), error.status, error.headers)
    except ChaliceViewError as error:
        return _error(error.STATUS_CODE, type(error).__name__, str(error))
    except TransientError as error:
        log.warning('Gave up on a request', exc_info=True)
        late = isinstance(error, EngineTimeout)
        return _error(HTTPStatus.GATEWAY_TIMEOUT if late else HTTPStatus.SERVICE_UNAVAILABLE,
                      'GatewayTimeoutError' if late else 'ServiceUnavailableError',
                      f'A part of the system does not answer{" in time" if late else ""}. Try again later.',
                      {'Retry-After': str(RETRY_AFTER)})
    except Exception:
        log.exception('Failed to answer a request')
        return answer({'Code': 'InternalServerError', 'Message': 'An internal server error occurred.'},
                      HTTPStatus.INTERNAL_SERVER_ERROR)


def _in_other_words(answered: Response, errors: Callable[[int, str], Any]) -> Response:
    if answered.status_code < HTTPStatus.BAD_REQUEST:
        return answered
    body = errors(answered.status_code, orjson.loads(answered.body)['Message'])
    return answer(body, answered.status_code, answered.headers)


def _error(status: int, code: str, text: str, headers: Headers | None = None) -> Response:
    prefix = f'{code}: '
    return answer({'Code': code, 'Message': text if text.startswith(prefix) else prefix + text}, status, headers)


def _finish(private: bool, request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: what Chalice answers without asking a view gets our error body; all answers get CORS headers, and
    those that may be kept say for how long."""
    response = get_response(request)
    if isinstance(response.body, dict) and {'Code', 'Message'} <= response.body.keys():
        response = _error(response.status_code, response.body['Code'], response.body['Message'], response.headers)
    for name, value in CORS.get_access_control_headers().items():
        response.headers.setdefault(name, value)
    if request is not None and request.method in ('GET', 'HEAD'):
        _mark(response, private)
        response = _revalidated(response, request.headers.get('if-none-match', ''))
        if request.method == 'HEAD':
            if response.body:
                response.headers['Content-Length'] = str(len(response.body.encode()))
            response.body = ''
    return response


def _mark(response: Response, private: bool) -> None:
    """Say who may keep the answer, and for how long."""
    # What is kept is to be asked for again each time: whatever is indexed is to be seen at once.
    response.headers.setdefault('Cache-Control', 'no-cache, private' if private else 'no-cache')
    if private:
        response.headers['Vary'] = 'Authorization'


def _revalidated(response: Response, if_none_match: str) -> Response:
    """The answer, or, if it is known already, just that."""
    kept = 'no-store' not in response.headers['Cache-Control']
    if not kept or response.status_code != HTTPStatus.OK or not isinstance(response.body, str):
        return response
    tag = etag(response.body)
    response.headers['ETag'] = tag
    if not is_known(tag, if_none_match):
        return response
    headers = {name: value for name, value in response.headers.items() if name != 'Content-Type'}
    return Response('', headers, HTTPStatus.NOT_MODIFIED)
