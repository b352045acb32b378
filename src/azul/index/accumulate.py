"""How the values of one field in several inner entities become one value of the aggregate.

An accumulator is called with the inner entities of one group, already one per id, and the name of the field. It sees
the entities rather than their values, because some count over a key of their own. All of them are deterministic: the
result does not depend on the order of the entities. And each says which shape its result has, for those who read it.
"""
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azul.index.bundle import JSON, LONG
from azul.index.shapes import COUNT, STRING, either, listed, nullable


class Accumulator(Protocol):
    """One that reads other fields than that which it is called with has an attribute `key` that names them."""

    def __call__(self, entities: Sequence[JSON], field: str) -> Any: ...

    def shape(self, value: JSON) -> JSON:
        """
        The shape of its results, as a JSON Schema in which every object is closed.

        :param value: that of a single value of the field, null not included
        """


def sort_key(value: Any) -> tuple[Any, ...]:
    """Orders values of mixed types: numbers, strings, then objects, lists by their elements, None last of all."""
    match value:
        case None:
            return (9,)
        case bool() | int() | float():
            return 0, value, type(value).__name__  # 1, 1.0 and True are equal, but not the same
        case str():
            return 1, value
        case dict():
            return 2, tuple((name, sort_key(value[name])) for name in sorted(value))
        case _:
            return 3, tuple(map(sort_key, value))


def distinct(values: Iterable[Any]) -> list[Any]:
    """The distinct ones among the values, sorted by `sort_key`; True and 1 are told apart."""
    values = list(values)
    if len(values) < 2:  # most of the time
        return values
    by_key = {sort_key(value): value for value in values}
    return [by_key[key] for key in sorted(by_key)]


def flat(entities: Iterable[JSON], field: str) -> Iterator[Any]:
    """The values of a field in those entities that have it, the elements of lists one by one."""
    for entity in entities:
        if field in entity:
            value = entity[field]
            if isinstance(value, list):
                yield from value
            else:
                yield value


@dataclass(frozen=True)
class Every:
    """All distinct values, None included; empty only if no entity has the field, or all have empty lists."""

    def __call__(self, entities: Sequence[JSON], field: str) -> list[Any]:
        return distinct(flat(entities, field))

    def shape(self, value: JSON) -> JSON:
        return listed(nullable(value))


@dataclass(frozen=True)
class Each:
    """All values, sorted, equal ones as often as there are entities with them: for those who count the entities."""

    def __call__(self, entities: Sequence[JSON], field: str) -> list[Any]:
        return sorted(flat(entities, field), key=sort_key)

    def shape(self, value: JSON) -> JSON:
        return listed(nullable(value))


@dataclass(frozen=True)
class Single:
    """The one value that all entities share, for the field that the group is made by."""

    def __call__(self, entities: Sequence[JSON], field: str) -> Any:
        values = (entity.get(field) for entity in entities)
        first = next(values)
        assert all(value == first for value in values), (field, first)
        return first

    def shape(self, value: JSON) -> JSON:
        return as_contributed(value)


def as_contributed(value: JSON) -> JSON:
    """The shape of a field where nothing is accumulated: a value, null, or a list of these."""
    return either(nullable(value), listed(nullable(value)))


def one_per(key: tuple[str, ...], entities: Iterable[JSON]) -> Iterator[JSON]:
    """The first of the entities for each value of the key; all of them where the key is empty."""
    seen = set()
    for entity in entities:
        value = tuple(sort_key(entity.get(name)) for name in key)
        if not key or value not in seen:
            seen.add(value)
            yield entity


@dataclass(frozen=True)
class Sum:
    """The sum of what is known, elements of lists included: None where nothing is, as an unknown count is not zero.

    A sum too large for the engine is None, too: better than an aggregate that it refuses for ever.

    :param key: the fields of which each combination of values counts once
    """
    key: tuple[str, ...] = ()

    def __call__(self, entities: Sequence[JSON], field: str) -> int | float | None:
        known = [value for value in flat(one_per(self.key, entities), field) if value is not None]
        total = sum(known)
        return total if known and -LONG <= total < LONG else None

    def shape(self, value: JSON) -> JSON:
        return nullable(value)


@dataclass(frozen=True)
class Count:
    """The number of entities; the field itself exists in the aggregate only.

    :param key: the fields of which each combination of values counts once
    """
    key: tuple[str, ...] = ()

    def __call__(self, entities: Sequence[JSON], field: str) -> int:
        return sum(1 for _ in one_per(self.key, entities))

    def shape(self, value: JSON) -> JSON:
        return COUNT


@dataclass(frozen=True)
class Frequent:
    """The keys of objects `{value: weight}`, the heaviest first, then by name."""

    def __call__(self, entities: Sequence[JSON], field: str) -> list[str]:
        weights: Counter[str] = Counter()
        for entity in entities:
            weights.update(entity.get(field) or {})
        return sorted(weights, key=lambda value: (-weights[value], value))

    def shape(self, value: JSON) -> JSON:
        return listed(STRING)
