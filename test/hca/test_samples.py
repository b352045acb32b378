"""The samples that lie in the tree, and what else their generator makes, by what they contain."""
import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from hca.features import FEATURES, ends, entities, entries, file_names, formats, found, ids, of_schema
from hca.shapes import era_of
from samples.generator import GeneratedBundle, bundles, collection, large, write_all
from samples.generator.__main__ import main
from samples.generator.collection import table
from samples.generator.manifest import crc32c, serialise

JSON = dict[str, Any]

SAMPLES = Path(__file__).resolve().parents[2] / 'samples'
MEGABYTE = 10 ** 6


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


@pytest.fixture(scope='module')
def samples() -> list[GeneratedBundle]:
    return collection()


@pytest.fixture(scope='module')
def many() -> list[GeneratedBundle]:
    return list(bundles(seed=1, count=500))


def test_the_samples_are_what_the_generator_writes(samples: list[GeneratedBundle], tmp_path: Path) -> None:
    assert write_all(samples, tmp_path) == len(samples)
    assert files(tmp_path) == files(SAMPLES / 'bundles')


def test_the_samples_are_about_thirty_and_small(samples: list[GeneratedBundle]) -> None:
    assert 30 <= len(samples) < 40
    assert sum(map(len, files(SAMPLES / 'bundles').values())) <= 5 * MEGABYTE


def test_the_table_in_the_readme_is_that_of_the_samples(samples: list[GeneratedBundle]) -> None:
    assert (SAMPLES / 'README.md').read_text().endswith('\n\n' + table(samples))


@pytest.mark.parametrize('feature', FEATURES)
def test_a_feature_is_listed_where_the_content_has_it(samples: list[GeneratedBundle], feature: str) -> None:
    have = {bundle.fqid for bundle in samples if FEATURES[feature](bundle)}
    assert have == {bundle.fqid for bundle in samples if feature in bundle.features}
    assert have


def test_there_is_no_feature_that_nobody_checks(samples: list[GeneratedBundle]) -> None:
    listed = {feature for bundle in samples for feature in bundle.features}
    assert listed - set(FEATURES) == {'updated', 'update'}


def test_an_update_drops_entities_and_adds_and_corrects_others(samples: list[GeneratedBundle]) -> None:
    old, = (bundle for bundle in samples if 'updated' in bundle.features)
    new, = (bundle for bundle in samples if 'update' in bundle.features)
    assert (old.uuid, old.version < new.version) == (new.uuid, True)
    assert ids(old) - ids(new)
    assert ids(new) - ids(old)
    before, after = ({entity_id: content for _, entity_id, content in entities(bundle)} for bundle in (old, new))
    assert any(before[entity_id] != after[entity_id] for entity_id in set(before) & set(after))
    assert sum(bundle.uuid == old.uuid for bundle in samples) == 2


def test_two_samples_must_be_rejected(samples: list[GeneratedBundle]) -> None:
    assert {bundle.expect for bundle in samples if bundle.expect != 'indexed'} == {
        'rejected: indexed files of the manifest are missing', 'rejected: layout older than v5'}


def test_an_image_bundle_has_many_files(samples: list[GeneratedBundle]) -> None:
    assert max(len(of_schema(bundle, 'image_file')) for bundle in samples) >= 50


def test_samples_share_projects_donors_and_protocols(samples: list[GeneratedBundle]) -> None:
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for bundle in samples:
        for schema, entity_id, _ in entities(bundle):
            shared[schema][entity_id] += 1
    assert len(shared['project']) >= 6
    for schema in ('project', 'donor_organism', 'specimen_from_organism', 'library_preparation_protocol'):
        assert sum(count > 1 for count in shared[schema].values()) >= 3, schema


def test_samples_are_of_many_organs_formats_and_both_species(samples: list[GeneratedBundle]) -> None:
    specimens = [specimen for bundle in samples for specimen in of_schema(bundle, 'specimen_from_organism')]
    assert len({specimen['organ']['text'] for specimen in specimens}) >= 8
    assert {species['text'] for specimen in specimens for species in specimen['genus_species']} == {
        'Homo sapiens', 'Mus musculus'}
    assert {'fastq.gz', 'bam', 'bai', 'csv', 'tsv', 'mtx', 'mtx.gz', 'loom', 'h5ad', 'matrix', 'tiff', 'pdf', 'unknown',
            } <= set().union(*map(formats, samples))
    without_organ = [bundle for bundle in samples if not of_schema(bundle, 'specimen_from_organism')]
    assert sum(bundle.expect == 'indexed' for bundle in without_organ) >= 3


BOTH_NAMES = [
    ('project', 'project_core.project_short_name', 'project_core.project_shortname'),
    ('project', 'geo_series_accessions', 'geo_series'),
    ('project', 'insdc_project_accessions', 'insdc_project'),
    ('project', 'insdc_study_accessions', 'insdc_study'),
    ('project', 'array_express_accessions', 'array_express_investigation'),
    ('project', 'contributors.name', 'contributors.contact_name'),
    ('project', 'contributors.project_role.text', 'contributors.project_role'),
    ('project', 'publications.title', 'publications.publication_title'),
    ('project', 'publications.url', 'publications.publication_url'),
    ('donor_organism', 'diseases', 'disease'),
    ('donor_organism', 'sex', 'biological_sex'),
    ('cell_suspension', 'selected_cell_types', 'selected_cell_type'),
    ('cell_suspension', 'selected_cell_types', 'target_cell_type'),
    ('cell_suspension', 'estimated_cell_count', 'total_estimated_cells'),
    ('specimen_from_organism', 'organ_parts', 'organ_part'),
    ('specimen_from_organism', 'diseases', 'disease'),
    ('cell_line', 'type', 'cell_line_type'),
    ('cell_line', 'disease', 'diseases'),
    ('organoid', 'model_organ', 'model_for_organ'),
    ('sequence_file', 'file_core.format', 'file_core.file_format'),
    ('library_preparation_protocol', 'library_construction_method', 'library_construction_approach'),
    ('sequencing_protocol', 'paired_end', 'paired_ends'),
    ('analysis_protocol', 'type', 'protocol_type'),
]


@pytest.mark.parametrize(('schema', 'modern', 'older'), BOTH_NAMES)
def test_both_names_of_a_property_occur(samples: list[GeneratedBundle], schema: str, modern: str, older: str) -> None:
    documents = [content for bundle in samples for content in of_schema(bundle, schema)]
    assert found(documents, modern)
    assert found(documents, older)


def test_what_people_enter_differs(samples: list[GeneratedBundle]) -> None:

    def all_found(schema: str, path: str) -> list[Any]:
        return found([content for bundle in samples for content in of_schema(bundle, schema)], path)

    assert {'38', '55-59', '61.0', '6-12'} <= set(all_found('donor_organism', 'organism_age'))
    assert {'year', 'years', 'month', 'week', 'day'} <= set(all_found('donor_organism', 'organism_age_unit.text'))
    assert {dict, str} == {type(role) for role in all_found('project', 'contributors.project_role')}
    assert [] in all_found('project', 'publications')
    assert {str} == {type(name) for name in all_found('library_preparation_process', 'library_construction_approach')}
    assert {bool, str} == {type(living) for living in all_found('donor_organism', 'is_living')}
    assert any('ontology' not in organ for organ in all_found('cell_line', 'model_organ'))
    assert any('target' not in protocol for bundle in samples for protocol in of_schema(bundle, 'imaging_protocol'))
    people = [*all_found('project', 'contributors.name'), *all_found('project', 'contributors.contact_name')]
    assert not all(name.isascii() for name in people)
    unknown = {content['file_core']['file_name'] for bundle in samples for content in of_schema(bundle, 'analysis_file')
               if 'unknown' in (content['file_core'].get('format'), content['file_core'].get('file_format'))}
    assert {'.zarr!' in name for name in unknown} == {True, False}


@pytest.fixture(params=['samples', 'many'])
def any_bundles(request: pytest.FixtureRequest) -> list[GeneratedBundle]:
    made: list[GeneratedBundle] = request.getfixturevalue(request.param)
    return made


def test_no_two_bundles_have_one_fqid(any_bundles: list[GeneratedBundle]) -> None:
    assert len({bundle.fqid for bundle in any_bundles}) == len(any_bundles)


def test_all_ends_of_links_exist(any_bundles: list[GeneratedBundle]) -> None:
    for bundle in any_bundles:
        if bundle.expect == 'indexed':
            assert ends(bundle) <= ids(bundle), bundle.fqid


def test_manifests_fit_the_files(any_bundles: list[GeneratedBundle]) -> None:
    for bundle in any_bundles:
        assert len({entry['name'] for entry in bundle.manifest}) == len(bundle.manifest)
        for entry in bundle.manifest:
            if entry['indexed'] and entry['name'] in bundle.metadata:
                content = serialise(bundle.metadata[entry['name']])
                assert entry['size'] == len(content)
                for name in ('sha1', 'sha256'):
                    if entry.get(name):
                        assert entry[name] == hashlib.new(name, content).hexdigest()
                tag = entry.get('s3_etag') or entry.get('s3-etag')
                if tag:
                    assert tag == hashlib.md5(content).hexdigest()
        known = set(entries(bundle, indexed=False)) == file_names(bundle)
        assert known or {'file metadata without manifest entry', 'metadata missing', 'older than v5'} & set(
            bundle.features)


def test_a_version_of_a_file_is_the_same_in_every_bundle(any_bundles: list[GeneratedBundle]) -> None:
    contents = defaultdict(set)
    for bundle in any_bundles:
        for entry in bundle.manifest:
            content = serialise(bundle.metadata.get(entry['name'])) if entry['indexed'] else entry.get('sha256')
            contents[entry['uuid'], entry['version']].add(content)
    assert {key for key, values in contents.items() if len(values) > 1} == set()


def test_crc32c_is_that_of_castagnoli() -> None:
    # The check value that everybody publishes.
    assert crc32c(b'123456789') == 0xe3069283


def test_benchmarks_share_like_the_atlas_does(many: list[GeneratedBundle]) -> None:
    projects, donors = Counter[str](), Counter[str]()
    for bundle in many:
        for schema, entity_id, _ in entities(bundle):
            if schema == 'project':
                projects[entity_id] += 1
            elif schema == 'donor_organism':
                donors[entity_id] += 1
    assert len(projects) > 15
    sizes = sorted(projects.values(), reverse=True)
    assert sizes[0] > 4 * sizes[4] > 0
    assert sum(sizes[:5]) > sum(sizes) / 2
    assert 2 < sum(donors.values()) / len(donors) < 8
    assert {era_of(bundle.metadata) for bundle in many} == {'vx', 'dcp2'}


def test_benchmarks_are_the_same_for_the_same_seed_only(many: list[GeneratedBundle]) -> None:
    assert list(bundles(seed=1, count=20)) == list(bundles(seed=1, count=20))
    assert not {bundle.fqid for bundle in many} & {bundle.fqid for bundle in bundles(seed=2, count=100)}


def test_extreme_bundles_are_as_large_as_asked_for() -> None:
    images = large(files=700)
    assert len(of_schema(images, 'image_file')) == len(entries(images, indexed=False)) == 700
    cells = large(suspensions=1_000)
    wells = {content['biomaterial_core']['biomaterial_id'] for content in of_schema(cells, 'cell_suspension')}
    assert len(wells) == 1_000
    for bundle in images, cells:
        assert ends(bundle) <= ids(bundle)


def test_the_command_writes_what_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / 'out'
    assert main(['--scale', '3', '--files', '5', '--out', str(out)]) == 0
    rows = (out / 'expect.tsv').read_text().splitlines()
    assert rows[0].split('\t') == ['bundle_fqid', 'expect', 'features']
    written = {path.name for path in out.iterdir()} - {'expect.tsv'}
    assert written == {row.split('\t')[0] for row in rows[1:]}
    assert len(written) == 4
    for name in written:
        manifest = json.loads((out / name / 'manifest.json').read_bytes())
        for entry in manifest:
            if entry['indexed']:
                assert (out / name / 'metadata' / entry['name']).stat().st_size == entry['size']
    assert main(['--scale', '2', '--out', str(out)]) == 0
    assert len(list(out.iterdir())) == 3


def test_the_command_leaves_alone_what_is_not_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'INDEX.tsv').write_text('of somebody else')
    (tmp_path / f'{"0" * 36}.2019-01-01T000000.000000Z').mkdir()
    assert main(['--scale', '3', '--out', str(tmp_path)]) == 1
    assert 'INDEX.tsv' in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 2


def test_the_command_wants_to_know_where_to(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(['--scale', '3'])
    assert exit_.value.code == 2
    assert '--out DIR is needed' in capsys.readouterr().err
