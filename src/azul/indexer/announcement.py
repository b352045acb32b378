"""Having bundles added: by a message in our own queue, or by a notification such as the data store sends."""
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol

import orjson
import requests

from azul.aws.secrets import Secret
from azul.aws.sqs import Queue
from azul.dss.signature import sign
from azul.errors import SecretError, brief
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.credentials import keys
from azul.indexer.direct import PARAMETER
from azul.indexer.messages import Notification
from azul.indexer.scan import slices

SUBSCRIPTION = 'cafebabe-feed-4bad-dead-beaf8badf00d'
"""The id of the subscription that our own notifications claim to be of."""

ATTEMPTS = 4
"""At a notification. The second comes after a second, each further one after twice as long."""

TIMEOUT = (10, 900)
"""Seconds, to connect and to answer. Within a request a bundle takes as long as it does."""

BATCH = 100


class Announcer(Protocol):

    def announce(self, bundles: Iterable[BundleFQID]) -> Iterator[str]:
        """
        :return: for each of the bundles, in the same order and as soon as that is known, why it was not taken; an empty
                 text if it was
        """


@dataclass(frozen=True)
class QueueAnnouncer:
    notifications: Queue

    def announce(self, bundles: Iterable[BundleFQID]) -> Iterator[str]:
        """
        :raises QueueError: if the queue does not take them
        """
        for batch in slices(bundles, BATCH):
            self.notifications.send(
                Notification.create(action='add', bundle_uuid=bundle.uuid, bundle_version=bundle.version).encode()
                for bundle in batch
            )
            yield from ('' for _ in batch)


@dataclass(frozen=True)
class DoorAnnouncer:
    """
    Posts to an indexer.

    :param session: safe to be used by as many threads as there are workers
    :param indexer_url: without a slash at its end
    :param secret: of the indexer's door
    :param query: what the notifications say that the bundles were found by
    :param direct: whether bundles are to be indexed within the request, if the indexer does so
    """
    session: requests.Session
    indexer_url: str
    secret: Secret
    query: JSON
    direct: bool = False
    workers: int = 1
    sleep: Callable[[float], None] = field(default=time.sleep)

    @classmethod
    def connect(cls, indexer_url: str, secret: Secret, query: JSON, direct: bool, workers: int) -> 'DoorAnnouncer':
        session = requests.Session()
        session.trust_env = False  # no proxies, no credentials of the machine that we happen to run on
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=workers, pool_block=True)
        session.mount('http://', adapter)
        session.mount('https://', adapter)
        return cls(session, indexer_url.rstrip('/'), secret, query, direct, workers)

    def announce(self, bundles: Iterable[BundleFQID]) -> Iterator[str]:
        """
        :raises SecretError: if there is no key to sign with
        """
        with ThreadPoolExecutor(self.workers) as pool:
            # A few at a time, because a pool takes all that it is given.
            for batch in slices(bundles, BATCH):
                yield from pool.map(self._fault, batch)

    def _fault(self, bundle: BundleFQID) -> str:
        fault, transient = self._post(bundle)
        for attempt in range(1, ATTEMPTS):
            if not transient:
                break
            self.sleep(2 ** (attempt - 1))
            fault, transient = self._post(bundle)
        return fault

    def _post(self, bundle: BundleFQID) -> tuple[str, bool]:
        """
        :return: what is wrong, empty if nothing is, and whether that may pass
        """
        body = orjson.dumps({
            'transaction_id': str(uuid.uuid4()),
            'subscription_id': SUBSCRIPTION,
            'es_query': self.query,
            'match': {'bundle_uuid': bundle.uuid, 'bundle_version': bundle.version},
        })
        known = keys(self.secret.read(), 'add')
        if not known:
            raise SecretError('the secret has no key for additions')
        (key_id, key), *_ = known.items()
        headers = {'Content-Type': 'application/json', **sign(body, key_id, key, datetime.now(UTC))}
        try:
            response = self.session.post(f'{self.indexer_url}/', data=body, headers=headers, timeout=TIMEOUT,
                                         params={PARAMETER: 'true'} if self.direct else {}, allow_redirects=False)
        except requests.RequestException as error:
            return f'no answer: {type(error).__name__}', True
        status = response.status_code
        if status == HTTPStatus.ACCEPTED:
            return '', False
        transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        return f'status {status}, {_message(response)}', transient


def _message(response: requests.Response) -> str:
    """What an error says."""
    try:
        message = orjson.loads(response.content)['Message']
    except (orjson.JSONDecodeError, KeyError, TypeError):
        message = response.text
    return message[:500] if isinstance(message, str) else brief(message)
