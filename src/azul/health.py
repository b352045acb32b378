"""Whether the system works, for monitors and for the UI's banner; the same in both lambdas.

Only what is asked for is looked at, and not again within a few seconds: monitors in several regions ask all the time.
What does not answer is down and says why; asking never fails and never takes long.
"""
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from azul.errors import BadRequest, QueueError
from azul.index.bundle import JSON

if TYPE_CHECKING:
    from azul.aws.sqs import Queue
    from azul.config import Config
    from azul.engine import Engine

ALL = ('elasticsearch', 'queues', 'progress', 'api_endpoints', 'other_lambdas')
SERVICE = ('elasticsearch', 'api_endpoints')
INDEXER = ('elasticsearch', 'queues', 'progress')
BASIC = ('basic',)

MAX_AGE = 5
"""Seconds for which a finding is good."""

PATIENCE = 3
"""Seconds that we wait for what we look at, less than those who ask wait for us."""


class Health:
    """
    :param engine: with a short time-out of its own
    :param queues: gives all of them, likewise, when they are first asked about: few ask about them in the service
    :param notifications, tallies: names of those two
    :param endpoints: URLs that have to answer
    :param lambdas: the URLs of the other lambdas by their names
    """

    def __init__(self,
                 engine: 'Engine',
                 queues: 'Callable[[], Iterable[Queue]]',
                 notifications: str,
                 tallies: str,
                 endpoints: Sequence[str],
                 lambdas: Mapping[str, str],
                 clock: Callable[[], float] = time.monotonic
                 ) -> None:
        self._engine = engine
        self._connect_queues = queues
        self._notifications, self._tallies = notifications, tallies
        self._endpoints, self._lambdas = endpoints, lambdas
        self._clock = clock
        self._known: dict[str, tuple[float, JSON]] = {}
        self._checks: Mapping[str, Callable[[], JSON]] = {
            'elasticsearch': self._engine_answers,
            'queues': self._queues_answer,
            'progress': self._progress,
            'api_endpoints': self._endpoints_answer,
            'other_lambdas': self._lambdas_answer,
        }

    @classmethod
    def connect(cls,
                config: 'Config',
                own: str,
                entity_types: Iterable[str],
                clock: Callable[[], float] = time.monotonic
                ) -> Self:
        """
        :param own: name of the lambda that we are in, `service` or `indexer`
        :param entity_types: those for which the service has a route
        """
        from azul.engine import Engine

        naming = config.naming

        def queues() -> 'Iterable[Queue]':
            from azul.aws import clients
            from azul.aws.sqs import Queue

            client = clients.sqs(config, timeout=PATIENCE, attempts=1)
            return [Queue(client, name) for name in naming.queues]

        urls = {'service': config.service_url, 'indexer': config.indexer_url}
        return cls(engine=Engine.connect(config.es_endpoint, PATIENCE),
                   queues=queues,
                   notifications=naming.queue('notifications'),
                   tallies=naming.queue('tallies'),
                   endpoints=[f'{config.service_url}/repository/{name}?size=1' for name in entity_types],
                   lambdas={name: url for name, url in urls.items() if name != own},
                   clock=clock)

    def report(self, keys: Sequence[str]) -> tuple[JSON, HTTPStatus]:
        """
        :param keys: some of `ALL`; or `BASIC`, which looks at nothing
        :return: what was found, by key, with `up` for all of it; and the status to answer it with
        :raises BadRequest: if one of the keys is none
        """
        if tuple(keys) == BASIC:
            return {'up': True}, HTTPStatus.OK
        if not set(keys) <= set(ALL):
            raise BadRequest('Invalid health keys', ALL)
        findings = {key: self._finding(key) for key in keys}
        up = all(finding['up'] for finding in findings.values())
        return {**findings, 'up': up}, HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE

    def _finding(self, key: str) -> JSON:
        found, finding = self._known.get(key, (float('-inf'), {}))
        if self._clock() - found > MAX_AGE:
            finding = self._checks[key]()
            self._known[key] = self._clock(), finding
        return finding

    def _engine_answers(self) -> JSON:
        return {'up': True} if self._engine.ping() else {'up': False, 'error': 'no answer'}

    @cached_property
    def _queues(self) -> 'Mapping[str, Queue]':
        return {queue.name: queue for queue in self._connect_queues()}

    def _queues_answer(self) -> JSON:
        return _all(self._queues, self._queue_answers)

    def _queue_answers(self, name: str) -> JSON:
        try:
            return {'up': True, 'messages': self._queues[name].counts()._asdict()}
        except QueueError as error:
            return {'up': False, 'error': str(error)}

    def _progress(self) -> JSON:
        """What the UI reads in order to say that there is more to come; null is not known."""
        queues = _all([self._notifications, self._tallies], self._queue_answers)
        messages = {name: queues[name].get('messages') for name in (self._notifications, self._tallies)}
        progress = {'up': queues['up'],
                    'unindexed_bundles': _total(messages[self._notifications]),
                    'unindexed_documents': _total(messages[self._tallies])}
        errors = [queue['error'] for queue in (queues[name] for name in messages) if not queue['up']]
        return {**progress, 'error': '; '.join(errors)} if errors else progress

    def _endpoints_answer(self) -> JSON:
        return _all(self._endpoints, lambda url: _answers('HEAD', url))

    def _lambdas_answer(self) -> JSON:
        return _all(self._lambdas, lambda name: _answers('GET', f'{self._lambdas[name]}/health/basic'))


def _all(names: Iterable[str], check: Callable[[str], JSON]) -> JSON:
    """What is found about each, looked at side by side, with `up` for all of them."""
    names = list(names)
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        findings = dict(zip(names, pool.map(check, names), strict=True))
    return {'up': all(finding['up'] for finding in findings.values()), **findings}


def _total(messages: Mapping[str, int] | None) -> int | None:
    return None if messages is None else sum(messages.values())


def _answers(method: str, url: str) -> JSON:
    import requests

    with requests.Session() as session:
        # A proxy that the environment demands for the rest of the world does not know our loopback interface.
        session.trust_env = False
        try:
            session.request(method, url, timeout=PATIENCE, allow_redirects=False).raise_for_status()
        except requests.RequestException as error:
            return {'up': False, 'error': repr(error)}
    return {'up': True}
