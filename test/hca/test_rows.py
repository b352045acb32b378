"""The metadata rows of a bundle."""
from typing import Any

import pytest

from azul.errors import BundleError
from azul.index.bundle import Bundle
from azul.index.rows import unfold
from azul.projects.hca import plugin
from hca.sketches import FQID, JSON, deep, donor, entity, file, project, protocol, v5, vx

FIXED = {'bundle_uuid': FQID.uuid, 'bundle_version': FQID.version}


def parts(bundle: Bundle) -> list[JSON]:
    return [part for each in plugin.transform(bundle) for part in each.contents.get('metadata', ())]


def rows(*documents: JSON, **arguments: Any) -> dict[str, dict[str, str]]:
    """The rows by the name of the file, without the cells that every bundle has."""
    project_id = {'project.provenance.document_id': 'project'}
    table = {row['*.file_core.file_name']: row
             for row in unfold(parts(vx(project(), *documents, **arguments)))}
    assert all(row.items() >= {**FIXED, **project_id}.items() for row in table.values())
    return {name: {column: value for column, value in row.items() if column not in {**FIXED, **project_id}}
            for name, row in table.items()}


def test_a_row_has_what_the_file_says_and_what_the_rest_of_the_bundle_says() -> None:
    table = rows(file('a', read_index='read1'), file('b', lane_index=2), donor(sex='female', is_living='yes'))
    entries = {entry.name: entry for entry in vx(project(), file('a'), file('b')).manifest}
    everywhere = {'donor_organism.provenance.document_id': 'donor', 'donor_organism.sex': 'female',
                  'donor_organism.is_living': 'yes'}
    for name, own in ('a', {'sequence_file.read_index': 'read1'}), ('b', {'sequence_file.lane_index': '2'}):
        file_name = f'{name}.fastq.gz'
        version = entries[file_name].version
        assert table[file_name] == {
            'file_uuid': entries[file_name].uuid,
            **({'file_version': version} if version else {}),
            '*.file_core.file_name': file_name,
            '*.file_core.file_format': 'fastq.gz',
            'sequence_file.file_core.format': 'fastq.gz',
            'sequence_file.provenance.document_id': name,
            **everywhere, **own,
        }


def test_several_values_of_a_column_are_joined_distinct_and_sorted() -> None:
    row, = rows(file('a'), donor('2', diseases=[{'text': 'flu'}, {'text': 'cold'}]),
                donor('1', diseases=[{'text': 'flu'}])).values()
    assert row['donor_organism.provenance.document_id'] == '1||2'
    assert row['donor_organism.diseases.text'] == 'cold||flu'


def test_values_are_texts_and_what_is_not_given_has_no_cell() -> None:
    row, = rows(file('a'), donor(a=True, b=1, c=1.5, d=None, e='', f=[], g={}, h=[None, ['x']], i={'j': [{'k': 0}]})
                ).values()
    assert {column.partition('.')[2]: value for column, value in row.items() if column.startswith('donor')} == {
        'provenance.document_id': 'donor', 'a': 'True', 'b': '1', 'c': '1.5', 'h': 'x', 'i.j.k': '0'
    }


@pytest.mark.parametrize('name', ['describedBy', 'schema_type', 'submission_date', 'update_date', 'biomaterial_id',
                                  'process_id', 'contributors', 'publications', 'protocol_id', 'project_description',
                                  'file_format', 'file_name'])
def test_some_properties_have_no_column_wherever_they_are(name: str) -> None:
    row, = rows(file('a'), donor(here={name: 'x', 'there': {name: 'y'}, 'other': 'z'})).values()
    assert row['donor_organism.here.other'] == 'z'
    assert not any(name in column.split('.') for column in row if not column.startswith('*.'))


@pytest.mark.parametrize(('name', 'format_'), [('x.pdf', 'pdf'), ('x', 'txt'), ('x.CSV', None), ('x.y', '.Csv')])
def test_what_only_accompanies_the_data_has_no_row(name: str, format_: str | None) -> None:
    paper = entity('file', 'supplementary_file', 'paper', file_core={'file_name': name, 'format': format_})
    assert rows(file('a'), paper).keys() == {'a.fastq.gz'}
    assert parts(vx(project(), paper)) == []


def test_a_store_has_one_row_under_its_own_name() -> None:
    members = [file(name, f'd/x.zarr!{name}', schema='analysis_file') for name in ('.zattrs', 'm!0')]
    row, = rows(*members).values()
    assert row['*.file_core.file_name'] == 'd/x.zarr/'
    assert row['analysis_file.provenance.document_id'] == '.zattrs'


def test_a_store_has_a_row_whatever_the_format_of_the_file_that_represents_it() -> None:
    member = entity('file', 'analysis_file', 'genes', file_core={'file_name': 'x.mtx/genes.txt', 'format': 'txt'})
    assert rows(member).keys() == {'x.mtx/'}


def test_a_file_that_cannot_be_had_has_no_row() -> None:
    assert rows(file('a'), file('b'), data=['a.fastq.gz', 'c.fastq.gz']).keys() == {'a.fastq.gz'}


def test_the_oldest_layout_has_no_rows() -> None:
    assert parts(v5(project(), file('a'))) == []


def test_an_entity_without_a_schema_has_columns_by_its_kind() -> None:
    nameless = {**protocol('', 'p', x='y'), 'describedBy': ''}
    row, = rows(file('a'), nameless).values()
    assert row['protocol.x'] == 'y'


def test_metadata_may_be_nested_ever_so_deeply() -> None:
    row, = rows(file('a'), protocol('sequencing_protocol', 'p', nested=deep())).values()
    assert row['sequencing_protocol.provenance.document_id'] == 'p'


def test_a_column_must_not_have_an_endless_name() -> None:
    with pytest.raises(BundleError, match='names are 1001 characters long') as error:
        rows(file('a'), donor(**{'x' * (1001 - len('donor_organism.')): ['a', 'b']}))
    assert error.value.file == 'donor_organism_0.json'
