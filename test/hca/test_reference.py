"""Real bundles of all eras. Their folder is not part of the project: see the fixture `reference_bundles`."""
import csv
from pathlib import Path

import pytest

from azul.errors import BundleError
from azul.index.bundle import Bundle, BundleFQID
from azul.index.documents import Contribution
from azul.index.fields import Contents
from azul.local.bundles import Bundles
from azul.projects.hca import plugin
from azul.projects.hca.fields import METADATA, ROWS, SCHEMA
from hca import counts

COUNTS = counts.by_hand(counts.REFERENCES)
Indexed = dict[str, tuple[Bundle, list[Contribution]]]
Expected = dict[str, dict[str, str]]


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(newline='') as lines:
        return list(csv.DictReader(lines, delimiter='\t'))


@pytest.fixture(scope='module')
def expected(reference_bundles: Path) -> Expected:
    """What is known of each bundle, by its FQID."""
    return {row['bundle_fqid']: row for row in rows(reference_bundles / 'INDEX.tsv')}


@pytest.fixture(scope='module')
def bundles(reference_bundles: Path) -> Bundles:
    return Bundles(reference_bundles)


@pytest.fixture(scope='module')
def indexed(bundles: Bundles, expected: Expected) -> Indexed:
    """The bundles that are to be indexed, with their contributions but for their metadata rows, by their FQID."""
    names = [name for name, row in expected.items() if row['expect'] == 'indexed']
    read = {name: bundles.read(BundleFQID.parse(name)) for name in names}
    return {
        name: (bundle, [each for each in plugin.transform(bundle) if each.entity.entity_type != METADATA.name])
        for name, bundle in read.items()
    }


def test_what_is_to_be_rejected_is_rejected_and_nothing_else(bundles: Bundles, indexed: Indexed,
                                                             expected: Expected) -> None:
    rejected = expected.keys() - indexed.keys()
    assert (len(indexed), len(rejected)) == (51, 4)
    for name in rejected:
        with pytest.raises(BundleError) as error:
            plugin.transform(bundles.read(BundleFQID.parse(name)))
        assert error.value.bundle == name
        too_old = 'older than v5' in expected[name]['expect']
        assert error.value.file == ('project.json' if too_old else 'analysis_file_0.json')


def test_what_is_indexed_was_counted_by_hand(indexed: Indexed) -> None:
    assert COUNTS.keys() == indexed.keys()


@pytest.mark.parametrize('fqid', COUNTS, ids=lambda fqid: fqid[:8])
def test_counts_are_those_made_by_hand(indexed: Indexed, fqid: str) -> None:
    _, contributions = indexed[fqid]
    assert counts.of(contributions) == COUNTS[fqid]


def of_project(contributions: list[Contribution]) -> Contents:
    project, = (each.contents for each in contributions if each.entity.entity_type == 'projects')
    return project


def test_documents_contain_what_is_declared_sorted_and_once(indexed: Indexed) -> None:
    declared = {inner.name: {field.name for field in inner.fields} for inner in SCHEMA.inner_entities
                if inner is not ROWS}
    for _, contributions in indexed.values():
        assert len({each.entity for each in contributions}) == len(contributions)
        for contribution in contributions:
            assert contribution.contents.keys() == declared.keys()
            for name, entities in contribution.contents.items():
                ids = [entity['document_id'] for entity in entities]
                assert ids == sorted(set(ids))
                for entity in entities:
                    assert entity.keys() <= declared[name]
                    assert '' not in entity.values()


def test_the_subject_of_a_document_is_its_one_inner_entity_of_that_type(indexed: Indexed) -> None:
    for _, contributions in indexed.values():
        for entity, contents in ((each.entity, each.contents) for each in contributions):
            if entity.entity_type != 'bundles':
                assert [inner['document_id'] for inner in contents[entity.entity_type]] == [entity.entity_id]


def test_species_libraries_and_projects_are_those_that_the_references_are_listed_with(indexed: Indexed,
                                                                                     expected: Expected) -> None:
    for name, (_, contributions) in indexed.items():
        features = dict(
            feature.split('=', 1) for feature in expected[name]['features'].split(', ') if '=' in feature
        )
        project = of_project(contributions)
        species = {species for donor in project['donors'] for species in donor['genus_species']}
        approaches = (protocol.get('library_construction_approach') for protocol in project['protocols'])
        libraries = {approach for approach in approaches if approach is not None}
        assert '|'.join(sorted(species)) == features.get('species', ''), name
        assert '|'.join(sorted(libraries)) == features.get('lib', ''), name
        short_name = project['projects'][0]['project_short_name']
        assert short_name == expected[name]['project_shortname'], name
