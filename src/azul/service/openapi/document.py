"""The description of the API, made of what the routes say of themselves, and of what holds for all of them.

A path with a variable for which there are only some choices becomes one path for each, because the rest of what there
is to say depends on it. A shape with a title is described once, and referred to.
"""
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from azul.http import CORS, Answer, Operation, Parameters
from azul.http.declared import Choice, Choices, Document, Parameter, body_shape
from azul.index.bundle import JSON
from azul.index.shapes import STRING
from azul.service.openapi.answers import ERROR, TOO_LARGE, TOO_LONG, variables
from azul.service.wiring import Service

VERSION = '3.1.0'

_FAILED = Answer('There is a mistake in the service; its log has more.', ERROR)

_GATEWAY = (413, 414, 504)
"""What the gateway answers where it does not ask us."""

_REFUSED = Answer('The request is at fault: the message says in what.', ERROR)

_OTHER_TYPE = Answer('The body is not JSON.', ERROR)

_SAME = Answer('The caller has the answer already, by `If-None-Match`.', content_type=None)

_JSON = 'application/json'

_HEADERS: Mapping[str, JSON] = {
    **{name: {'required': True, 'schema': STRING} for name in CORS.get_access_control_headers()},
    'Cache-Control': {'required': True, 'schema': STRING, 'description': 'Who may keep the answer, and for how long.'},
    'ETag': {'schema': STRING, 'description': 'The same for the same answer; for `If-None-Match`.'},
}


def document(operations: Iterable[Operation], service: Service) -> JSON:
    """
    :param operations: all routes of the service
    """
    paths: dict[str, JSON] = {}
    errors: dict[str, JSON] = {}
    for operation in operations:
        for path, chosen in _paths(operation, variables(service.plugin)):
            paths.setdefault(path, {}).update(_path_item(operation, service, path, chosen, errors))
    named: dict[str, JSON] = {}
    described, responses = _referring(paths, named), _referring(errors, named)
    return {
        'openapi': VERSION,
        'info': {
            'title': f'Azul ({service.plugin.name})',
            'version': service.config.git_commit,
            'description': 'What there is of genomic data, found by its metadata. See `/repository` for what it can be '
                           'searched by.',
        },
        'servers': [{'url': '/'}],
        'paths': described,
        'components': {'schemas': dict(sorted(named.items())), 'responses': responses, 'headers': _HEADERS,
                       **_security(service)},
    }


def _security(service: Service) -> JSON:
    if not service.authenticates:
        return {}
    return {'securitySchemes': {'token': {'type': 'http', 'scheme': 'bearer'}}}


def _paths(operation: Operation, known: Parameters) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The paths that a route is, and the choices that make each of them."""
    declared = {name: each for name, each in known.items() if f'{{{name}}}' in operation.path}
    choices = {name: each.choices for name, each in declared.items() if isinstance(each, Choice)}
    for values in product(*choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        path = operation.path
        for name, value in chosen.items():
            path = path.replace(f'{{{name}}}', value)
        yield path, chosen


def _path_item(operation: Operation, service: Service, path: str, chosen: Mapping[str, str], errors: dict[str, JSON]
               ) -> JSON:
    """
    :param errors: answers that many routes have: where to put them, so that they can be referred to
    """
    parameters = operation.parameters(**chosen)
    answers = operation.answers(service, **chosen)
    in_path = [
        {'name': name, 'in': 'path', 'required': True, 'description': each.description, 'schema': each.shape}
        for name, each in variables(service.plugin).items() if f'{{{name}}}' in path
    ]
    item = {}
    for method in operation.methods:
        in_body = operation.in_body and method == 'POST'
        item[method.lower()] = {
            'operationId': '_'.join([method.lower(), operation.name, *chosen.values()]),
            'summary': operation.description.split('\n')[0],
            'tags': [chosen.get('entity_type', 'repository' if path.startswith('/repository') else 'service')],
            'parameters': [*in_path, *([] if in_body else _query(parameters))],
            **({'requestBody': _body(parameters)} if in_body else {}),
            'responses': _responses(method, in_body, answers, errors),
            **({'security': [{}, {'token': []}]} if service.authenticates else {}),
        }
    return item


def _query(parameters: Parameters) -> Sequence[JSON]:
    return [{'name': name, 'in': 'query', 'description': each.description, **_serialized(each)}
            for name, each in parameters.items()]


def _serialized(parameter: Parameter) -> JSON:
    if isinstance(parameter, Document):
        return {'content': {_JSON: {'schema': parameter.shape}}}
    # Names are separated by commas, what can be repeated is.
    style = {'style': 'form', 'explode': not isinstance(parameter, Choices)}
    return {**(style if parameter.shape['type'] == 'array' else {}), 'schema': parameter.shape}


def _body(parameters: Parameters) -> JSON:
    return {'required': True, 'content': {_JSON: {'schema': body_shape(parameters)}},
            'description': 'What the query of a GET would have, for what is too long for a URL.'}


def _responses(method: str, in_body: bool, answers: Mapping[int, Answer], errors: dict[str, JSON]) -> JSON:
    all_answers = {400: _REFUSED, 414: TOO_LONG, 500: _FAILED, **answers}
    if in_body:
        all_answers |= {413: TOO_LARGE, 415: _OTHER_TYPE}
    else:
        all_answers |= {304: _SAME}
    responses = {}
    for status, answer in sorted(all_answers.items()):
        response = _response(method, status, answer)
        name = f'{method.lower()}.{status}'
        if answer is _SAME or (answer.shape is ERROR and errors.setdefault(name, response) == response):
            errors[name] = response
            response = {'$ref': f'#/components/responses/{name}'}
        responses[str(status)] = response
    return responses


def _response(method: str, status: int, answer: Answer) -> JSON:
    common = [*CORS.get_access_control_headers(),
              *(['Cache-Control'] if method != 'POST' and status not in _GATEWAY else []),
              *(['ETag'] if method != 'POST' and status in (200, 304) else [])]
    headers = {
        **{name: {'$ref': f'#/components/headers/{name}'} for name in common},
        **{name: {'required': True, 'schema': shape} for name, shape in answer.headers.items()}
    }
    schema = {} if answer.shape is None else {'schema': answer.shape}
    with_body = method != 'HEAD' and answer.content_type is not None
    return {'description': answer.description, 'headers': headers,
            **({'content': {answer.content_type: schema}} if with_body else {})}


def _referring(described: Any, named: dict[str, JSON]) -> Any:
    """
    The same, with references in the place of shapes that have a title.

    :param named: where to put these
    """
    match described:
        case {'title': str(title), **shape}:
            rest = _referring(shape, named)
            assert named.setdefault(title, rest) == rest, f'{title} is two different shapes'
            return {'$ref': f'#/components/schemas/{title}'}
        case dict():
            return {name: _referring(each, named) for name, each in described.items()}
        case list() | tuple():
            return [_referring(each, named) for each in described]
        case _:
            return described
