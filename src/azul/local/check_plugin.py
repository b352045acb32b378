"""`make check-plugin`: check the declarations of a plug-in, its types, and what it makes of a folder of bundles."""
import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from azul.errors import ConfigurationError
from azul.index.bundle import JSON, BundleFQID
from azul.local import SOURCES, trial
from azul.local.bundles import Bundles
from azul.local.expectation import Expectation, read_expectation
from azul.local.plugins import home, offer
from azul.local.store.query import admits
from azul.local.trial import FOREIGN, Findings, Trial, described
from azul.plugin import Plugin, Principal, load
from azul.service.restriction import restriction

CACHE = SOURCES.parent / '.cache' / 'mypy'

SEEDS = (1, 2)
"""Of the order of sets in the processes whose work is compared with ours. One other order is easily the same."""

SHOWN = 50
"""Faults of all that there are."""

BUNDLE = BundleFQID('5a5a5a5a-0000-4000-8000-000000000000', '2020-01-01T000000.000000Z')


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if nothing is wrong with the plug-in
    """
    parser = argparse.ArgumentParser(prog='make check-plugin')
    parser.add_argument('name', help='of the plug-in')
    parser.add_argument('--plugins', type=Path, help='where it is, if not in the checkout')
    parser.add_argument('--bundles', type=Path, help='a folder of bundles to try it on')
    options = parser.parse_args(arguments)
    console = Console()
    try:
        if options.plugins is not None:
            offer(options.plugins)
        plugin = _loaded(options.name)
        _print(console, f'Checking {home(options.name)} …')
        faults = [*type_faults(options.name), *query_faults(plugin), *restriction_faults(plugin)]
        if options.bundles is None:
            _print(console, 'There are no bundles to try it on: give bundles=DIR')
        else:
            faults += _tried(console, plugin, options.bundles)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    for fault in faults[:SHOWN]:
        _print(console, f'FAULT  {fault}')
    _print(console, f'{len(faults)} faults' if faults else 'no fault')
    return 1 if faults else 0


def _print(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)


def _loaded(name: str) -> Plugin:
    try:
        return load(name)
    except ConfigurationError:
        raise
    except FOREIGN as error:
        # Whatever a module can do when it is imported
        raise ConfigurationError(f'Plug-in {name!r}', [f'importing it raises {described(error)}']) from error


def type_faults(name: str) -> Iterator[str]:
    """
    What mypy says of a plug-in, apart from any configuration.

    :param name: of one that has been loaded
    """
    path = home(name)
    done = subprocess.run([
        sys.executable, '-m', 'mypy', '--strict', '--config-file=', '--namespace-packages', '--explicit-package-bases',
        '--follow-imports=silent', '--no-error-summary', '--hide-error-context', '--cache-dir', str(CACHE),
        '--no-sqlite-cache',  # which others who check at the same time would have to wait for
        str(path)
    ], env=_environment(name, MYPYPATH=_path(name)), capture_output=True, text=True, check=False, cwd=path.parents[2])
    if done.returncode:
        yield from (done.stdout or done.stderr).splitlines()


def query_faults(plugin: Plugin) -> Iterator[str]:
    """What is wrong with the queries of the subscriptions, tried on the uuid of a bundle that need not exist."""
    queries: Mapping[str, tuple[Callable[[str], JSON], bool]] = {
        'additions_query': (plugin.additions_query, False), 'deletions_query': (plugin.deletions_query, True)
    }
    for name, (query, wanted) in queries.items():
        try:
            for prefix, fits in ('', True), (BUNDLE.uuid[:2], True), ('00', False):
                yield from (f'{name}({prefix!r}) {fault}' for fault in _answers(query(prefix), fits, wanted))
        except FOREIGN as error:
            yield f'{name} raises {described(error)}'


def restriction_faults(plugin: Plugin) -> Iterator[str]:
    """What is wrong with what may be seen by nobody in particular, and by somebody of whom nothing else is known."""
    for principal in None, Principal('somebody', {'sub': 'somebody'}):
        try:
            restriction(plugin, principal)
        except ConfigurationError as error:
            yield from (f'{fault}, for {principal}' for fault in error.faults)
        except FOREIGN as error:
            yield f'restriction raises {described(error)}, for {principal}'


def _answers(body: JSON, fits: bool, wanted: bool) -> Iterator[str]:
    """
    :param fits: whether the bundle's uuid has the prefix
    :param wanted: whether deleted bundles are asked for
    """
    orjson.dumps(body)
    if not isinstance(body.get('query'), dict):
        yield 'is no object with a member `query`, which is one, too'
        return
    for deleted in False, True:
        if admits(body, BUNDLE, deleted) is not (fits and deleted is wanted):
            kind = f'{"deleted" if deleted else "live"} bundle whose uuid {"has" if fits else "lacks"} the prefix'
            yield f'{"leaves out" if fits and deleted is wanted else "asks for"} a {kind}'


def _tried(console: Console, plugin: Plugin, folder: Path) -> Iterator[str]:
    bundles, expectations = Bundles(folder), read_expectation(folder)
    tried = Trial(plugin, bundles)
    _print_table(console, tried)
    yield from tried.faults
    yield from _unexpected(console, tried, expectations)
    for warning in _warnings(tried):
        _print(console, f'WARNING  {warning}')
    findings = Findings()
    for seed in SEEDS:
        elsewhere = _digests(plugin.name, folder, seed)
        for document in tried.digests.keys() | elsewhere.keys():
            if tried.digests.get(document) != elsewhere.get(document):
                findings.add('is not the same in another process, as if it depended on the order of a set', document)
    yield from findings


def _print_table(console: Console, tried: Trial) -> None:
    table = Table('Entity type', 'Contributions', 'Aggregates')
    for name in tried.plugin.schema.entity_type:
        table.add_row(name, f'{tried.contributions[name]:,}', f'{tried.aggregates[name]:,}')
    console.print(table)
    total = len(tried.bundles.fqids)
    speed = (total - len(tried.rejected)) / tried.seconds if tried.seconds else 0
    _print(console, f'{total} bundles, {len(tried.rejected)} rejected; {speed:,.0f} per second')


def _unexpected(console: Console, tried: Trial, expectations: Mapping[BundleFQID, Expectation]) -> Iterator[str]:
    """Also prints why bundles are rejected that are expected to be."""
    if not tried.bundles.fqids:
        yield 'there is no bundle in the folder'
    for fqid in sorted({*tried.bundles.fqids, *expectations}):
        expected = fqid not in expectations or expectations[fqid].indexed
        cause = tried.rejected.get(fqid)
        if fqid not in tried.bundles.fqids:
            yield f'{fqid} is expected, but not in the folder'
        elif expected and cause is not None:
            yield f'rejected: {cause}'
        elif cause is not None:
            _print(console, f'rejected, as expected: {cause}')
        elif not expected:
            yield f'{fqid} is not rejected, but expected to be'


def _warnings(tried: Trial) -> Iterator[str]:
    yield from (f'there is no entity of type {name}' for name in tried.plugin.schema.entity_type
                if not tried.aggregates[name])
    yield from (f'facet {name} has no value' for name in tried.plugin.facets if name not in tried.shown)


def _digests(name: str, folder: Path, seed: int) -> Mapping[str, str]:
    """
    Of all that another process makes of the bundles.

    :raises ConfigurationError: if it does not come that far
    """
    with tempfile.TemporaryDirectory(prefix='azul-') as temporary:
        out = Path(temporary) / 'digests.json'
        done = subprocess.run([sys.executable, '-m', trial.__name__, name, str(folder.resolve()), str(out)],
                              env=_environment(name, PYTHONPATH=_path(name), PYTHONHASHSEED=str(seed)),
                              capture_output=True, text=True, check=False, cwd=temporary)
        if done.returncode or not out.exists():
            said = done.stderr.splitlines()[-5:] or ['it ends without a word']
            raise ConfigurationError(f'Plug-in {name!r} in another process', said)
        digests: Mapping[str, str] = orjson.loads(out.read_bytes())
        return digests


def _environment(name: str, **variables: str) -> Mapping[str, str]:
    return {'PATH': os.defpath, **variables}


def _path(name: str) -> str:
    """Where Python finds Azul and the plug-in."""
    return os.pathsep.join(map(str, dict.fromkeys([SOURCES, home(name).parents[2]])))


if __name__ == '__main__':
    sys.exit(main())
