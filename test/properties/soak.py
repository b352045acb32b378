"""Random histories for a long time: `make soak`. The last line says what was run, and with which seeds to repeat it.

One history is repeated by `make soak seed=N histories=1`.
"""
import argparse
import logging
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import SystemRandom

from azul.local.engine import FLAVOURS, start_engine
from azul.local.ports import free_port
from azul.local.queues import start_queues
from fixtures.quick import quick_folder
from properties.deployment import Deployments, IndexerUnderTest
from properties.rules import RULES
from properties.scheduler import Tally, run

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    logging.disable()  # it would be told of every fault that we inject
    tally, seed, status = Tally(), options.seed, 0
    with ExitStack() as stack:
        folder = stack.enter_context(quick_folder())
        engine = stack.enter_context(start_engine(options.engine, free_port(), folder, ROOT / '.cache'))
        queues = stack.enter_context(start_queues(free_port(), folder, ROOT / '.cache'))
        deployments = Deployments(engine.wait().address, queues.wait().url)
        stack.callback(deployments.discard)
        ending = time.monotonic() + 60 * options.minutes
        while not status and time.monotonic() < ending and tally.histories != options.histories:
            try:
                run(deployments, seed, tally, RULES.get(options.without, IndexerUnderTest))
            except Exception as error:  # noqa: BLE001 whatever it was: it is told with the trace
                print(''.join(traceback.format_exception(error)))
                status = 1
            seed += 1
    print(f'{"FAILED" if status else "ok"}: {tally}; seeds {options.seed} to {seed - 1}')
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='properties.soak', description=__doc__)
    parser.add_argument('--minutes', type=float, default=60)
    parser.add_argument('--histories', type=int, default=-1, help='so many at most')
    parser.add_argument('--seed', type=int, default=SystemRandom().randrange(1 << 32), help='of the first history')
    parser.add_argument('--without', choices=RULES, help='a rule of the protocol, to see it fail')
    parser.add_argument('--engine', choices=FLAVOURS, default='opensearch')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
