"""One lambda over HTTP on this machine, as a part of the deployment that is selected: `make -C lambdas/service local`.

It reads and writes what the deployment has, and sends messages to its queues. It takes none from there: those are
worked on where they always are. Only an indexer that is asked to (`?sync=true`) works on one at once.
"""
import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from azul.errors import AzulError
from azul.infra.functions import FUNCTIONS
from azul.infra.operated import operated
from azul.local.ports import HOST


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """This process becomes the lambda, or exits with status 1 if there are no settings to begin with."""
    parser = argparse.ArgumentParser(prog='python -m azul.local.deployed', description=__doc__)
    parser.add_argument('name', choices=FUNCTIONS)
    parser.add_argument('port', type=int)
    options = parser.parse_args(arguments)
    url = f'http://{HOST}:{options.port}'
    try:
        settings = {
            'AZUL_ES_ENDPOINT': operated().es_endpoint,
            # What it says of itself in answers, and in the links of manifests
            f'AZUL_{options.name.upper()}_URL': url,
            'AZUL_SYNC': '1',
        }
    except AzulError as error:
        sys.exit(str(error))
    print(f'{url}/ until Ctrl-C', flush=True)
    # All else, credentials of AWS for instance, is as in the shell.
    os.execvp('env', ['env', *(f'{name}={value}' for name, value in settings.items()),  # noqa: S606
                      sys.executable, '-m', 'azul.local.lambdas', options.name, str(options.port), '--only-requests'])


if __name__ == '__main__':
    main()
