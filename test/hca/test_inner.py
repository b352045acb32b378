"""What documents say of one entity: all fields, under all names that properties had."""
from typing import Any

import pytest

from azul.index.bundle import ManifestEntry
from azul.projects.hca.fields import DONORS, FILES, PROJECTS, PROTOCOLS, SAMPLES, SCHEMA
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.properties import Properties
from azul.projects.hca.transform import inner

JSON = dict[str, Any]


def properties(content: JSON) -> Properties:
    return Properties(content, Oddities())


def term(label: str) -> JSON:
    return {'text': f'text of {label}', 'ontology_label': label}


YEAR = 365 * 24 * 60 * 60.0
CORE = {'biomaterial_core': {'biomaterial_id': 'name', 'has_input_biomaterial': 'parent'}}

OLD_DONOR = {**CORE, 'biological_sex': 'male', 'genus_species': term('Mus musculus'), 'disease': [term('flu')],
             'organism_age': '6-12', 'organism_age_unit': {'text': 'weeks'}}
NEW_DONOR = {**CORE, 'sex': 'male', 'genus_species': [term('Mus musculus')], 'diseases': [term('flu')],
             'organism_age': '6-12', 'organism_age_unit': term('week')}


@pytest.mark.parametrize(('content', 'unit'), [(OLD_DONOR, 'weeks'), (NEW_DONOR, 'week')])
def test_a_donor(content: JSON, unit: str) -> None:
    assert inner.donor('id', properties(content)) == {
        'document_id': 'id', 'biomaterial_id': 'name', 'biological_sex': 'male', 'genus_species': ['Mus musculus'],
        'diseases': ['flu'], 'organism_age': '6-12', 'organism_age_unit': unit,
        'organism_age_range': {'gte': 3628800.0, 'lte': 7257600.0},
    }


@pytest.mark.parametrize(('age', 'unit', 'fault'), [
    ('elderly', 'year', 'age that is neither a number nor a range'),
    ('9-6', 'year', 'age that is an impossible range'),
    ('3', 'moons', 'unit of age that nobody knows'),
])
def test_an_age_that_cannot_be_read_is_kept_as_text_and_counted(age: str, unit: str, fault: str) -> None:
    oddities = Oddities()
    donor = inner.donor('id', Properties({'organism_age': age, 'organism_age_unit': unit}, oddities))
    assert (donor['organism_age'], donor['organism_age_unit'], donor['organism_age_range']) == (age, unit, None)
    assert oddities.counts == {fault: 1}


def test_several_ages_of_one_donor_are_kept_and_counted() -> None:
    oddities = Oddities()
    donor = inner.donor('id', Properties({'organism_age': ['8', '7'], 'organism_age_unit': 'year'}, oddities))
    assert (donor['organism_age'], donor['organism_age_range']) == (['7', '8'], None)
    assert oddities.counts == {'age that has several values': 1}


@pytest.mark.parametrize('content', [{'organism_age': '7'}, {'organism_age_unit': 'year'}])
def test_an_age_without_a_unit_is_no_range(content: JSON) -> None:
    oddities = Oddities()
    assert inner.donor('id', Properties(content, oddities))['organism_age_range'] is None
    assert not oddities.counts


OLD_SPECIMEN = {**CORE, 'organ': {'text': 'eye'}, 'organ_part': {'text': 'retina'}, 'disease': {'text': 'flu'}}
NEW_SPECIMEN = {**CORE, 'organ': term('eye'), 'organ_parts': [term('retina')], 'diseases': [term('flu')]}
STORAGE = {'preservation_storage': {'storage_method': 'frozen', 'preservation_method': 'cryopreservation'}}


@pytest.mark.parametrize('content', [OLD_SPECIMEN, NEW_SPECIMEN])
@pytest.mark.parametrize(('storage', 'methods'), [({}, (None, None)), (STORAGE, ('frozen', 'cryopreservation'))])
def test_a_specimen(content: JSON, storage: JSON, methods: tuple[str | None, str | None]) -> None:
    assert inner.specimen('id', properties(content | storage)) == {
        'document_id': 'id', 'biomaterial_id': 'name', 'has_input_biomaterial': 'parent', 'organ': 'eye',
        'organ_part': ['retina'], 'disease': ['flu'], 'storage_method': methods[0], 'preservation_method': methods[1],
        '_source': 'specimen_from_organism', '_type': 'specimen',
    }


@pytest.mark.parametrize('name', ['type', 'cell_line_type'])
def test_a_cell_line(name: str) -> None:
    assert inner.cell_line('id', properties({**CORE, name: 'primary', 'model_organ': {'text': 'brain'}})) == {
        'document_id': 'id', 'biomaterial_id': 'name', 'cell_line_type': 'primary', 'model_organ': 'brain',
    }


@pytest.mark.parametrize('name', ['model_organ', 'model_for_organ'])
def test_an_organoid(name: str) -> None:
    assert inner.organoid('id', properties({**CORE, name: term('brain')})) == {
        'document_id': 'id', 'biomaterial_id': 'name', 'model_organ': 'brain', 'model_organ_part': None,
    }


@pytest.mark.parametrize('cells', ['selected_cell_types', 'selected_cell_type', 'target_cell_type'])
@pytest.mark.parametrize('count', ['estimated_cell_count', 'total_estimated_cells'])
def test_a_suspension(cells: str, count: str) -> None:
    assert inner.cell_suspension('id', properties({cells: [term('neuron')], count: 5}), []) == {
        'document_id': 'id', 'selected_cell_type': ['neuron'], 'total_estimated_cells': 5,
        'organ': [], 'organ_part': [],
    }


def test_a_sample_is_what_it_is_and_a_sample() -> None:
    specimen = inner.specimen('id', properties(NEW_SPECIMEN))
    kind = SCHEMA.inner_entity['specimens']
    assert inner.sample(kind, specimen) == {**specimen, 'entity_type': 'specimens', 'effective_organ': 'eye'}
    line = inner.cell_line('id', properties({'model_organ': 'brain'}))
    kind = SCHEMA.inner_entity['cell_lines']
    assert inner.sample(kind, line) == {**line, 'entity_type': 'cellLines', 'effective_organ': 'brain'}


def manifest_entry(**members: Any) -> ManifestEntry:
    return ManifestEntry.from_json({'name': 'a.gz', 'uuid': '12345678-0000-4000-8000-000000000000', **members})


def test_a_file_is_what_the_manifest_says_of_it() -> None:
    entry = manifest_entry(version='1', size=5, sha256='abc', **{'content-type': 'application/gzip'})
    assert inner.file('id', 'image_file', properties({'file_core': {'format': 'tiff'}}), entry) == {
        'document_id': 'id', 'name': 'a.gz', 'uuid': '12345678-0000-4000-8000-000000000000', 'version': '1', 'size': 5,
        'sha256': 'abc', 'content-type': 'application/gzip', 'indexed': False, 'file_format': 'tiff', '_type': 'file',
    }


def test_a_file_has_one_format_because_aggregates_have_a_row_for_each() -> None:
    oddities = Oddities()
    file = inner.file('id', 'image_file', Properties({'file_core': {'format': ['b', 'a']}}, oddities), manifest_entry())
    assert file['file_format'] == 'a'
    assert oddities.counts == {'format that has several values': 1}


def test_a_file_of_reads_also_has_its_place_among_them() -> None:
    content = {'file_core': {'file_format': 'fastq.gz'}, 'read_index': 'read1', 'lane_index': 3}
    file = inner.file('id', 'sequence_file', properties(content), manifest_entry())
    assert (file['file_format'], file['read_index'], file['lane_index']) == ('fastq.gz', 'read1', 3)
    assert (file['size'], file['version'], file['sha256']) == (None, None, None)


@pytest.mark.parametrize(('schema', 'content', 'facts'), [
    ('library_preparation_protocol', {'library_construction_method': term('10x')},
     {'library_construction_approach': '10x'}),
    ('library_preparation_protocol', {'library_construction_approach': '10x'},
     {'library_construction_approach': '10x'}),
    ('library_preparation_protocol', {}, {'library_construction_approach': None}),
    ('sequencing_protocol', {'instrument_manufacturer_model': term('HiSeq'), 'paired_end': False},
     {'instrument_manufacturer_model': 'HiSeq', 'paired_end': False}),
    ('sequencing_protocol', {'paired_ends': True}, {'instrument_manufacturer_model': None, 'paired_end': True}),
    ('analysis_protocol', {'protocol_core': {'protocol_id': 'optimus'}, 'type': term('x')}, {'workflow': 'optimus'}),
    ('imaging_protocol', {'target': [{'assay_type': term('ISS')}, {'assay_type': term('ISS')}, {}]},
     {'assay_type': {'ISS': 2}}),
    ('imaging_protocol', {'target': []}, {'assay_type': None}),
])
def test_a_protocol_has_the_facts_of_its_kind_only(schema: str, content: JSON, facts: JSON) -> None:
    assert inner.protocol('id', schema, properties(content)) == {'document_id': 'id', **facts}


@pytest.mark.parametrize('schema', ['protocol', 'treatment_protocol', 'imaging_preparation_protocol', ''])
def test_documents_say_nothing_of_other_protocols(schema: str) -> None:
    assert inner.protocol('id', schema, properties({'paired_end': True})) is None


OLD_PROJECT = {
    'project_core': {'project_shortname': 'short', 'project_title': 'Title', 'project_description': 'Long'},
    'contributors': [
        {'contact_name': 'Ada,,B', 'institution': 'I1', 'laboratory': 'L', 'corresponding_contributor': True,
         'email': 'a@x.org', 'project_role': 'wrangler'},
        {'contact_name': 'Cid,,D', 'institution': 'I2'},
        {'contact_name': 'Cid,,D', 'institution': 'I2'},
    ],
    'publications': [{'publication_title': 'P', 'publication_url': 'http://p.org'}],
    'insdc_project': 'SRP1', 'insdc_study': 'PRJ1', 'geo_series': 'GSE1', 'array_express_investigation': 'E-1',
}
NEW_PROJECT = {
    'project_core': {'project_short_name': 'short', 'project_title': 'Title', 'project_description': 'Long'},
    'contributors': [
        {'name': 'Cid,,D', 'institution': 'I2'},
        {'name': 'Ada,,B', 'institution': 'I1', 'laboratory': 'L', 'corresponding_contributor': True,
         'email': 'a@x.org', 'project_role': term('wrangler')},
    ],
    'publications': [{'title': 'P', 'url': 'http://p.org'}],
    'insdc_project_accessions': ['SRP1'], 'insdc_study_accessions': ['PRJ1'], 'geo_series_accessions': ['GSE1'],
    'array_express_accessions': ['E-1'],
}


@pytest.mark.parametrize('content', [OLD_PROJECT, NEW_PROJECT])
def test_a_project(content: JSON) -> None:
    assert inner.project('id', properties(content)) == {
        'document_id': 'id', 'project_title': 'Title', 'project_description': 'Long', 'project_short_name': 'short',
        'laboratory': ['L'], 'institutions': ['I1', 'I2'], 'contact_names': ['Ada,,B', 'Cid,,D'],
        'contributors': [
            {'contact_name': 'Ada,,B', 'institution': 'I1', 'laboratory': 'L', 'email': 'a@x.org',
             'corresponding_contributor': True, 'project_role': 'wrangler'},
            {'contact_name': 'Cid,,D', 'institution': 'I2', 'laboratory': None, 'email': None,
             'corresponding_contributor': None, 'project_role': None},
        ],
        'publication_titles': ['P'], 'publications': [{'publication_title': 'P', 'publication_url': 'http://p.org'}],
        'insdc_project_accessions': ['SRP1'], 'insdc_study_accessions': ['PRJ1'], 'geo_series_accessions': ['GSE1'],
        'array_express_accessions': ['E-1'], '_type': 'project',
    }


def test_a_contributor_without_a_name_is_left_out_and_counted_but_the_institution_stays() -> None:
    oddities = Oddities()
    project = inner.project('id', Properties({'contributors': [{'institution': 'I'}, 'x']}, oddities))
    assert (project['contributors'], project['institutions']) == ([], ['I'])
    assert oddities.counts == {'contributor without a name': 1, 'contributors that is no object': 1}


def test_a_contributor_has_one_value_of_each_kind_because_clients_take_names_apart() -> None:
    oddities = Oddities()
    person = {'name': ['Cid,,D', 'Ada,,B'], 'project_role': [term('curator'), term('wrangler')]}
    contributor, = inner.project('id', Properties({'contributors': [person]}, oddities))['contributors']
    assert (contributor['contact_name'], contributor['project_role']) == ('Ada,,B', 'curator')
    assert oddities.counts == {'name that has several values': 1, 'project_role that has several values': 1}


def test_a_publication_without_title_and_url_is_left_out_and_counted() -> None:
    oddities = Oddities()
    publications = ['x', {'pmid': 5}, {'url': 'http://p.org'}]
    project = inner.project('id', Properties({'publications': publications}, oddities))
    assert project['publications'] == [{'publication_title': None, 'publication_url': 'http://p.org'}]
    assert oddities.counts == {'publication without title and URL': 1, 'publications that is no object': 1}


ODD: list[Any] = [None, '', [], {}, 'x', 7, True, ['x', 7], {'text': []}, [[]], [{}]]


@pytest.mark.parametrize('odd', ODD, ids=repr)
def test_no_odd_value_makes_an_entity_unreadable_or_a_field_undeclared(odd: Any) -> None:
    class Everywhere(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            return odd

    content = properties(Everywhere())
    schemas = ('library_preparation_protocol', 'sequencing_protocol', 'analysis_protocol', 'imaging_protocol')
    made = [
        (PROJECTS, inner.project('id', content)),
        (DONORS, inner.donor('id', content)),
        (SAMPLES, inner.sample(SCHEMA.inner_entity['specimens'], inner.specimen('id', content))),
        (SAMPLES, inner.sample(SCHEMA.inner_entity['cell_lines'], inner.cell_line('id', content))),
        (SAMPLES, inner.sample(SCHEMA.inner_entity['organoids'], inner.organoid('id', content))),
        (SCHEMA.inner_entity['cell_suspensions'], inner.cell_suspension('id', content, [])),
        (FILES, inner.file('id', 'sequence_file', content, manifest_entry())),
        *((PROTOCOLS, inner.protocol('id', schema, content)) for schema in schemas),
    ]
    for kind, entity in made:
        assert entity is not None
        assert entity.keys() <= {field.name for field in kind.fields}
        assert '' not in entity.values()
