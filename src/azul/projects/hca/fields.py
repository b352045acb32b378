"""What documents of the Human Cell Atlas contain, and by which names callers know it."""
from azul.plugin import (
    Count,
    Each,
    EntityType,
    Field,
    FieldType,
    FileLink,
    Frequent,
    InnerEntity,
    Member,
    Schema,
    Section,
    Single,
    Sum,
)

BOOLEAN, INTEGER, OBJECT, RANGE = FieldType.BOOLEAN, FieldType.INTEGER, FieldType.OBJECT, FieldType.RANGE

SPECIMENS = InnerEntity('specimens', hit='specimens', fields=(
    Field('document_id', external='specimenId', description='Id of a specimen.'),
    Field('biomaterial_id', hit='id'),
    Field('has_input_biomaterial'),
    Field('disease', hit='disease'),
    Field('organ', hit='organ'),
    Field('organ_part', hit='organPart'),
    Field('storage_method'),
    Field('preservation_method', external='preservationMethod', hit='preservationMethod',
          description='How a specimen was preserved.'),
    Field('_source', hit='source'),
    Field('_type'),
))

CELL_LINES = InnerEntity('cell_lines', hit='cellLines', fields=(
    Field('document_id'),
    Field('biomaterial_id', hit='id'),
    Field('cell_line_type', external='cellLineType', hit='cellLineType', description='Type of a cell line.'),
    Field('model_organ', hit='modelOrgan'),
))

ORGANOIDS = InnerEntity('organoids', hit='organoids', fields=(
    Field('document_id'),
    Field('biomaterial_id', hit='id'),
    Field('model_organ', hit='modelOrgan'),
    Field('model_organ_part', hit='modelOrganPart'),
))

SAMPLES = InnerEntity('samples', hit='samples', fields=(
    Field('document_id'),
    Field('entity_type', external='sampleEntityType', hit='sampleEntityType',
          description='Kind of a sample: cellLines, organoids or specimens.'),
    Field('effective_organ', external='effectiveOrgan', hit='effectiveOrgan',
          description='Organ of a sample, or organ that it is a model of.'),
    Field('biomaterial_id', external='sampleId', hit='id', description='Name of a sample given by its submitter.'),
    Field('disease', external='disease', hit='disease', description='Disease of a specimen.'),
    Field('organ', external='organ', hit='organ', description='Organ that a specimen was taken from.'),
    Field('organ_part', external='organPart', hit='organPart', description='Part of that organ.'),
    Field('model_organ', external='modelOrgan', hit='modelOrgan',
          description='Organ that a cell line or organoid is a model of.'),
    Field('model_organ_part', external='modelOrganPart', hit='modelOrganPart', description='Part of that organ.'),
    Field('preservation_method', hit='preservationMethod'),
    Field('cell_line_type', hit='cellLineType'),
    Field('_source', hit='source'),
    Field('has_input_biomaterial'),
    Field('storage_method'),
    Field('_type'),
))

DONORS = InnerEntity('donors', hit='donorOrganisms', fields=(
    Field('document_id', external='donorId', description='Id of a donor.'),
    # Clients count these, and several donors may have the same one.
    Field('biomaterial_id', hit='id', accumulate=Each()),
    Field('genus_species', external='genusSpecies', hit='genusSpecies', description='Species of a donor.'),
    Field('organism_age', external='organismAge', hit='organismAge', description='Age of a donor, or a range of it.'),
    Field('organism_age_unit', external='organismAgeUnit', hit='organismAgeUnit', description='Unit of that age.'),
    Field('organism_age_range', RANGE, external='organismAgeRange', hit='organismAgeRange',
          description='Age of a donor as a range of seconds.'),
    Field('biological_sex', external='biologicalSex', hit='biologicalSex', description='Sex of a donor.'),
    Field('diseases', external='donorDisease', hit='disease', description='Disease of a donor.'),
))

CELL_SUSPENSIONS = InnerEntity('cell_suspensions', hit='cellSuspensions', group_by='organ', fields=(
    Field('document_id'),
    Field('organ', external='cellSuspensionOrgan', hit='organ',
          description='Organ of the samples that a cell suspension was made from.'),
    Field('organ_part', hit='organPart'),
    Field('selected_cell_type', external='selectedCellType', hit='selectedCellType',
          description='Type of the cells that a suspension was made of.'),
    Field('total_estimated_cells', INTEGER, external='cellCount', hit='totalCells', accumulate=Sum(),
          description='Estimated number of cells.'),
))

# File metadata may describe a file of the data store more than once; the file counts once.
_DISTINCT_FILES = ('uuid', 'version')

FILES = InnerEntity('files', hit='files', group_by='file_format', fields=(
    Field('document_id', accumulate=None),
    Field('file_format', external='fileFormat', hit='format', accumulate=Single(), description='Format of a file.'),
    Field('name', external='fileName', hit='name', accumulate=None, description='Name of a file.'),
    Field('sha256', hit='sha256', accumulate=None),
    Field('size', INTEGER, external='fileSize', hit='size', accumulate=Sum(_DISTINCT_FILES),
          description='Size of a file in bytes.'),
    Field('uuid', external='fileId', hit='uuid', accumulate=None, description='UUID of a file in the data store.'),
    Field('version', external='fileVersion', hit='version', accumulate=None,
          description='Version of a file in the data store.'),
    Field('content-type', accumulate=None),
    Field('indexed', BOOLEAN, accumulate=None),
    Field('read_index', accumulate=None),
    Field('lane_index', INTEGER, accumulate=None),
    Field('members', INTEGER, external='storeMembers', accumulate=None,
          description='Number of files in the store that a file represents.'),
    Field('_type', accumulate=None),
    Field('count', INTEGER, accumulate=Count(_DISTINCT_FILES)),
))

PROTOCOLS = InnerEntity('protocols', hit='protocols', fields=(
    Field('document_id', accumulate=None),
    Field('library_construction_approach', external='libraryConstructionApproach', hit='libraryConstructionApproach',
          description='How a library was made.'),
    Field('instrument_manufacturer_model', external='instrumentManufacturerModel', hit='instrumentManufacturerModel',
          description='Instrument that sequenced.'),
    Field('paired_end', BOOLEAN, external='pairedEnd', hit='pairedEnd', description='Whether reads are paired.'),
    Field('workflow', external='workflow', hit='workflow', description='Id of an analysis protocol.'),
    # In contributions an object, {label: number of targets}.
    Field('assay_type', external='assayType', hit='assayType', accumulate=Frequent(),
          description='Type of an assay by imaging.'),
))

PROJECTS = InnerEntity('projects', hit='projects', fields=(
    Field('document_id', external='projectId', description='Id of a project.'),
    Field('project_title', external='projectTitle', hit='projectTitle', description='Title of a project.'),
    Field('project_short_name', external='project', hit='projectShortname', term_details=('projectId',),
          description='Short name of a project.'),
    Field('laboratory', external='laboratory', hit='laboratory', description='Laboratory of a contributor.'),
    Field('institutions', external='institution', description='Institution of a contributor.'),
    Field('contact_names', external='contactName', accumulate=None, description='Name of a contributor.'),
    Field('project_description', external='projectDescription', hit='projectDescription', accumulate=None, detail=True,
          description='Description of a project.'),
    Field('contributors', OBJECT, hit='contributors', accumulate=None, detail=True, members=(
        Member('contact_name', hit='contactName', description='First name, middle names, last name.'),
        Member('corresponding_contributor', hit='correspondingContributor', type=BOOLEAN,
               description='Whether to turn to this contributor with questions.'),
        Member('email', hit='email'),
        Member('institution', hit='institution'),
        Member('laboratory', hit='laboratory'),
        Member('project_role', hit='projectRole'),
    ), description='Contributors to a project.'),
    Field('publication_titles', external='publicationTitle', accumulate=None, description='Title of a publication.'),
    Field('publications', OBJECT, hit='publications', accumulate=None, detail=True, members=(
        Member('publication_title', hit='publicationTitle'),
        Member('publication_url', hit='publicationUrl'),
    ), description='Publications about a project.'),
    Field('array_express_accessions', external='arrayExpressAccessions', hit='arrayExpressAccessions',
          description='Accession of a project at ArrayExpress.'),
    Field('geo_series_accessions', external='geoSeriesAccessions', hit='geoSeriesAccessions',
          description='Accession of a series at GEO.'),
    Field('insdc_project_accessions', external='insdcProjectAccessions', hit='insdcProjectAccessions',
          description='Accession of a project at INSDC.'),
    Field('insdc_study_accessions', external='insdcStudyAccessions', hit='insdcStudyAccessions',
          description='Accession of a study at INSDC.'),
    Field('_type'),
))

# A part of the metadata rows of a bundle: see `azul.index.rows`.
ROWS = InnerEntity('metadata', hit='metadata', key='part', fields=(
    Field('part', INTEGER, accumulate=None),
    Field('shared', OBJECT, accumulate=None),
    Field('rows', OBJECT, accumulate=None),
))

_COMMON = (
    Section(PROTOCOLS.name),
    Section(SAMPLES.name),
    Section(SPECIMENS.name),
    Section(CELL_LINES.name),
    Section(DONORS.name),
    Section(ORGANOIDS.name),
    Section(CELL_SUSPENSIONS.name),
)
_PROJECTS_IN_BRIEF = Section(PROJECTS.name, columns={'projectTitle': 'project_title',
                                                     'projectShortname': 'project_short_name',
                                                     'laboratory': 'laboratory'})
_FILES = Section(FILES.name, link=FileLink('url', uuid='uuid', version='version', name='name', size='size',
                                           sha256='sha256'))
_FORMATS = Section(FILES.name, key='fileTypeSummaries', columns={'fileType': 'file_format',
                                                                 'count': 'count',
                                                                 'totalSize': 'size'})

FILE = EntityType('files', verbatim=(FILES.name,), sort='fileName',
                  sections=(*_COMMON, _PROJECTS_IN_BRIEF, _FILES))
CELL_SUSPENSION = EntityType('cell_suspensions', verbatim=(CELL_SUSPENSIONS.name,), bundles='count', searchable=False)
SAMPLE = EntityType('samples', verbatim=(SAMPLES.name,), sort='sampleId', bundles='count',
                    sections=(*_COMMON, _PROJECTS_IN_BRIEF, _FORMATS))
PROJECT = EntityType('projects', verbatim=(PROJECTS.name,), sort='projectTitle', bundles='count',
                     sections=(*_COMMON, Section(PROJECTS.name), _FORMATS))
BUNDLE = EntityType('bundles', verbatim=(FILES.name,), sort='bundleVersion', order='desc',
                    sections=(*_COMMON, _PROJECTS_IN_BRIEF, _FILES))
# Not in the documents of bundles, which are large enough as they are, but beside them: one document for each part.
METADATA = EntityType('metadata', verbatim=(ROWS.name,), searchable=False)

SCHEMA = Schema(
    entity_types=(FILE, CELL_SUSPENSION, SAMPLE, PROJECT, BUNDLE, METADATA),
    inner_entities=(SAMPLES, SPECIMENS, CELL_SUSPENSIONS, CELL_LINES, DONORS, ORGANOIDS, FILES, PROTOCOLS, PROJECTS,
                    ROWS),
)

FACETS = (
    'organ',
    'organPart',
    'modelOrgan',
    'modelOrganPart',
    'effectiveOrgan',
    'sampleEntityType',
    'libraryConstructionApproach',
    'genusSpecies',
    'organismAge',
    'organismAgeUnit',
    'biologicalSex',
    'disease',
    'donorDisease',
    'instrumentManufacturerModel',
    'pairedEnd',
    'workflow',
    'assayType',
    'project',
    'fileFormat',
    'laboratory',
    'preservationMethod',
    'projectTitle',
    'cellLineType',
    'selectedCellType',
    'projectDescription',
    'institution',
    'contactName',
    'publicationTitle',
)
