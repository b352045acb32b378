"""What holds of all bundles, samples, generated and real ones, seen from their raw metadata and manifests."""
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from azul.index.documents import Contribution
from hca.brute_force import RawBundle
from hca.comparison import aggregated, contributed, transformed
from hca.raw import SAMPLES, generated, read

JSON = dict[str, Any]
Corpus = list[tuple[RawBundle, Sequence[Contribution]]]

STORE = '.zarr!'


@pytest.fixture(scope='module', params=['samples', 'generated', 'references'])
def corpus(request: pytest.FixtureRequest) -> Corpus:
    """Bundles with what production makes of them."""
    bundles = {
        'samples': lambda: read(SAMPLES, 'expect.tsv'),
        'generated': lambda: generated(3, 40),
        'references': lambda: read(_references(request), 'INDEX.tsv'),
    }[request.param]()
    assert len(bundles) > 30
    return [(bundle, transformed(bundle)) for bundle in bundles]


def _references(request: pytest.FixtureRequest) -> Path:
    folder = request.getfixturevalue('reference_bundles')
    assert isinstance(folder, Path)
    return folder


def objects(value: Any) -> Iterator[JSON]:
    """All objects at any depth, without regard to layouts."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from objects(member)


def data_files(bundle: RawBundle) -> dict[str, JSON]:
    """The entries of the files that there is to be a document of, by the id of their metadata."""
    ids = {}
    for each in objects(list(bundle.metadata.values())):
        content, id_ = each.get('content', each), id_of(each)
        if id_ and 'file_core' in content:
            ids[content['file_core']['file_name']] = id_
    return {ids[entry['name']]: entry for entry in bundle.manifest if not entry['indexed'] and entry['name'] in ids
            and (STORE not in entry['name'] or entry['name'].endswith(f'{STORE}.zattrs'))}


def id_of(value: JSON) -> str | None:
    """The id of an entity, None where the object is none."""
    provenance: JSON = value.get('hca_ingest') or value.get('provenance') or {}
    return provenance.get('document_id')


def test_every_data_file_that_file_metadata_name_is_in_exactly_one_files_document(corpus: Corpus) -> None:
    for bundle, contributions in corpus:
        documents = contributed(contributions)
        expected = Counter(entry['uuid'] for entry in data_files(bundle).values())
        assert set(expected.values()) <= {1}
        assert expected == Counter(
            file['uuid'] for contents in documents.get('files', {}).values() for file in contents['files'])
        for whole in documents['projects'], documents['bundles']:
            contents, = whole.values()
            assert Counter(file['uuid'] for file in contents['files']) == expected


def test_every_id_in_a_document_exists_in_the_bundle(corpus: Corpus) -> None:
    for bundle, contributions in corpus:
        known = {each['document_id'] for each in objects(list(bundle.metadata.values())) if 'document_id' in each}
        for entity_type, documents in contributed(contributions).items():
            assert documents.keys() <= ({bundle.uuid} if entity_type == 'bundles' else known)
            assert {each['document_id'] for each in objects(documents) if 'document_id' in each} <= known


def test_a_store_has_as_many_members_as_the_manifest_has_files_in_it(corpus: Corpus) -> None:
    for bundle, contributions in corpus:
        contents, = contributed(contributions)['bundles'].values()
        for file in contents['files']:
            store, separator, _ = file['name'].rpartition(STORE)
            members = sum(entry['name'].startswith(store + STORE) for entry in bundle.manifest)
            assert file.get('members') == (members if separator else None)


def test_sums_of_projects_are_those_over_raw_manifests_and_metadata(corpus: Corpus) -> None:
    files: dict[str, dict[str, JSON]] = defaultdict(dict)
    cells: dict[str, dict[str, int | None]] = defaultdict(dict)
    newest = {bundle.uuid: (bundle, of_bundle) for bundle, of_bundle in sorted(corpus, key=by_version)}
    for bundle, contributions in sorted(newest.values(), key=by_version):
        project, = contributed(contributions)['projects']
        files[project] |= data_files(bundle)
        cells[project] |= suspensions(bundle)
    projects = aggregated(contribution for _, of_bundle in corpus for contribution in of_bundle)['projects']
    assert projects.keys() == files.keys()
    for id_, project in projects.items():
        formats, organs = project['contents']['files'], project['contents']['cell_suspensions']
        sizes = {(entry['uuid'], entry.get('version')): entry.get('size') for entry in files[id_].values()}
        assert sum(group['count'] for group in formats) == len(sizes)
        assert total(group['size'] for group in formats) == total(sizes.values())
        assert sum(len(group['document_id']) for group in organs) == len(cells[id_])
        assert total(group['total_estimated_cells'] for group in organs) == total(cells[id_].values())


def by_version(each: tuple[RawBundle, Sequence[Contribution]]) -> str:
    return each[0].version


def total(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def suspensions(bundle: RawBundle) -> dict[str, int | None]:
    """The estimated number of cells of each."""
    found = {}
    for each in objects(list(bundle.metadata.values())):
        content, id_ = each.get('content', each), id_of(each)
        if id_ and content.get('describedBy', '').endswith('/cell_suspension'):
            found[id_] = content.get('estimated_cell_count', content.get('total_estimated_cells'))
    return found
