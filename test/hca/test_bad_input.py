"""Bundles that cannot be indexed, from the data store to the ledger: each named with its fault, none half-written."""
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from azul.config import Config
from azul.index.bundle import JSON, Bundle, BundleFQID
from azul.indexer.messages import Notification
from azul.indexer.wiring import Indexer
from azul.local.provision import provide_queues
from azul.local.store.server import serving
from fixtures.bundle_folder import BundleFolder, entry
from fixtures.pump import Pump
from fixtures.toys import unique
from hca.sketches import donor, file, link_3, process, project, specimen, suspension, vx

MEGABYTE = 10 ** 6

MADE = [link_3([donor()], process('taken'), [specimen()]), link_3([specimen()], process('read'), [file('r1')])]
WHOLE = (project(), donor(), specimen(), process('taken'), process('read'), file('r1'))
GOOD = vx(*WHOLE, links=MADE)


def without(bundle: Bundle, name: str) -> dict[str, Any]:
    return {file: content for file, content in bundle.metadata.items() if file != name}


def larger(document: JSON, size: int) -> bytes:
    text = json.dumps(document)
    return (text + ' ' * (size - len(text))).encode()


LINK_TO_NOBODY = link_3([donor('nobody')], process('taken'), [specimen()])
CIRCLE = [link_3([specimen()], process('taken'), [suspension()]), link_3([suspension()], process('read'), [specimen()])]

BAD: dict[str, tuple[dict[str, Any], list[JSON], str, str]] = {
    'no project': (without(GOOD, 'project_0.json'), [], '', 'there is no project'),
    'two projects': ({**GOOD.metadata, 'project_1.json': project('second')}, [], 'project_1.json',
                     'a second project, second, beside project'),
    'a link to a missing entity': (dict(vx(*WHOLE, links=[LINK_TO_NOBODY]).metadata), [], 'links.json',
                                   'link to a biomaterial or file that the bundle does not have: nobody'),
    'a cyclic link': (dict(vx(*WHOLE, suspension(), links=CIRCLE).metadata), [], 'links.json', 'cyclic link'),
    'a duplicate file name': (dict(GOOD.metadata), [entry('r1.fastq.gz'), entry('r1.fastq.gz')], 'r1.fastq.gz',
                              'two files of this name'),
    'a metadata file that is a list': ({**GOOD.metadata, 'donor_organism_0.json': [donor()]}, [],
                                       'donor_organism_0.json', 'metadata file is not a JSON object'),
    'a metadata file that is no JSON': ({**GOOD.metadata, 'donor_organism_0.json': b'{"a": '}, [],
                                        'donor_organism_0.json', 'not JSON'),
    'an entity of no kind': ({**GOOD.metadata, 'thing_0.json': {'provenance': {'document_id': 'thing'}}}, [],
                             'thing_0.json', 'neither describedBy nor schema_type'),
    'a metadata file of 100 MB': ({**GOOD.metadata, 'donor_organism_0.json': larger(donor(), 100 * MEGABYTE)}, [],
                                  'donor_organism_0.json', 'too large for a metadata file'),
    'a value of 5 MB': ({**GOOD.metadata, 'donor_organism_0.json': donor(weight='x' * 5 * MEGABYTE)}, [],
                        'donor_organism_0.json', 'metadata of more than 3000000 bytes: biomaterial donor'),
}


ODD: dict[str, tuple[str, str, str]] = {
    'an unparsable age': ('elderly', 'year', "1 × age that is neither a number nor a range, first 'elderly year'"),
    'a unit nobody knows': ('7', 'fortnight', "1 × unit of age that nobody knows, first '7 fortnight'"),
}


def put(folder: BundleFolder, metadata: dict[str, Any], data: list[JSON]) -> BundleFQID:
    return folder.put(metadata=metadata, manifest=[*(entry(name, indexed=True) for name in metadata), *data])


class System:
    """An indexer with queues and indices of its own, and a data store with all the bundles that tests want."""

    def __init__(self, config: Config, bundles: dict[str, BundleFQID]) -> None:
        self.indexer = Indexer(config)
        self.pump = Pump(self.indexer)
        self.bundles = bundles
        provide_queues(config)
        self.generation = self.indexer.generations.create_first()
        self.indices = self.indexer.generations.indices(self.generation.number)

    def add(self, *bundles: BundleFQID) -> None:
        self.indexer.contributor.notifications.send(
            Notification.create(action='add', bundle_uuid=bundle.uuid, bundle_version=bundle.version).encode()
            for bundle in bundles
        )
        self.pump.drain(patience=60)

    def documents(self, bundle: BundleFQID) -> list[JSON]:
        """Its contributions, and the aggregates that list it."""
        names = self.indexer.plugin.schema.entity_type
        indices = [*map(self.indices.contributions, names), *map(self.indices.aggregates, names)]
        self.indexer.engine.refresh(indices)
        query = {'bool': {'should': [{'term': {name: bundle.uuid}} for name in ('bundle_uuid', 'fields.bundleUuid')]}}
        return [hit['_source'] for index in indices
                for hit in self.indexer.engine.search(index, {'query': query})['hits']['hits']]


@pytest.fixture(scope='module')
def system(engine: str, queues: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    prefix, path = unique('azul'), tmp_path_factory.mktemp('bundles')
    folder, reads = BundleFolder(path), entry('r1.fastq.gz')
    bundles = {what: put(folder, metadata, data or [reads]) for what, (metadata, data, _, _) in BAD.items()}
    bundles |= {f'good beside {what}': put(folder, dict(GOOD.metadata), [reads]) for what in BAD}
    bundles |= {
        what: put(folder, {**GOOD.metadata, 'donor_organism_0.json': donor(organism_age=age, organism_age_unit=unit)},
                  [reads]) for what, (age, unit, _) in ODD.items()
    }
    with serving(path) as url:
        system = System(Config(stage='test', project='hca', resource_prefix=prefix, index_prefix=prefix,
                               es_endpoint=engine, dss_endpoint=f'{url}/v1', sqs_endpoint=queues, retry_delay=0,
                               max_attempts=3, visibility=10), bundles)
        try:
            yield system
        finally:
            system.indexer.engine.delete_indices(f'{prefix}_*')
            system.indexer.engine.close()


@pytest.mark.parametrize('what', BAD)
def test_a_bad_bundle_is_recorded_with_its_fault_and_nothing_of_it_is_written(system: System, what: str) -> None:
    _, _, named, fault = BAD[what]
    bad, good = system.bundles[what], system.bundles[f'good beside {what}']
    system.add(bad, good)

    versions = system.indexer.contributor.ledger(system.generation).read([bad.uuid, good.uuid])
    recorded = versions[bad.uuid].versions[bad.version]
    assert recorded.state == 'failed'
    assert recorded.cause.startswith(f'bundle {bad}, file {named}: ' if named else f'bundle {bad}: ')
    assert fault in recorded.cause
    assert system.documents(bad) == []

    letter, = system.pump.dead_letters('notifications')
    assert letter.cause.text == recorded.cause

    assert versions[good.uuid].state(good.version) == 'added', 'what came with it is indexed all the same'
    assert system.documents(good)


@pytest.mark.parametrize('what', ODD)
def test_an_odd_age_is_kept_as_text_without_a_range_and_counted(system: System, caplog: pytest.LogCaptureFixture,
                                                                what: str) -> None:
    age, unit, warning = ODD[what]
    bundle = system.bundles[what]
    with caplog.at_level(logging.WARNING):
        system.add(bundle)
    donors = [inner for document in system.documents(bundle) if 'bundle_uuid' in document
              for inner in document['contents'].get('donors', [])]
    assert donors
    for inner in donors:
        assert (inner['organism_age'], inner['organism_age_unit'], inner['organism_age_range']) == (age, unit, None)
    assert f'Bundle {bundle}: {warning}' in [record.getMessage() for record in caplog.records]
