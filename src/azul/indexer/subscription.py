"""Keeping the data store's subscriptions as they should be. There is no changing one: it is deleted and made anew.

An account of the data store may have the subscriptions of several deployments, and of other programs. Ours are those
that call one of our URLs, and those whose notifications are signed with a key of ours: they called us under another
URL. All others are left alone.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from azul.errors import SecretError
from azul.index.bundle import JSON
from azul.indexer.credentials import ACTIONS, Action, keys
from azul.plugin import Plugin

PATHS: dict[Action, str] = {'add': '/', 'delete': '/delete'}
"""Where notifications come in."""


@dataclass(frozen=True)
class Subscription:
    """One that we want.

    :param key_id, key: what the data store signs its notifications with
    """
    callback_url: str
    query: JSON
    key_id: str
    key: str = field(repr=False)

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
class Ours:
    """How a deployment's subscriptions are told from all others.

    :param key_ids: those of the keys that notifications to us are signed with, as far as they are known
    """
    indexer_url: str
    key_ids: frozenset[str]

    @classmethod
    def of(cls, indexer_url: str, secret: JSON) -> 'Ours':
        """
        :param secret: that of the door; empty if it is gone
        """
        return cls(indexer_url, frozenset(key_id for action in ACTIONS for key_id in keys(secret, action)))

    def has(self, existing: JSON) -> bool:
        return existing.get('callback_url') in self._urls() or existing.get('hmac_key_id') in self.key_ids

    def _urls(self) -> set[str]:
        return {callback_url(self.indexer_url, action) for action in ACTIONS}


@dataclass(frozen=True)
class Plan:
    """
    :param stale: the subscriptions to be deleted
    :param missing: those to be made
    :param others: those that are none of our business
    """
    stale: Sequence[JSON]
    missing: Sequence[Subscription]
    others: Sequence[JSON] = field(default_factory=list)


def callback_url(indexer_url: str, action: Action) -> str:
    return indexer_url.rstrip('/') + PATHS[action]


def wanted(plugin: Plugin, indexer_url: str, secret: JSON, prefix: str = '') -> list[Subscription]:
    """
    :param secret: that of the door; the newest key of each action comes first
    :param prefix: of the uuids of the bundles that are to be notified of
    :raises SecretError: if the secret lacks a key
    """
    queries = {'add': plugin.additions_query, 'delete': plugin.deletions_query}
    return [Subscription(callback_url(indexer_url, action), queries[action](prefix), *_newest(secret, action))
            for action in ACTIONS]


def _newest(secret: JSON, action: Action) -> tuple[str, str]:
    try:
        return next(iter(keys(secret, action).items()))
    except StopIteration:
        raise SecretError(f'the secret has no key for {action}') from None


def plan(wanted: Sequence[Subscription], existing: Iterable[JSON], ours: Ours) -> Plan:
    """Whatever of ours exists and is not wanted is stale."""
    stale, missing, others = [], list(wanted), []
    for subscription in existing:
        met = next((candidate for candidate in missing if candidate.is_met_by(subscription)), None)
        if met is not None:
            missing.remove(met)
        elif ours.has(subscription):
            stale.append(subscription)
        else:
            others.append(subscription)
    return Plan(stale, missing, others)


def carry_out(plan: Plan, store: Subscribable) -> None:
    """Make what is missing first: rather two notifications than none. Interrupted, it is to be planned again."""
    for subscription in plan.missing:
        store.subscribe(subscription.callback_url, subscription.query, subscription.key_id, subscription.key)
    for existing in plan.stale:
        store.unsubscribe(existing['uuid'])
