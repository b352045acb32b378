"""What operators and developers do with single bundles: delete one, take one home."""
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from azul.config import Config
from azul.index.bundle import BundleFQID
from azul.local.bundles import Bundles
from azul.local.store.server import serving
from fixtures.bundle_folder import LATER, VERSION, BundleFolder, entry
from fixtures.scripts import Operate
from fixtures.toys import box, new_uuid, toy

UUID = '12345678-1234-4123-8123-123456789012'


def indexed(system, *toys: str) -> list[BundleFQID]:
    bundles = [BundleFQID(new_uuid(), VERSION) for _ in toys]
    for fqid, name in zip(bundles, toys, strict=True):
        system.store.put(box(fqid, toy(name), id=f'box of {name}'))
        system.notify('add', fqid)
    system.drain()
    return bundles


def found(system) -> set[str]:
    return {key.partition('/')[2] for key in system.aggregates() if key.startswith('toys/')}


def test_deleted_is_what_was_named_and_it_does_not_come_back(system, operate: Operate):
    bear, _ = indexed(system, 'bear', 'car')
    told, _ = operate(system.indexer.config, 'delete_bundle', '--yes', f'{bear.uuid.upper()}.{bear.version}')
    assert told.startswith('1 deletions are in')
    system.drain()
    assert found(system) == {'car'}
    system.notify('add', bear)
    system.drain()
    assert found(system) == {'car'}


@pytest.mark.parametrize(('answer', 'status', 'left'), [
    ('test\n', 0, {'car'}), ('yes\n', 1, {'bear', 'car'}), ('', 1, {'bear', 'car'})
])
def test_nothing_is_deleted_unless_the_stage_is_named(system, operate: Operate, monkeypatch, answer, status, left):
    bear, _ = indexed(system, 'bear', 'car')
    monkeypatch.setattr('sys.stdin', io.StringIO(answer))
    told, _ = operate(system.indexer.config, 'delete_bundle', str(bear), status=status)
    assert told.startswith(f'{bear}\n')
    system.drain()
    assert found(system) == left


@pytest.mark.parametrize('wrong', ['bear', UUID, f'{UUID}.', f'x.{VERSION}'])
def test_what_is_no_bundle_is_told_before_anything_is_deleted(shared_system, operate: Operate, capsys, wrong: str):
    with pytest.raises(SystemExit, match='2'):
        operate(shared_system.indexer.config, 'delete_bundle', '--yes', f'{new_uuid()}.{VERSION}', wrong)
    assert 'UUID.VERSION' in capsys.readouterr().err
    assert sum(shared_system.indexer.contributor.notifications.counts()) == 0


@pytest.fixture
def folder(tmp_path: Path) -> BundleFolder:
    (tmp_path / 'store').mkdir()
    return BundleFolder(tmp_path / 'store')


@pytest.fixture
def config(shared_system) -> Config:
    config: Config = shared_system.indexer.config
    return config


def test_what_was_taken_home_is_the_same_bundle(folder: BundleFolder, config: Config, operate: Operate, tmp_path: Path):
    old = folder.put(metadata={'thing_0.json': b'{"old" :  true}'})
    new = folder.put(old.uuid, LATER, metadata={'thing_0.json': b'{ "a": 1 }\n', 'links.json': {}})
    with serving(folder.path) as store:
        here = replace(config, dss_endpoint=f'{store}/v1')
        told, _ = operate(here, 'can_bundle', '--out', str(tmp_path / 'home'), old.uuid)
        assert told == f'{new} with 2 metadata files\n'
        told, _ = operate(here, 'can_bundle', '--out', str(tmp_path / 'home'), str(old), str(new))
        assert told == f'{old} with 1 metadata files\n{new} is there already\n'
    home = Bundles(tmp_path / 'home')
    assert home.fqids == [old, new]
    assert home.read(new).metadata == Bundles(folder.path).read(new).metadata
    assert (tmp_path / 'home' / str(new) / 'metadata' / 'thing_0.json').read_bytes() == b'{ "a": 1 }\n'
    with serving(tmp_path / 'home') as store:
        there = replace(config, dss_endpoint=f'{store}/v1')
        operate(there, 'can_bundle', '--out', str(tmp_path / 'far'), old.uuid)
    manifests = [json.loads((tmp_path / place / str(new) / 'manifest.json').read_text()) for place in ('home', 'far')]
    assert manifests[0] == manifests[1]


def test_one_that_cannot_be_taken_does_not_keep_the_others(folder: BundleFolder, config: Config, operate: Operate,
                                                           tmp_path: Path):
    good = folder.put()
    broken = folder.put(metadata={}, manifest=[entry('lost.json')])
    sly = folder.put(manifest=[{**entry('thing.json'), 'name': '../thing.json'}])
    missing = BundleFQID(new_uuid(), VERSION)
    home = tmp_path / 'home'
    with serving(folder.path) as store:
        told, faults = operate(replace(config, dss_endpoint=f'{store}/v1'), 'can_bundle', '--out', str(home),
                               str(broken), str(sly), str(missing), missing.uuid, str(good), status=1)
    assert told == f'{good} with 1 metadata files\n'
    assert [line.partition(': ')[0] for line in faults.splitlines()] == [
        str(broken), str(sly), str(missing), missing.uuid
    ]
    assert [path.name for path in home.iterdir()] == [str(good)]
