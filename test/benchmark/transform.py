"""How fast bundles of the Human Cell Atlas are transformed, how that grows with their size, and what memory it takes.

To transform a bundle is here what a worker does between fetching it and writing it: `transform` of
`azul.indexer.contribute` and the making of documents from the contributions, one at a time, as they are handed to the
client of the engine. Neither parsing the metadata (that is fetching) nor serialising the documents (that is writing)
is part of it. Parsing is measured beside it, though, in the same run and over the same bytes: by the ratio, different
machines can be compared.

Bundles lie in memory as bytes and are parsed anew for every round, so that the garbage collector, which is as Python
has it by default, finds in memory what it would find in a worker: one bundle at a time.
"""
import argparse
import logging
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from azul.errors import BundleError
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import documents
from azul.indexer.contribute import transform
from azul.projects.hca import plugin
from benchmark.bundles import Bundles, RawBundle
from benchmark.cpu import Timing, timed
from benchmark.goals import Goal, report
from benchmark.growth import SHARE, exponent, steps
from benchmark.memory import peak_growth
from samples.generator import GeneratedBundle, large

# What is odd about a bundle is logged each time.
logging.getLogger('azul').addHandler(logging.NullHandler())

MEGABYTE = 10 ** 6

BUNDLES_PER_SECOND = 87
"""Ten times what the system of 2019 did on one core over such a mix as the reference bundles are."""

Make = Callable[[int], GeneratedBundle]

GROWTH: Mapping[str, tuple[Make, Sequence[int]]] = {
    'files': (lambda size: large(files=size), (10, 30, 100, 300, 1000, 3000, 10_000)),
    'pooled-wells': (lambda size: large(suspensions=size), (12, 48, 96, 192, 384, 768, 1536, 3072, 6144)),
    'wells': (lambda size: large(suspensions=size, pooled=False), (12, 48, 96, 192, 384, 768, 1536, 3072)),
}
"""What grows: images of one slice, all of one process; wells of a plate, their reads in common files, so of one process
too; wells with files and processes of their own."""

EXTREMES: Mapping[str, Callable[[], GeneratedBundle]] = {
    'plate-384': lambda: large(suspensions=384),
    'plate-384-apart': lambda: large(suspensions=384, pooled=False),
    'images-228': lambda: large(files=228),
}


@dataclass(frozen=True)
class Measured:
    """
    :param size: bytes of metadata
    :param contributions: their number
    """
    fqid: BundleFQID
    size: int
    contributions: int
    parsing: Timing
    transforming: Timing


def work_on(bundle: Bundle) -> int:
    """
    :return: the number of contributions
    :raises BundleError: if the bundle is rejected
    """
    contributions = transform(plugin, bundle)
    for _ in documents(contributions, plugin.schema):
        pass
    return len(contributions)


def read_and_work_on(file: Path) -> None:
    """All of a bundle that is in a worker's memory: its manifest, its metadata as bytes and parsed, its contributions.

    :param file: a pickled `RawBundle`
    """
    with file.open('rb') as stream:
        raw: RawBundle = pickle.load(stream)
    work_on(raw.bundle(raw.parse()))


def measure(bundles: Sequence[RawBundle], rounds: int) -> list[Measured]:
    """In each round all of them in turn, so that what disturbs us does not befall one of them only."""
    parsing: list[list[float]] = [[] for _ in bundles]
    transforming: list[list[float]] = [[] for _ in bundles]
    contributions = [0 for _ in bundles]
    for _ in range(rounds):
        for number, raw in enumerate(bundles):
            seconds, metadata = timed(raw.parse)
            parsing[number].append(seconds)
            seconds, contributions[number] = timed(partial(work_on, raw.bundle(metadata)))
            transforming[number].append(seconds)
            del metadata
    return [
        Measured(raw.fqid, raw.size, contributions[number], Timing(parsing[number]), Timing(transforming[number]))
        for number, raw in enumerate(bundles)
    ]


def accepted(bundles: Bundles) -> tuple[list[RawBundle], list[BundleError]]:
    """The bundles that are not rejected, and why the others are."""
    raws, rejected = [], []
    for fqid in bundles.fqids:
        try:
            raw = bundles.read(fqid)
            work_on(raw.bundle(raw.parse()))
        except BundleError as error:
            rejected.append(error.within(str(fqid)))
        else:
            raws.append(raw)
    return raws, rejected


def mix(measured: Sequence[Measured]) -> Iterable[Goal]:
    """Over all bundles together."""
    contributions = sum(each.contributions for each in measured)
    # Of each round the sum over all bundles.
    transforming, parsing = (
        Timing([sum(times) for times in zip(*(getattr(each, what).seconds for each in measured), strict=True)])
        for what in ('transforming', 'parsing')
    )
    print(f'\n{len(measured)} bundles, {sum(each.size for each in measured) / MEGABYTE:.1f} MB of metadata, '
          f'{contributions} contributions; {len(transforming.seconds)} rounds, CPU time\n')
    print(f'{"":34}{"best":>10}{"median":>10}')

    def row(name: str, figure: Callable[[float], float], timing: Timing) -> None:
        print(f'{name:34}{figure(timing.best):10.3f}{figure(timing.median):10.3f}')

    row('bundles per second', lambda seconds: len(measured) / seconds, transforming)
    row('ms per bundle', lambda seconds: seconds / len(measured) * 1000, transforming)
    row('ms per contribution', lambda seconds: seconds / contributions * 1000, transforming)
    row('ms per bundle to parse the same', lambda seconds: seconds / len(measured) * 1000, parsing)
    print(f'{"transforming / parsing":34}{transforming.best / parsing.best:10.3f}'
          f'{transforming.median / parsing.median:10.3f}')
    largest = max(measured, key=lambda each: each.transforming.median)
    print(f'\nThe largest is {largest.fqid}:\n{largest.transforming.median * 1000:.1f} ms, '
          f'{largest.contributions} contributions, {largest.size / MEGABYTE:.2f} MB of metadata')
    yield Goal('transform-bundles-per-second', len(measured) / transforming.median, '>=', BUNDLES_PER_SECOND)


def growth(name: str, sizes: Sequence[int], bundles: Sequence[RawBundle], rounds: int) -> Iterable[Goal]:
    """
    :param sizes: those of the bundles, ascending
    """
    measured = dict(zip(sizes, measure(bundles, rounds), strict=True))
    seconds = {size: each.transforming.best for size, each in measured.items()}
    step = steps(seconds)
    print(f'\n{name:>12}{"documents":>12}{"MB":>8}{"best ms":>12}{"µs each":>10}{"/ parsing":>10}{"exponent":>10}')
    for size, each in measured.items():
        print(f'{size:12}{each.contributions:12}{each.size / MEGABYTE:8.2f}{seconds[size] * 1000:12.2f}'
              f'{seconds[size] / size * 1e6:10.1f}{seconds[size] / each.parsing.best:10.2f}'
              + (f'{step[size]:10.2f}' if size in step else ''))
    yield Goal(f'transform-growth-{name}', exponent(seconds), '<=', 1.1)


def extreme(name: str, bundle: RawBundle, rounds: int) -> Iterable[Goal]:
    transforming = measure([bundle], rounds)[0].transforming
    print(f'{name:16} best {transforming.best:.4f} s, median {transforming.median:.4f} s')
    yield Goal(f'transform-{name}-seconds', transforming.median, '<', 1)


def memory(bundles: Iterable[RawBundle]) -> Iterable[Goal]:
    peaks: dict[float, tuple[RawBundle, int]] = {}
    with tempfile.TemporaryDirectory(prefix='azul-') as folder:
        file = Path(folder) / 'bundle'
        for bundle in bundles:
            file.write_bytes(pickle.dumps(bundle))
            peak = peak_growth(read_and_work_on, file)
            peaks[peak / (10 * bundle.size + 64 * MEGABYTE)] = bundle, peak
    worst = max(peaks)
    bundle, peak = peaks[worst]
    print(f'\nPeak memory of one transform, in a process of its own: nearest to what is allowed comes\n{bundle.fqid}, '
          f'{peak / MEGABYTE:.1f} MB for {bundle.size / MEGABYTE:.2f} MB of metadata.')
    yield Goal('transform-memory-share-of-allowed', worst, '<', 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if all goals are met, 1 if one is missed, 2 if there is nothing to measure
    """
    parser = argparse.ArgumentParser('make benchmark-transform', epilog=
                                     'The exit status is 1 if any goal is missed.')
    parser.add_argument('--bundles', type=Path, required=True, help='a folder of bundles')
    parser.add_argument('--rounds', type=int, default=7, help='how many times each bundle is transformed (7)')
    options = parser.parse_args(arguments)
    bundles, rejected = accepted(Bundles(options.bundles))
    for error in rejected:
        print(f'Left out, because it is rejected: {error}')
    if not bundles:
        print(f'No bundle in {options.bundles} can be transformed.', file=sys.stderr)
        return 2
    goals = list(mix(measure(bundles, options.rounds)))
    for name, (make, sizes) in GROWTH.items():
        grown = [RawBundle.of(make(size)) for size in sizes]
        goals += growth(name, sizes, grown, options.rounds)
        bundles += grown[-2:]
    print(f'\nThe exponent of each line is that from the line before; the goal is on a fit of those lines that take '
          f'{SHARE} times as long as the first, or longer.\n')
    for name, generated in EXTREMES.items():
        bundles.append(RawBundle.of(generated()))
        goals += extreme(name, bundles[-1], options.rounds)
    goals += memory(bundles)
    print()
    return report(goals)


if __name__ == '__main__':
    sys.exit(main())
