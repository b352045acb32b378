"""Writes a plug-in and says what to do with it."""
import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from azul.errors import ConfigurationError
from azul.local import SOURCES
from azul.local.scaffold import scaffold


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if the plug-in was written, 1 if nothing was
    """
    parser = argparse.ArgumentParser(prog='make plugin')
    parser.add_argument('name', help='of the plug-in')
    parser.add_argument('--out', type=Path, help='the folder of a distribution; by default the checkout')
    options = parser.parse_args(arguments)
    root = SOURCES.parent if options.out is None else options.out
    try:
        package, tests, bundles = scaffold(options.name, root, SOURCES.name if options.out is None else '')
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    elsewhere = '' if options.out is None else f' plugins={shlex.quote(str(options.out))}'
    shown = {path: path.relative_to(root) if options.out is None else path for path in (package, tests, bundles)}
    print(f'The plug-in is in {shown[package]}, its tests are in {shown[tests]}, some bundles in {shown[bundles]}.')
    print('Try:')
    print(f'  make check-plugin name={options.name}{elsewhere}')
    # Once for the shell that make is typed into, once for the one that make gives the arguments to.
    print(f'  make test args={shlex.quote(shlex.quote(str(shown[tests])))}{elsewhere}')
    print(f'  make demo project={options.name}{elsewhere}')
    print(f'Then read {shown[package] / "README.md"}.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
