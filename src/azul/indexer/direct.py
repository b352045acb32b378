"""Indexing a bundle within a request: for laptops, and for whoever wants to see at once what is wrong with a bundle.

Nothing is queued, so nobody goes on where a request fails or runs out of time: it has to be repeated by the caller.
What can never be indexed is recorded as failed, all the same; only an older version that takes its place is queued.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from azul.errors import BadRequest, TerminalError
from azul.http.declared import Text
from azul.index.documents import EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.credentials import Action
from azul.indexer.door import Door
from azul.indexer.generations import Generation
from azul.indexer.messages import IN_ANY_CASE
from azul.indexer.notification_worker import NotificationWorker

PARAMETER = 'sync'

PARAMETERS = {PARAMETER: Text('`true` or `false`: whether to index at once, rather than by way of the queues.')}


def is_wanted(parameters: Mapping[str, str]) -> bool:
    """
    :param parameters: of the request
    :raises BadRequest: if they do not say clearly
    """
    value = parameters.get(PARAMETER, 'false').lower()
    if value not in ('true', 'false'):
        raise BadRequest(f'Query parameter `{PARAMETER}` must be `true` or `false`')
    return value == 'true'


@dataclass(frozen=True)
class DirectContributor(Contributor):
    """Aggregates right away, rather than to send tallies."""
    aggregator: Aggregator

    def send_tallies(self, generation: Generation, entities: Iterable[EntityReference]) -> None:
        """
        :raises AzulError: if any of the entities could not be aggregated; others may have been
        """
        for failure in self.aggregator.aggregate(generation.number, dict.fromkeys(entities, IN_ANY_CASE)).values():
            raise failure


@dataclass(frozen=True)
class Direct:
    """
    :param worker: one with a `DirectContributor`
    """
    door: Door
    worker: NotificationWorker

    def admit(self, action: Action, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """Index a bundle. When this returns its aggregates are written.

        :param target: as in `signature.verify`
        :raises TransientError: if that failed for now
        :raises BadRequest: if it can never be indexed; and what `Door.open` raises
        """
        message = self.door.open(action, target, headers, body)
        try:
            self.worker.run(message.encode())
        except TerminalError as error:
            if action == 'add':
                contributor = self.worker.contributor
                for generation in contributor.generations.writable():
                    contributor.fail(generation, message.bundle, error)
            raise BadRequest(str(error)) from error
