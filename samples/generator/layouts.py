"""A graph as the metadata files of an era: their names, wrappers, ids and dates, and the links between them."""
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from samples.generator.chance import uuid_of
from samples.generator.forms import in_form
from samples.generator.graph import Entity, Graph, Step
from samples.generator.releases import KINDS, Release

JSON = dict[str, Any]

LISTS = {'biomaterial': 'biomaterials', 'process': 'processes', 'protocol': 'protocols', 'file': 'files'}
WRAPPERS = {'project': '5.1.0', 'biomaterial': '5.1.0', 'process': '5.2.1', 'protocol': '5.1.0', 'file': '1.0.0',
            'links': '1.0.0'}


def metadata(graph: Graph, release: Release) -> dict[str, JSON]:
    """The metadata files of a bundle, by name."""
    graph = _as_known_to(release, graph)
    if release.layout == 'wrapped':
        return _wrapped(graph, release)
    return _separate(graph, release) | {'links.json': _links(graph, release)}


def kind(schema: str) -> str:
    return KINDS[schema].partition('/')[0]


def updated(entity: Entity, release: Release) -> datetime:
    """When the content became what it is; the version of its metadata file."""
    return release.moment(entity.id) + timedelta(hours=1, days=entity.revision)


def timestamp(moment: datetime) -> str:
    return f'{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z'


def _as_known_to(release: Release, graph: Graph) -> Graph:
    """The graph without the protocols that the release has no schema for, and with those of processes that it has."""
    if 'library_preparation_process' in release.versions:
        steps = [step for whole in graph.steps for step in _by_facts(whole)]
    else:
        steps = [replace(step, protocols=tuple(protocol for protocol in step.protocols
                                               if protocol.schema in release.versions))
                 for step in graph.steps]
    return replace(graph, steps=tuple(steps))


def _by_facts(step: Step) -> list[Step]:
    """One step as processes side by side: the first schemas had one for each protocol, and the facts were there."""
    steps = []
    for protocol in step.protocols:
        schema = protocol.schema.removesuffix('_protocol') + '_process'
        if schema in FACTS:
            process = Entity(schema, uuid_of(step.process.id, schema), {
                **FACTS[schema](protocol.content, step),
                'process_core': _process_core(step.process.content, schema)})
            steps.append(replace(step, process=process, protocols=(_bare(protocol),)))
    return steps or [replace(step, protocols=())]


def _dissociation_facts(protocol: JSON, _step: Step) -> JSON:
    return {'nucleic_acid_source': protocol['nucleic_acid_source'],
            'dissociation_method': protocol['method']['text'].split()[0]}


def _enrichment_facts(protocol: JSON, _step: Step) -> JSON:
    return {'enrichment_method': protocol['method']['text'], 'markers': protocol['markers']}


def _library_facts(protocol: JSON, _step: Step) -> JSON:
    barcode = protocol['cell_barcode'] and protocol['cell_barcode'] | {'white_list_file': None}
    return {'library_construction_approach': protocol['library_construction_method']['text'].replace(' ', '_'),
            'cell_barcode': barcode,
            # All gave one then, also those whose method has none.
            'umi_barcode': protocol['umi_barcode'] or {'barcode_read': 'Read 1', 'barcode_offset': 0,
                                                       'barcode_length': 16},
            'process_type': barcode and {'text': 'droplets'},
            **{name: protocol[name] for name in ('input_nucleic_acid_molecule', 'end_bias', 'primer', 'strand')}}


def _sequencing_facts(protocol: JSON, step: Step) -> JSON:
    well = step.inputs[0].content['plate_based_sequencing']
    return {'instrument_manufacturer_model': protocol['instrument_manufacturer_model'],
            'paired_ends': protocol['paired_end'],
            'local_machine_name': protocol['local_machine_name'],
            'process_type': None if well else {'text': 'droplets'},
            'smartseq2': well and {'plate_id': well['plate_label'], 'well_name': well['well_label']}}


FACTS = {'dissociation_process': _dissociation_facts,
         'enrichment_process': _enrichment_facts,
         'library_preparation_process': _library_facts,
         'sequencing_process': _sequencing_facts}


def _process_core(process: JSON, schema: str) -> JSON:
    name = schema.removesuffix('_process')
    core = {'process_id': f'{name}_{process["process_core"]["process_id"]}'}
    if schema != 'enrichment_process':
        core |= {'process_name': name.replace('_', ' ')}
    if schema in ('dissociation_process', 'sequencing_process'):
        core |= {'process_description': process['process_core']['process_description']}
    if schema == 'sequencing_process':
        core |= {'start_time': process['start_time'], 'process_location': process['process_core']['location']}
    return core


def _bare(protocol: Entity) -> Entity:
    core = {name: protocol.content['protocol_core'][name] for name in ('protocol_id', 'protocol_name', 'document')}
    facts = 'end_bias' in protocol.content or 'paired_end' in protocol.content
    type_ = {'text': '10x sequencing protocol', 'ontology': 'EFO:0008443'} if facts else None
    return Entity('protocol', protocol.id, {'protocol_core': core, 'protocol_type': type_})


def _separate(graph: Graph, release: Release) -> dict[str, JSON]:
    counts: dict[str, int] = {}
    documents = {}
    for entity in graph.entities():
        number = counts.setdefault(entity.schema, 0)
        counts[entity.schema] += 1
        moment = updated(entity, release)
        major, minor, _ = release.versions[entity.schema].split('.')
        documents[f'{entity.schema}_{number}.json'] = {
            'describedBy': release.described_by(entity.schema),
            'schema_type': kind(entity.schema),
            **in_form(entity.schema, release, {
                'schema_version': release.versions[entity.schema],
                **entity.content,
                'provenance': {
                    'document_id': entity.id,
                    'submission_date': timestamp(release.moment(entity.id)),
                    'update_date': timestamp(moment),
                    'submitter_id': uuid_of('submitter', graph.project.id),
                    'schema_major_version': int(major),
                    'schema_minor_version': int(minor)}})}
    return documents


def _wrapped(graph: Graph, release: Release) -> dict[str, JSON]:
    lists: dict[str, list[JSON]] = {kind: [] for kind in ('project', *LISTS)}
    for entity in graph.entities():
        ingest = {'document_id': entity.id, 'submissionDate': timestamp(release.moment(entity.id))}
        if kind(entity.schema) != 'file':
            ingest |= {'accession': '', 'updateDate': timestamp(updated(entity, release))}
        content = {'describedBy': release.described_by(entity.schema), 'schema_type': kind(entity.schema),
                   **in_form(entity.schema, release, entity.content)}
        lists[kind(entity.schema)].append({'content': content, 'hca_ingest': ingest})
    bodies = {
        'project': lists['project'][0],
        **{kind: {LISTS[kind]: lists[kind]} for kind in LISTS},
        'links': {'links': _edges(graph)}}
    return {
        f'{name}.json': {**body,
                         'describedBy': f'{release.host}/bundle/{WRAPPERS[name]}/{name}',
                         'schema_version': WRAPPERS[name],
                         'schema_type': 'link_bundle' if name == 'links' else f'{name}_bundle'}
        for name, body in bodies.items()}


def _edges(graph: Graph) -> list[JSON]:
    """The links of the first version: single edges, some of them said twice."""

    def edge(source: Entity, destination: Entity) -> JSON:
        ends: JSON = {}
        for name, end in ('source', source), ('destination', destination):
            ends |= {f'{name}_id': end.id,
                     f'{name}_type': end.schema if kind(end.schema) == 'process' else kind(end.schema)}
        return ends

    edges = []
    for step in graph.steps:
        edges += [edge(source, step.process) for source in step.inputs]
        edges += [edge(step.process, output) for output in (*step.outputs, *step.protocols)]
    return edges + edges[:2]


def _links(graph: Graph, release: Release) -> JSON:
    document: JSON = {'schema_version': release.links,
                      'describedBy': f'{release.host}/system/{release.links}/links'}
    if not release.stitched:
        links = [_by_kind(step) for step in graph.steps]
        if graph.steps[-1].process.schema == 'analysis_process':
            # Runs of a pipeline were submitted with links that were there already.
            links += links
        return document | {'schema_type': 'link_bundle', 'links': links}
    links = [_by_schema(step) for step in graph.steps]
    if graph.supplementary:
        links.append({'link_type': 'supplementary_file_link',
                      'entity': {'entity_type': 'project', 'entity_id': graph.project.id},
                      'files': [{'file_type': file.schema, 'file_id': file.id} for file in graph.supplementary]})
    return document | {'schema_type': 'links', 'links': links}


def _by_kind(step: Step) -> JSON:
    """Links of version 1.1: one type for all inputs and one for all outputs."""
    return {'process': step.process.id,
            'inputs': [entity.id for entity in step.inputs], 'input_type': kind(step.inputs[0].schema),
            'outputs': [entity.id for entity in step.outputs], 'output_type': kind(step.outputs[0].schema),
            'protocols': [{'protocol_type': entity.schema, 'protocol_id': entity.id} for entity in step.protocols]}


def _by_schema(step: Step) -> JSON:
    """A link of version 2 and later: each end with the schema of its own."""
    return {'link_type': 'process_link',
            'process_id': step.process.id, 'process_type': step.process.schema,
            'inputs': [{'input_type': entity.schema, 'input_id': entity.id} for entity in step.inputs],
            'outputs': [{'output_type': entity.schema, 'output_id': entity.id} for entity in step.outputs],
            'protocols': [{'protocol_type': entity.schema, 'protocol_id': entity.id} for entity in step.protocols]}
