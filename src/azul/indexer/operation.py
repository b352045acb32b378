"""What an operator has done with the generations of a deployment: build one and send readers there, add to what is
there, or drop them all. `scripts/reindex.py` is the way to it."""
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from math import inf

from azul.aws.sqs import purge
from azul.errors import ConfigurationError
from azul.index.bundle import JSON
from azul.indexer.announcement import Announcer, DoorAnnouncer, QueueAnnouncer
from azul.indexer.comparison import Comparison
from azul.indexer.generations import Generation
from azul.indexer.listing import Listing, parse_query
from azul.indexer.reindex import Reindex
from azul.indexer.reuse import Progress
from azul.indexer.wiring import Indexer

SHOWN = 20
"""Differences, failures and losses that are listed; the others are counted."""


@dataclass(frozen=True)
class Options:
    """As docs/operating.md has them.

    :param prefix: None for that of the settings, where bundles are not found by a query
    """
    index: bool = False
    delete: bool = False
    yes: bool = False
    purge: bool = False
    dry_run: bool = False
    resume: bool = False
    no_reuse: bool = False
    accept_failures: int = 0
    accept_losses: int = 0
    prefix: str | None = None
    es_query: str | None = None
    partition_prefix_length: int = 0
    workers: int = 4
    indexer_url: str | None = None
    sync: bool = False


@dataclass(frozen=True)
class Operation:
    """
    :param tell: is told, line by line, what is being done
    :param confirmed: whether the operator gives the right answer to a question; is told the question, and that answer
    :param undisturbed: while queues are purged; nobody else may add to them or take from them then
    :raises ConfigurationError: if the options make no sense for the deployment
    """
    indexer: Indexer
    options: Options
    progress: Progress
    tell: Callable[[str], None]
    confirmed: Callable[[str, str], bool]
    undisturbed: Callable[[], AbstractContextManager[None]]

    def __post_init__(self) -> None:
        _ = self._reindex  # before anything is done

    def run(self) -> bool:
        """
        :return: whether all was done
        """
        options = self.options
        if options.delete and not self._agreed():
            return False
        if options.purge:
            self._purge()
        if options.delete:
            self._delete()
            if not options.index:
                return True
        if options.dry_run:
            self._rehearse()
            return True
        if options.index:
            self.tell(f'{self._reindex.add()} bundles were announced')
            return True
        return self._build()

    @cached_property
    def _query(self) -> JSON | None:
        return None if self.options.es_query is None else parse_query(self.options.es_query)

    @property
    def _prefix(self) -> str:
        if self.options.prefix is None and self._query is None:
            return self.indexer.config.dss_query_prefix
        return self.options.prefix or ''

    @cached_property
    def _reindex(self) -> Reindex:
        indexer, options = self.indexer, self.options
        listing = Listing(indexer.store, self._prefix, options.partition_prefix_length, self._query, options.workers)
        visibility = indexer.config.visibility
        return Reindex(indexer.contributor, indexer.tally_worker.aggregator, listing.bundles, self._announcer(),
                       visibility=visibility, patience=max(60, 3 * visibility), reusing=not options.no_reuse,
                       workers=options.workers, progress=self.progress)

    def _announcer(self) -> Announcer:
        indexer, options = self.indexer, self.options
        if not options.sync and options.indexer_url is None:
            return QueueAnnouncer(indexer.contributor.notifications)
        url = indexer.config.indexer_url if options.indexer_url is None else options.indexer_url
        if not url.startswith(('http://', 'https://')):
            raise ConfigurationError('URL of the indexer', [
                f'{url!r:.100} is none: give --indexer-url, or set AZUL_INDEXER_URL'])
        query = self._query or indexer.plugin.additions_query(self._prefix)
        return DoorAnnouncer.connect(url, indexer.door.secret, query, options.sync, options.workers)

    def _purge(self) -> None:
        # What would be refused afterwards is refused before anything is removed.
        if self.options.resume:
            self._reindex.resume()
        elif not (self.options.delete or self.options.index):
            self.indexer.generations.refuse_a_second()
        queues = [self.indexer.contributor.notifications, self.indexer.contributor.tallies]
        for queue in queues:
            self.tell(f'{sum(queue.counts())} messages of {queue.name} '
                      f'{"would be" if self.options.dry_run else "are"} removed')
        if not self.options.dry_run:
            with self.undisturbed():
                purge(queues)

    @property
    def _numbers(self) -> str:
        return ', '.join(str(generation.number) for generation in self.indexer.generations.read())

    def _agreed(self) -> bool:
        """Whether the operator agrees that all generations are dropped; where there are none, nobody is asked."""
        stage, numbers = self.indexer.config.stage, self._numbers
        if not numbers or self.options.yes or self.options.dry_run or self.confirmed(
                f'Generations {numbers} of {stage} are to be dropped: readers will find nothing, and what is known '
                'of deletions is forgotten. The name of the deployment stage, to confirm that: ', stage):
            return True
        self.tell('Nothing was dropped')
        return False

    def _delete(self) -> None:
        generations, visibility, numbers = self.indexer.generations, self.indexer.config.visibility, self._numbers
        if not numbers:
            self.tell('There is no generation to drop')
        elif self.options.dry_run:
            self.tell(f'Generations {numbers} would be dropped')
        else:
            generations.retire_all()
            self.tell(f'Nobody begins to write to generations {numbers}; waiting {visibility} s for those who did')
            time.sleep(visibility)
            for generation in generations.erase_all():
                self.tell(f'Generation {generation.number} is gone')

    def _rehearse(self) -> None:
        generations, options = self.indexer.generations, self.options
        ledger_of, where = None, 'a new generation'
        if options.resume:
            ledger_of = self._reindex.resume()
            where = f'generation {ledger_of.number}'
        elif not options.delete:
            if options.index:
                where = 'what is there'
            else:
                generations.refuse_a_second()
            served = generations.served()
            ledger_of = next((each for each in generations.read() if each.number == served), None)
        bundles = self._reindex.listed(ledger_of)
        self.tell(f'{len(bundles)} bundles would be added to {where}; nothing was changed')

    def _build(self) -> bool:
        reindex = self._reindex
        generation = reindex.resume() if self.options.resume else reindex.begin()
        number = generation.number
        self.tell(f'Generation {number}, {generation.state}')
        try:
            reused, left = reindex.build(number)
        except KeyboardInterrupt:
            self.tell('Interrupted. Readers have seen nothing of it. `make reindex args=--resume` goes on, '
                      f'`make drop generation={number}` gives up')
            raise
        self.tell(f'{reused} bundles were reused, as they were')
        if left:
            self.tell(f'{left} entities could not be aggregated, and are left to the queue of tallies')
        return self._worked_off() and self._swap(generation)

    def _worked_off(self) -> bool:
        """Wait until the queues are empty: what was left to the workers, or takes the place of what failed, is not in
        the new generation before that.

        :return: whether they are
        """
        reindex, least, since = self._reindex, inf, time.monotonic()
        queues = [reindex.contributor.notifications, reindex.contributor.tallies]
        while left := sum(sum(queue.counts()) for queue in queues):
            self.progress('work off', 0, left)
            if left < least:
                least, since = left, time.monotonic()
            elif time.monotonic() - since > reindex.patience:
                self.tell(f'Readers stay where they are: {left} messages are still in the queues, and do not get less. '
                          '`make reindex args=--resume` as soon as they are worked off')
                return False
            reindex.sleep(1)
        return True

    def _swap(self, new: Generation) -> bool:
        generations = self.indexer.generations
        served = generations.served()
        if served is not None and served != new.number:
            old = generations.get(served)
            comparison = Comparison(self.indexer.engine, generations, self.indexer.plugin, old, new)
            self._list(f'Differences to generation {served}', list(comparison.differences()))
            dead = self.indexer.tally_worker.inbox.failed
            failures = [*(f'{bundle}: {cause}' for bundle, cause in comparison.new_failures()),
                        *[f'a dead letter in {dead.name}, see `scripts/manage_queues.py triage`'] * sum(dead.counts())]
            self._list('Bundles that failed, but did not before, and tallies', failures)
            losses = [str(bundle) for bundle in comparison.losses()]
            self._list(f'Bundles of generation {served} that this one lacks', losses)
            wanting = [f'--accept-{what} {len(found)}' for what, found, accepted in [
                ('failures', failures, self.options.accept_failures), ('losses', losses, self.options.accept_losses)
            ] if len(found) > accepted]
            if wanting:
                self.tell(f'Readers stay with generation {served}. To send them to {new.number} all the same, '
                          f"`make reindex args='--resume {' '.join(wanting)}'`; `make drop generation={new.number}` "
                          'gives up')
                return False
        generations.swap(new.number)
        self.tell(f'Readers are sent to generation {new.number}' + (f', {served} is kept' if served else ''))
        return True

    def _list(self, title: str, lines: Sequence[str]) -> None:
        self.tell(f'{title}: {len(lines) or "none"}')
        for line in lines[:SHOWN]:
            self.tell(f'  {line}')
        if len(lines) > SHOWN:
            self.tell(f'  … and {len(lines) - SHOWN} more')
