"""Which wheels go into the package of a lambda: all of them, by version and digest, for the platform of Lambda.

The versions of what a lambda needs itself are those of requirements.txt; what these need in turn is found out here,
once, and kept in `lambdas/<name>/wheels.txt`. So a package has the same content whenever it is made.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from azul.infra import ROOT


def lock(needs: Iterable[str], only_files: Iterable[str], requirements: Mapping[str, str], platform: Sequence[str]
         ) -> dict[str, str]:
    """
    :param needs: names of distributions
    :param only_files: likewise, of those from which nothing is imported, so that what they need is not needed
    :param requirements: as `requirements` gives them
    :param platform: options of pip that say for which one
    :return: digests of wheels by requirements of exact versions
    """
    return _resolved([requirements[name] for name in needs], *platform) | \
        _resolved([requirements[name] for name in only_files], *platform, '--no-deps')


def requirements(file: Path) -> dict[str, str]:
    """The lines of a file of requirements, by the names of the distributions."""
    found = {}
    for line in file.read_text().splitlines():
        match = re.match(r'[\w.-]+', line)
        if match:
            found[match.group()] = line
    return found


def _resolved(lines: Sequence[str], *options: str) -> dict[str, str]:
    if not lines:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / 'report.json'
        subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--dry-run',
                        '--ignore-installed', '--target', folder, '--report', str(report), *options, *lines],
                       check=True)
        installed = json.loads(report.read_text())['install']
    return {f'{each["metadata"]["name"]}=={each["metadata"]["version"]}':
            each['download_info']['archive_info']['hashes']['sha256'] for each in installed}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python -m azul.infra.lock',
                                     description='Find out which wheels go into the package of a lambda.')
    parser.add_argument('--needs', nargs='+', required=True, help='what it needs itself')
    parser.add_argument('--only-files', nargs='*', default=[], help='likewise, but nothing of it is imported')
    parser.add_argument('--out', type=Path, required=True, help='the file to be written')
    parser.add_argument('platform', nargs='*', help='options of pip that say for which one, after --')
    options = parser.parse_args(arguments)
    known = requirements(ROOT / 'requirements.txt')
    unknown = [name for name in [*options.needs, *options.only_files] if name not in known]
    if unknown:
        print(f'requirements.txt has no version of {", ".join(unknown)}', file=sys.stderr)
        return 1
    locked = lock(options.needs, options.only_files, known, options.platform)
    options.out.write_text('# Made by `make lock`, see the Makefile beside it.\n' + ''.join(
        f'{name} --hash=sha256:{digest}\n' for name, digest in sorted(locked.items(), key=lambda item: item[0].lower())
    ))
    return 0


if __name__ == '__main__':
    sys.exit(main())
