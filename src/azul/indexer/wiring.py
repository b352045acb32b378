"""The one place where the parts of the indexer are put together. Each is made when it is first used."""
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from azul import plugin
from azul.aws import clients
from azul.aws.secrets import Secret
from azul.aws.sqs import Queue as SQSQueue
from azul.config import Config
from azul.dss.client import DssClient
from azul.engine import Engine
from azul.health import Health
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.direct import Direct, DirectContributor
from azul.indexer.door import Door
from azul.indexer.explain import Explain
from azul.indexer.generations import Generations
from azul.indexer.notification_worker import NotificationWorker
from azul.indexer.tally_worker import TallyWorker
from azul.indexer.triage import Triage
from azul.messaging.inbox import Inbox, Retries
from azul.naming import Queue
from azul.plugin import Plugin


@dataclass(frozen=True)
class Indexer:
    config: Config

    @cached_property
    def door(self) -> Door:
        # The gateway waits for 29 seconds, and for the queue, too.
        secret = Secret(clients.secrets(self.config, timeout=5, attempts=2), self.config.naming.hmac_secret())
        return Door(secret, self._queue('notifications'), lambda: datetime.now(UTC))

    @cached_property
    def direct(self) -> Direct:
        contributor = DirectContributor(self.engine, self.plugin, self.generations, self.store,
                                        notifications=self._queue('notifications'), tallies=self._queue('tallies'),
                                        aggregator=self.tally_worker.aggregator)
        return Direct(self.door, replace(self.notification_worker, contributor=contributor))

    @cached_property
    def notification_worker(self) -> NotificationWorker:
        return NotificationWorker(self._inbox('notifications'), self.contributor)

    @cached_property
    def tally_worker(self) -> TallyWorker:
        aggregator = Aggregator(self.engine, self.plugin, self.generations)
        return TallyWorker(self._inbox('tallies'), aggregator, self.plugin)

    @cached_property
    def triage(self) -> Triage:
        return Triage(self.notification_worker, self.tally_worker)

    @cached_property
    def explain(self) -> Explain:
        return Explain(self.tally_worker.aggregator,
                       notifications=self._queue('notifications'), tallies=self._queue('tallies'))

    @cached_property
    def contributor(self) -> Contributor:
        return Contributor(self.engine, self.plugin, self.generations, self.store,
                           notifications=self._queue('notifications'), tallies=self._queue('tallies'))

    @cached_property
    def generations(self) -> Generations:
        config = self.config
        return Generations(self.engine, config.naming, self.plugin, config.es_shards, config.es_replicas)

    @cached_property
    def plugin(self) -> Plugin:
        return plugin.load(self.config.project)

    @cached_property
    def engine(self) -> Engine:
        return Engine.connect(self.config.es_endpoint, self.config.es_timeout, sign=clients.signer(self.config))

    @cached_property
    def store(self) -> DssClient:
        return DssClient.connect(self.config.dss_endpoint, workers=self.config.dss_workers)

    @cached_property
    def health(self) -> Health:
        routes = [entity_type.name for entity_type in self.plugin.schema.entity_types if entity_type.searchable]
        return Health.connect(self.config, 'indexer', routes, self.plugin.fingerprint)

    def _inbox(self, queue: Queue) -> Inbox:
        retries = Retries(self.config.retry_delay, self.config.max_attempts)
        return Inbox(self._queue(queue), self._queue(queue, failed=True), retries)

    def _queue(self, queue: Queue, failed: bool = False) -> SQSQueue:
        return SQSQueue(clients.sqs(self.config), self.config.naming.queue(queue, failed))
