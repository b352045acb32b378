"""The shapes of JSON values, as JSON Schema (2020-12) says them.

A shape that has a `title` is one that readers should know by name; what describes an API refers to it by that.
"""
from collections.abc import Iterable, Mapping
from typing import Any

from azul.index.bundle import JSON

STRING: JSON = {'type': 'string'}
INTEGER: JSON = {'type': 'integer'}
COUNT: JSON = {'type': 'integer', 'minimum': 0}
NUMBER: JSON = {'type': 'number'}
BOOLEAN: JSON = {'type': 'boolean'}
NULL: JSON = {'type': 'null'}


def nullable(shape: JSON) -> JSON:
    """What has the shape, or null."""
    return either(shape, NULL)


def either(*shapes: JSON) -> JSON:
    """What has one of the shapes at least."""
    if all(shape.keys() == {'type'} for shape in shapes):
        return {'type': [shape['type'] for shape in shapes]}
    return {'anyOf': list(shapes)}


def listed(shape: JSON) -> JSON:
    """A list of what has the shape."""
    return {'type': 'array', 'items': shape}


def closed(properties: Mapping[str, JSON], optional: Iterable[str] = (), title: str = '') -> JSON:
    """
    An object that has these properties and no others.

    :param optional: those that it need not have
    """
    optional = set(optional)
    return {
        **({'title': title} if title else {}),
        'type': 'object',
        'properties': dict(properties),
        'required': [name for name in properties if name not in optional],
        'additionalProperties': False,
    }


def one_of(values: Iterable[Any]) -> JSON:
    """One of these strings."""
    return {'type': 'string', 'enum': list(values)}
