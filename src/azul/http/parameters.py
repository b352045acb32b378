"""The parameters of a request: in its query, or, because URLs have a limit, as a JSON object in its body."""
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from chalice.app import MultiDict

from azul.errors import BadRequest

Parameters = Mapping[str, type]
"""The parameters that a route has, and of which type a body may have each of them: `str`, `int` or `dict`. Whatever it
is, a string will do that says it as a query would. A `list` is one of strings: a query may repeat the parameter.
"""

_TYPES = {str: 'a string', int: 'a whole number', dict: 'an object', list: 'a list of strings'}


def from_query(query: MultiDict, declared: Parameters) -> dict[str, Sequence[str]]:
    """
    The values of each parameter.

    :raises BadRequest: naming a parameter that is unknown, that is repeated, or that is no UTF-8
    """
    parameters: dict[str, Sequence[str]] = {}
    for name in query:
        kind = _kind(name, declared)
        values = query.getlist(name)
        if len(values) > 1 and kind is not list:
            raise BadRequest(f'Query parameter `{name}` must not be given more than once')
        # What cannot be decoded has been replaced by the gateway.
        if any('\ufffd' in value for value in values):
            raise BadRequest(f'Query parameter `{name}` must be UTF-8')
        parameters[name] = values
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
    return {name: _values(name, value, _kind(name, declared)) for name, value in described.items()}


def _kind(name: str, declared: Parameters) -> type:
    if name not in declared:
        raise BadRequest(f'Invalid query parameter `{name:.100}`', sorted(declared))
    return declared[name]


def _values(name: str, value: Any, kind: type) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if kind is list and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    # Not `isinstance`: a bool is an int to Python, but not to anyone else.
    if kind is not list and type(value) is kind:
        return [orjson.dumps(value).decode()]
    raise BadRequest(f'Query parameter `{name}` must be {_TYPES[kind]}')


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
