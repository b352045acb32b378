"""Who asks, and what they may see: where a plug-in has a say in it."""
from collections.abc import Collection, Mapping
from dataclasses import dataclass

Claim = str | int | float | bool | None


@dataclass(frozen=True)
class Principal:
    """Who sent a request, as far as the authenticator knows.

    :param subject: by which the authenticator tells them from all others
    :param claims: what it was told of them, in the words of who told it; a claim with several values, such as their
                   groups, is a tuple
    """
    subject: str
    claims: Mapping[str, Claim | tuple[Claim, ...]]


Allowed = Mapping[str, Collection[str | None]]
"""What somebody may see: of fields, by their external names, the values. They see the entities of which all values are
among these, in each of the fields; so without any field they see everything."""


def unrestricted(principal: Principal | None) -> Allowed:
    """Everybody may see everything."""
    return {}
