"""Writes `samples/bundles` and the table in `samples/README.md`; with options, other bundles to another folder."""
import argparse
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

from samples.generator import GeneratedBundle, bundles, collection, large, write_all
from samples.generator.collection import table

SAMPLES = Path(__file__).parents[1]
HEADING = '## The bundles\n\n'


def main(arguments: list[str] | None = None) -> int:
    """:return: the exit code: 2 for arguments that do not fit, 1 where the folder is not ours to write to"""
    parser = argparse.ArgumentParser('python -m samples.generator', description=__doc__)
    parser.add_argument('--scale', type=int, metavar='N', help='write N bundles that share projects and donors')
    parser.add_argument('--files', type=int, metavar='N', help='write one bundle with N images')
    parser.add_argument('--suspensions', type=int, metavar='N', help='write one bundle with N cell suspensions')
    parser.add_argument('--seed', type=int, default=0, help='for --scale: another seed, other bundles (0)')
    parser.add_argument('--out', type=Path, metavar='DIR', help='the folder to write to; needed with the others')
    options = parser.parse_args(arguments)
    extremes = [large(files=options.files)] if options.files else []
    extremes += [large(suspensions=options.suspensions)] if options.suspensions else []
    if not (options.scale or extremes):
        generated: Iterable[GeneratedBundle] = collection()
        folder = options.out or SAMPLES / 'bundles'
    elif options.out:
        generated = itertools.chain(bundles(options.seed, options.scale or 0), extremes)
        folder = options.out
    else:
        parser.error('--out DIR is needed')
    try:
        count = write_all(generated, folder)
    except FileExistsError as e:
        print(e, file=sys.stderr)
        return 1
    if folder == SAMPLES / 'bundles':
        readme = SAMPLES / 'README.md'
        prose, _, _ = readme.read_text(encoding='utf-8').partition(HEADING)
        readme.write_text(prose + HEADING + table(collection()), encoding='utf-8')
    print(f'{count} bundles in {folder}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
