"""Random histories for a long time: `make soak`. The last line says what was run, and with which seed to repeat it."""
import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

from azul.local.engine import FLAVOURS, start_engine
from azul.local.ports import free_port
from azul.local.queues import start_queues
from properties.deployment import deployed
from properties.scheduler import Tally, reindexes, run

ROOT = Path(__file__).resolve().parents[2]

SHARING = 25
"""Histories that share a deployment."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    tally, ending = Tally(), time.monotonic() + 60 * options.minutes
    seed, failed = options.seed, None
    with ExitStack() as stack:
        run_folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = stack.enter_context(start_engine(options.engine, free_port(), run_folder, ROOT / '.cache'))
        queues = stack.enter_context(start_queues(free_port(), run_folder, ROOT / '.cache'))
        places = (engine.wait().address, queues.wait().url)
        while failed is None and time.monotonic() < ending and tally.histories != options.histories:
            seed, failed = _share(places, seed, tally, ending, options.histories)
    if failed is not None:
        print('\n'.join([*getattr(failed, '__notes__', ()), repr(failed)]))
    print(f'{"ok" if failed is None else "FAILED"}: {tally}; seeds {options.seed} to {seed - 1}')
    return failed is not None


def _share(places: tuple[str, str], seed: int, tally: Tally, ending: float, most: int
           ) -> tuple[int, Exception | None]:
    """Run histories in one deployment.

    :return: the next seed, and the error of the one before if it failed
    """
    with deployed(*places) as deployment:
        for _ in range(SHARING):
            if deployment.seeds and reindexes(seed):
                break
            try:
                run(deployment, seed, tally)
            except Exception as error:  # noqa: BLE001 whatever it was: it is told with the trace
                return seed + 1, error
            seed += 1
            if reindexes(seed - 1) or time.monotonic() > ending or tally.histories == most:
                break
    return seed, None


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='properties.soak', description=__doc__)
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--histories', type=int, default=-1, help='so many at most')
    parser.add_argument('--seed', type=int, default=SystemRandom().randrange(1 << 32), help='of the first history')
    parser.add_argument('--engine', choices=FLAVOURS, default='opensearch')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
