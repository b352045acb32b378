"""Names of resources from (prefix, stage, …), and back.

>>> names = Naming(resource_prefix='azul', index_prefix='azul', stage='dev')
>>> names.queue('notifications'), names.queue('notifications', failed=True)
('azul-notifications-dev', 'azul-notifications-failed-dev')
>>> names.index(IndexName('cell_suspensions', aggregate=True), generation=3)
'azul_cell_suspensions_aggregate_dev_3'
>>> names.parse_index('azul_cell_suspensions_aggregate_dev_3')
(IndexName(kind='cell_suspensions', aggregate=True), 3)
"""
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

Queue = Literal['notifications', 'tallies', 'jobs']
QUEUES: tuple[Queue, ...] = ('notifications', 'tallies', 'jobs')

STAGE = re.compile(r'[a-z][a-z0-9_]{2,29}')
PREFIX = re.compile(r'[a-z][a-z0-9_]*')

LEDGER = 'ledger'
GENERATIONS = 'generations'
RESERVED_KINDS = (LEDGER, GENERATIONS)


class IndexName(NamedTuple):
    """What an index holds.

    :param kind: an entity type, or `LEDGER`
    :param aggregate: whether it holds the aggregates of the entity type rather than its contributions
    """
    kind: str
    aggregate: bool = False


@dataclass(frozen=True)
class Naming:
    """The names of one deployment's resources."""
    resource_prefix: str
    index_prefix: str
    stage: str

    def resource(self, *terms: str) -> str:
        return '-'.join([self.resource_prefix, *terms, self.stage])

    def queue(self, queue: Queue, failed: bool = False) -> str:
        """
        :param failed: whether the dead-letter queue of that queue is meant
        """
        return self.resource(queue, 'failed') if failed else self.resource(queue)

    @property
    def queues(self) -> tuple[str, ...]:
        """All six of them, each followed by its dead-letter queue."""
        return tuple(self.queue(queue, failed) for queue in QUEUES for failed in (False, True))

    def hmac_secret(self) -> str:
        return f'dcp/azul/{self.stage}/indexer/hmac'

    def google_secret(self) -> str:
        """Of the key of the service account that subscribes."""
        return f'dcp/azul/{self.stage}/indexer/google_service_account'

    def token_secret(self) -> str:
        return f'dcp/azul/{self.stage}/service/token'

    def bucket(self) -> str:
        """Of what is kept for a while, manifests for instance, unless the settings have another one."""
        # Names of buckets have no underscores, but those of stages may.
        return self.resource('storage').replace('_', '-')

    def generations_index(self) -> str:
        return f'{self.index_prefix}_{GENERATIONS}_{self.stage}'

    def index(self, name: IndexName, generation: int | None = None) -> str:
        """
        :param generation: the number in the name of a physical index; None for the alias, which is for people
        """
        kind = f'{name.kind}_aggregate' if name.aggregate else name.kind
        alias = f'{self.index_prefix}_{kind}_{self.stage}'
        return alias if generation is None else f'{alias}_{generation}'

    def parse_index(self, index: str) -> tuple[IndexName, int]:
        """Inverse of `index` for physical names.

        The prefix, the kind and the stage may all contain the separator: only who knows prefix and stage can tell.

        :raises ValueError: if the index is none of this deployment
        """
        pattern = f'{re.escape(self.index_prefix)}_(.+?)(_aggregate)?_{re.escape(self.stage)}_([1-9][0-9]*)'
        match = re.fullmatch(pattern, index)
        if match is None:
            raise ValueError(f'not a physical index of this deployment: {index!r}')
        kind, aggregate, generation = match.groups()
        return IndexName(kind, aggregate is not None), int(generation)
