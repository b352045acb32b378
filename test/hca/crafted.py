"""Bundles made to show what samples do not: details that a fault could be in without any other bundle showing it."""
import copy
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from hca.brute_force import RawBundle
from hca.sketches import (
    JSON,
    biomaterial,
    cell_line,
    donor,
    edges,
    entity,
    file,
    id_of,
    link_1,
    link_3,
    organoid,
    process,
    project,
    protocol,
    specimen,
    suspension,
    v5,
    vx,
)

VERSION = '2019-01-01T000000.000000Z'
LATER = '2020-01-01T000000.000000Z'
PROJECT = project(project_core={'project_short_name': 'Crafted'})

Step = tuple[Sequence[JSON], JSON, Sequence[JSON], Sequence[JSON]]
"""Inputs, process, protocols, outputs."""


def crafted() -> list[RawBundle]:
    return [loose_ends(), odd_values(), ages(), stores(), side_by_side(),
            *(ambiguous_ids(number, form) for number, form in enumerate([link_1, link_3, edges], start=6)),
            of_first_schemas(), *sharing_a_file(), *versions_of_one()]


def bundle(number: int, documents: Iterable[JSON], steps: Iterable[Step] = (), *, version: str = VERSION,
           undescribed: Sequence[str] = (), form: Any = link_3, changes: Mapping[str, JSON] = MappingProxyType({})
           ) -> RawBundle:
    """
    :param number: makes the uuid
    :param undescribed: names of more data files in the manifest
    :param form: of the links
    :param changes: to entries of the manifest, by the id of the file's metadata
    """
    everything = {(each['schema_type'], id_of(each)): each for each in [PROJECT, *documents]}
    links = []
    for inputs, by, protocols, outputs in steps:
        link = form(inputs, by, outputs, protocols)
        links += link if isinstance(link, list) else [link]
        everything |= {(each['schema_type'], id_of(each)): each for each in [*inputs, by, *protocols, *outputs]}
    layout = v5 if form is edges else vx
    metadata = copy.deepcopy(dict(layout(*everything.values(), links=links).metadata))
    manifest = [entry(name, indexed=True) for name in metadata] + [entry(name) for name in undescribed]
    manifest += [{**entry(each['file_core']['file_name']), **changes.get(id_of(each), {})}
                 for each in everything.values() if 'file_core' in each]
    return RawBundle(uuid(number), version, manifest, metadata)


def uuid(number: int) -> str:
    return f'c0c0c0c0-0000-4000-8000-{number:012}'


def described(id: str, **core: str) -> JSON:
    """The metadata of a file."""
    return entity('file', 'analysis_file', id, file_core=core)


def entry(name: str, *, indexed: bool = False) -> JSON:
    number = sum(place * ord(letter) for place, letter in enumerate(name, start=1))
    return {'name': name, 'uuid': uuid(number), 'version': '1', 'indexed': indexed, 'size': number,
            'content-type': 'application/json' if indexed else 'application/gzip; dcp-type=data', 'sha256': name}


def loose_ends() -> RawBundle:
    """What nothing was made of (a specimen, an organoid, a suspension), and files that were made of nothing."""
    return bundle(1, [
        specimen('idle', organ='eye'),
        organoid('unused', model_organ='brain', model_organ_part=[{'text': 'cortex'}, {'text': 'stem'}]),
        described('notes', file_name='NOTES.PDF'),
        described('table', file_name='table.csv', format='tsv'),
        described('other', file_name='other.txt.gz', file_format='.CSV'),
        described('plain', file_name='plain', format=''),
        described('readme', file_name='readme', format='txt'),
        file('lane', lane_index='7.0', read_index='read1'),
        file('lost', 'lost.fastq.gz'),
    ], [
        ([donor('donor of idle')], process('taking'), [], [specimen('idle', organ='eye')]),
        ([organoid('unused', model_organ='brain', model_organ_part=[{'text': 'cortex'}, {'text': 'stem'}])],
         process('washing'), [], [suspension('unsequenced', estimated_cell_count='12')]),
    ], changes={'plain': {'size': None, 'sha256': '', 'version': None}, 'lost': {'name': 'found.fastq.gz'}})


def odd_values() -> RawBundle:
    """Values in rare forms, several where there should be one, and none of all kinds."""
    people = [
        {'name': 'B', 'laboratory': 'L', 'corresponding_contributor': 'yes', 'project_role': {'text': 'curator'}},
        {'contact_name': 'A', 'laboratory': '', 'institution': 'I', 'corresponding_contributor': 'no', 'email': None},
        {'name': 'B', 'laboratory': 'L', 'corresponding_contributor': True, 'project_role': 'curator'},
        {'name': 'C', 'corresponding_contributor': 'perhaps', 'laboratory': {'id': 7}},
        {'name': '', 'laboratory': 'nameless', 'institution': 'nowhere'}]
    core = {'project_shortname': 'Odd', 'project_title': '', 'project_description': None}
    odd = project(project_core=core, contributors=people, geo_series='GSE1', insdc_project=None,
                  publications=[{'url': 'U', 'publication_url': 'V'}, {'publication_title': 'T'}, {'doi': 'D'},
                                {'title': 'T', 'url': None}])
    tissue = specimen('tissue', organ=[{'text': 'eye'}, {'text': 'Brain', 'ontology_label': 'brain'}],
                      organ_part={'ontology': 'UBERON:1'}, disease=['flu', {'text': 'flu'}],
                      preservation_storage={'storage_method': None, 'preservation_method': ''})
    line = cell_line('line', cell_line_type='primary', model_organ={'text': 'liver', 'ontology_label': ''})
    small = organoid('small', model_for_organ={'text': 'kidney'}, model_organ_part='cortex')
    cells = suspension('cells', selected_cell_type=[{'text': 'T cell'}], total_estimated_cells=7.0, nothing=None,
                       flag=True, numbers=[1, 0.5, None, ''])
    counted = [suspension(f'counted {count}', estimated_cell_count=count) for count in (0, 'many', 7.5, -1, '3.0')]
    library = protocol('library_preparation_protocol', 'library', library_construction_approach='10x')
    reading = protocol('sequencing_protocol', 'reading', paired_ends='FALSE', instrument_manufacturer_model=None)
    silent = protocol('imaging_protocol', 'silent', target=[{'assay_type': None}])
    schemaless = {'describedBy': '', 'schema_type': 'biomaterial', 'provenance': {'document_id': 'schemaless'},
                  'colour': ['red', 'blue']}
    unknown = biomaterial('brand_new_biomaterial', 'unknown')
    reads = file('reads', read_index='read1', lane_index=1)
    return bundle(2, [odd, schemaless, unknown], [
        ([donor('both', sex='', biological_sex='male', genus_species='human', diseases={'text': 'flu'}), unknown],
         process('taking'), [], [tissue]),
        ([line, small, tissue], process('pooling'), [], [cells, *counted]),
        ([cells], process('sequencing'), [library, reading, silent], [reads])])


def ages() -> RawBundle:
    """A donor for each form of an age."""
    given: list[tuple[Any, str | None]] = [
        ('7', 'year'), ('2-5', 'Years'), ('-5', 'month'), ('40-', 'week'), ('1.5', 'days'), ('30', 'hours'),
        ('10 - 20', 'minute'), ('5', 'second'), ('old', 'year'), ('7', 'fortnight'), ('', 'day'), ('7', None),
        ('5-2', 'day'), ('-', 'day'), ('0', 'day'), (['1', '2'], 'day')]
    donors = [donor(f'donor {number:02}', organism_age=age, organism_age_unit=unit and {'text': unit})
              for number, (age, unit) in enumerate(given)]
    tissues = [specimen(f'specimen {number:02}', organ=f'organ {number:02}') for number in range(len(given))]
    steps: list[Step] = [([each], process(f'process {number}'), [], [tissues[number]])
                         for number, each in enumerate(donors)]
    return bundle(3, [], [*steps, (tissues, process('pooling'), [], [suspension('pool')]),
                          ([suspension('pool')], process('sequencing'), [], [file('reads')])])


def stores() -> RawBundle:
    """Stores of each kind and with each separator, with and without attributes, and with members nobody describes."""
    names = ['a.zarr!.zarray', 'a.zarr!.zattrs', 'a.zarr!0!0', 'b/c.loom/row', 'b/c.loom/col', 'b/c.loom/layer',
             'd.mtx!matrix.mtx', 'd.mtx!barcodes.tsv', 'e.zarr!f.zarr!x', 'e.zarr!f.zarr!.zattrs', 'e.zarr!z',
             'g.mtx', 'h.loom.gz', 'i.zarr!']
    members = [described(f'file of {name}', file_name=name, format='matrix' if name.endswith('.zattrs') else 'unknown')
               for name in names]
    cells, others = suspension('cells'), suspension('others')
    return bundle(4, [], [
        ([specimen('one')], process('1'), [], [cells]),
        ([specimen('two')], process('2'), [], [others]),
        ([cells], process('3'), [], [each for each in members if each['file_core']['file_name'] != 'e.zarr!z']),
        ([others], process('4'), [], [each for each in members if each['file_core']['file_name'] == 'e.zarr!z']),
    ], undescribed=['a.zarr!0!1', 'a.zarr!0!2', 'j.zarr!.zattrs', 'b/c.loom/.zattrs', 'e.zarr!.zattrs'])


def side_by_side() -> RawBundle:
    """Files of one process of which not all go into the next, ways of different length from one sample, links said
    twice, and kinds that `describedBy` alone knows."""
    tissue, line, cells = specimen('tissue', organ='eye'), cell_line('line', model_organ='lung'), suspension('cells')
    reads = [file(name, read_index=name) for name in ('r1', 'r2', 'i1')]
    library = [protocol('library_preparation_protocol', 'library', library_construction_method={'text': 'Smart'})]
    analysis = [protocol('analysis_protocol', 'analysis', protocol_core={'protocol_id': 'optimus'})]
    sorting = [suspension('sorted', estimated_cell_count=5)]
    steps: list[Step] = [
        ([donor('d1'), donor('d2')], process('taking'), [], [tissue]),
        ([tissue], process('culture'), [], [line]),
        ([line, tissue], process('washing'), [], [cells]),
        ([cells], process('sorting'), [], sorting),
        ([*sorting, cells], process('sequencing'), library, reads),
        (reads[:2], process('analysis', schema='analysis_process'), analysis, [file('bam', schema='analysis_file')])]
    result = bundle(5, [], steps, form=link_1)
    result.metadata['links.json']['links'] += result.metadata['links.json']['links']
    for document in result.metadata.values():
        document['schema_type'] = 'none that we know'
    return result


def ambiguous_ids(number: int, form: Any) -> RawBundle:
    """One id of a biomaterial and of a file, that of a process and of a protocol, and links that state wrong types."""
    cells, reads, other, more = suspension('same'), file('same', 'same.fastq.gz'), file('other'), file('more')
    tissue, followed = specimen('tissue', organ='eye'), protocol('analysis_protocol', 'analysis')
    result = bundle(number, [], [
        ([tissue], process('washing'), [], [cells]),
        ([cells], process('sequencing'), [], [reads, more]),
        ([reads], process('analysis'), [followed], [other])], form=form)
    for link in result.metadata['links.json']['links']:
        if link.get('source_id') == 'tissue':
            link['source_type'] = 'protocol'
        elif link.get('process_id') == 'washing':
            link['inputs'][0]['input_type'] = 'cell_line'
        elif link.get('process') == 'analysis':
            link['output_type'] = 'biomaterial'
    return result


def of_first_schemas() -> RawBundle:
    """Processes with the facts of protocols, one that has none, and protocols of the time that say all the same."""
    tissue, cells, reads = specimen(disease=[{'text': 'flu'}]), suspension(target_cell_type=['T cell']), file()
    said = process('said', schema='library_preparation_process', library_construction_approach='Smart-seq2')
    unsaid = process('unsaid', schema='library_preparation_process', end_bias='3 prime')
    reading = process('reading', schema='sequencing_process', paired_ends=False)
    late = protocol('sequencing_protocol', 'late', instrument_manufacturer_model={'text': 'HiSeq'})
    return bundle(9, [], [([donor()], process('taking'), [], [tissue]),
                          ([tissue], process('washing', schema='dissociation_process'), [], [cells]),
                          *(([cells], each, [late] if each is unsaid else [], [reads])
                            for each in (said, unsaid, reading))], form=edges)


def sharing_a_file() -> list[RawBundle]:
    """Two bundles of one version that describe the same file each in its own way, and copies that differ."""
    def one(number: int, tissue: JSON, target: str, count: int | None) -> RawBundle:
        cells = suspension('shared cells', estimated_cell_count=count)
        image = file(f'image {number}', schema='image_file', name=f'image {number}.tiff')
        imaging = protocol('imaging_protocol', f'imaging {number}', target=[{'assay_type': target}] * 2)
        return bundle(number, [], [([donor('shared donor'), donor(f'donor {number}')], process('taking'), [], [tissue]),
                                   ([tissue], process('washing'), [], [cells]),
                                   ([cells], process('imaging'), [imaging], [image])],
                      changes={id_of(image): {'uuid': uuid(99), 'size': 10}})

    return [one(10, specimen('shared', organ='eye'), 'b', 3),
            one(11, specimen('shared', organ=None, diseases=['flu']), 'a', None)]


def versions_of_one() -> list[RawBundle]:
    """An older version of a bundle, with a specimen that the newer one does not have any more."""
    def one(version: str, *tissues: JSON) -> RawBundle:
        return bundle(12, [], [(tissues, process('washing'), [], [suspension('versioned cells')]),
                               ([suspension('versioned cells')], process('reading'), [], [file('versioned')])],
                      version=version)

    return [one(LATER, specimen('kept', organ='lung'), entity('biomaterial', 'cell_line', 'added', model_organ='ear')),
            one(VERSION, specimen('kept', organ='eye'), specimen('gone', organ='ear'))]
