"""Brings notifications to those who subscribed to them: at least once, in no particular order."""
import heapq
import logging
import random
import threading
import time
from dataclasses import dataclass, field

import requests

from azul.index.bundle import JSON, BundleFQID
from azul.local.store.knobs import Knobs
from azul.local.store.subscriptions import Subscription

log = logging.getLogger(__name__)

TIMEOUT = 10

DELAYS = (0.2, 0.4, 0.8, 1.6, 3.2, 5, 5)
"""Seconds between the attempts. A real store goes on for a week."""


@dataclass(order=True)
class Delivery:
    """
    :param due: on the monotonic clock
    :param number: makes what is due at the same time come in order
    """
    due: float
    number: int
    subscription: Subscription = field(compare=False)
    notification: JSON = field(compare=False)
    attempt: int = field(default=0, compare=False)


class Courier:
    """Works in threads of its own from the start, until `stop`; what is left then is lost."""

    def __init__(self, knobs: Knobs, threads: int = 4, delays: tuple[float, ...] = DELAYS) -> None:
        self._knobs, self._delays = knobs, delays
        self._random = random.Random(0)  # noqa: S311
        self._heap: list[Delivery] = []
        self._counts = {'pending': 0, 'delivered': 0, 'failed': 0}
        self._number = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, name=f'courier-{number}', daemon=True)
                         for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def send(self, subscription: Subscription, bundle: BundleFQID) -> None:
        setting = self._knobs.setting
        notification = subscription.notification(bundle)
        with self._changed:
            for _ in range(1 + setting.duplicates):
                self._number += 1
                due = time.monotonic() + self._random.uniform(0, setting.delay)
                heapq.heappush(self._heap, Delivery(due, self._number, subscription, notification))
                self._counts['pending'] += 1
            self._changed.notify_all()

    def counts(self) -> dict[str, int]:
        """How many notifications are still to be delivered, have been, or never will be."""
        with self._changed:
            return dict(self._counts)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with requests.Session() as session:
            # Callbacks are on this machine, which a proxy does not know.
            session.trust_env = False
            while (delivery := self._next()) is not None:
                self._account(delivery, self._attempt(session, delivery))

    def _next(self) -> Delivery | None:
        """Waits until a delivery is due; None in the end."""
        with self._changed:
            while not self._stopped:
                pause = self._heap[0].due - time.monotonic() if self._heap else None
                if pause is not None and pause <= 0:
                    return heapq.heappop(self._heap)
                self._changed.wait(pause)
            return None

    def _attempt(self, session: requests.Session, delivery: Delivery) -> str | None:
        """
        :return: why it is to be delivered again
        """
        try:
            request = delivery.subscription.request(delivery.notification, delivery.attempt)
            response = session.send(request, timeout=TIMEOUT, allow_redirects=False)
        except (requests.RequestException, ValueError) as error:
            return str(error)
        return None if 200 <= response.status_code < 300 else f'status {response.status_code}'

    def _account(self, delivery: Delivery, failure: str | None) -> None:
        with self._changed:
            if failure is not None and delivery.attempt < len(self._delays):
                delivery.due = time.monotonic() + self._delays[delivery.attempt]
                delivery.attempt += 1
                heapq.heappush(self._heap, delivery)
                self._changed.notify()
            else:
                self._counts['pending'] -= 1
                self._counts['delivered' if failure is None else 'failed'] += 1
        if failure is not None:
            log.warning('Notification %s, attempt %d: %s', delivery.notification['match'], delivery.attempt, failure)
