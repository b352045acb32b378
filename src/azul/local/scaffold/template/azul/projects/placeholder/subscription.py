"""Of which bundles the data store is to tell: queries in the language of its search engine."""
from azul.plugin import JSON

DELETED: JSON = {'term': {'admin_deleted': True}}


def additions(prefix: str) -> JSON:
    """All bundles whose uuid has the prefix. Name a file that yours have, to be spared those of others."""
    return {'query': {'bool': {'must': [{'prefix': {'uuid': prefix}}], 'must_not': [DELETED]}}}


def deletions(prefix: str) -> JSON:
    """The tombstones that such bundles leave. These have nothing in them to be found by but their uuid."""
    return {'query': {'bool': {'must': [DELETED, {'prefix': {'uuid': prefix}}]}}}
