from pathlib import Path

import pytest

from azul.errors import BundleError, ConfigurationError
from azul.index.bundle import BundleFQID, ManifestEntry
from azul.local.bundles import Bundles
from fixtures.bundle_folder import BundleFolder, entry
from fixtures.toys import box, new_uuid, toy, write


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path):
    bundle = box(BundleFQID(new_uuid(), '1'), toy('bear', pictures=['bear.png']))
    write(tmp_path, bundle)
    bundles = Bundles(tmp_path)
    assert bundles.fqids == [bundle.fqid]
    found = bundles.read(bundle.fqid)
    assert (found.fqid, found.metadata) == (bundle.fqid, bundle.metadata)
    assert [entry.name for entry in found.manifest] == [entry.name for entry in bundle.manifest]
    assert found.data_files['bear.png'] == ManifestEntry.from_json({
        'name': 'bear.png', 'uuid': bundle.data_files['bear.png'].uuid, 'version': '1', 'size': 8,
        'content-type': 'image/png'
    })


def test_metadata_that_the_manifest_does_not_list_are_read(tmp_path: Path):
    fqid = BundleFolder(tmp_path).put(metadata={'a.json': {'a': 1}}, manifest=[])
    assert Bundles(tmp_path).read(fqid).metadata == {'a.json': {'a': 1}}


def test_deleted_bundles_are_not_there(tmp_path: Path):
    folder = BundleFolder(tmp_path)
    kept, deleted = folder.put(), folder.put()
    folder.bury(deleted.uuid)
    assert Bundles(tmp_path).fqids == [kept]


@pytest.mark.parametrize(('content', 'fault'), [
    ({'manifest': b'{'}, 'file manifest.json: cannot be read: '),
    ({'manifest': {}}, 'file manifest.json: cannot be read: .* is not a list'),
    ({'manifest': [{'name': 'x'}]}, 'file x: uuid of the manifest entry is none: None'),
    ({'metadata': {'a.json': b'['}}, 'file a.json: not JSON: '),
    ({'metadata': {'a.json': []}}, 'file a.json: metadata file is not a JSON object'),
    ({'metadata': {}, 'manifest': [entry('a.json')]}, 'file a.json: the folder lacks this metadata file'),
])
def test_what_cannot_be_indexed_is_named(tmp_path: Path, content, fault: str):
    fqid = BundleFolder(tmp_path).put(**content)
    with pytest.raises(BundleError, match=f'bundle {fqid}, {fault}'):
        Bundles(tmp_path).read(fqid)


def test_what_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(KeyError):
        Bundles(tmp_path).read(BundleFQID(new_uuid(), '1'))
    with pytest.raises(ConfigurationError, match='cannot be read'):
        Bundles(tmp_path / 'nowhere')
