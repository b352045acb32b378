"""Take bundles from the data store into a folder, as `make demo` and `make check-plugin` want them (`bundles=DIR`).

The data store is that of the deployment whose environment is sourced. Taken are manifests and metadata files, as they
are. A bundle that is in the folder already is left alone.
"""
import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from azul.dss.client import DssClient
from azul.errors import AzulError, BundleError
from azul.index.bundle import BundleFQID, ManifestEntry
from azul.infra.operated import operated


def found(store: DssClient, text: str) -> BundleFQID:
    """
    :param text: a FQID, or a uuid, which stands for its latest version
    """
    uuid, _, version = text.partition('.')
    if not version:
        versions = store.versions(uuid)
        if not versions:
            raise BundleError('the data store has no bundle of this uuid', bundle=uuid)
        version = versions[-1]
    return BundleFQID(uuid, version)


def take(store: DssClient, fqid: BundleFQID, folder: Path) -> int:
    """
    :return: how many metadata files it has
    """
    manifest = store.manifest(fqid)
    entries = [ManifestEntry.from_json(entry) for entry in manifest]
    contents = store.contents([entry for entry in entries if entry.indexed])
    if elsewhere := [name for name in (str(fqid), *contents) if Path(name).name != name]:
        raise BundleError('is not the name of a file', file=elsewhere[0], bundle=str(fqid))
    # Whole or not at all
    with TemporaryDirectory(dir=folder) as made:
        bundle = Path(made) / str(fqid)
        (bundle / 'metadata').mkdir(parents=True)
        (bundle / 'manifest.json').write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        for name, content in contents.items():
            (bundle / 'metadata' / name).write_bytes(content)
        bundle.rename(folder / str(fqid))
    return len(contents)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    status = 0
    try:
        config = operated(engine=False)
        store = DssClient.connect(config.dss_endpoint, config.dss_workers)
        options.out.mkdir(parents=True, exist_ok=True)
        for text in options.bundles:
            try:
                fqid = found(store, text)
                if (options.out / str(fqid)).exists():
                    print(f'{fqid} is there already')
                else:
                    print(f'{fqid} with {take(store, fqid, options.out)} metadata files')
            except AzulError as error:
                print(f'{text}: {error}', file=sys.stderr)
                status = 1
    except (AzulError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/can_bundle.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('bundles', nargs='+', metavar='UUID[.VERSION]', help='without a version, the latest one')
    parser.add_argument('--out', type=Path, default=Path(), metavar='DIR', help='the folder, this one by default')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
