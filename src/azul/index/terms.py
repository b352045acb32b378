"""How many entities have each term of a field: what is asked of the engine, and how its answer is read."""
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.mapping import NULL_TERM

MAX_TERMS = 10_000
"""So many are told apart; how often entities have others is told, too."""

INCOMPLETE = 'incomplete'
"""The member of a term that names its details of which not all are listed."""


@dataclass(slots=True)
class Term:
    """
    :param term: None for null
    :param count: the number of entities
    :param bucket: what the engine says beside that
    """
    term: str | None
    count: int
    bucket: Mapping[str, Any]


def aggregation(field: IndexedField, prefix: str = '') -> JSON:
    """
    :param prefix: only terms that begin with it count, in upper or lower case
    """
    included = {'include': pattern(prefix)} if prefix else {}
    return {'terms': {'field': field.path, 'size': MAX_TERMS, **included}}


def pattern(prefix: str) -> str:
    """What terms match that begin with the prefix, in upper or lower case: a regular expression of Lucene's kind."""
    return f'{"".join(map(_any_case, prefix))}.*'


def _any_case(character: str) -> str:
    # Some characters have a meaning in Lucene's expressions that have none elsewhere.
    variants = {each for each in (character, character.lower(), character.upper()) if len(each) == 1}
    if len(variants) > 1:
        return f'[{"".join(sorted(variants))}]'
    return character if character.isalnum() else f'\\{character}'


def read(answer: Mapping[str, Any]) -> list[Term]:
    """The terms, the most frequent first, among equals in alphabetical order, null last."""
    terms = [Term(term_of(bucket['key']), bucket['doc_count'], bucket) for bucket in answer['buckets']]
    return sorted(terms, key=lambda term: (-term.count, term.term is None, term.term or ''))


def beyond(answer: Mapping[str, Any]) -> int:
    """How often entities have other terms than those."""
    count: int = answer['sum_other_doc_count']
    return count


def term_of(key: str) -> str | None:
    """What the key of a bucket is to the caller: the sentinel must not leave the service."""
    return None if key == NULL_TERM else key
