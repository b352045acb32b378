"""Manifests of the sample bundles, and of the real ones, are the tables that brute force makes of them."""
import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bdbag import bdbag_api

from azul.index.aggregate import aggregate
from azul.projects.hca import plugin
from fixtures.exports import Exports, exporting
from fixtures.served import contributed
from hca import brute_force
from hca.brute_force import RawBundle, table
from hca.raw import SAMPLES, read

Served = tuple[Exports, list[RawBundle]]


@pytest.fixture(scope='module', params=['samples', 'references'])
def served(request: pytest.FixtureRequest, engine: str, queues: str, aws: str) -> Iterator[Served]:
    folder: Path = SAMPLES if request.param == 'samples' else request.getfixturevalue('reference_bundles')
    with exporting(engine, queues, aws, plugin) as exports:
        entities = contributed(folder, plugin)
        exports.shelf.put(*(aggregate(plugin.schema, entity, each) for entity, each in entities.items()))
        yield exports, read(folder, 'expect.tsv' if request.param == 'samples' else 'INDEX.tsv')


def rows(content: bytes) -> list[dict[str, str]]:
    """As those read them who know nothing of quotes; and those who do read the same."""
    text = content.decode()
    plain = list(csv.DictReader(io.StringIO(text, newline=''), dialect='excel-tab', quoting=csv.QUOTE_NONE))
    assert plain == list(csv.DictReader(io.StringIO(text, newline=''), dialect='excel-tab'))
    return plain


def test_the_table_is_that_of_brute_force(served: Served):
    exports, bundles = served
    made = exports.made(format='compact')
    assert made.startswith(b'bundle_uuid\t')
    found = rows(made)
    assert len(found[0]) == 42
    expected = table.rows(bundles)
    assert sorted(found, key=key) == sorted(expected, key=key)


def key(row: dict[str, str]) -> tuple[str, ...]:
    return row['bundle_uuid'], row['file_uuid'], row['file_name']


def test_a_part_of_the_table_is_that_of_what_is_asked_for(served: Served):
    exports, bundles = served
    projects = {row['project.provenance.document_id'] for row in table.rows(bundles)}
    project = sorted(projects)[0]
    made = rows(exports.made(filters=json.dumps({'projectId': {'is': [project]}})))
    expected = [row for row in table.rows(bundles) if row['project.provenance.document_id'] == project]
    assert sorted(made, key=key) == sorted(expected, key=key)


def test_all_metadata_are_those_of_brute_force(served: Served):
    exports, bundles = served
    newest = {bundle.uuid: bundle for bundle in sorted(bundles, key=lambda bundle: bundle.version)}
    expected = [row for bundle in newest.values() for row in brute_force.rows(bundle)]
    found = rows(exports.made(format='full'))
    assert list(found[0]) == sorted({column for row in expected for column in row})
    for row in found:
        for column in [column for column, cell in row.items() if not cell]:
            del row[column]

    def identity(row: dict[str, str]) -> tuple[str, ...]:
        return row['bundle_uuid'], row['file_uuid'], row.get('*.file_core.file_name', '')

    plain = [{column: table.plain(cell) for column, cell in row.items() if cell} for row in expected]
    assert sorted(found, key=identity) == sorted(plain, key=identity)


def test_lines_of_json_are_the_entities_as_they_are_shown(served: Served):
    exports, _ = served
    lines = exports.made(format='jsonl').splitlines()
    found = {hit['entryId']: hit for hit in map(json.loads, lines)}
    assert len(found) == len(lines)
    page = exports.shelf.page('files', size='20')
    assert len(lines) == page['pagination']['total']
    for hit in page['hits']:
        for name in 'files', 'bundles', 'samples':
            assert found[hit['entryId']][name] == hit[name]


def test_curl_is_told_of_each_file_once(served: Served):
    exports, bundles = served
    lines = exports.made(format='curl').decode().splitlines()
    urls = [line for line in lines if line.startswith('url=')]
    outputs = [line for line in lines if line.startswith('output=')]
    files = {(row['file_uuid'], row['file_version'], row['file_name']) for row in table.rows(bundles)}
    assert len(urls) == len(outputs) >= len(files)
    for uuid, _, name in files:
        assert any(f'/dss/files/{uuid}?' in url for url in urls), name


def test_a_bag_is_valid_and_has_a_row_for_each_bundle(served: Served, tmp_path: Path):
    exports, bundles = served
    archive = tmp_path / 'bag.zip'
    archive.write_bytes(exports.made(format='terra.bdbag'))
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
    folder = bdbag_api.extract_bag(str(archive), str(tmp_path))
    bdbag_api.validate_bag(folder, fast=False)
    bdbag_api.validate_bag_structure(folder)
    found = rows((Path(folder) / 'data' / 'participants.tsv').read_bytes())
    assert [{column: cell for column, cell in row.items() if cell} for row in found] == table.participants(
        bundles, exports.config.drs_domain, exports.config.dss_endpoint)
    assert Path(folder).name == 'manifest'
