"""`python -m azul.local.store FOLDER PORT`: serve a folder of bundles until SIGTERM or SIGINT."""
import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from azul.errors import AzulError
from azul.local.store.server import serving


def main(arguments: list[str] | None = None) -> int:
    """
    :return: 1 if the folder or the port cannot be had
    """
    parser = argparse.ArgumentParser(prog='python -m azul.local.store', description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('port', type=int)
    options = parser.parse_args(arguments)
    logging.basicConfig(format='%(asctime)s %(levelname)s %(name)s %(message)s')
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        with serving(options.folder, options.port) as url:
            print(f'Serving {options.folder} at {url}', flush=True)
            ended.wait()
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
