"""Build a new generation of indices from all that the data store has, compare it with the one that serves, and swap.

The deployment is the one whose environment is sourced. It serves all the while. What is killed can be resumed, or
dropped; there is one reindex at a time. With --index, bundles are added to what is there instead; with --delete, all
generations are dropped, before anything is added. Exit status: 0 if all of that was done, 1 if not.
"""
import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from azul.errors import AzulError
from azul.indexer.operation import Operation, Options
from azul.indexer.progress import Lines, Phase
from azul.indexer.reuse import Progress as Report
from azul.indexer.wiring import Indexer
from azul.infra.operated import operated
from azul.infra.stoppage import without_functions

STEPS = {
    'wait': Phase('Waiting for workers that do not know of it yet'),
    'list': Phase('Listed', 'versions'),
    'reuse': Phase('Looked up for reuse', 'bundles'),
    'announce': Phase('Announced', 'bundles'),
    'load': Phase('Loaded', 'bundles'),
    'aggregate': Phase('Aggregated', 'contributions'),
    'work off': Phase('In the queues', 'messages'),
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
        self._progress.start()  # not before: bars and questions do not go together
        self._progress.start_task(self._tasks[step])
        self._progress.update(self._tasks[step], completed=done, total=total, visible=True)


@contextmanager
def reporting(console: Console) -> Iterator[Report]:
    if console.is_terminal:
        progress = Progress(TextColumn('{task.description}'), BarColumn(20), Count(), Rate(), TimeElapsedColumn(),
                            TimeRemainingColumn(), console=console)
        try:
            yield Bars(progress)
        finally:
            progress.stop()
    else:
        yield Lines(STEPS, partial(tell, console))


def tell(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, highlight=False, markup=False)


def confirmed(question: str, answer: str) -> bool:
    try:
        return input(question).strip() == answer
    except EOFError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    console = Console()
    try:
        with reporting(console) as report:
            config = operated()
            operation = Operation(Indexer(config), options, report, partial(tell, console), confirmed,
                                  partial(without_functions, config, ['notifications', 'tallies']))
            return 0 if operation.run() else 1
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options(arguments: Sequence[str] | None) -> Options:
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
    what.add_argument('--accept-losses', type=_number, default=0, metavar='N',
                      help='swap although up to N bundles are missing that the generation that serves has')
    which = parser.add_argument_group('which bundles')
    which.add_argument('--prefix', metavar='HEX',
                       help="only those whose uuid begins so; by default azul_dss_query_prefix, '' for all")
    which.add_argument('--es-query', metavar='JSON', help='only those that the data store finds by a query')
    which.add_argument('--partition-prefix-length', type=_number, default=0, metavar='N',
                       help='list 16^N prefixes, as many side by side as there are workers')
    how = parser.add_argument_group('how')
    how.add_argument('--workers', type=_number, default=4, metavar='N',
                     help='how much is listed, posted or aggregated at once (4)')
    how.add_argument('--indexer-url', metavar='URL', help='post to this indexer rather than to put into its queue')
    how.add_argument('--sync', action='store_true',
                     help='post, and have the indexer add each bundle within the request; AZUL_INDEXER_URL by default')
    options = Options(**vars(parser.parse_args(arguments)))
    if options.workers == 0:
        parser.error('argument --workers: must be at least 1')
    for one, other in _contradictions(options):
        parser.error(f'{one} and {other} exclude each other')
    if options.yes and not options.delete:
        parser.error('--yes is for --delete')
    return options


def _contradictions(options: Options) -> Iterator[tuple[str, str]]:
    given: Mapping[str, bool] = {f'--{name.replace("_", "-")}': bool(value) for name, value in vars(options).items()
                                 if name != 'workers'}
    given = {**given, '--es-query': options.es_query is not None, '--prefix': options.prefix is not None,
             '--indexer-url': options.indexer_url is not None}
    excluded = [
        *(('--es-query', other) for other in ('--prefix', '--partition-prefix-length')),
        ('--sync', '--partition-prefix-length'),
        # Neither builds a generation …
        *((one, other) for one in ('--index', '--delete') for other in
          ('--resume', '--no-reuse', '--accept-failures', '--accept-losses')),
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
