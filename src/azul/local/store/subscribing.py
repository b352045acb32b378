"""Subscriptions over HTTP."""
from http import HTTPStatus

from flask import Blueprint, request

from azul.index.bundle import JSON
from azul.local.store.problem import Problem, illegal, not_found
from azul.local.store.request import body
from azul.local.store.store import Store, version_now


def routes(store: Store) -> Blueprint:
    subscriptions = Blueprint('subscriptions', __name__, url_prefix='/v1/subscriptions')

    def owner() -> str:
        return store.accounts.owner(request.headers.get('Authorization'))

    def require(uuid: str) -> None:
        """The subscription of that uuid is there, and belongs to whoever asks."""
        asking, ours = owner(), _elasticsearch()
        subscription = store.subscriptions.get(uuid)
        if not ours:
            raise not_found(f'There is no subscription {uuid}')
        if subscription.owner != asking:
            raise Problem(HTTPStatus.FORBIDDEN, 'Forbidden', 'Your credentials cannot access this subscription')

    @subscriptions.put('')
    def add() -> tuple[JSON, int]:
        return {'uuid': store.subscriptions.add(body(), owner()).uuid}, 201

    @subscriptions.get('')
    def every() -> JSON:
        asking, ours = owner(), _elasticsearch()
        return {'subscriptions': [subscription.listed() for subscription in store.subscriptions.all()
                                  if ours and subscription.owner == asking]}

    @subscriptions.get('/<uuid>')
    def one(uuid: str) -> JSON:
        require(uuid)
        return store.subscriptions.get(uuid).listed()

    @subscriptions.delete('/<uuid>')
    def remove(uuid: str) -> JSON:
        require(uuid)
        store.subscriptions.remove(uuid)
        return {'timeDeleted': version_now()}

    return subscriptions


def _elasticsearch() -> bool:
    """Whether the request is about the only type that we have, which is not the default."""
    type_ = request.args.get('subscription_type', 'jmespath')
    if type_ not in ('elasticsearch', 'jmespath'):
        raise illegal('subscription_type must be elasticsearch or jmespath')
    return type_ == 'elasticsearch'
