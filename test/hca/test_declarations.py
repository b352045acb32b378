"""The names by which callers know the Human Cell Atlas: a contract with clients."""
from azul.index.fields import FieldType
from azul.plugin import Column, load
from azul.projects.hca import plugin
from azul.projects.hca.fields import ROWS, SCHEMA

FILTERS = {
    'fileFormat': 'files.file_format',
    'fileName': 'files.name',
    'fileSize': 'files.size',
    'fileId': 'files.uuid',
    'fileVersion': 'files.version',
    'instrumentManufacturerModel': 'protocols.instrument_manufacturer_model',
    'libraryConstructionApproach': 'protocols.library_construction_approach',
    'pairedEnd': 'protocols.paired_end',
    'workflow': 'protocols.workflow',
    'assayType': 'protocols.assay_type',
    'contactName': 'projects.contact_names',
    'projectId': 'projects.document_id',
    'institution': 'projects.institutions',
    'laboratory': 'projects.laboratory',
    'projectDescription': 'projects.project_description',
    'project': 'projects.project_short_name',
    'projectTitle': 'projects.project_title',
    'publicationTitle': 'projects.publication_titles',
    'arrayExpressAccessions': 'projects.array_express_accessions',
    'geoSeriesAccessions': 'projects.geo_series_accessions',
    'insdcProjectAccessions': 'projects.insdc_project_accessions',
    'insdcStudyAccessions': 'projects.insdc_study_accessions',
    'biologicalSex': 'donors.biological_sex',
    'sampleId': 'samples.biomaterial_id',
    'sampleEntityType': 'samples.entity_type',
    'disease': 'samples.disease',
    'genusSpecies': 'donors.genus_species',
    'donorDisease': 'donors.diseases',
    'organ': 'samples.organ',
    'organPart': 'samples.organ_part',
    'modelOrgan': 'samples.model_organ',
    'modelOrganPart': 'samples.model_organ_part',
    'effectiveOrgan': 'samples.effective_organ',
    'organismAge': 'donors.organism_age',
    'organismAgeUnit': 'donors.organism_age_unit',
    'organismAgeRange': 'donors.organism_age_range',
    'preservationMethod': 'specimens.preservation_method',
    'cellLineType': 'cell_lines.cell_line_type',
    'cellCount': 'cell_suspensions.total_estimated_cells',
    'selectedCellType': 'cell_suspensions.selected_cell_type',
}
OF_OUR_OWN = {
    'storeMembers': 'files.members',
    'donorId': 'donors.document_id',
    'specimenId': 'specimens.document_id',
    'cellSuspensionOrgan': 'cell_suspensions.organ',
}
HITS = {
    'protocols': {'libraryConstructionApproach', 'instrumentManufacturerModel', 'pairedEnd', 'workflow', 'assayType'},
    'projects': {'projectTitle', 'projectShortname', 'laboratory', 'projectDescription', 'contributors', 'publications',
                 'arrayExpressAccessions', 'geoSeriesAccessions', 'insdcProjectAccessions', 'insdcStudyAccessions'},
    'specimens': {'id', 'organ', 'organPart', 'disease', 'preservationMethod', 'source'},
    'cellSuspensions': {'organ', 'organPart', 'selectedCellType', 'totalCells'},
    'cellLines': {'id', 'cellLineType', 'modelOrgan'},
    'donorOrganisms': {'id', 'genusSpecies', 'organismAge', 'organismAgeUnit', 'organismAgeRange', 'biologicalSex',
                       'disease'},
    'organoids': {'id', 'modelOrgan', 'modelOrganPart'},
    'samples': {'sampleEntityType', 'effectiveOrgan', 'id', 'organ', 'organPart', 'disease', 'preservationMethod',
                'source', 'cellLineType', 'modelOrgan', 'modelOrganPart'},
    'files': {'format', 'name', 'sha256', 'size', 'uuid', 'version'},
}


def test_the_declarations_have_no_fault() -> None:
    assert load('hca') is plugin


def test_callers_may_filter_by_these_names() -> None:
    fields = {field.name: f'{field.inner}.{field.field}' for field in SCHEMA.contents_fields}
    assert fields == FILTERS | OF_OUR_OWN


def test_only_these_fields_are_no_strings() -> None:
    types = {field.name: field.type for field in SCHEMA.contents_fields if field.type is not FieldType.STRING}
    assert types == {'fileSize': FieldType.INTEGER, 'storeMembers': FieldType.INTEGER, 'cellCount': FieldType.INTEGER,
                     'pairedEnd': FieldType.BOOLEAN, 'organismAgeRange': FieldType.RANGE}


def test_there_are_28_facets_and_each_is_described() -> None:
    assert len(plugin.facets) == 28
    assert set(plugin.facets) <= FILTERS.keys()
    assert all(field.description for field in SCHEMA.contents_fields)


def test_hits_have_these_keys() -> None:
    shown = {inner.hit: {field.hit for field in inner.fields if field.hit} for inner in SCHEMA.inner_entities
             if inner is not ROWS}
    assert shown == HITS


def test_lists_of_projects_leave_out_what_is_long() -> None:
    detail = {field.hit for inner in SCHEMA.inner_entities for field in inner.fields if field.detail}
    assert detail == {'projectDescription', 'contributors', 'publications'}


def test_terms_of_the_facet_of_projects_list_their_ids() -> None:
    assert {field.name: field.term_details for field in SCHEMA.contents_fields if field.term_details} == {
        'project': ('projectId',)
    }


def test_pages_are_sorted_by_these_fields_unless_asked_otherwise() -> None:
    sorts = {each.name: (each.sort, each.order) for each in SCHEMA.entity_types if each.searchable}
    assert sorts == {'files': ('fileName', 'asc'), 'samples': ('sampleId', 'asc'), 'projects': ('projectTitle', 'asc'),
                     'bundles': ('bundleVersion', 'desc')}


def test_hits_list_files_or_sum_them_up() -> None:
    keys = {
        each.name: [section.key or SCHEMA.inner_entity[section.inner].hit for section in each.sections]
        for each in SCHEMA.entity_types if each.searchable
    }
    common = ['protocols', 'samples', 'specimens', 'cellLines', 'donorOrganisms', 'organoids', 'cellSuspensions',
              'projects']
    assert keys == {'files': [*common, 'files'], 'bundles': [*common, 'files'],
                    'samples': [*common, 'fileTypeSummaries'], 'projects': [*common, 'fileTypeSummaries']}


def test_the_summary_has_these_figures() -> None:
    assert [item.name for item in plugin.summary] == [
        'totalFileSize', 'fileTypeSummaries', 'fileCount', 'organTypes', 'donorCount', 'specimenCount', 'projectCount',
        'labCount', 'totalCellCount', 'cellCountSummaries',
    ]


def test_the_data_store_tells_of_bundles_with_a_project() -> None:
    admin_deleted = {'term': {'admin_deleted': True}}
    project = {'exists': {'field': 'files.project_json'}}
    assert plugin.additions_query('') == {'query': {'bool': {'must': [project], 'must_not': [admin_deleted]}}}
    assert plugin.additions_query('a0') == {
        'query': {'bool': {'must': [project, {'prefix': {'uuid': 'a0'}}], 'must_not': [admin_deleted]}}
    }


def test_the_data_store_tells_of_tombstones() -> None:
    admin_deleted = {'term': {'admin_deleted': True}}
    assert plugin.deletions_query('') == {'query': {'bool': {'must': [admin_deleted]}}}
    assert plugin.deletions_query('a0') == {'query': {'bool': {'must': [admin_deleted, {'prefix': {'uuid': 'a0'}}]}}}


def test_the_export_manifest_has_42_columns_the_bundle_first() -> None:
    manifest = plugin.manifest
    assert manifest is not None
    names = [column.name for column in manifest.columns]
    assert (len(names), names[:3], names[-1]) == (
        42, ['bundle_uuid', 'bundle_version', 'file_name'], 'sample.biomaterial_core.biomaterial_id'
    )
    by_name = {column.name: column for column in manifest.columns}
    assert by_name['file_content_type'] == Column('file_content_type', 'files', 'content-type')
    assert by_name['donor_organism.diseases'] == Column('donor_organism.diseases', 'donors', 'diseases')
