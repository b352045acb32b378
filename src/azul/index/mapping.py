"""The engine's mappings and settings, from the declarations of fields."""
from azul.index.bundle import JSON
from azul.index.fields import FieldType, IndexedField, Schema

NULL_TERM = '\ue000null'
"""How the engine indexes a null, so that it can be counted and found like any value. It begins with a character for
private use, which no metadata contains; it never leaves the service."""

_KEYWORD: JSON = {'type': 'keyword'}


def contributions(shards: int, replicas: int) -> JSON:
    """The body to create an index of contributions: only their keys are indexed."""
    return _index(shards, replicas, {
        'entity_id': _KEYWORD,
        'bundle_uuid': _KEYWORD,
        'bundle_version': _KEYWORD,
        'contents': {'type': 'object', 'enabled': False},
    })


def aggregates(schema: Schema, entity_type: str, shards: int, replicas: int) -> JSON:
    """The body to create an index of the aggregates of an entity type: only their flat part is indexed."""
    return _index(shards, replicas, {
        'entity_id': _KEYWORD,
        'live': {'type': 'boolean'},
        'bundle_count': {'type': 'long'},
        'bundles': {'type': 'object', 'enabled': False},
        'contents': {'type': 'object', 'enabled': False},
        'fields': {'properties': {
            name: _field(indexed) for name, indexed in schema.indexed_fields(entity_type).items()
        }},
    })


def ledger(shards: int, replicas: int) -> JSON:
    """The body to create the index of a ledger, one document per bundle uuid."""
    return _index(shards, replicas, {
        'bundle_uuid': _KEYWORD,
        'versions': {'properties': {'version': _KEYWORD, 'state': _KEYWORD}},
    })


def generations(replicas: int) -> JSON:
    """The body to create the index of the one document that lists the generations; it is only ever read by its id."""
    return _index(1, replicas, {})


_SLOW = '5s'
"""From which a search of one shard, or the indexing of one document, is in the slow log of the engine. A whole page
usually takes less than a second."""


def _index(shards: int, replicas: int, properties: JSON) -> JSON:
    return {
        'settings': {
            'number_of_shards': shards,
            'number_of_replicas': replicas,
            # Explicit, because `refresh=wait_for` waits for ever where the default has been switched off.
            'refresh_interval': '1s',
            # There are none by default: nothing would be slow.
            'search.slowlog.threshold': {'query.warn': _SLOW, 'fetch.warn': _SLOW},
            'indexing.slowlog.threshold.index.warn': _SLOW,
        },
        'mappings': {'dynamic': False, 'properties': properties},
    }


def _field(indexed: IndexedField) -> JSON:
    """Terms with a countable null, and beside them the values without it, for sorting and sums."""
    if indexed.type is FieldType.RANGE:
        return {'type': 'double_range'}
    value_type = 'long' if indexed.type is FieldType.INTEGER else 'keyword'
    return {'type': 'keyword', 'null_value': NULL_TERM, 'fields': {'value': {'type': value_type}}}
