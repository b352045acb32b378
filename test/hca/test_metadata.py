"""Layouts, links, and what of a bundle is refused."""
from collections.abc import Callable
from typing import Any

import pytest

from azul.errors import BundleError
from azul.index.bundle import Bundle
from azul.projects.hca import plugin
from azul.projects.hca.metadata.layout import entities
from azul.projects.hca.metadata.model import Metadata
from azul.projects.hca.metadata.oddities import Oddities
from azul.projects.hca.metadata.stores import Store, is_member, representatives
from hca import sketches
from hca.sketches import (
    FQID,
    JSON,
    deep,
    donor,
    edges,
    entity,
    file,
    link_1,
    link_3,
    process,
    project,
    protocol,
    specimen,
    suspension,
    v5,
    vx,
)

DOCUMENTS = (project(), donor(), specimen(), suspension(), file('r1'), file('r2'), process('taken'), process('split'),
             process('read'), protocol('sequencing_protocol', 'sequencing'))
STEPS: tuple[tuple[list[JSON], JSON, list[JSON], list[JSON]], ...] = (
    ([donor()], process('taken'), [specimen()], []),
    ([specimen()], process('split'), [suspension()], []),
    ([suspension()], process('read'), [file('r1'), file('r2')], [protocol('sequencing_protocol', 'sequencing')]),
)
BUNDLES = {
    'v5 with links 1.0': v5(*DOCUMENTS, links=[edge for step in STEPS for edge in edges(*step)]),
    'vx with links 1.1': vx(*DOCUMENTS, links=[link_1(*step) for step in STEPS]),
    'vx with links 3': vx(*DOCUMENTS, links=[link_3(*step) for step in STEPS]),
    'vx with repeated links': vx(*DOCUMENTS, links=[link_3(*step) for step in STEPS * 3]),
}


def metadata(bundle: Bundle) -> tuple[Metadata, dict[str, int]]:
    oddities = Oddities()
    return Metadata.of(bundle, oddities), dict(oddities.counts)


def fault(bundle: Bundle) -> tuple[str, str]:
    """File and fault of the error that refuses the bundle, after it is clear that the error names the bundle."""
    with pytest.raises(BundleError) as caught:
        plugin.transform(bundle)  # not even iterated
    assert caught.value.bundle == str(FQID)
    return caught.value.file, caught.value.fault


@pytest.mark.parametrize('bundle', BUNDLES.values(), ids=BUNDLES)
def test_all_layouts_and_forms_of_links_give_the_same_graph(bundle: Bundle) -> None:
    model, oddities = metadata(bundle)
    assert oddities == {}
    graph = {
        (source.kind, source.id, destination.kind, destination.id)
        for source, destinations in model.graph.children.items() for destination in destinations
    }
    assert graph == {
        ('biomaterial', 'donor', 'process', 'taken'), ('process', 'taken', 'biomaterial', 'specimen'),
        ('biomaterial', 'specimen', 'process', 'split'), ('process', 'split', 'biomaterial', 'suspension'),
        ('biomaterial', 'suspension', 'process', 'read'), ('process', 'read', 'file', 'r1'),
        ('process', 'read', 'file', 'r2'),
    }
    assert [(process.id, [each.id for each in protocols]) for process, protocols in model.graph.protocols.items()] == [
        ('read', ['sequencing'])
    ]
    assert sum(len(each) for each in model.graph.parents.values()) == len(graph)


def test_an_id_is_unique_among_the_entities_of_a_kind_only() -> None:
    same = 'same'
    step = [donor(same)], process(same), [file(same)], [protocol('analysis_protocol', same)]
    documents = project(same), *step[0], step[1], *step[2], *step[3]
    for bundle in (vx(*documents, links=[link_3(*step)]), vx(*documents, links=[link_1(*step)]),
                   v5(*documents, links=edges(*step))):
        model, oddities = metadata(bundle)
        assert oddities == {}
        edges_found = {(a.kind, b.kind) for a, neighbours in model.graph.children.items() for b in neighbours}
        assert edges_found == {('biomaterial', 'process'), ('process', 'file')}


def test_an_id_is_believed_rather_than_the_type_that_a_link_states() -> None:
    link = link_3([donor()], process('p'), [specimen()])
    link['inputs'][0]['input_type'] = 'cell_suspension'
    link['outputs'][0]['output_type'] = 'sequence_file'
    link['process_type'] = 'analysis_process'
    model, oddities = metadata(vx(project(), donor(), specimen(), process('p'), links=[link]))
    assert oddities == {'link that states another type than the entity has': 3}
    assert [(a.id, [b.id for b in each]) for a, each in model.graph.children.items()] == [
        ('donor', ['p']), ('p', ['specimen'])
    ]


def test_a_link_that_does_not_say_its_type_is_that_of_a_process() -> None:
    link = link_3([donor()], process('p'), [specimen()])
    del link['link_type']
    model, oddities = metadata(vx(project(), donor(), specimen(), process('p'), links=[link]))
    assert (len(model.graph.parents), oddities) == (2, {})


def test_a_link_to_supplementary_files_makes_no_edge() -> None:
    link = {'link_type': 'supplementary_file_link', 'entity': {'entity_type': 'project', 'entity_id': 'project'},
            'files': [{'file_type': 'supplementary_file', 'file_id': 'readme'}]}
    model, oddities = metadata(vx(project(), file('readme', schema='supplementary_file'), links=[link]))
    assert (oddities, model.graph.children, model.graph.parents) == ({}, {}, {})


@pytest.mark.parametrize(('content', 'expected'), [
    ({'describedBy': 'https://x.org/type/biomaterial/1.0.0/tissue_slice'}, ('biomaterial', 'tissue_slice')),
    ({'describedBy': 'http://x.org/type/process/analysis/11.0.1/analysis_process'}, ('process', 'analysis_process')),
    ({'describedBy': 'https://x.org/type/novelty/1.0.0/thing', 'schema_type': 'file'}, ('file', 'thing')),
    ({'schema_type': 'protocol'}, ('protocol', '')),
    ({'describedBy': None, 'schema_type': 'process'}, ('process', '')),
])
def test_a_schema_that_nobody_knows_degrades_to_its_kind(content: JSON, expected: tuple[str, str]) -> None:
    documents = {'project_0.json': project(), 'thing_0.json': {**content, 'provenance': {'document_id': 'thing'}}}
    assert [(each.kind, each.schema) for each in entities(documents)][1:] == [expected]


def test_a_bundle_with_unknown_schemas_is_transformed() -> None:
    step = [specimen()], process('p', 'teleportation_process'), [file(schema='hologram_file')]
    magic = entity('protocol', 'magic_protocol', 'magic')
    bundle = vx(project(), *step[0], step[1], *step[2], magic, links=[link_3(*step)])
    assert ('files', 'file') in sketches.transformed(bundle)
    _, oddities = metadata(bundle)
    assert oddities == {f'{kind} of a schema that we do not know': 1 for kind in ('file', 'process', 'protocol')}


@pytest.mark.parametrize('document', [
    {},
    {'describedBy': 'https://x.org/type/novelty/1.0.0/thing', 'schema_type': 'novelty'},
    {'describedBy': 7, 'schema_type': ['file']},
])
def test_an_entity_of_no_kind_is_refused(document: JSON) -> None:
    document = {**document, 'provenance': {'document_id': 'x'}}
    bundle = sketches.bundle({'project_0.json': project(), 'links.json': {'links': []}, 'thing_0.json': document}, [])
    assert fault(bundle) == ('thing_0.json', 'neither describedBy nor schema_type says what kind of entity this is')


@pytest.mark.parametrize('provenance', [None, {}, {'document_id': ''}, {'document_id': 7}, 'x'])
def test_an_entity_without_an_id_is_refused(provenance: Any) -> None:
    bundle = vx(project(), {**process('p'), 'provenance': {'document_id': 'p'}})
    bundle.metadata['process_0.json']['provenance'] = provenance
    assert fault(bundle) == ('process_0.json', 'process without a document id')


@pytest.mark.parametrize('layout', [vx, v5])
def test_an_entity_with_too_much_to_say_is_refused_whatever_it_says(layout: Callable[..., Bundle]) -> None:
    for text in 'x' * 3_000_000, 'é' * 1_500_000:
        named, told = fault(layout(project(project_core={'project_description': text}), donor()))
        assert named.startswith('project')
        assert told == 'metadata of more than 3000000 bytes: project project'


def test_an_id_too_long_for_the_engine_is_refused() -> None:
    assert sketches.transformed(vx(project('i' * 256)))
    named, text = fault(vx(project('i' * 257)))
    assert (named, text[:34]) == ('project_0.json', 'document id of more than 256 bytes')
    assert len(text) < 200
    assert fault(vx(project('é' * 129)))[0] == 'project_0.json'
    assert fault(vx(project(), donor('a\n')))[0] == 'donor_organism_0.json'


@pytest.mark.parametrize('layout', [vx, v5])
def test_a_link_nested_ever_so_deeply_is_refused(layout: Callable[..., Bundle]) -> None:
    for link in deep(), {'link_type': deep()}, {'process': 'p', 'inputs': [[deep()]]}, {'process': deep()}:
        named, text = fault(layout(project(), process('p'), links=[link]))
        assert named == 'links.json'
        assert len(text) < 400


def test_an_entity_nested_ever_so_deeply_is_refused() -> None:
    named, text = fault(changed(V5, 'biomaterial.json', {'biomaterials': [deep()]}))
    assert (named, text[:13]) == ('biomaterial.json', 'not an object')


def test_a_layout_older_than_v5_is_refused() -> None:
    bundle = sketches.bundle({'project.json': {'core': {'schema_url': 'old'}}, 'sample.json': {}, 'assay.json': {}}, [])
    assert fault(bundle) == ('project.json', 'layout older than v5')


def without(bundle: Bundle, name: str) -> Bundle:
    return sketches.bundle({file: content for file, content in bundle.metadata.items() if file != name}, [])


def changed(bundle: Bundle, name: str, content: Any) -> Bundle:
    return sketches.bundle({**bundle.metadata, name: content}, [])


VX, V5 = vx(project(), donor(), process('p')), v5(project(), donor(), process('p'))


@pytest.mark.parametrize(('bundle', 'file', 'fault_part'), [
    (without(VX, 'project_0.json'), '', 'there is no project'),
    (without(V5, 'project.json'), '', 'there is no project'),
    (changed(VX, 'project_0.json', donor('other')), '', 'there is no project'),
    (vx(project(), project('second')), 'project_1.json', 'a second project, second, beside project'),
    (vx(project(), donor(), donor()), 'donor_organism_1.json', 'a second biomaterial of id donor'),
    (v5(project(), donor(), specimen('donor')), 'biomaterial.json', 'a second biomaterial of id donor'),
    (without(VX, 'links.json'), 'links.json', 'no list of links'),
    (changed(VX, 'links.json', {'links': {}}), 'links.json', 'no list of links'),
    (without(V5, 'links.json'), 'links.json', 'no list of links'),
    (changed(V5, 'biomaterial.json', {}), 'biomaterial.json', 'no list of biomaterials'),
    (changed(V5, 'biomaterial.json', {'biomaterials': ['x']}), 'biomaterial.json', 'not an object'),
    (changed(V5, 'novelty.json', {}), 'novelty.json', 'the v5 layout has no such metadata file'),
    (vx(project(), file('a', 'same.gz'), file('b', 'same.gz'), data=['same.gz']), 'sequence_file_1.json',
     'describes same.gz, as does sequence_file_0.json'),
])
def test_a_bundle_that_is_no_whole_is_refused(bundle: Bundle, file: str, fault_part: str) -> None:
    named, text = fault(bundle)
    assert named == file
    assert fault_part in text


LINK = link_3([donor()], process('p'), [specimen()])
EDGE = edges([donor()], process('p'), [])[0]


@pytest.mark.parametrize(('link', 'fault_part'), [
    ('x', 'link that is no object'),
    ({}, 'link of a form that we do not know'),
    ({**LINK, 'link_type': 'friendship'}, 'link of a form that we do not know'),
    ({**LINK, 'process_id': 'gone'}, 'link to a process that the bundle does not have: gone'),
    ({**LINK, 'process_id': None}, 'link to something without an id'),
    ({**LINK, 'process_id': 'donor'}, 'link to a process that the bundle does not have: donor'),
    ({**LINK, 'inputs': [{'input_id': 'gone'}]}, 'link to a biomaterial or file that the bundle does not have: gone'),
    ({**LINK, 'inputs': 'gone'}, 'link to a biomaterial or file that the bundle does not have: gone'),
    ({**LINK, 'outputs': [{}]}, 'link to something without an id'),
    ({**LINK, 'protocols': [{'protocol_id': 'gone'}]}, 'link to a protocol that the bundle does not have: gone'),
    ({**EDGE, 'source_id': 'gone'}, 'link to a biomaterial or file or process that the bundle does not have: gone'),
    ({**EDGE, 'destination_id': ['x']}, 'link to something without an id'),
    ({**EDGE, 'destination_id': 'specimen'}, 'link from a biomaterial to a biomaterial: donor to specimen'),
    ({**EDGE, 'destination_id': 'q'}, 'link from a biomaterial to a protocol: donor to q'),
    ({'link_type': 'supplementary_file_link', 'entity': {'entity_id': 'gone'}, 'files': []}, 'not have: gone'),
    ({'link_type': 'supplementary_file_link', 'entity': {'entity_id': 'project'}, 'files': [{'file_id': 'donor'}]},
     'link to a file that the bundle does not have: donor'),
    (link_3([specimen()], process('p'), [specimen()]), 'cyclic link'),
])
@pytest.mark.parametrize('layout', [vx, v5])
def test_a_link_that_is_none_is_refused(layout: Callable[..., Bundle], link: Any, fault_part: str) -> None:
    bundle = layout(project(), donor(), specimen(), process('p'), protocol('protocol', 'q'), links=[link])
    named, text = fault(bundle)
    assert named == 'links.json'
    assert fault_part in text


def test_a_file_that_manifest_or_metadata_lack_is_counted() -> None:
    nameless = entity('file', 'sequence_file', 'nameless')
    bundle = vx(project(), file('a'), file('b'), nameless, data=['a.fastq.gz', 'c.fastq.gz', 'd.fastq.gz'])
    model, oddities = metadata(bundle)
    assert [(file.id, entry.name) for file, entry in model.downloads.items()] == [('a', 'a.fastq.gz')]
    assert [file.id for file in model.files] == ['a', 'b', 'nameless']
    assert oddities == {'file metadata without a data file in the manifest': 2, 'data file without metadata': 2}


def test_a_metadata_file_is_no_data_file() -> None:
    model, oddities = metadata(vx(project(), file('a', 'project_0.json'), data=[]))
    assert (model.downloads, oddities) == ({}, {'file metadata without a data file in the manifest': 1})


def test_one_member_represents_a_zarr_store() -> None:
    names = ['x.zarr!.zattrs', 'x.zarr!.zgroup', 'x.zarr!matrix!.zattrs', 'x.zarr!matrix!0.0', 'x.zarr', 'y.zattrs']
    model, oddities = metadata(vx(project(), *(file(name, name) for name in names)))
    assert [entry.name for entry in model.downloads.values()] == ['x.zarr!.zattrs', 'x.zarr', 'y.zattrs']
    assert oddities == {}


def test_a_store_without_attributes_is_represented_by_the_first_of_its_members_and_counted() -> None:
    model, oddities = metadata(vx(project(), *(file(name, name) for name in ['x.zarr!b', 'x.zarr!a', 'y.loom!c'])))
    assert sorted(entry.name for entry in model.downloads.values()) == ['x.zarr!a', 'y.loom!c']
    assert oddities == {'store without .zattrs, represented by another member': 2}


@pytest.mark.parametrize('name', ['x.zarr', 'x.zarr.zip', 'zarr!x', 'x.zarrs!y', 'dir/x.loom', 'x.mtx.gz', '.zarr!x'])
def test_what_only_looks_like_a_member_of_a_store_is_a_file(name: str) -> None:
    assert not is_member(name)


@pytest.mark.parametrize('name', ['x.zarr!.zattrs', 'x.zarr/0.0', 'd/x.loom/a/b', 'x.mtx!m.mtx', 'a.zarr!b.zarr!c'])
def test_members_of_stores_are_told_by_their_names(name: str) -> None:
    assert is_member(name)


def test_a_store_counts_all_its_members_whether_described_or_not() -> None:
    described = ['x.zarr!.zattrs', 'x.zarr!0', 'y.mtx/barcodes.tsv']
    stores = representatives(described, [*described, 'x.zarr!1', 'y.mtx/genes.tsv', 'z.zarr!.zattrs'], Oddities())
    assert stores == {'x.zarr!.zattrs': Store('x.zarr', 3), 'y.mtx/barcodes.tsv': Store('y.mtx', 2)}


def test_oddities_are_reported_once_for_each_kind(caplog: pytest.LogCaptureFixture) -> None:
    bundle = vx(project(), file('a'), file('b'), data=['c.gz'])
    assert sketches.transformed(bundle)
    assert [record.getMessage() for record in caplog.records] == [
        f"Bundle {FQID}: 1 × data file without metadata, first 'c.gz'",
        f"Bundle {FQID}: 2 × file metadata without a data file in the manifest, first 'a.fastq.gz'",
    ]


def test_an_id_is_taken_from_whichever_provenance_has_one() -> None:
    renamed = {**project(), 'hca_ingest': {'accession': '', 'document_id': None}}
    bundle = vx(renamed, *DOCUMENTS[1:], links=[link_3(*step) for step in STEPS])
    assert Metadata.of(bundle, Oddities()).project.id == project()['provenance']['document_id']
