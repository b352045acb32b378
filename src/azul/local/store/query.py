"""Whether a bundle fits a query in the search engine's language, as far as that can be said without its metadata.

What a clause asks about the metadata of a bundle is unknown, which is neither true nor false: a bundle fits unless its
uuid, its version, or its being deleted rule it out. Of a deleted bundle we know everything: nothing else is left.
"""
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from azul.index.bundle import JSON, BundleFQID

RELATIONS = {'gt': operator.gt, 'gte': operator.ge, 'lt': operator.lt, 'lte': operator.le}

Truth = bool | None
"""None: unknown"""


def admits(es_query: JSON, bundle: BundleFQID, deleted: bool) -> bool:
    """
    :param es_query: as in a subscription: an object with a member `query`
    """
    document: JSON = {'uuid': bundle.uuid, 'manifest.version': bundle.version}
    if deleted:
        document['admin_deleted'] = True
    return _holds(es_query.get('query', {}), document) is not False


def _holds(clause: Any, document: Mapping[str, Any]) -> Truth:
    if not isinstance(clause, dict) or len(clause) != 1:
        return None
    [(kind, body)] = clause.items()
    if not isinstance(body, dict):
        return None
    match kind:
        case 'match_all':
            return True
        case 'bool':
            return _bool(body, document)
        case 'exists':
            return _present(str(body.get('field')), document)
        case 'term' | 'match' | 'terms' | 'prefix' | 'range':
            return _all(_compare(kind, document[field], wanted) if field in document else _present(field, document)
                        for field, wanted in body.items() if field not in ('boost', '_name'))
        case _:
            return None


def _bool(body: JSON, document: Mapping[str, Any]) -> Truth:
    def truths(occurrence: str) -> list[Truth]:
        clauses = body.get(occurrence, [])
        return [_holds(clause, document) for clause in (clauses if isinstance(clauses, list) else [clauses])]

    required = truths('must') + truths('filter')
    optional = truths('should')
    demanded = bool(optional) and not required if 'minimum_should_match' not in body else True
    return _all([
        *required,
        *(_not(truth) for truth in truths('must_not')),
        *([_not(_all(_not(truth) for truth in optional))] if demanded else [])
    ])


def _present(field: str, document: Mapping[str, Any]) -> Truth:
    return True if field in document else False if 'admin_deleted' in document or field == 'admin_deleted' else None


def _compare(kind: str, actual: Any, wanted: Any) -> Truth:
    if kind == 'range':
        bounds = wanted.items() if isinstance(wanted, dict) else ()
        return _all(RELATIONS[name](_text(actual), _text(bound)) for name, bound in bounds if name in RELATIONS)
    if isinstance(wanted, dict):
        wanted = wanted.get('value', wanted.get('query'))
    text = _text(actual)
    if kind == 'prefix':
        return text.startswith(_text(wanted))
    return text in map(_text, wanted if isinstance(wanted, list) else [wanted])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _all(truths: Iterable[Truth]) -> Truth:
    known = list(truths)
    return False if False in known else None if None in known else True


def _not(truth: Truth) -> Truth:
    return None if truth is None else not truth
