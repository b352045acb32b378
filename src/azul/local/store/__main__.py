"""`python -m azul.local.store FOLDER PORT`: serve a folder of bundles until we are killed."""
import argparse
import logging
import signal
import sys
from pathlib import Path

from azul.errors import AzulError
from azul.local.store.server import serving


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python -m azul.local.store', description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('port', type=int)
    options = parser.parse_args(arguments)
    logging.basicConfig(format='%(asctime)s %(levelname)s %(name)s %(message)s')
    try:
        with serving(options.folder, options.port) as url:
            print(f'Serving {options.folder} at {url}', flush=True)
            signal.sigwait([signal.SIGINT, signal.SIGTERM])
        return 0
    except AzulError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f'Port {options.port}: {error}', file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())
