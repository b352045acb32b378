"""Who wants to be notified of what."""
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import requests

from azul.dss.signature import sign
from azul.index.bundle import JSON, BundleFQID
from azul.local.store.accounts import ANYBODY
from azul.local.store.problem import Problem, illegal, not_found
from azul.local.store.query import admits

MEMBERS = {'callback_url': str, 'es_query': dict, 'method': str, 'encoding': str, 'form_fields': dict,
           'payload_form_field': str, 'hmac_key_id': str, 'hmac_secret_key': str}

MULTIPART = 'multipart/form-data'

MAX_SUBSCRIPTIONS = 100


@dataclass(frozen=True)
class Subscription:
    """
    :param owner: see `Accounts.owner`
    :param wish: what the subscriber sent us, but without the key
    :param key: None if notifications are not to be signed
    """
    uuid: str
    owner: str
    wish: JSON
    key: str | None

    def listed(self) -> JSON:
        """For everyone to see."""
        return {'uuid': self.uuid, 'replica': 'aws', 'owner': self.owner, **self.wish}

    def wants(self, bundle: BundleFQID, deleted: bool) -> bool:
        return admits(self.wish['es_query'], bundle, deleted)

    def notification(self, bundle: BundleFQID) -> JSON:
        return {
            'transaction_id': str(uuid.uuid4()),
            'subscription_id': self.uuid,
            'es_query': self.wish['es_query'],
            'match': {'bundle_uuid': bundle.uuid, 'bundle_version': bundle.version}
        }

    def request(self, notification: JSON, attempt: int) -> requests.PreparedRequest:
        """Signed just now; signatures do not keep."""
        wish = self.wish
        request = requests.Request(wish.get('method', 'POST'), wish['callback_url'])
        if wish.get('encoding') == MULTIPART:
            payload = json.dumps(notification)
            request.data = wish.get('form_fields', {})
            request.files = {wish.get('payload_form_field', 'payload'): (None, payload, 'application/json')}
        else:
            request.json = notification
        prepared = request.prepare()
        prepared.headers['X-dss-notify-attempt'] = str(attempt)
        if self.key is not None:
            body = prepared.body
            assert isinstance(body, bytes)
            prepared.headers.update(sign(body, wish['hmac_key_id'], self.key, datetime.now(UTC)))
        return prepared


class Subscriptions:
    """All there are. Safe to share between threads."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def all(self) -> list[Subscription]:
        with self._lock:
            return list(self._subscriptions.values())

    def get(self, uuid: str) -> Subscription:
        subscription = self._subscriptions.get(uuid)
        if subscription is None:
            raise not_found(f'There is no subscription {uuid}')
        return subscription

    def add(self, wish: Any, owner: str = ANYBODY) -> Subscription:
        """
        :raises Problem: if that is none, or one too many
        """
        _check(wish)
        seen = {name: value for name, value in wish.items() if name != 'hmac_secret_key'}
        subscription = Subscription(str(uuid.uuid4()), owner, seen, wish.get('hmac_secret_key'))
        with self._lock:
            if sum(each.owner == owner for each in self._subscriptions.values()) >= MAX_SUBSCRIPTIONS:
                raise Problem(HTTPStatus.NOT_ACCEPTABLE, 'not_acceptable',
                              f'You have {MAX_SUBSCRIPTIONS} subscriptions already')
            self._subscriptions[subscription.uuid] = subscription
        return subscription

    def remove(self, uuid: str) -> None:
        self.get(uuid)
        with self._lock:
            self._subscriptions.pop(uuid, None)


def _check(wish: Any) -> None:
    if not isinstance(wish, Mapping):
        raise illegal('A subscription is an object')
    for name, value in wish.items():
        if name in ('jmespath_query', 'attachments'):
            raise illegal(f'This store does not know {name}')
        if name not in MEMBERS:
            raise illegal(f'A subscription has no {name}')
        if not isinstance(value, MEMBERS[name]):
            raise illegal(f'{name} is no {MEMBERS[name].__name__}')
    for name in ('callback_url', 'es_query'):
        if not wish.get(name):
            raise illegal(f'A subscription needs {name}')
    if 'hmac_secret_key' in wish and not wish.get('hmac_key_id'):
        raise illegal('hmac_secret_key needs hmac_key_id')  # real stores make one up
    if not wish['callback_url'].startswith(('http://', 'https://')):
        raise illegal('callback_url is no URL')
    if wish.get('method', 'POST') not in ('POST', 'PUT'):
        raise illegal('method is neither POST nor PUT')
    if wish.get('encoding', 'application/json') not in ('application/json', MULTIPART):
        raise illegal(f'encoding is neither application/json nor {MULTIPART}')
