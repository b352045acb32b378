"""The inner entities of contributions, field by field."""
import re
from collections import Counter

from hca.brute_force.graph import Graph
from hca.brute_force.reading import JSON, Entity, first, label, labels, truth, whole

SECONDS = {'year': 365 * 86400.0, 'month': 365 * 86400.0 / 12, 'week': 7 * 86400.0, 'day': 86400.0, 'hour': 3600.0,
           'minute': 60.0, 'second': 1.0}

ENTITY_TYPES = {'cell_line': 'cellLines', 'organoid': 'organoids', 'specimen_from_organism': 'specimens'}


def project(entity: Entity) -> JSON:
    content = entity.content
    core = content['project_core']
    contributors = [contributor(each) for each in several(content.get('contributors'))]
    publications = [{'publication_title': label(first(each, 'title', 'publication_title')),
                     'publication_url': label(first(each, 'url', 'publication_url'))}
                    for each in several(content.get('publications'))]
    return {
        'document_id': entity.id,
        '_type': 'project',
        'project_title': label(core.get('project_title')),
        'project_description': label(core.get('project_description')),
        'project_short_name': label(first(core, 'project_short_name', 'project_shortname')),
        'laboratory': texts(contributors, 'laboratory'),
        'institutions': texts(contributors, 'institution'),
        'contact_names': texts(contributors, 'contact_name'),
        'contributors': distinct([each for each in contributors if each['contact_name'] is not None]),
        'publication_titles': texts(publications, 'publication_title'),
        'publications': distinct([each for each in publications if any(each.values())]),
        'insdc_project_accessions': labels(first(content, 'insdc_project_accessions', 'insdc_project')),
        'geo_series_accessions': labels(first(content, 'geo_series_accessions', 'geo_series')),
        'array_express_accessions': labels(first(content, 'array_express_accessions', 'array_express_investigation')),
        'insdc_study_accessions': labels(first(content, 'insdc_study_accessions', 'insdc_study'))}


def contributor(content: JSON) -> JSON:
    return {
        'contact_name': label(first(content, 'name', 'contact_name')),
        'corresponding_contributor': truth(content.get('corresponding_contributor')),
        'email': label(content.get('email')),
        'institution': label(content.get('institution')),
        'laboratory': label(content.get('laboratory')),
        'project_role': label(content.get('project_role'))}


def several(value: object) -> list[JSON]:
    """The objects of a list, or the one that is in none."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def texts(objects: list[JSON], name: str) -> list[str]:
    return labels([each[name] for each in objects])


def distinct(objects: list[JSON]) -> list[JSON]:
    """Sorted by their values, what is missing last, each once."""
    result: list[JSON] = []
    for each in sorted(objects, key=lambda one: [(value is None, str(value)) for value in one.values()]):
        if each not in result:
            result.append(each)
    return result


def donor(entity: Entity) -> JSON:
    content = entity.content
    age, unit = label(content.get('organism_age')), label(content.get('organism_age_unit'))
    return {
        **biomaterial(entity),
        'biological_sex': label(first(content, 'sex', 'biological_sex')),
        'genus_species': labels(content.get('genus_species')),
        'diseases': labels(first(content, 'diseases', 'disease')),
        'organism_age': age,
        'organism_age_unit': unit,
        'organism_age_range': age_range(age, unit)}


def age_range(age: object, unit: object) -> JSON | None:
    """In seconds; None if either cannot be read."""
    number = r'\d+(?:\.\d+)?'
    match = re.fullmatch(rf'\s*({number})?\s*(-)?\s*({number})?\s*', str(age))
    seconds = SECONDS.get(str(unit).strip().lower().removesuffix('s'))
    if match is None or seconds is None:
        return None
    least, dash, most = match.groups()
    if dash is None:
        return {'gte': float(least) * seconds, 'lte': float(least) * seconds}
    if least is None and most is None:
        return None
    if most is not None and float(least or 0) > float(most):
        return None
    return {'gte': float(least or 0) * seconds, 'lte': None if most is None else float(most) * seconds}


def biomaterial(entity: Entity) -> JSON:
    core = entity.content.get('biomaterial_core', {})
    return {'document_id': entity.id, 'biomaterial_id': label(core.get('biomaterial_id'))}


def specimen(entity: Entity) -> JSON:
    content = entity.content
    storage = content.get('preservation_storage') or {}
    return {
        **biomaterial(entity),
        '_type': 'specimen',
        '_source': 'specimen_from_organism',
        'has_input_biomaterial': label(content.get('biomaterial_core', {}).get('has_input_biomaterial')),
        'organ': label(content.get('organ')),
        'organ_part': labels(first(content, 'organ_parts', 'organ_part')),
        'disease': labels(first(content, 'diseases', 'disease')),
        'storage_method': label(storage.get('storage_method')),
        'preservation_method': label(storage.get('preservation_method'))}


def cell_line(entity: Entity) -> JSON:
    return {
        **biomaterial(entity),
        'cell_line_type': label(first(entity.content, 'type', 'cell_line_type')),
        'model_organ': label(entity.content.get('model_organ'))}


def organoid(entity: Entity) -> JSON:
    return {
        **biomaterial(entity),
        'model_organ': label(first(entity.content, 'model_organ', 'model_for_organ')),
        'model_organ_part': label(entity.content.get('model_organ_part'))}


def sample(entity: Entity) -> JSON:
    fields = {'cell_line': cell_line, 'organoid': organoid, 'specimen_from_organism': specimen}[entity.schema](entity)
    organ = fields['organ'] if 'organ' in fields else fields['model_organ']
    return {**fields, 'entity_type': ENTITY_TYPES[entity.schema], 'effective_organ': organ}


def cell_suspension(entity: Entity, graph: Graph) -> JSON:
    samples = [sample(each) for each in graph.samples(entity)]
    parts = [each.get('organ_part', each.get('model_organ_part')) for each in samples]
    return {
        'document_id': entity.id,
        'total_estimated_cells': whole(first(entity.content, 'estimated_cell_count', 'total_estimated_cells')),
        'selected_cell_type': labels(first(entity.content, 'selected_cell_types', 'selected_cell_type',
                                           'target_cell_type')),
        'organ': labels([each['effective_organ'] for each in samples]),
        'organ_part': labels(parts)}


def protocol(entity: Entity) -> JSON | None:
    """None if it is of a kind that nothing is taken from, or a process that says nothing."""
    content = entity.content
    stem = entity.schema.removesuffix('_protocol').removesuffix('_process')
    facts: JSON = {}
    if stem == 'library_preparation':
        facts = {'library_construction_approach': label(first(content, 'library_construction_method',
                                                              'library_construction_approach'))}
    elif stem == 'sequencing':
        facts = {'instrument_manufacturer_model': label(content.get('instrument_manufacturer_model')),
                 'paired_end': truth(first(content, 'paired_end', 'paired_ends'))}
    elif entity.schema == 'analysis_protocol':
        facts = {'workflow': label(content.get('protocol_core', {}).get('protocol_id'))}
    elif entity.schema == 'imaging_protocol':
        assays = [text for target in several(content.get('target')) for text in labels(target.get('assay_type'))]
        facts = {'assay_type': dict(Counter(assays)) or None}
    silent = all(fact is None for fact in facts.values())
    return {'document_id': entity.id, **facts} if facts and not (entity.kind == 'process' and silent) else None
