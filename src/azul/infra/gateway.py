"""The description of an API that API Gateway is made by, and what it answers by itself."""
import json
from collections.abc import Iterator
from typing import Any

from azul.http import CORS, RETRY_AFTER
from azul.index.bundle import JSON


def open_api(swagger: JSON) -> JSON:
    """
    The description of the API that the gateway is made by, in OpenAPI 3. What Chalice has, Swagger 2, is not understood
    by all who read it.

    Of binary media types, which Chalice lists, we have none: all that is answered, or sent to us, is text.
    """
    return {
        'openapi': '3.0.1',
        'info': {**swagger['info'], 'title': '${var.name}'},
        'paths': {path: {method: _operation(declared) for method, declared in operations.items()}
                  for path, operations in swagger['paths'].items()},
        'components': {'schemas': swagger['definitions']},
        'x-amazon-apigateway-gateway-responses': dict(_gateway_responses()),
    }


def _operation(declared: JSON) -> JSON:
    kept = {key: value for key, value in declared.items() if key.startswith('x-amazon-')}
    parameters = [_typed(parameter) for parameter in declared.get('parameters', [])]
    return {
        **kept,
        **({'parameters': parameters} if parameters else {}),
        'responses': {status: _response(response, declared.get('produces', []))
                      for status, response in declared['responses'].items()},
    }


def _response(declared: JSON, types: list[str]) -> JSON:
    schema = {'$ref': declared['schema']['$ref'].replace('#/definitions/', '#/components/schemas/')}
    headers = {name: _typed(header) for name, header in declared.get('headers', {}).items()}
    return {'description': declared['description'],
            'content': {type_: {'schema': schema} for type_ in types},
            **({'headers': headers} if headers else {})}


def _typed(declared: JSON) -> JSON:
    """A parameter or a header, whose type is that of its schema."""
    return {**{key: value for key, value in declared.items() if key != 'type'}, 'schema': {'type': declared['type']}}


def _gateway_responses() -> Iterator[tuple[str, JSON]]:
    """What the gateway answers by itself, by its names: in the form in which the app would, and visible to browsers."""
    later = {'Retry-After': str(RETRY_AFTER)}
    # With the message of the gateway as it has it, a JSON string
    yield 'DEFAULT_4XX', _gateway_response('BadRequestError', None)
    yield 'DEFAULT_5XX', _gateway_response('InternalServerError', None)
    yield 'MISSING_AUTHENTICATION_TOKEN', _gateway_response('ForbiddenError', 'There is no such path.', 403)
    yield 'REQUEST_TOO_LARGE', _gateway_response('PayloadTooLargeError', 'The request is too large.', 413)
    yield 'THROTTLED', _gateway_response('TooManyRequestsError', 'There are too many requests.', 429, **later)
    yield 'INTEGRATION_FAILURE', _gateway_response('BadGatewayError', 'Internal server error', 502)
    yield 'INTEGRATION_TIMEOUT', _gateway_response('GatewayTimeoutError', 'The answer took too long.', 504, **later)


def _gateway_response(code: str, text: str | None, status: int | None = None, **headers: str) -> JSON:
    message = '$context.error.messageString' if text is None else json.dumps(f'{code}: {text}')
    headers = {**CORS.get_access_control_headers(), **headers}
    response: dict[str, Any] = {
        'responseParameters': {f'gatewayresponse.header.{name}': f"'{value}'" for name, value in headers.items()},
        'responseTemplates': {'application/json': f'{{"Code": "{code}", "Message": {message}}}'},
    }
    return response if status is None else {'statusCode': status, **response}
