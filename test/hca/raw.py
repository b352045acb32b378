"""Raw bundles, of folders and generated. Nothing here imports anything of `azul`: these are for brute force, too."""
import csv
import json
from pathlib import Path

from hca.brute_force import RawBundle
from samples.generator import GeneratedBundle, bundles

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'


def read(folder: Path, table: str) -> list[RawBundle]:
    """The bundles of a folder that are to be indexed.

    :param table: name of the file that says which these are
    """
    with (folder / table).open(newline='') as lines:
        names = [row['bundle_fqid'] for row in csv.DictReader(lines, delimiter='\t') if row['expect'] == 'indexed']
    return [read_bundle(folder / name) for name in names]


def generated(seed: int, count: int) -> list[RawBundle]:
    return [raw(bundle) for bundle in bundles(seed, count)]


def raw(bundle: GeneratedBundle) -> RawBundle:
    return RawBundle(bundle.uuid, bundle.version, bundle.manifest, bundle.metadata)


def read_bundle(folder: Path) -> RawBundle:
    uuid, _, version = folder.name.partition('.')
    return RawBundle(uuid, version, json.loads((folder / 'manifest.json').read_bytes()), {
        file.name: json.loads(file.read_bytes()) for file in sorted((folder / 'metadata').iterdir())})
