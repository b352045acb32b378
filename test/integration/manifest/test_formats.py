"""Manifests of each format, from what is on the shelf to what is downloaded."""
from dataclasses import replace
from pathlib import Path

from bdbag import bdbag_api

from azul.index.bundle import BundleFQID
from azul.index.documents import Aggregate, EntityReference
from azul.projects.toy import plugin as toy
from fixtures.exports import Exports, exporting, filtering
from fixtures.toys import new_uuid

A, B = BundleFQID('aaaaaaaa-0000-4000-8000-000000000000', '1'), BundleFQID('bbbbbbbb-0000-4000-8000-000000000000', '2')


def picture(name: str, *bundles: BundleFQID, **fields: object) -> Aggregate:
    uuid = new_uuid()
    contents = {'pictures': [{'uuid': uuid, 'version': '1', 'name': name, 'format': 'png', 'size': 5, **fields}],
                'boxes': [{'maker': ['Lego', None]}], 'toys': [{'name': ['bear', 'car']}]}
    return Aggregate(EntityReference('pictures', uuid), bundles or (A,), contents)


def test_a_table_has_a_row_for_each_file_and_bundle(exports: Exports):
    exports.shelf.put(picture('a.png', A, B), picture('b.png', B, size=None))
    lines = exports.made(format='tsv').decode().split('\r\n')
    assert lines[0] == 'bundle_uuid\tbundle_version\tpicture\tpicture_size\ttoy\tmaker'
    assert sorted(lines[1:]) == ['', f'{A.uuid}\t1\ta.png\t5\tbear || car\tLego',
                                 f'{B.uuid}\t2\ta.png\t5\tbear || car\tLego',
                                 f'{B.uuid}\t2\tb.png\t\tbear || car\tLego']


def test_nothing_is_a_table_with_a_header(exports: Exports):
    assert exports.made(filters=filtering(format={'is': ['gif']})).count(b'\r\n') == 1
    assert exports.made(format='jsonl') == b''


def test_a_bag_is_valid(engine: str, queues: str, aws: str, tmp_path: Path):
    manifest = replace(toy.manifest, kind=lambda file: str(file.get('format')))
    with exporting(engine, queues, aws, replace(toy, manifest=manifest)) as exports:
        exports.shelf.put(picture('a.png', A, B), picture('b.png', B))
        archive = tmp_path / 'bag.zip'
        archive.write_bytes(exports.made(format='bdbag'))
    folder = bdbag_api.extract_bag(str(archive), str(tmp_path))
    bdbag_api.validate_bag(folder, fast=False)
    header, row, *others = (Path(folder) / 'data' / 'participants.tsv').read_text().splitlines()
    assert header.startswith('entity:participant_id\t')
    assert row.startswith(f'{B.uuid}_2\t'), 'all that is in the other bundle is in this one, too'
    assert not others
