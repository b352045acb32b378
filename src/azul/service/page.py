"""Pages: a stretch of the sorted hits, found by the position of a hit before or after it.

Hits are sorted by the least value of a field, null last in either order, and by entity id among equals. A position is
the pair of both, so that entities that come or go elsewhere do not move it. To callers the value is a string without
meaning; in fact it is JSON, because null is a position, too, but no position is JSON's null.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import orjson
from elasticsearch_dsl import Search

from azul.errors import BadRequest
from azul.http import Parameters
from azul.http.declared import Choice, Number, Text
from azul.index.bundle import JSON
from azul.index.fields import FieldType, IndexedField
from azul.index.shapes import COUNT, STRING, closed, nullable, one_of

LINKS = ('next', 'previous')
"""URLs of neighbouring pages. They are not there where they would be too long."""

MAX_SIZE = 1000
DEFAULT_SIZE = 10

Order = Literal['asc', 'desc']

_GREATEST = 2 ** 63 - 1
_LEAST = -2 ** 63
"""What the engine takes a missing number for, depending on which end it is to be sorted to."""

_UID_PREFIX = 'doc#'
"""Older clients may put it in front of the id."""


class Position(NamedTuple):
    value: str | int | None
    entity_id: str


@dataclass(frozen=True)
class Page:
    """
    :param sort: the name by which the caller asked for the field
    :param after, before: where the hits are to begin or to end, both exclusive; at most one of them
    """
    field: IndexedField
    sort: str
    order: Order
    size: int
    after: Position | None = None
    before: Position | None = None

    def __call__(self, search: Search) -> Search:
        """The step. It asks for one hit more than fits on the page, which tells whether there is another page."""
        # The page before a position is the first one after it, seen from the other end.
        order, missing, tie_break = (
            (self.order, '_last', 'asc') if self.before is None else
            ('desc' if self.order == 'asc' else 'asc', '_first', 'desc')
        )
        search = search.sort(
            {self.field.value_path: {'order': order, 'mode': 'min', 'missing': missing}},
            {'entity_id': {'order': tie_break}},
        ).extra(size=self.size + 1, track_total_hits=True)
        position = self.after or self.before
        if position is None:
            return search
        value = position.value
        if value is None and self.field.type is FieldType.INTEGER:
            value = _GREATEST if (order == 'asc') == (missing == '_last') else _LEAST
        return search.extra(search_after=[value, position.entity_id])

    def read(self, hits: JSON) -> tuple[Sequence[JSON], JSON]:
        """
        :param hits: the member `hits` of the engine's answer
        :return: the hits on the page, and the member `pagination`
        """
        found: list[JSON] = hits['hits'][:self.size]
        if self.before is not None:
            found.reverse()
        total = hits['total']['value']
        after, before = self._neighbours(found, len(hits['hits']) > self.size) if total else (None, None)
        return found, {
            'count': len(found),
            'total': total,
            'size': self.size,
            'pages': -(-total // self.size),
            'sort': self.sort,
            'order': self.order,
            **_rendered('search_after', after),
            **_rendered('search_before', before),
        }

    def _neighbours(self, found: Sequence[JSON], more: bool) -> tuple[Position | None, Position | None]:
        """
        :param found: the hits on the page, if there are none then there are some elsewhere
        :param more: whether the engine had more hits on the way
        :return: where the next page begins and where the previous one ends, None where there is no such page
        """
        if found:
            has_next = more or self.before is not None
            has_previous = self.after is not None or (more and self.before is not None)
            return (self._position(found[-1]) if has_next else None,
                    self._position(found[0]) if has_previous else None)
        # What was on this side of the position has gone since. So all hits are on the other side, or at the position
        # itself, which is not to be left out: hence one a little further this way, as an id is after what it begins
        # with. In between there is nothing.
        if self.before is not None:
            return self.before._replace(entity_id=self.before.entity_id[:-1]), None
        assert self.after is not None
        return None, self.after._replace(entity_id=f'{self.after.entity_id}~')

    def _position(self, hit: JSON) -> Position:
        value, entity_id = hit['sort']
        return Position(None if value in (_LEAST, _GREATEST) else value, entity_id)


def _rendered(name: str, position: Position | None) -> JSON:
    if position is None:
        return {name: None, f'{name}_uid': None}
    return {name: orjson.dumps(position.value).decode(), f'{name}_uid': position.entity_id}


def parameters(fields: Mapping[str, IndexedField],
               aliases: Mapping[str, str],
               default_sort: str,
               default_order: Order
               ) -> Parameters:
    """
    Those by which callers choose a page.

    :param fields: those of the entity type, by their external names
    :param aliases: more names for some of them
    """
    sortable = [name for name, field in fields.items() if field.sortable]
    names = [*sortable, *(alias for alias, name in aliases.items() if name in sortable)]
    return {
        'size': Number('How many hits.', 1, MAX_SIZE, DEFAULT_SIZE),
        'sort': Choice('Name of the field by which hits are sorted, null last.', names, default_sort,
                       refusal='Unable to sort by undefined facet {text}.'),
        'order': Choice('In which direction.', get_args(Order), default_order),
        **{name: Text(description) for name, description in _POSITIONS.items()}
    }


_POSITIONS = {
    'search_after': 'Only hits after the position that this and `search_after_uid` are: what an earlier answer had '
                    'under these names, for the same `sort`.',
    'search_after_uid': 'See `search_after`.',
    'search_before': 'Likewise, only hits before a position. There cannot be both.',
    'search_before_uid': 'See `search_before`.',
}


def shape(fields: Mapping[str, IndexedField], aliases: Mapping[str, str], title: str) -> JSON:
    """
    Of the member `pagination`.

    :param fields, aliases: as in `parameters`
    """
    declared = parameters(fields, aliases, 'entryId', 'asc')
    return closed({
        'count': {**COUNT, 'description': 'How many hits there are on the page.'},
        'total': {**COUNT, 'description': 'How many entities pass the filters.'},
        'size': {**COUNT, 'description': 'How many hits there may be on the page.'},
        'pages': {**COUNT, 'description': 'How many pages of this size there are.'},
        'sort': one_of(declared['sort'].shape['enum']),
        'order': one_of(declared['order'].shape['enum']),
        **{name: nullable(STRING) for name in _POSITIONS},
        **{name: nullable({**STRING, 'format': 'uri'}) for name in LINKS},
    }, optional=LINKS, title=title)


def parse(given: Mapping[str, str],
          fields: Mapping[str, IndexedField],
          aliases: Mapping[str, str],
          default_sort: str,
          default_order: Order
          ) -> Page:
    """
    :param given: some of `parameters`, others may be among them
    :raises BadRequest: naming the parameter at fault, and what would have been possible in its place
    """
    if 'search_after' in given and 'search_before' in given:
        raise BadRequest('Bad arguments, only one of search_after or search_before can be set')
    declared = parameters(fields, aliases, default_sort, default_order)
    defaults = {'sort': default_sort, 'order': default_order, 'size': str(DEFAULT_SIZE)}
    sort, order, size = (declared[name].parse(name, given.get(name, default)) for name, default in defaults.items())
    field = fields[aliases.get(sort, sort)]
    return Page(field=field,
                sort=sort,
                order=order,
                size=size,
                after=_parse_position(given, 'search_after', field),
                before=_parse_position(given, 'search_before', field))


def _parse_position(parameters: Mapping[str, str], name: str, field: IndexedField) -> Position | None:
    uid_name = f'{name}_uid'
    given = [each for each in (name, uid_name) if each in parameters]
    if not given:
        return None
    if len(given) == 1:
        raise BadRequest(f'Bad arguments, {name} and {uid_name} can only be set together')
    try:
        value: Any = orjson.loads(parameters[name])
    except orjson.JSONDecodeError:
        value = object()
    if field.type is FieldType.INTEGER:
        fits = isinstance(value, int) and not isinstance(value, bool) and _LEAST < value < _GREATEST
    else:
        fits = isinstance(value, str)
    if not (fits or value is None):
        raise BadRequest(f'Invalid value `{parameters[name]:.100}` for parameter `{name}`: '
                         f'must be what an earlier answer had there, for the same `sort`')
    return Position(value, parameters[uid_name].removeprefix(_UID_PREFIX))
