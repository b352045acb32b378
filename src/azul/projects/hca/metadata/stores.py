"""Stores: folders of files that together are one matrix, of which the data store knows only the members.

The data store has no folders. The names of members say where they belong, with `!` or `/` for the separator:
`cells.zarr!.zattrs` and `cells.zarr!expression!0.0` are members of the store `cells.zarr`.
"""
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from azul.projects.hca.metadata.oddities import Oddities

_MEMBER = re.compile(r'(?P<store>.+?\.(?:zarr|loom|mtx))[!/](?P<member>.+)')

ATTRIBUTES = '.zattrs'
"""The member that represents a zarr store: its format is that of the whole, while that of the others is unknown."""


@dataclass(frozen=True, slots=True)
class Store:
    """
    :param members: number of data files of the bundle that lie in it
    """
    name: str
    members: int


def is_member(name: str) -> bool:
    return _MEMBER.fullmatch(name) is not None


def representatives(described: Collection[str], data_files: Iterable[str], oddities: Oddities) -> dict[str, Store]:
    """
    For each store of which metadata describe a member, the one that stands for all.

    :param described: names of the data files that metadata describe
    :param data_files: names of all data files of the bundle
    :return: the store by the name of its representative
    """
    members = Counter(match['store'] for match in map(_MEMBER.fullmatch, data_files) if match)
    # In reverse, so that the first by name is what remains, except where there are attributes.
    first = {match['store']: match for match in map(_MEMBER.fullmatch, sorted(described, reverse=True)) if match}
    attributes = {match['store']: match for match in map(_MEMBER.fullmatch, described)
                  if match and match['member'] == ATTRIBUTES}
    for store in sorted(first.keys() - attributes.keys()):
        oddities.add(f'store without {ATTRIBUTES}, represented by another member', store)
    return {match.string: Store(store, members[store]) for store, match in {**first, **attributes}.items()}
