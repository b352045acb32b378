"""What documents say of one entity.

An inner entity has a key for each field of its kind, with null (in a list field: nothing) where the metadata does not
say, and none for fields that only other kinds have.
"""
from collections import Counter
from collections.abc import Iterable, Sequence

from azul.index.accumulate import distinct, flat
from azul.index.bundle import JSON, ManifestEntry
from azul.index.fields import InnerEntity
from azul.projects.hca.metadata.age import age_range
from azul.projects.hca.metadata.properties import Properties
from azul.projects.hca.metadata.stores import Store

SAMPLE_TYPES = {'cell_lines': 'cellLines', 'organoids': 'organoids', 'specimens': 'specimens'}
"""What the type of a sample is called, in filters, facets and hits alike, by the name of its kind."""


def project(id: str, project: Properties) -> JSON:
    core = project.within('project_core')
    people = project.objects('contributors')
    publications = project.objects('publications')
    return {
        'document_id': id,
        'project_title': core.label('project_title'),
        'project_description': core.label('project_description'),
        'project_short_name': core.label('project_short_name', 'project_shortname'),
        'laboratory': _of_all(people, 'laboratory'),
        'institutions': _of_all(people, 'institution'),
        'contact_names': _of_all(people, 'name', 'contact_name'),
        'contributors': distinct(_contributors(people)),
        'publication_titles': _of_all(publications, 'title', 'publication_title'),
        'publications': distinct(_publications(publications)),
        'insdc_project_accessions': project.labels('insdc_project_accessions', 'insdc_project'),
        'insdc_study_accessions': project.labels('insdc_study_accessions', 'insdc_study'),
        'geo_series_accessions': project.labels('geo_series_accessions', 'geo_series'),
        'array_express_accessions': project.labels('array_express_accessions', 'array_express_investigation'),
        '_type': 'project',
    }


def _contributors(people: Iterable[Properties]) -> Iterable[JSON]:
    for person in people:
        name = person.one_label('name', 'contact_name')
        if name is None:
            # Clients take the name apart; without one they show nothing of the project at all.
            person.odd('contributor without a name', person.one_label('institution'))
        else:
            yield {
                'contact_name': name,
                'corresponding_contributor': person.boolean('corresponding_contributor'),
                'email': person.one_label('email'),
                'institution': person.one_label('institution'),
                'laboratory': person.one_label('laboratory'),
                'project_role': person.one_label('project_role'),
            }


def _publications(publications: Iterable[Properties]) -> Iterable[JSON]:
    for publication in publications:
        title = publication.one_label('title', 'publication_title')
        url = publication.one_label('url', 'publication_url')
        if title is None and url is None:
            publication.odd('publication without title and URL', None)
        else:
            yield {'publication_title': title, 'publication_url': url}


def donor(id: str, donor: Properties) -> JSON:
    age, unit = donor.label('organism_age'), donor.label('organism_age_unit')
    age_in_seconds = None
    if isinstance(age, list) or isinstance(unit, list):
        donor.odd('age that has several values', [age, unit])
    elif age is not None and unit is not None:
        try:
            age_in_seconds = age_range(age, unit)
        except ValueError as error:
            donor.odd(str(error), f'{age} {unit}')
    return {
        'document_id': id,
        'biomaterial_id': donor.within('biomaterial_core').label('biomaterial_id'),
        'biological_sex': donor.label('sex', 'biological_sex'),
        'genus_species': donor.labels('genus_species'),
        'diseases': donor.labels('diseases', 'disease'),
        'organism_age': age,
        'organism_age_unit': unit,
        'organism_age_range': age_in_seconds,
    }


def specimen(id: str, specimen: Properties) -> JSON:
    core = specimen.within('biomaterial_core')
    storage = specimen.within('preservation_storage')
    return {
        'document_id': id,
        'biomaterial_id': core.label('biomaterial_id'),
        'has_input_biomaterial': core.label('has_input_biomaterial'),
        'disease': specimen.labels('diseases', 'disease'),
        'organ': specimen.label('organ'),
        'organ_part': specimen.labels('organ_parts', 'organ_part'),
        'storage_method': storage.label('storage_method'),
        'preservation_method': storage.label('preservation_method'),
        '_source': 'specimen_from_organism',
        '_type': 'specimen',
    }


def cell_line(id: str, cell_line: Properties) -> JSON:
    return {
        'document_id': id,
        'biomaterial_id': cell_line.within('biomaterial_core').label('biomaterial_id'),
        'cell_line_type': cell_line.label('type', 'cell_line_type'),
        'model_organ': cell_line.label('model_organ'),
    }


def organoid(id: str, organoid: Properties) -> JSON:
    return {
        'document_id': id,
        'biomaterial_id': organoid.within('biomaterial_core').label('biomaterial_id'),
        'model_organ': organoid.label('model_organ', 'model_for_organ'),
        'model_organ_part': organoid.label('model_organ_part'),
    }


def sample(kind: InnerEntity, inner: JSON) -> JSON:
    """What documents say of a sample as such.

    :param kind: that of the sample
    :param inner: what documents say of it as one of that kind
    """
    return {
        **inner,
        'entity_type': SAMPLE_TYPES[kind.name],
        'effective_organ': inner.get('organ', inner.get('model_organ')),
    }


def cell_suspension(id: str, suspension: Properties, samples: Sequence[JSON]) -> JSON:
    """
    :param samples: those that the suspension was made from, each as `sample` makes it
    """
    return {
        'document_id': id,
        'total_estimated_cells': suspension.integer('estimated_cell_count', 'total_estimated_cells'),
        'selected_cell_type': suspension.labels('selected_cell_types', 'selected_cell_type', 'target_cell_type'),
        'organ': _given(samples, 'effective_organ'),
        'organ_part': _given(samples, 'organ_part', 'model_organ_part'),
    }


def file(id: str, schema: str, file: Properties, entry: ManifestEntry, store: Store | None = None) -> JSON:
    """
    :param store: the one that the file represents
    """
    inner: JSON = {
        'document_id': id,
        'content-type': entry.content_type,
        'indexed': entry.indexed,
        'name': entry.name,
        'sha256': entry.sha256,
        'size': entry.size,
        'uuid': entry.uuid,
        'version': entry.version,
        'file_format': file.within('file_core').one_label('format', 'file_format'),
        '_type': 'file',
    }
    if schema == 'sequence_file':
        inner['read_index'] = file.label('read_index')
        inner['lane_index'] = file.integer('lane_index')
    if store is not None:
        inner['members'] = store.members
    return inner


def protocol(id: str, schema: str, protocol: Properties) -> JSON | None:
    """
    :return: None for a protocol of which documents say nothing
    """
    facts: JSON
    match schema:
        case 'library_preparation_protocol' | 'library_preparation_process':
            approach = protocol.label('library_construction_method', 'library_construction_approach')
            facts = {'library_construction_approach': approach}
        case 'sequencing_protocol' | 'sequencing_process':
            facts = {'instrument_manufacturer_model': protocol.label('instrument_manufacturer_model'),
                     'paired_end': protocol.boolean('paired_end', 'paired_ends')}
        case 'analysis_protocol':
            facts = {'workflow': protocol.within('protocol_core').label('protocol_id')}
        case 'imaging_protocol':
            facts = {'assay_type': _counts(protocol.objects('target'), 'assay_type')}
        case _:
            return None
    return {'document_id': id, **facts}


def process(id: str, schema: str, process: Properties) -> JSON | None:
    """The protocol that a process is: the first schemas had the facts of library preparation and sequencing there.

    :return: None for a process without such facts
    """
    inner = protocol(id, schema, process)
    if inner is None or all(value is None for name, value in inner.items() if name != 'document_id'):
        return None
    return inner


def _of_all(objects: Iterable[Properties], *names: str) -> list[str]:
    return distinct(label for each in objects for label in each.labels(*names))


def _given(entities: Sequence[JSON], *names: str) -> list[str]:
    """What any of the inner entities has under any of the names."""
    return distinct(value for name in names for value in flat(entities, name) if value is not None)


def _counts(objects: Iterable[Properties], name: str) -> dict[str, int] | None:
    """How often each label occurs."""
    counts = Counter(label for each in objects for label in each.labels(name))
    return dict(sorted(counts.items())) or None
