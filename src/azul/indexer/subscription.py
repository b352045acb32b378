"""Keeping the data store's subscriptions as they should be. There is no changing one: it is deleted and made anew."""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azul.index.bundle import JSON
from azul.plugin import Plugin


@dataclass(frozen=True)
class Subscription:
    """One that we want.

    :param key_id, key: what the data store signs its notifications with
    """
    callback_url: str
    query: JSON
    key_id: str
    key: str

    def is_met_by(self, existing: JSON) -> bool:
        """
        :param existing: as the data store lists it; it does not give away the key
        """
        return (existing.get('callback_url') == self.callback_url
                and existing.get('es_query') == self.query
                and existing.get('hmac_key_id') == self.key_id)


class Subscribable(Protocol):
    """What we ask of the data store; `azul.dss.client` answers it."""

    def subscriptions(self) -> Sequence[JSON]: ...

    def subscribe(self, callback_url: str, es_query: JSON, hmac_key_id: str, hmac_secret_key: str) -> Any: ...

    def unsubscribe(self, uuid: str) -> None: ...


@dataclass(frozen=True)
class Plan:
    """
    :param stale: uuids of the subscriptions to be deleted
    :param missing: those to be made
    """
    stale: Sequence[str]
    missing: Sequence[Subscription]


def wanted(plugin: Plugin, indexer_url: str, secret: JSON, prefix: str = '') -> list[Subscription]:
    """
    :param secret: that of the door; the newest key of each action comes first
    :param prefix: of the uuids of the bundles that are to be notified of
    """
    add, delete = secret['add'][0], secret['delete'][0]
    return [
        Subscription(f'{indexer_url}/', plugin.additions_query(prefix), add['key_id'], add['key']),
        Subscription(f'{indexer_url}/delete', plugin.deletions_query(prefix), delete['key_id'], delete['key']),
    ]


def plan(wanted: Sequence[Subscription], existing: Iterable[JSON]) -> Plan:
    """Whatever exists and is not wanted is stale."""
    stale, missing = [], list(wanted)
    for subscription in existing:
        met = next((candidate for candidate in missing if candidate.is_met_by(subscription)), None)
        if met is None:
            stale.append(subscription['uuid'])
        else:
            missing.remove(met)
    return Plan(stale, missing)


def carry_out(plan: Plan, store: Subscribable) -> None:
    """Make what is missing first: rather two notifications than none."""
    for subscription in plan.missing:
        store.subscribe(subscription.callback_url, subscription.query, subscription.key_id, subscription.key)
    for uuid in plan.stale:
        store.unsubscribe(uuid)
