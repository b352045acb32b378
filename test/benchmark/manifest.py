"""How fast manifests are made, beside what it takes to read the same documents and do nothing else; and in what memory.

The documents are copies of real ones, see `benchmark.corpus`. Engine, queue server, object store, service and worker
are processes of their own, on one machine; the worker is a new one for each manifest, which has made a small one
before. What is compared is measured in turn, so that others who use the machine disturb both alike.
"""
import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from azul import plugin
from azul.local.engine import FLAVOURS
from benchmark.corpus import Corpus
from benchmark.deployment import Deployment, Made, serving
from benchmark.exporter import ROWS
from benchmark.goals import Goal, report
from benchmark.raw_scan import scan

MEGABYTE = 2 ** 20

TABLE = 'tsv'

OTHERS = 'jsonl', 'curl', 'bdbag', 'full'

SIZES = 10_000, 100_000
"""Files. A million of them can be asked for, and take too long for every time."""

LARGE = 100_000
"""Files. With more of them, only one table is made, and nothing else."""

MEMORY = 64
"""Megabytes of a worker, on top of what it has anyhow."""

SHARE = 0.6
"""Of the documents that are read by who does nothing with them, in the same time."""


def table(deployment: Deployment, size: int, rounds: int) -> tuple[float, list[Goal]]:
    """
    Scan, manifest, scan, manifest, …, scan: each manifest is compared to the scans before and after it.

    :return: megabytes that the worker needed, and the goals
    """
    scans = [scan(deployment.search)]
    shares, pure, memory = [], [], []
    for _ in range(rounds):
        made = deployment.make(TABLE)
        scans.append(scan(deployment.search))
        assert made.rows == scans[-1].bundles, f'{made.rows} rows of {scans[-1]}'
        seconds = (scans[-2].seconds + scans[-1].seconds) / 2
        shares.append(seconds / made.work.total)
        pure.append(seconds / (made.work.total - made.work.objects))
        memory.append(made.work.memory / MEGABYTE)
        describe(TABLE, made)
        made.work.describe()
        print(f'    raw scan {scans[-2].seconds:.2f} s before and {scans[-1].seconds:.2f} s after, '
              f'{scans[-1].documents / seconds:.0f} files per second: share {shares[-1]:.3f}, '
              f'{pure[-1]:.3f} without the object store', flush=True)
    print(f'  {TABLE}, median of {rounds}: share of the raw scan {median(shares):.3f}, {median(pure):.3f} without the '
          f'object store')
    return max(memory), [Goal(f'manifest-{TABLE}-{size}-share-of-raw-scan', median(shares), '>=', SHARE),
                         Goal(f'manifest-{TABLE}-{size}-megabytes', max(memory), '<=', MEMORY)]


def other(deployment: Deployment, size: int, name: str) -> Goal:
    made = deployment.make(name)
    describe(name, made)
    made.work.describe()
    return Goal(f'manifest-{name}-{size}-megabytes', made.work.memory / MEGABYTE, '<=', MEMORY)


def describe(name: str, made: Made) -> None:
    print(f'  {name}: {made.rows} rows, {made.size / MEGABYTE:.1f} MB in {made.work.total:.2f} s, '
          f'{made.rows / made.work.total:.0f} rows per second; first progress after {made.first:.2f} s, done after '
          f'{made.done:.2f} s; memory {made.work.memory / MEGABYTE:.1f} MB; {made.work.counts[ROWS]} invocations')


def flat(memory: Mapping[int, float]) -> None:
    smallest, largest = min(memory), max(memory)
    print(f'memory from {smallest} to {largest} files: {memory[largest] - memory[smallest]:+.1f} MB')


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if all goals are met, 1 if one is missed
    """
    parser = argparse.ArgumentParser('make benchmark-manifest', epilog='The exit status is 1 if any goal is missed.')
    parser.add_argument('--bundles', type=Path, required=True, help='a folder of bundles, of which copies are made')
    parser.add_argument('--sizes', type=int, nargs='+', default=SIZES, help='so many files (10000 100000)')
    parser.add_argument('--rounds', type=int, default=3, help='how many tables are made of up to 100,000 files (3)')
    parser.add_argument('--formats', nargs='*', choices=OTHERS, default=OTHERS, help='what is made beside the table')
    parser.add_argument('--seed', type=int, default=1, help='another one makes other copies (1)')
    parser.add_argument('--engine', choices=FLAVOURS, default=FLAVOURS[0])
    options = parser.parse_args(arguments)
    hca = plugin.load('hca')
    assert hca.manifest is not None
    assert hca.manifest.rows is not None
    memory: dict[int, float] = {}
    goals: list[Goal] = []
    with serving(options.engine) as servers:
        for size in sorted(options.sizes):
            large = size > LARGE
            entity_types = {hca.manifest.entity_type, *([] if large else [hca.manifest.rows])}
            print()
            with servers.deployment(hca, Corpus.of(options.bundles, hca, entity_types), size,
                                    options.seed) as deployment:
                memory[size], met = table(deployment, size, 1 if large else options.rounds)
                goals += met
                goals += [other(deployment, size, name) for name in options.formats if not large]
    print()
    flat(memory)
    return report(goals)


if __name__ == '__main__':
    sys.exit(main())
