"""Subscriptions over HTTP. Nobody asks who the subscriber is."""
from flask import Blueprint, request

from azul.index.bundle import JSON
from azul.local.store.problem import illegal, not_found
from azul.local.store.request import body
from azul.local.store.store import Store, version_now


def routes(store: Store) -> Blueprint:
    subscriptions = Blueprint('subscriptions', __name__, url_prefix='/v1/subscriptions')

    @subscriptions.put('')
    def add() -> tuple[JSON, int]:
        return {'uuid': store.subscriptions.add(body()).uuid}, 201

    @subscriptions.get('')
    def every() -> JSON:
        ours = _elasticsearch()
        return {'subscriptions': [subscription.listed() for subscription in store.subscriptions.all() if ours]}

    @subscriptions.get('/<uuid>')
    def one(uuid: str) -> JSON:
        _require_elasticsearch(uuid)
        return store.subscriptions.get(uuid).listed()

    @subscriptions.delete('/<uuid>')
    def remove(uuid: str) -> JSON:
        _require_elasticsearch(uuid)
        store.subscriptions.remove(uuid)
        return {'timeDeleted': version_now()}

    return subscriptions


def _elasticsearch() -> bool:
    """Whether the request is about the only type that we have, which is not the default."""
    type_ = request.args.get('subscription_type', 'jmespath')
    if type_ not in ('elasticsearch', 'jmespath'):
        raise illegal('subscription_type must be elasticsearch or jmespath')
    return type_ == 'elasticsearch'


def _require_elasticsearch(uuid: str) -> None:
    if not _elasticsearch():
        raise not_found(f'There is no subscription {uuid}')
