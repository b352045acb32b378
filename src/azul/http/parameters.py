"""The parameters of a request: in its query, or, because URLs have a limit, as a JSON object in its body."""
import json
from collections.abc import Sequence
from typing import Any

import orjson
from chalice.app import MultiDict

from azul.errors import BadRequest
from azul.http.declared import Parameter, Parameters, Repeated


def from_query(query: MultiDict, declared: Parameters) -> dict[str, Sequence[str]]:
    """
    The texts of each parameter.

    :raises BadRequest: naming a parameter that is unknown, that is repeated, or that is no UTF-8
    """
    parameters: dict[str, Sequence[str]] = {}
    for name in query:
        parameter = _declared(name, declared)
        texts = query.getlist(name)
        if len(texts) > 1 and not isinstance(parameter, Repeated):
            raise BadRequest(f'Query parameter `{name}` must not be given more than once')
        # What cannot be decoded has been replaced by the gateway.
        if any('\ufffd' in text for text in texts):
            raise BadRequest(f'Query parameter `{name}` must be UTF-8')
        parameters[name] = texts
    return parameters


def from_body(body: bytes, declared: Parameters) -> dict[str, Sequence[str]]:
    """
    Likewise, as they would have been in a query.

    :raises BadRequest: also naming one of the wrong type
    """
    try:
        described = parse_json(body)
    except ValueError as error:
        raise BadRequest(f'Malformed body: {error}') from None
    if not isinstance(described, dict):
        raise BadRequest('Malformed body: must be an object with a member for each parameter', sorted(declared))
    return {name: _texts(name, value, _declared(name, declared)) for name, value in described.items()}


def _declared(name: str, declared: Parameters) -> Parameter:
    if name not in declared:
        raise BadRequest(f'Invalid query parameter `{name:.100}`', sorted(declared))
    return declared[name]


def _texts(name: str, value: Any, parameter: Parameter) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(parameter, Repeated):
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
    elif (text := parameter.written(value)) is not None:
        return [text]
    raise BadRequest(f'Query parameter `{name}` must be {parameter.body}')


class NotJSON(ValueError):
    pass


def parse_json(text: str | bytes) -> Any:
    """
    :raises NotJSON: if it is none
    :raises ValueError: if an object has a member twice, of which readers would see but one; if it is nested more deeply
                        than we could say it ourselves
    """
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotJSON('is no JSON') from None
    try:
        # Numbers are of no interest here, and very long ones take very long.
        json.loads(text, object_pairs_hook=_no_repetition, parse_int=str, parse_float=str)
        # It reads what is nested more deeply than it writes.
        orjson.dumps(parsed)
    except (RecursionError, TypeError):
        raise ValueError('is nested too deeply') from None
    return parsed


def _no_repetition(members: Sequence[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in members:
        if name in seen:
            raise ValueError(f'`{name:.100}` is given more than once')
        seen.add(name)
