"""The plug-in, tried on bundles made up here and on those in `samples/placeholder`."""
import uuid
from pathlib import Path

import pytest

from azul.local.bundles import Bundles
from azul.plugin import JSON, Bundle, BundleError, BundleFQID, ManifestEntry, load
from azul.projects.placeholder import plugin

FQID = BundleFQID('00000000-0000-4000-8000-000000000000', '2020-01-01T000000.000000Z')

SAMPLES = Bundles(Path(__file__).resolve().parents[2] / 'samples' / 'placeholder')


def bundle(metadata: dict[str, JSON], *files: str) -> Bundle:
    """
    :param metadata: the documents by the names of their files
    :param files: names of data files
    """
    return Bundle.create(FQID, [
        ManifestEntry.from_json({'name': name, 'uuid': uuid_of(name), 'version': '1', 'size': 10,
                                 'indexed': name in metadata})
        for name in [*metadata, *files]
    ], metadata)


def uuid_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def contents(bundle: Bundle) -> dict[str, object]:
    """What the bundle contributes to, and what."""
    return {str(contribution.entity): contribution.contents for contribution in plugin.transform(bundle)}


def test_the_declarations_have_no_fault() -> None:
    assert load('placeholder') is plugin


def test_a_bundle_tells_of_its_sample_and_of_each_of_its_files() -> None:
    sample = {'document_id': 's', 'name': 'A sample', 'kind': None}
    one = {'uuid': uuid_of('one.csv'), 'version': '1', 'name': 'one.csv', 'format': 'csv', 'size': 10}
    two = {'uuid': uuid_of('two'), 'version': '1', 'name': 'two', 'format': None, 'size': 10}
    assert contents(bundle({'sample.json': {'id': 's', 'name': 'A sample'}}, 'one.csv', 'two')) == {
        'samples/s': {'samples': [sample], 'files': [one, two]},
        f'files/{one["uuid"]}': {'samples': [sample], 'files': [one]},
        f'files/{two["uuid"]}': {'samples': [sample], 'files': [two]},
    }


@pytest.mark.parametrize(('metadata', 'fault'), [
    ({}, 'file sample.json: there is no sample'),
    ({'sample.json': {'name': 'A sample'}}, 'file sample.json: the sample has no id'),
])
def test_a_bundle_without_a_sample_is_rejected(metadata: dict[str, JSON], fault: str) -> None:
    with pytest.raises(BundleError, match=fault):
        contents(bundle(metadata, 'one.csv'))


def test_the_samples_are_counted_by_hand() -> None:
    entities: set[str] = set()
    rejected = 0
    for fqid in SAMPLES.fqids:
        try:
            entities |= contents(SAMPLES.read(fqid)).keys()
        except BundleError:
            rejected += 1
    of_type = [entity.partition('/')[0] for entity in entities]
    assert (of_type.count('samples'), of_type.count('files'), rejected) == (3, 5, 1)
