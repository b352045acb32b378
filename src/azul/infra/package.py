"""Packages of the lambdas: a zip that is the same byte by byte whenever it is made of the same sources, and the module
of Terraform that goes with it. Neither knows the deployment, only the plug-in is in it.

`.cache/lambdas/<name>/vendor` has the wheels; see `lambdas/lambda.mk`. Here the rest is added to it, all is handed to
Chalice, and what comes of that is put into `terraform/<name>`.
"""
import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from azul.config import Config
from azul.deployment import LAMBDAS, Lambda
from azul.errors import AzulError, ConfigurationError
from azul.index.bundle import JSON
from azul.infra import ROOT, chalice, templates

ZIP = 'deployment.zip'
MODULE = 'chalice.tf.json'

MAX_ZIPPED = 50 * 1024 * 1024
"""Bytes of a package that Lambda takes as part of a request."""

MAX_UNZIPPED = 250 * 1024 * 1024
"""Bytes of what is in it, however it comes there."""

NOT_PACKAGED = ('local', 'infra', 'deployment.py', '__pycache__', 'projects')
"""Of what is in `azul`; of the plug-ins, which are next to each other in `projects`, only one is needed."""

BINARY = re.compile(r'\.(so(\.\d+)*|dylib|pyd|dll)$')

X86_64 = re.compile(rb'\x7fELF\x02\x01.{12}\x3e\x00', re.DOTALL)
"""What a binary begins with that Lambda can load."""

_LEFT_BY_PIP = ('RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json')
"""Of no use in a package, and different on each machine: they tell of what is in `bin`, which has paths in it."""


def package(name: Lambda, project: str, root: Path = ROOT) -> JSON:
    """
    Make the package of a lambda, and its module.

    :param project: that of the plug-in
    :return: how large the package is: `files`, and bytes `zipped` and `unzipped`
    :raises ConfigurationError: if something is missing, or it is too large
    """
    sources, folder = root / 'lambdas' / name, root / '.cache' / 'lambdas' / name
    _vendor(name, project, folder / 'vendor', root)
    shutil.rmtree(folder / '.chalice', ignore_errors=True)  # Chalice takes old packages in it for new ones
    (folder / '.chalice').mkdir()
    shutil.copy(sources / '.chalice' / 'config.json', folder / '.chalice')
    shutil.copy(sources / 'app.py', folder)
    with tempfile.TemporaryDirectory() as temporary:
        packaged = _package(folder, Path(temporary))
        module = chalice.module(name, project, json.loads((packaged / MODULE).read_text()), version(root))
        target = root / 'terraform' / name
        target.mkdir(parents=True, exist_ok=True)
        sizes = repack(packaged / ZIP, target / ZIP)
        templates.write(target / MODULE, module)
    return sizes


def _vendor(name: Lambda, project: str, vendor: Path, root: Path) -> None:
    """Add `azul` and the plug-in to the wheels."""
    if not vendor.is_dir():
        raise ConfigurationError(str(vendor), [f'does not exist: run `make -C lambdas/{name} wheels`'])
    azul, sources = vendor / 'azul', root / 'src' / 'azul'
    shutil.rmtree(azul, ignore_errors=True)
    unneeded = [*NOT_PACKAGED, *(other for other in LAMBDAS if other != name)]

    def ignored(folder: str, names: list[str]) -> list[str]:
        return unneeded if Path(folder) == sources else ['__pycache__']

    shutil.copytree(sources, azul, ignore=ignored)
    shutil.copytree(_plugin(project), azul / 'projects' / project, ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copy(root / 'CHANGELOG.yml', vendor)
    # What is copied here need not have come by `make wheels`, and a plug-in may bring whatever it likes.
    foreign = sorted(str(path.relative_to(vendor)) for path in vendor.rglob('*')
                     if BINARY.search(path.name) and not _is_for_lambda(path))
    if foreign:
        raise ConfigurationError(f'Lambda {name}', [
            f'{path} is for another platform than that of Lambda, x86_64 Linux. `make -C lambdas/{name} clean package` '
            f'takes new wheels; a plug-in has to bring what is for Lambda' for path in foreign
        ])


def _is_for_lambda(binary: Path) -> bool:
    with binary.open('rb') as file:
        return X86_64.match(file.read(20)) is not None


def _plugin(project: str) -> Path:
    spec = importlib.util.find_spec(f'azul.projects.{project}')
    if spec is None or spec.origin is None:
        raise ConfigurationError('Environment', [
            f'AZUL_PROJECT: there is no package azul.projects.{project}. If it is elsewhere, give plugins=DIR'
        ])
    return Path(spec.origin).parent


def _package(folder: Path, target: Path) -> Path:
    """Have Chalice do it. It imports the app with nothing but what is in the package, and with its own settings."""
    command = [str(Path(sys.executable).with_name('chalice')), 'package', '--stage', chalice.STAGE,
               '--pkg-format', 'terraform', str(target)]
    environment = {'PATH': os.defpath, 'HOME': str(target), 'AWS_DEFAULT_REGION': 'us-east-1',
                   'PYTHONDONTWRITEBYTECODE': '1'}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode or not (target / MODULE).exists():
        raise ConfigurationError(f'Lambda {folder.name}', [f'Chalice cannot package it: {done.stdout[-2000:]}'])
    return target


def version(root: Path) -> dict[str, str]:
    """What was packaged, for `/version`: the commit, and whether there were changes beyond it. Not for what is deployed
    later: that may be an older package."""

    def git(*arguments: str) -> str | None:
        done = subprocess.run(['git', '-C', str(root), *arguments], text=True, capture_output=True, check=False)
        return None if done.returncode else done.stdout.strip()

    commit, changes = git('rev-parse', 'HEAD'), git('status', '--porcelain')
    return {'azul_git_commit': commit or '', 'azul_git_dirty': '0' if changes == '' else '1'}


def repack(source: Path, target: Path, max_zipped: int = MAX_ZIPPED, max_unzipped: int = MAX_UNZIPPED) -> JSON:
    """
    Make a zip with the contents of another one, but without dates, and in the order of the names.

    :return: see `package`
    :raises ConfigurationError: if it is too large
    """
    unfinished = target.with_suffix('.unfinished')
    unzipped = 0
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(unfinished, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        names = sorted(name for name in set(old.namelist()) if _belongs(name))
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            content = old.read(name)
            unzipped += len(content)
            new.writestr(info, content)
    zipped = unfinished.stat().st_size
    faults = [
        *([f'{zipped:,} bytes are too many, Lambda takes {max_zipped:,} with a request: needs to be uploaded to S3, '
           f'from where it takes whatever is not more than {max_unzipped:,} unpacked'] if zipped > max_zipped else []),
        *([f'{unzipped:,} bytes unpacked are too many, Lambda has room for {max_unzipped:,}']
          if unzipped > max_unzipped else [])
    ]
    if faults:
        unfinished.unlink()
        raise ConfigurationError(f'Package {target}', faults)
    unfinished.replace(target)
    return {'files': len(names), 'zipped': zipped, 'unzipped': unzipped}


def _belongs(name: str) -> bool:
    parts = Path(name).parts
    return not (name.endswith(('/', '.pyc')) or parts[0] == 'bin' or parts[0].startswith('.')
                or (parts[0].endswith('.dist-info') and parts[-1] in _LEFT_BY_PIP))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python -m azul.infra.package', description='Make the package of a lambda.')
    parser.add_argument('name', choices=get_args(Lambda))
    parser.add_argument('--project', help='name of the plug-in; by default that of deployments that do not say')
    options = parser.parse_args(arguments)
    try:
        sizes = package(options.name, options.project or str(Config.project))
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    print(f'{options.name}: {sizes["files"]:,} files, {sizes["zipped"] / 2**20:.1f} MB zipped '
          f'({MAX_ZIPPED >> 20} allowed), {sizes["unzipped"] / 2**20:.1f} MB unpacked ({MAX_UNZIPPED >> 20} allowed)')
    return 0


if __name__ == '__main__':
    sys.exit(main())
