"""Which bundles the indexer wants to hear of: queries to the data store."""
from azul.plugin import JSON

_DELETED: JSON = {'term': {'admin_deleted': True}}


def additions(prefix: str) -> JSON:
    """Bundles that have a project and whose uuid has the prefix."""
    return _query(must=[{'exists': {'field': 'files.project_json'}}, *_prefixed(prefix)], must_not=[_DELETED])


def deletions(prefix: str) -> JSON:
    """The tombstones of such bundles, by which the data store replaces all that it knew of them."""
    return _query(must=[_DELETED, *_prefixed(prefix)])


def _prefixed(prefix: str) -> list[JSON]:
    return [{'prefix': {'uuid': prefix}}] if prefix else []


def _query(**clauses: list[JSON]) -> JSON:
    return {'query': {'bool': clauses}}
