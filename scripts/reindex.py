"""Build a new generation of indices from all that the data store has, compare it with the one that serves, and swap.

The deployment is the one whose environment is sourced. It serves all the while. What is killed can be resumed, or
dropped; there is one reindex at a time. Exit status: 0 if readers are sent to the new generation, 1 if not.
"""
import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from azul.config import Config
from azul.errors import AzulError
from azul.indexer.comparison import Comparison
from azul.indexer.generations import Generation
from azul.indexer.reindex import Reindex
from azul.indexer.wiring import Indexer

SHOWN = 20
"""Differences, and failures, that are listed; the others are counted."""

STEPS = {
    'wait': 'Waiting for workers that do not know of it yet',
    'reuse': 'Bundles looked up for reuse',
    'load': 'Bundles loaded',
    'aggregate': 'Entities aggregated',
}


class Bars:
    """A progress bar for each step, with the rate of bundles or entities and the time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks = {step: progress.add_task(text, total=None, visible=False) for step, text in STEPS.items()}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        self._progress.update(self._tasks[step], completed=done, total=total, visible=True)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    console = Console()
    try:
        config = Config.load()
        indexer = Indexer(config)
        with Progress(TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TextColumn('{task.speed}'),
                      TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
            reindex = Reindex(indexer.contributor, indexer.tally_worker.aggregator, indexer.store,
                              visibility=config.visibility, patience=3 * config.visibility, prefix=options.prefix,
                              reusing=not options.no_reuse, workers=options.workers, progress=Bars(progress))
            if options.dry_run:
                return _rehearse(console, indexer, reindex)
            generation = reindex.resume() if options.resume else reindex.begin()
            console.print(f'Generation {generation.number}, {generation.state}')
            reindex.build(generation.number)
        return _swap(console, indexer, generation, options.accept_failures)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1


def _rehearse(console: Console, indexer: Indexer, reindex: Reindex) -> int:
    served = indexer.generations.served()
    if served is None:
        console.print('There is no generation yet')
        return 1
    bundles = reindex.listed(indexer.generations.get(served))
    console.print(f'{len(bundles)} bundles would be indexed; nothing was changed')
    return 0


def _swap(console: Console, indexer: Indexer, new: Generation, accepted: int) -> int:
    generations = indexer.generations
    served = generations.served()
    if served is not None and served != new.number:
        comparison = Comparison(indexer.engine, generations, generations.get(served), new)
        _list(console, f'Differences to generation {served}', list(comparison.differences()))
        failures = [f'{bundle}: {cause}' for bundle, cause in comparison.new_failures()]
        _list(console, 'Bundles that failed, but did not before', failures)
        if len(failures) > accepted:
            console.print(f'Readers stay with generation {served}: {len(failures)} failures, {accepted} are accepted. '
                          f'Then `make swap generation={new.number}` or `make drop generation={new.number}`')
            return 1
    generations.swap(new.number)
    console.print(f'Readers are sent to generation {new.number}' + (f', {served} is kept' if served else ''))
    return 0


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    console.print(f'{title}: {len(lines) or "none"}')
    for line in lines[:SHOWN]:
        console.print(f'  {line}', soft_wrap=True, markup=False)
    if len(lines) > SHOWN:
        console.print(f'  … and {len(lines) - SHOWN} more')


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/reindex.py', description=__doc__)
    parser.add_argument('--prefix', default='', metavar='HEX', help='only bundles whose uuid begins so')
    parser.add_argument('--workers', type=int, default=4, metavar='N', help='slices aggregated at once (4)')
    parser.add_argument('--resume', action='store_true', help='go on with a reindex that was interrupted')
    parser.add_argument('--no-reuse', action='store_true', help='compute everything again')
    parser.add_argument('--accept-failures', type=int, default=0, metavar='N',
                        help='swap although up to N bundles failed that did not fail before')
    parser.add_argument('--dry-run', action='store_true', help='say how many bundles there are, and change nothing')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
