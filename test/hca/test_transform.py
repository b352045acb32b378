"""Which documents there are, and what is in them."""
import itertools
from typing import Any

import pytest

from azul.index.aggregate import aggregate
from azul.index.bundle import Bundle
from azul.index.documents import Contribution
from azul.index.fields import Contents
from azul.projects.hca import plugin
from azul.projects.hca.fields import ROWS, SCHEMA
from hca.sketches import (
    FQID,
    JSON,
    cell_line,
    donor,
    edges,
    entity,
    file,
    ids,
    link_3,
    organoid,
    process,
    project,
    protocol,
    specimen,
    suspension,
    transformed,
    v5,
    vx,
)

LIBRARY = protocol('library_preparation_protocol', 'library', library_construction_method={'text': 'Smart-seq2'})
SEQUENCING = protocol('sequencing_protocol', 'sequencing', paired_end=True,
                      instrument_manufacturer_model={'text': 'HiSeq', 'ontology_label': 'Illumina HiSeq 2500'})
ANALYSIS = protocol('analysis_protocol', 'analysis', protocol_core={'protocol_id': 'optimus_v1'})
OTHER = protocol('dissociation_protocol', 'dissociation')


def bundle_of(*steps: tuple[list[JSON], list[JSON], list[JSON]], also: tuple[JSON, ...] = ()) -> Bundle:
    """
    :param steps: of each process what went in, what it followed, what came out
    :param also: documents that no link mentions
    """
    documents: dict[tuple[str, str], JSON] = {}
    links = []
    for number, (inputs, protocols, outputs) in enumerate(steps):
        made_by = process(f'process {number}')
        links.append(link_3(inputs, made_by, outputs, protocols))
        for document in made_by, *inputs, *protocols, *outputs:
            documents[document['schema_type'], document['provenance']['document_id']] = document
    return vx(project(), *documents.values(), *also, links=links)


SIMPLE = bundle_of(
    ([donor()], [], [specimen()]),
    ([specimen()], [OTHER], [suspension()]),
    ([suspension()], [LIBRARY, SEQUENCING], [file('r1'), file('r2')]),
    ([file('r1'), file('r2')], [ANALYSIS], [file('bam', schema='analysis_file')]),
)
UPSTREAM = {'projects': ['project'], 'donors': ['donor'], 'specimens': ['specimen'], 'samples': ['specimen'],
            'cell_suspensions': ['suspension'], 'protocols': ['analysis', 'library', 'sequencing']}


def of(documents: dict[tuple[str, str], Contents], entity_type: str) -> list[str]:
    """The ids of the entities of a type that there are documents of."""
    return [document_id for type_of_document, document_id in documents if type_of_document == entity_type]


def test_there_is_a_document_of_each_file_suspension_sample_project_and_bundle() -> None:
    assert set(transformed(SIMPLE)) == {
        ('files', 'r1'), ('files', 'r2'), ('files', 'bam'), ('cell_suspensions', 'suspension'), ('samples', 'specimen'),
        ('projects', 'project'), ('bundles', FQID.uuid),
    }


def test_a_file_comes_with_all_that_it_was_made_from_and_the_protocols_of_what_was_made_from_it() -> None:
    documents = transformed(SIMPLE)
    for file_id in 'r1', 'r2', 'bam':
        assert ids(documents['files', file_id]) == {**UPSTREAM, 'files': [file_id]}


@pytest.mark.parametrize('of', [('samples', 'specimen'), ('cell_suspensions', 'suspension'), ('projects', 'project'),
                                ('bundles', FQID.uuid)])
def test_what_files_were_made_from_comes_with_all_of_them(of: tuple[str, str]) -> None:
    assert ids(transformed(SIMPLE)[of]) == {**UPSTREAM, 'files': ['bam', 'r1', 'r2']}


def test_every_document_has_every_kind_of_inner_entity_be_it_none() -> None:
    for contents in transformed(vx(project())).values():
        assert set(contents) == set(SCHEMA.inner_entity) - {ROWS.name}
        assert ids(contents) == {'projects': ['project']}


def test_outputs_of_one_process_differ_by_what_was_made_from_them() -> None:
    documents = transformed(bundle_of(
        ([specimen()], [SEQUENCING], [file('a'), file('b'), file('c')]),
        ([file('b')], [ANALYSIS], [file('d')]),
    ))
    protocols = {file_id: ids(documents['files', file_id])['protocols'] for file_id in of(documents, 'files')}
    assert protocols == {'a': ['sequencing'], 'c': ['sequencing'], 'b': ['analysis', 'sequencing'],
                         'd': ['analysis', 'sequencing']}


def test_what_else_was_made_from_an_ancestor_is_no_relation() -> None:
    documents = transformed(bundle_of(
        ([donor()], [], [specimen('a'), specimen('b')]),
        ([specimen('a')], [SEQUENCING], [file('of a')]),
        ([specimen('b')], [LIBRARY], [file('of b')]),
    ))
    assert ids(documents['files', 'of a']) == {
        'projects': ['project'], 'donors': ['donor'], 'specimens': ['a'], 'samples': ['a'], 'files': ['of a'],
        'protocols': ['sequencing'],
    }
    assert ids(documents['samples', 'b'])['files'] == ['of b']
    assert ids(documents['projects', 'project'])['samples'] == ['a', 'b']


def test_only_the_first_sample_on_each_way_up_is_a_sample() -> None:
    documents = transformed(bundle_of(
        ([donor()], [], [specimen()]),
        ([specimen()], [], [cell_line()]),
        ([cell_line()], [], [organoid()]),
        ([organoid()], [], [suspension()]),
        ([suspension()], [], [file()]),
    ))
    assert of(documents, 'samples') == ['organoid']
    assert ids(documents['files', 'file']) == ids(documents['samples', 'organoid']) == {
        'projects': ['project'], 'donors': ['donor'], 'specimens': ['specimen'], 'cell_lines': ['line'],
        'organoids': ['organoid'], 'samples': ['organoid'], 'cell_suspensions': ['suspension'], 'files': ['file'],
    }


def test_a_pool_has_the_samples_of_all_ways_up() -> None:
    documents = transformed(bundle_of(
        ([donor('d1')], [], [specimen('s1')]),
        ([donor('d2')], [], [specimen('s2')]),
        ([specimen('s2')], [], [cell_line('l2')]),
        ([specimen('s1'), cell_line('l2')], [], [suspension()]),
        ([suspension()], [], [file()]),
    ))
    assert ids(documents['cell_suspensions', 'suspension'])['samples'] == ['l2', 's1']
    assert ids(documents['files', 'file'])['donors'] == ['d1', 'd2']
    assert of(documents, 'samples') == ['l2', 's1']


def test_a_sample_that_no_file_was_made_from_is_none_although_the_project_shows_the_specimen() -> None:
    documents = transformed(bundle_of(([donor()], [], [specimen()]), ([specimen()], [], [suspension()])))
    assert set(documents) == {('cell_suspensions', 'suspension'), ('projects', 'project'), ('bundles', FQID.uuid)}
    assert ids(documents['projects', 'project']) == {
        'projects': ['project'], 'donors': ['donor'], 'specimens': ['specimen'], 'cell_suspensions': ['suspension'],
    }


def test_a_document_of_a_suspension_shows_that_suspension_only() -> None:
    documents = transformed(bundle_of(
        ([specimen()], [], [suspension('first')]),
        ([suspension('first')], [], [suspension('second')]),
        ([suspension('second')], [], [file()]),
    ))
    assert ids(documents['cell_suspensions', 'second'])['cell_suspensions'] == ['second']
    assert ids(documents['files', 'file'])['cell_suspensions'] == ['first', 'second']


def test_an_imaged_specimen_is_passed_through() -> None:
    slide = entity('biomaterial', 'imaged_specimen', 'slide')
    documents = transformed(bundle_of(([specimen()], [], [slide]), ([slide], [], [file(schema='image_file')])))
    assert ids(documents['files', 'file']) == {
        'projects': ['project'], 'specimens': ['specimen'], 'samples': ['specimen'], 'files': ['file'],
    }


def test_a_file_that_no_link_mentions_comes_with_the_project_only() -> None:
    documents = transformed(bundle_of(([specimen()], [], [file()]), also=(file('pdf', schema='supplementary_file'),)))
    assert ids(documents['files', 'pdf']) == {'projects': ['project'], 'files': ['pdf']}
    assert ids(documents['bundles', FQID.uuid])['files'] == ['file', 'pdf']


def test_a_file_that_the_manifest_lacks_has_samples_but_no_document_and_is_in_none() -> None:
    bundle = bundle_of(([specimen()], [], [file()]))
    bundle = Bundle.create(FQID, [entry for entry in bundle.manifest if entry.indexed], bundle.metadata)
    documents = transformed(bundle)
    assert set(documents) == {('samples', 'specimen'), ('projects', 'project'), ('bundles', FQID.uuid)}
    assert all('files' not in ids(contents) for contents in documents.values())


def test_members_of_a_zarr_store_have_samples_but_no_documents() -> None:
    store = [file(name, f'x.zarr!{name}', schema='analysis_file') for name in ('.zattrs', '.zgroup', 'm!0')]
    documents = transformed(bundle_of(([specimen('a')], [], store[:1]), ([specimen('b')], [], store[1:])))
    assert of(documents, 'files') == ['.zattrs']
    assert of(documents, 'samples') == ['a', 'b']
    assert ids(documents['projects', 'project'])['files'] == ['.zattrs']
    store, = documents['files', '.zattrs']['files']
    assert (store['name'], store['members']) == ('x.zarr!.zattrs', 3)


FACTS = {'library_construction_approach': 'Smart-seq2', 'instrument_manufacturer_model': {'text': 'HiSeq'},
         'paired_ends': True}


def test_processes_of_v5_that_have_the_facts_of_protocols_are_protocols() -> None:
    library = process('library', 'library_preparation_process', **FACTS)
    sequencing = process('sequencing', 'sequencing_process', **FACTS)
    bare = protocol('protocol', 'bare', protocol_core={'protocol_id': 'x'})
    links = [*edges([specimen()], library, [file()], [bare]), *edges([specimen()], sequencing, [file()], [bare])]
    documents = transformed(v5(project(), specimen(), file(), bare, library, sequencing, links=links))
    for contents in documents.values():
        assert contents['protocols'] == [
            {'document_id': 'library', 'library_construction_approach': 'Smart-seq2'},
            {'document_id': 'sequencing', 'instrument_manufacturer_model': 'HiSeq', 'paired_end': True},
        ]


def test_a_process_and_a_protocol_of_one_id_are_one_protocol_with_the_facts_of_both() -> None:
    same = process('same', 'library_preparation_process', **FACTS), protocol('sequencing_protocol', 'same', **FACTS)
    links = edges([specimen()], same[0], [file()], same[1:])
    for contents in transformed(v5(project(), specimen(), file(), *same, links=links)).values():
        assert contents['protocols'] == [{
            'document_id': 'same', 'library_construction_approach': 'Smart-seq2',
            'instrument_manufacturer_model': 'HiSeq', 'paired_end': True,
        }]


def test_documents_with_the_same_files_have_one_list_of_them() -> None:
    suspensions, files = [suspension(f's{n}') for n in range(9)], [file(f'r{n}') for n in range(9)]
    steps = (([specimen(f'o{n}')], [], [each]) for n, each in enumerate(suspensions))
    documents = transformed(bundle_of(*steps, (suspensions, [LIBRARY], files)))
    assert len({id(documents['cell_suspensions', f's{n}']['files']) for n in range(9)}) == 1


@pytest.mark.parametrize('made_by', [process('p', 'library_preparation_process'), process('p', 'process', **FACTS)])
def test_other_processes_are_no_protocols(made_by: JSON) -> None:
    documents = transformed(vx(project(), specimen(), made_by, file(), links=[link_3([specimen()], made_by, [file()])]))
    assert documents['files', 'file']['protocols'] == []


def test_a_suspension_has_the_organs_of_its_samples() -> None:
    eye = specimen('eye', organ={'text': 'eye'}, organ_parts=[{'text': 'retina'}, {'text': 'lens'}])
    heart = specimen('heart', organ={'text': 'heart'}, organ_part={'text': 'valve'})
    liver = cell_line('liver', model_organ={'text': 'liver'})
    brain = organoid('brain', model_for_organ={'text': 'brain'}, model_organ_part='cortex')
    documents = transformed(bundle_of(
        ([eye, liver], [], [suspension('a')]),
        ([brain], [], [suspension('b')]),
        ([heart], [], [liver]),
        ([eye], [], [brain]),
        ([specimen('unknown')], [], [suspension('c')]),
    ))

    def organs(id: str) -> tuple[Any, Any]:
        inner, = documents['cell_suspensions', id]['cell_suspensions']
        return inner['organ'], inner['organ_part']

    assert organs('a') == (['eye', 'liver'], ['lens', 'retina'])
    assert organs('b') == (['brain'], ['cortex'])
    assert organs('c') == ([], [])


def test_an_error_is_raised_before_any_contribution_is_given_out() -> None:
    bundle = vx(project(), file(), links=['x'])  # type: ignore[list-item]  # that is the fault
    with pytest.raises(Exception, match='link that is no object'):
        plugin.transform(bundle)


def test_documents_do_not_depend_on_the_order_of_files_and_links() -> None:
    links = SIMPLE.metadata['links.json']['links']
    metadata = dict(reversed(list(SIMPLE.metadata.items())))
    metadata['links.json'] = {'links': links[::-1]}
    reversed_bundle = Bundle.create(FQID, SIMPLE.manifest[::-1], metadata)
    assert list(plugin.transform(reversed_bundle)) == list(plugin.transform(SIMPLE))


def contributions(bundle: Bundle, entity_type: str) -> list[Contribution]:
    return [each for each in plugin.transform(bundle) if each.entity.entity_type == entity_type]


def test_the_aggregate_of_a_project_sums_what_is_known_over_distinct_suspensions() -> None:
    def bundle(*suspensions: JSON) -> Contribution:
        eye = specimen(organ={'text': 'eye'})
        found, = contributions(bundle_of(([eye], [], [*suspensions]), ([*suspensions], [], [file()])), 'projects')
        return found

    def total(*contributions: Contribution) -> Any:
        reference = contributions[0].entity
        group, = aggregate(SCHEMA, reference, contributions).contents['cell_suspensions']
        return group['organ'], group['total_estimated_cells']

    known, unknown = suspension('k', estimated_cell_count=7), suspension('u')
    assert total(bundle(known, unknown)) == (['eye'], 7)
    assert total(bundle(unknown)) == (['eye'], None)


@pytest.mark.parametrize(('name', 'names'), [
    ('mouse', ['mouse', 'mouse', 'name of c']),
    (None, ['name of c', None, None]),
])
def test_aggregates_have_a_name_of_each_donor_as_clients_count_these(name: str | None, names: list[str | None]) -> None:
    donors = [donor('a'), donor('b'), donor('c')]
    for each in donors[:2]:
        each['biomaterial_core']['biomaterial_id'] = name
    for entity_type in 'projects', 'samples', 'files':
        bundle = bundle_of((donors, [], [specimen()]), ([specimen()], [], [file()]))
        found, = contributions(bundle, entity_type)
        group, = aggregate(SCHEMA, found.entity, [found]).contents['donors']
        assert group['document_id'] == ['a', 'b', 'c']
        assert group['biomaterial_id'] == names


def test_the_aggregate_of_a_project_has_a_row_for_each_format_of_files() -> None:
    bundle = bundle_of(([specimen()], [], [file('a'), file('b'), file('c', schema='analysis_file')]))
    bundle.metadata['analysis_file_0.json']['file_core']['format'] = 'bam'
    found, = contributions(bundle, 'projects')
    assert aggregate(SCHEMA, found.entity, [found]).contents['files'] == [
        {'file_format': 'bam', 'size': 100, 'count': 1}, {'file_format': 'fastq.gz', 'size': 200, 'count': 2},
    ]


def test_assay_types_aggregate_to_a_list_the_most_frequent_first() -> None:
    targets = [{'assay_type': {'text': label}} for label in ('smFISH', 'ISS', 'ISS', 'MERFISH')]
    imaging = protocol('imaging_protocol', 'imaging', target=targets)
    silent = protocol('imaging_protocol', 'silent')
    found, = contributions(bundle_of(([specimen()], [imaging, silent], [file(schema='image_file')])), 'projects')
    assert found.contents['protocols'] == [
        {'document_id': 'imaging', 'assay_type': {'ISS': 2, 'MERFISH': 1, 'smFISH': 1}},
        {'document_id': 'silent', 'assay_type': None},
    ]
    merged = aggregate(SCHEMA, found.entity, [found])
    assert merged.contents['protocols'][0]['assay_type'] == ['ISS', 'MERFISH', 'smFISH']
    assert merged.to_json(SCHEMA)['fields']['assayType'] == ['ISS', 'MERFISH', 'smFISH']


def ladder(levels: int) -> Bundle:
    """Two suspensions on each level, both made from both of the level above: the number of ways up is 2 ** levels."""
    pairs = [[suspension(f'{level:05}a'), suspension(f'{level:05}b')] for level in range(levels)]
    rungs: list[Any] = [(above, [], below) for above, below in itertools.pairwise(pairs)]
    return bundle_of(([specimen()], [], pairs[0]), *rungs, (pairs[-1], [], [file()]))


def test_neither_the_number_of_ways_through_a_graph_nor_its_depth_matters() -> None:
    found = next(iter(plugin.transform(ladder(2000))))  # the one of the file; each suspension has as many relations
    assert (found.entity.entity_type, len(found.contents['cell_suspensions'])) == ('files', 4000)
