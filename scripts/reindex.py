"""Build a new generation of indices from all that the data store has, compare it with the one that serves, and swap.

The deployment is the one whose environment is sourced. It serves all the while. What is killed can be resumed, or
dropped; there is one reindex at a time. With --index, bundles are added to what is there instead; with --delete, all
generations are dropped, before anything is added. Exit status: 0 if all of that was done, 1 if not.
"""
import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from azul.aws.sqs import Queue, purge
from azul.config import Config
from azul.errors import AzulError, ConfigurationError
from azul.indexer.announcement import Announcer, DoorAnnouncer, QueueAnnouncer
from azul.indexer.comparison import Comparison
from azul.indexer.generations import Generation
from azul.indexer.listing import Listing, parse_query
from azul.indexer.progress import Lines, Step
from azul.indexer.reindex import Reindex
from azul.indexer.reuse import Progress as Report
from azul.indexer.wiring import Indexer

SHOWN = 20
"""Differences, and failures, that are listed; the others are counted."""

STEPS = {
    'wait': Step('Waiting for workers that do not know of it yet'),
    'list': Step('Listed', 'versions'),
    'reuse': Step('Looked up for reuse', 'bundles'),
    'announce': Step('Announced', 'bundles'),
    'load': Step('Loaded', 'bundles'),
    'aggregate': Step('Aggregated', 'contributions'),
}


class Count(ProgressColumn):
    """How many there are, and how many are left."""

    def render(self, task: Task) -> Text:
        unit, done = task.fields['unit'], int(task.completed)
        if not unit:
            return Text('')
        return Text(f'{done:,} {unit}' if task.total is None else
                    f'{done:,} of {task.total:,.0f} {unit}, {task.total - done:,.0f} left')


class Rate(ProgressColumn):

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f'{speed:,.1f}/s' if speed and task.fields['unit'] else '')


class Bars:
    """A progress bar for each step, from when it begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks = {step: progress.add_task(text, start=False, total=None, visible=False, unit=unit)
                       for step, (text, unit) in STEPS.items()}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        self._progress.start_task(self._tasks[step])
        self._progress.update(self._tasks[step], completed=done, total=total, visible=True)


@contextmanager
def reporting(console: Console) -> Iterator[Report]:
    if console.is_terminal:
        with Progress(TextColumn('{task.description}'), BarColumn(20), Count(), Rate(), TimeElapsedColumn(),
                      TimeRemainingColumn(), console=console) as progress:
            yield Bars(progress)
    else:
        yield Lines(STEPS, lambda line: console.print(line, soft_wrap=True, highlight=False))


class Operation:
    """What is to be done with a deployment.

    :raises ConfigurationError: if the options make no sense there
    """

    def __init__(self, options: argparse.Namespace, config: Config, console: Console) -> None:
        self.options, self.config, self.console = options, config, console
        self.indexer = Indexer(config)
        self.query = None if options.es_query is None else parse_query(options.es_query)
        self.listing = Listing(self.indexer.store, options.prefix, options.partition_prefix_length, self.query,
                               options.workers)
        self.announcer = self._announcer()

    def run(self) -> int:
        if self.options.purge:
            self._purge([self.indexer.contributor.notifications, self.indexer.contributor.tallies])
        if self.options.delete and not self._delete():
            return 1
        if self.options.delete and not self.options.index:
            return 0
        with reporting(self.console) as report:
            reindex = Reindex(self.indexer.contributor, self.indexer.tally_worker.aggregator, self.listing.bundles,
                              self.announcer, visibility=self.config.visibility,
                              patience=max(60, 3 * self.config.visibility), reusing=not self.options.no_reuse,
                              workers=self.options.workers, progress=report)
            if self.options.dry_run:
                return self._rehearse(reindex)
            if self.options.index:
                self.console.print(f'{reindex.add()} bundles were announced')
                return 0
            generation = self._build(reindex)
        return self._swap(generation)

    def _announcer(self) -> Announcer:
        options = self.options
        if not options.sync and options.indexer_url is None:
            return QueueAnnouncer(self.indexer.contributor.notifications)
        url = self.config.indexer_url if options.indexer_url is None else options.indexer_url
        if not url.startswith(('http://', 'https://')):
            raise ConfigurationError('URL of the indexer', [
                f'{url!r:.100} is none: give --indexer-url, or set AZUL_INDEXER_URL'])
        query = self.query or self.indexer.plugin.additions_query(options.prefix)
        return DoorAnnouncer.connect(url, self.indexer.door.secret, query, options.sync, options.workers)

    def _purge(self, queues: Sequence[Queue]) -> None:
        for queue in queues:
            self.console.print(f'{sum(queue.counts())} messages of {queue.name} '
                               f'{"would be" if self.options.dry_run else "are"} removed', soft_wrap=True)
        if not self.options.dry_run:
            purge(queues)

    def _delete(self) -> bool:
        generations = self.indexer.generations
        numbers = ', '.join(str(generation.number) for generation in generations.read())
        if not numbers:
            self.console.print('There is no generation to drop')
            return True
        if self.options.dry_run:
            self.console.print(f'Generations {numbers} would be dropped')
            return True
        if not self.options.yes and not self._confirmed(numbers):
            self.console.print('Nothing was dropped')
            return False
        generations.retire_all()
        self.console.print(f'Nobody begins to write to generations {numbers}; waiting {self.config.visibility} s for '
                           f'those who did', soft_wrap=True)
        time.sleep(self.config.visibility)
        for generation in generations.erase_all():
            self.console.print(f'Generation {generation.number} is gone')
        return True

    def _confirmed(self, numbers: str) -> bool:
        stage = self.config.stage
        self.console.print(f'Generations {numbers} of {stage} are to be dropped: readers will find nothing, and what '
                           f'is known of deletions is forgotten', soft_wrap=True)
        try:
            return input('The name of the deployment stage, to confirm that: ').strip() == stage
        except EOFError:
            return False

    def _rehearse(self, reindex: Reindex) -> int:
        generations, options = self.indexer.generations, self.options
        ledger_of, where = None, 'a new generation'
        if options.resume:
            ledger_of = reindex.resume()
            where = f'generation {ledger_of.number}'
        elif not options.delete:
            if options.index:
                where = 'what is there'
            else:
                generations.refuse_a_second()
            served = generations.served()
            ledger_of = next((each for each in generations.read() if each.number == served), None)
        bundles = reindex.listed(ledger_of)
        self.console.print(f'{len(bundles)} bundles would be added to {where}; nothing was changed')
        return 0

    def _build(self, reindex: Reindex) -> Generation:
        generation = reindex.resume() if self.options.resume else reindex.begin()
        self.console.print(f'Generation {generation.number}, {generation.state}')
        try:
            reused = reindex.build(generation.number)
        except KeyboardInterrupt:
            self.console.print('Interrupted. Readers have seen nothing of it. `make reindex args=--resume` goes on, '
                               f'`make drop generation={generation.number}` gives up', soft_wrap=True)
            raise
        self.console.print(f'{reused} bundles were reused, as they were')
        return generation

    def _swap(self, new: Generation) -> int:
        generations = self.indexer.generations
        served = generations.served()
        if served is not None and served != new.number:
            old = generations.get(served)
            comparison = Comparison(self.indexer.engine, generations, self.indexer.plugin, old, new)
            self._list(f'Differences to generation {served}', list(comparison.differences()))
            failures = [f'{bundle}: {cause}' for bundle, cause in comparison.new_failures()]
            self._list('Bundles that failed, but did not before', failures)
            if len(failures) > self.options.accept_failures:
                self.console.print(
                    f'Readers stay with generation {served}: {len(failures)} failures, {self.options.accept_failures} '
                    f'are accepted. Then `make swap generation={new.number}` or `make drop generation={new.number}`',
                    soft_wrap=True)
                return 1
        generations.swap(new.number)
        self.console.print(f'Readers are sent to generation {new.number}' + (f', {served} is kept' if served else ''))
        return 0

    def _list(self, title: str, lines: Sequence[str]) -> None:
        self.console.print(f'{title}: {len(lines) or "none"}')
        for line in lines[:SHOWN]:
            self.console.print(f'  {line}', soft_wrap=True, markup=False)
        if len(lines) > SHOWN:
            self.console.print(f'  … and {len(lines) - SHOWN} more')


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        return Operation(options, Config.load(), Console()).run()
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/reindex.py', description=__doc__, allow_abbrev=False)
    what = parser.add_argument_group('what is done')
    what.add_argument('--index', action='store_true', help='add all bundles to what is there; no new generation')
    what.add_argument('--delete', action='store_true', help='drop all generations first, after asking')
    what.add_argument('--yes', action='store_true', help='do not ask')
    what.add_argument('--purge', action='store_true', help='first of all empty the queues of notifications and tallies')
    what.add_argument('--dry-run', '--dryrun', action='store_true', help='say what would be done, and change nothing')
    what.add_argument('--resume', action='store_true', help='go on with a reindex that was interrupted')
    what.add_argument('--no-reuse', action='store_true', help='compute everything again')
    what.add_argument('--accept-failures', type=_number, default=0, metavar='N',
                      help='swap although up to N bundles failed that did not fail before')
    which = parser.add_argument_group('which bundles')
    which.add_argument('--prefix', default='', metavar='HEX', help='only those whose uuid begins so')
    which.add_argument('--es-query', metavar='JSON', help='only those that the data store finds by a query')
    which.add_argument('--partition-prefix-length', type=_number, default=0, metavar='N',
                       help='list 16^N prefixes, as many side by side as there are workers')
    how = parser.add_argument_group('how')
    how.add_argument('--workers', type=_number, default=4, metavar='N',
                     help='how much is listed, posted or aggregated at once (4)')
    how.add_argument('--indexer-url', metavar='URL', help='post to this indexer rather than to put into its queue')
    how.add_argument('--sync', action='store_true',
                     help='post, and have the indexer add each bundle within the request; AZUL_INDEXER_URL by default')
    options = parser.parse_args(arguments)
    if options.workers == 0:
        parser.error('argument --workers: must be at least 1')
    for one, other in _contradictions(options):
        parser.error(f'{one} and {other} exclude each other')
    if options.yes and not options.delete:
        parser.error('--yes is for --delete')
    return options


def _contradictions(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    given: Mapping[str, bool] = {f'--{name.replace("_", "-")}': bool(value) for name, value in vars(options).items()
                                 if name != 'workers'}
    given = {**given, '--es-query': options.es_query is not None, '--indexer-url': options.indexer_url is not None}
    excluded = [
        *(('--es-query', other) for other in ('--prefix', '--partition-prefix-length')),
        ('--sync', '--partition-prefix-length'),
        # Neither builds a generation …
        *((one, other) for one in ('--index', '--delete') for other in ('--resume', '--no-reuse', '--accept-failures')),
    ]
    if options.delete and not options.index:  # … and this adds nothing.
        excluded += [('--delete', other) for other in
                     ('--prefix', '--es-query', '--partition-prefix-length', '--indexer-url', '--sync')]
    yield from ((one, other) for one, other in excluded if given[one] and given[other])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number')
    return int(text)


if __name__ == '__main__':
    sys.exit(main())
