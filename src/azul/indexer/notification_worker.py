"""What notifications say is applied to every generation of indices."""
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from azul.errors import AzulError, TerminalError
from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation, NoGeneration
from azul.indexer.messages import Notification
from azul.messaging.inbox import OutOfTime, Record, in_time
from azul.messaging.messages import decode
from azul.messaging.worker import Worker

log = logging.getLogger(__name__)

MAX_CONTRIBUTIONS = 1000
"""So many, or those of one bundle, are in memory at a time."""


class Change(NamedTuple):
    """What became of a bundle version."""
    action: Literal['add', 'delete']
    bundle: BundleFQID


@dataclass(frozen=True)
class NotificationWorker(Worker[Change]):
    contributor: Contributor

    def read(self, body: str) -> Collection[Change]:
        notification = decode(Notification, body)
        return [Change(notification.action, notification.bundle)]

    def chunks(self, things: Collection[Change]) -> Iterable[Sequence[Change]]:
        yield from ([change] for change in sorted(things) if change.action == 'delete')
        if added := [change for change in sorted(things) if change.action == 'add']:
            yield added

    def attempt(self, things: Sequence[Change], remaining: Callable[[], float]) -> Mapping[Change, Exception]:
        for change in things:
            if change.action == 'delete':
                self._every_generation(lambda generation, bundle=change.bundle:  # type: ignore[misc]
                                       self.contributor.delete(generation, bundle))
        failures = self._add([change.bundle for change in things if change.action == 'add'], remaining)
        return {Change('add', bundle): error for bundle, error in failures.items()}

    def settle(self, record: Record, failed: Mapping[Change, Exception], error: Exception) -> bool:
        change = next(iter(failed), None)
        if change is None:
            return self.inbox.settle(record, error)
        if change.action == 'add' and self.inbox.exhausted(record, error):
            obstacle = self._give_up(change.bundle, error)
            if obstacle is not None and not self.inbox.exhausted(record, obstacle):
                error = obstacle
        return self.inbox.settle(record, error, change.bundle)

    def _add(self, bundles: Sequence[BundleFQID], remaining: Callable[[], float]) -> dict[BundleFQID, Exception]:
        failures: dict[BundleFQID, Exception] = {}
        generations = self._writable() if bundles else []
        wanted = {bundle for generation in generations for bundle in self.contributor.wanted(generation, bundles)}
        for some in self._transformed(sorted(wanted), failures, remaining):
            self._every_generation(lambda generation, some=some:  # type: ignore[misc]
                                   failures.update(self.contributor.add(generation, some)), generations)
        return failures

    def _transformed(self, bundles: Sequence[BundleFQID], failures: dict[BundleFQID, Exception],
                     remaining: Callable[[], float]) -> Iterator[Mapping[BundleFQID, Sequence[Contribution]]]:
        """The contributions of bundles, those of several bundles at a time.

        :param failures: is told which bundles cannot be taken apart, and why; and for which there is no time
        """
        failures.update(dict.fromkeys(bundles, OutOfTime()))
        some: dict[BundleFQID, Sequence[Contribution]] = {}
        for bundle in in_time(bundles, remaining):
            del failures[bundle]
            try:
                some[bundle] = self.contributor.contributions(bundle)
            except Exception as error:  # noqa: BLE001 whatever it is, it is the fault of this one only
                failures[bundle] = error
            if sum(map(len, some.values())) >= MAX_CONTRIBUTIONS:
                yield some
                some = {}
        if some:
            yield some

    def _every_generation(self, step: Callable[[Generation], None], known: Sequence[Generation] = ()) -> None:
        """
        Take the step in every generation, and look again for what came or changed in between.

        :param known: the generations as they were read since we began with the message; not asked for again at first
        """
        done: set[Generation] = set()
        while todo := [generation for generation in known or self._writable() if generation not in done]:
            for generation in todo:
                step(generation)
                done.add(generation)
            known = ()

    def _writable(self) -> Sequence[Generation]:
        """
        :raises NoGeneration: if there is none
        """
        generations = self.contributor.generations.writable()
        if not generations:
            raise NoGeneration('no generation that this code may write to')
        return generations

    def _give_up(self, bundle: BundleFQID, error: Exception) -> Exception | None:
        """Account for a bundle that is not going to be added.

        :return: why that failed. If no attempt is left, the dead letter is all there is then: it is replayed when the
                 cause is mended.
        """
        cause = error if isinstance(error, AzulError) else TerminalError(repr(error))
        try:
            self._every_generation(lambda generation: self.contributor.fail(generation, bundle, cause))
        except Exception as obstacle:
            log.exception('Cannot account for the failure of %s', bundle)
            return obstacle
        return None
