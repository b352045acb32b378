"""Whether declarations are of the types that they are annotated with. Each fault is a sentence that names its place."""
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from azul.index.accumulate import Accumulator

Faults = Iterator[str]

Check = tuple[str, Faults]
"""What a check finds, and the place of what it looks at, as `misfits` calls it."""


def misfits(place: str, value: Any, hint: Any) -> Faults:
    """
    :param place: what to call the value
    :param hint: its type as annotated: a class, a union, a literal, a homogeneous tuple, a mapping or a callable
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        fits = True
    elif origin in (Union, types.UnionType):
        fits = any(not list(misfits(place, value, each)) for each in arguments)
        for each in arguments:
            if not fits and isinstance(each, type) and is_dataclass(each) and isinstance(value, each):
                yield from misfits(place, value, each)  # it is one of the right kind, but wrong within
                return
    elif origin is Literal:
        fits = value in arguments
    elif origin is Callable or hint is Accumulator:
        fits = callable(value)
    elif origin is tuple:
        fits = isinstance(value, tuple)
        for number, each in enumerate(value if fits else ()):
            yield from misfits(f'{place}[{getattr(each, "name", number)}]', each, arguments[0])
    elif origin is Mapping:
        fits = isinstance(value, Mapping)
        for key, each in (value if fits else {}).items():
            yield from misfits(f'a key of {place}', key, arguments[0])
            yield from misfits(f'{place}[{key!r}]', each, arguments[1])
    else:
        fits = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
        if fits and is_dataclass(hint):
            for name, annotated in get_type_hints(type(value)).items():
                yield from misfits(f'{place}.{name}', getattr(value, name), annotated)
    if not fits:
        yield f'{place}: {value!r:.60} is not {getattr(hint, "__name__", hint) if origin is None else hint}'


def found(checks: Iterable[Check], misfitting: Sequence[str]) -> Faults:
    """
    What checks find of declarations that are of the right type.

    :param misfitting: what `misfits` says. What it names is not looked at any closer. As other declarations refer to
                       it, any check may stumble over it; without misfits none is allowed to.
    """
    tolerated = (Exception,) if misfitting else ()
    with suppress(*tolerated):
        for place, faults in checks:
            if not any(misfit.startswith((f'{place}:', f'{place}.', f'{place}[')) for misfit in misfitting):
                with suppress(*tolerated):
                    yield from faults
