"""The columns of the export manifest."""
from azul.plugin import JSON, Column, ExportManifest
from azul.projects.hca.fields import (
    CELL_LINES,
    CELL_SUSPENSIONS,
    DONORS,
    FILE,
    FILES,
    METADATA,
    ORGANOIDS,
    PROJECTS,
    PROTOCOLS,
    SAMPLES,
    SPECIMENS,
)

_COLUMNS = {
    None: {
        'bundle_uuid': 'uuid',
        'bundle_version': 'version',
    },
    FILES: {
        'file_name': 'name',
        'file_format': 'file_format',
        'read_index': 'read_index',
        'file_size': 'size',
        'file_uuid': 'uuid',
        'file_version': 'version',
        'file_sha256': 'sha256',
        'file_content_type': 'content-type',
    },
    CELL_SUSPENSIONS: {
        'cell_suspension.provenance.document_id': 'document_id',
        'cell_suspension.estimated_cell_count': 'total_estimated_cells',
        'cell_suspension.selected_cell_type': 'selected_cell_type',
    },
    PROTOCOLS: {
        'sequencing_protocol.instrument_manufacturer_model': 'instrument_manufacturer_model',
        'sequencing_protocol.paired_end': 'paired_end',
        'library_preparation_protocol.library_construction_approach': 'library_construction_approach',
    },
    PROJECTS: {
        'project.provenance.document_id': 'document_id',
        'project.contributors.institution': 'institutions',
        'project.contributors.laboratory': 'laboratory',
        'project.project_core.project_short_name': 'project_short_name',
        'project.project_core.project_title': 'project_title',
    },
    SPECIMENS: {
        'specimen_from_organism.provenance.document_id': 'document_id',
        'specimen_from_organism.diseases': 'disease',
        'specimen_from_organism.organ': 'organ',
        'specimen_from_organism.organ_part': 'organ_part',
        'specimen_from_organism.preservation_storage.preservation_method': 'preservation_method',
    },
    DONORS: {
        'donor_organism.sex': 'biological_sex',
        'donor_organism.biomaterial_core.biomaterial_id': 'biomaterial_id',
        'donor_organism.provenance.document_id': 'document_id',
        'donor_organism.genus_species': 'genus_species',
        'donor_organism.diseases': 'diseases',
        'donor_organism.organism_age': 'organism_age',
        'donor_organism.organism_age_unit': 'organism_age_unit',
    },
    CELL_LINES: {
        'cell_line.provenance.document_id': 'document_id',
        'cell_line.biomaterial_core.biomaterial_id': 'biomaterial_id',
    },
    ORGANOIDS: {
        'organoid.provenance.document_id': 'document_id',
        'organoid.biomaterial_core.biomaterial_id': 'biomaterial_id',
        'organoid.model_organ': 'model_organ',
        'organoid.model_organ_part': 'model_organ_part',
    },
    SAMPLES: {
        '_entity_type': 'entity_type',
        'sample.provenance.document_id': 'document_id',
        'sample.biomaterial_core.biomaterial_id': 'biomaterial_id',
    },
}


def kind(file: JSON) -> str:
    """Reads of the two directions are files of one format, but of two kinds."""
    file_format = file.get('file_format') or 'unknown'
    return f'fastq_{file.get("read_index") or "unknown"}' if file_format in ('fastq', 'fastq.gz') else str(file_format)


MANIFEST = ExportManifest(
    FILE.name,
    tuple(Column(name, None if inner is None else inner.name, field)
          for inner, columns in _COLUMNS.items() for name, field in columns.items()),
    rows=METADATA.name,
    row_columns=('bundle_uuid', 'bundle_version', 'file_uuid', 'file_version', '*.file_core.file_name',
                 '*.file_core.file_format'),
    title='project.project_core.project_short_name',
    kind=kind,
)
