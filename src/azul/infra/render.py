"""Run the templates of folders. See `azul.infra.templates`."""
import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from azul.errors import AzulError
from azul.infra import templates


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 1 if a template cannot be run with these settings; stderr says why
    """
    parser = argparse.ArgumentParser(prog='python -m azul.infra.render', description=__doc__)
    parser.add_argument('--clean', action='store_true', help='remove what templates have made instead')
    parser.add_argument('folders', type=Path, nargs='+')
    options = parser.parse_args(arguments)
    try:
        for folder in options.folders:
            if options.clean:
                templates.clean(folder)
            else:
                templates.render(folder)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
