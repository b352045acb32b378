"""Notifications as the data store, or a reindex, sends them."""
from collections.abc import Mapping
from typing import Any

from azul.errors import BadRequest
from azul.index.bundle import BundleFQID, is_uuid
from azul.indexer.credentials import Action

EVENTS: Mapping[str, Action] = {'CREATE': 'add', 'TOMBSTONE': 'delete', 'DELETE': 'delete'}


def parse(body: Any, action: Action) -> BundleFQID:
    """The bundle that a notification is about. Everything but `match` is of no consequence and may be missing.

    :param body: as decoded from JSON
    :param action: what is to be done about the bundle. A notification may have an `event_type` that contradicts it, if
                   somebody subscribed in a wrong way: a deletion is final, so nobody must be deleted by being created.
    :raises BadRequest: with the texts that data stores know
    """
    match = _member(body, 'match')
    uuid, version = _member(match, 'bundle_uuid'), _member(match, 'bundle_version')
    for name, value in ('bundle_uuid', uuid), ('bundle_version', version):
        if not isinstance(value, str):
            raise BadRequest(f'Invalid type: {name}: {type(value)} (should be str)')
    if not is_uuid(uuid):
        raise BadRequest(f'Invalid syntax: {uuid[:100]} (should be a UUID)')
    if not version:
        raise BadRequest('Invalid syntax: bundle_version can not be empty')
    if len(version) > 100 or not version.isprintable():
        # It becomes part of document ids, of which the engine takes no more than 512 bytes.
        raise BadRequest('Invalid syntax: bundle_version is too long or not printable')
    event = body.get('event_type')
    if isinstance(event, str) and EVENTS.get(event, action) != action:
        raise BadRequest(f'Invalid value: event_type: {event} (this route is for {action})')
    return BundleFQID(uuid.lower(), version)


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise BadRequest(f'Missing notification entry: {name}')
    return value[name]
