"""Whether the system works, for monitors and for the UI's banner; the same in both lambdas.

Only what is asked for is looked at, and not again within a few seconds: monitors in several regions ask all the time.
What does not answer is down and says why; asking never fails and never takes long.

With the engine's finding come the generations of indices, and advice if there is something that only an operator can
do. That alone makes nothing a failure: readers are served by generations that get no more updates, too.
"""
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from azul.errors import AzulError, BadRequest, NoIndex, QueueError
from azul.index.bundle import JSON
from azul.index.shapes import BOOLEAN, COUNT, INTEGER, STRING, closed, listed, nullable, one_of
from azul.naming import GENERATIONS, LEDGER, IndexName

if TYPE_CHECKING:
    from azul.aws.sqs import Queue
    from azul.config import Config
    from azul.engine import Engine
    from azul.naming import Naming

log = logging.getLogger(__name__)

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
    :param fingerprint: that of the plug-in that is deployed
    :param queues: gives all of them, likewise, when they are first asked about: few ask about them in the service
    :param endpoints: URLs that have to answer
    :param lambdas: the URLs of the other lambdas by their names
    """

    def __init__(self,
                 engine: 'Engine',
                 naming: 'Naming',
                 fingerprint: str,
                 queues: 'Callable[[], Iterable[Queue]]',
                 endpoints: Sequence[str],
                 lambdas: Mapping[str, str],
                 clock: Callable[[], float] = time.monotonic
                 ) -> None:
        self._engine, self._naming, self._fingerprint = engine, naming, fingerprint
        self._connect_queues = queues
        self._notifications, self._tallies = naming.queue('notifications'), naming.queue('tallies')
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
                fingerprint: str,
                clock: Callable[[], float] = time.monotonic
                ) -> Self:
        """
        :param own: name of the lambda that we are in, `service` or `indexer`
        :param entity_types: those for which the service has a route
        :param fingerprint: that of the plug-in that is deployed
        """
        from azul.aws import clients
        from azul.engine import Engine

        naming = config.naming

        def queues() -> 'Iterable[Queue]':
            from azul.aws.sqs import Queue

            client = clients.sqs(config, timeout=PATIENCE, attempts=1)
            return [Queue(client, name) for name in naming.queues]

        urls = {'service': config.service_url, 'indexer': config.indexer_url}
        return cls(engine=Engine.connect(config.es_endpoint, PATIENCE, sign=clients.signer(config)),
                   naming=naming,
                   fingerprint=fingerprint,
                   queues=queues,
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
        findings = _side_by_side(keys, self._finding)
        up = all(finding['up'] for finding in findings.values())
        return {**findings, 'up': up}, HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE

    def shape(self) -> JSON:
        """Of what `report` gives for some of `ALL`. Whatever cannot be found out says why, and nothing else."""
        counts = closed({'delayed': COUNT, 'invisible': COUNT, 'queued': COUNT})
        generation = closed({'generation': INTEGER, 'served': BOOLEAN, 'frozen': BOOLEAN,
                             'state': one_of(['loading', 'aggregating', 'serving', 'frozen', 'dropping'])})
        findings = {
            'elasticsearch': _finding_shape({'generations': listed(generation), 'advice': STRING}),
            'queues': _finding_shape({name: _finding_shape({'messages': counts}) for name in self._naming.queues}),
            'progress': _finding_shape({'unindexed_bundles': nullable(COUNT), 'unindexed_documents': nullable(COUNT)}),
            'api_endpoints': _finding_shape({url: _finding_shape({}) for url in self._endpoints}),
            'other_lambdas': _finding_shape({name: _finding_shape({}) for name in self._lambdas}),
        }
        return closed({**{key: findings[key] for key in ALL}, 'up': BOOLEAN}, optional=ALL, title='Health')

    def _finding(self, key: str) -> JSON:
        found, finding = self._known.get(key, (float('-inf'), {}))
        if self._clock() - found > MAX_AGE:
            try:
                finding = self._checks[key]()
            except Exception as error:
                log.exception('Cannot tell the health of %s', key)
                finding = {'up': False, 'error': type(error).__name__}
            self._known[key] = self._clock(), finding
        return finding

    def _engine_answers(self) -> JSON:
        return {'up': True, **self._generations()} if self._engine.ping() else {'up': False, 'error': 'no answer'}

    def _generations(self) -> JSON:
        """
        Each of the `generations`, with its `state`, whether it is `served` to readers, and whether it is `frozen`: the
        code that is deployed does not update it, be it that its state says so or that another plug-in made it. None of
        that if they cannot be read.
        """
        try:
            source = self._known_generations()
            alias = self._naming.index(IndexName(LEDGER))
            index = self._engine.resolve([alias]).get(alias)
            served = None if index is None else self._naming.parse_index(index)[1]
            generations = [
                {'generation': known['number'], 'state': known['state'], 'served': known['number'] == served,
                 'frozen': known['state'] == 'frozen' or known['fingerprint'] != self._fingerprint}
                for known in source[GENERATIONS]
            ]
            advice = _advice(generations)
        except (AzulError, LookupError, TypeError, ValueError) as error:
            return {'advice': f'Cannot read the generations of indices: {error!r:.200}.'}
        return {'generations': generations, **({'advice': advice} if advice else {})}

    def _known_generations(self) -> JSON:
        try:
            return self._engine.get(self._naming.generations_index(), GENERATIONS).source or {GENERATIONS: []}
        except NoIndex:
            return {GENERATIONS: []}

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


def _finding_shape(found: Mapping[str, JSON]) -> JSON:
    return closed({'up': BOOLEAN, **found, 'error': STRING}, optional=[*found, 'error'])


def _all(names: Iterable[str], check: Callable[[str], JSON]) -> JSON:
    """What is found about each, with `up` for all of them."""
    findings = _side_by_side(names, check)
    return {'up': all(finding['up'] for finding in findings.values()), **findings}


def _side_by_side(names: Iterable[str], check: Callable[[str], JSON]) -> dict[str, JSON]:
    names = list(names)
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return dict(zip(names, pool.map(check, names), strict=True))


def _advice(generations: Sequence[JSON]) -> str:
    """What an operator has to do about generations; empty if that is nothing."""
    updated = [known for known in generations if not known['frozen'] and known['state'] != 'dropping']
    served = [known for known in generations if known['served']]
    if not generations:
        return 'There is no generation of indices yet: `make reindex`.'
    if not updated:
        return ('No generation of indices fits the code that is deployed: notifications wait in their queue. '
                '`make reindex`, or deploy the code of before.')
    if not served:
        complete = any(known['state'] in ('serving', 'frozen') for known in generations)
        return ('Readers are sent to no generation of indices: `make swap`, see `make generations`.' if complete else
                'Readers are sent to no generation of indices: a first one is being built, see `make generations`.')
    if served[0] not in updated:
        number = served[0]['generation']
        return (f'Readers are sent to generation {number}, which gets no updates: '
                f'`make swap` as soon as another one is complete, see `make generations`.')
    return ''


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
