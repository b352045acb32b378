"""Shut down the deployment whose environment is sourced, at once, or put it back into service.

Requests are refused and messages stay in their queues. What is being worked on is finished, which takes five minutes at
most. `make deploy` and `make terraform` put it back into service as well.
"""
import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from azul.errors import AzulError, FunctionError
from azul.infra.operated import operated
from azul.infra.stoppage import functions


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    status = 0
    try:
        stoppable = functions(operated(engine=False)).values()
        if not stoppable:
            print('There are no functions on a laptop: end what serves there')
        # All at once: event sources take their time.
        with ThreadPoolExecutor(len(stoppable) or 1) as pool:
            turned = [(function, pool.submit(function.enable if options.enable else function.disable))
                      for function in stoppable]
        word = 'enabled' if options.enable else 'disabled'
        for function, changed in turned:
            try:
                print(f'{function.name} {"is" if changed.result() else "does not exist, or was already"} {word}')
            except FunctionError as error:
                # The others all the more
                print(error, file=sys.stderr)
                status = 1
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/enable_lambdas.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('--enable', action='store_true', help='put all functions back into service, as they were')
    what.add_argument('--disable', action='store_true', help='take all functions out of service')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
