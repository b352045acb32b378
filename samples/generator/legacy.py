"""A bundle from before v5, which no indexer reads: to be rejected."""
from datetime import UTC, datetime
from typing import Any

from samples.generator.bundle import GeneratedBundle
from samples.generator.chance import Chance, uuid_of
from samples.generator.manifest import FORMS, invented_file, metadata_file
from samples.generator.vocabulary import HUMAN

JSON = dict[str, Any]

MOMENT = datetime(2018, 3, 2, tzinfo=UTC)
NAME = 'SpleenTrial'


def bundle() -> GeneratedBundle:
    chance = Chance(1, NAME)
    sample_id, fastqs = uuid_of(NAME, 'sample'), ('trial_1.fastq.gz', 'trial_2.fastq.gz')
    documents = {
        'project.json': {
            **_core('project'),
            'id': NAME,
            'title': 'A trial of the pipelines with one spleen',
            'description': 'Made before anybody knew what to write down.',
            'contributors': [{**_core('contact'), 'name': 'Dagny,,Morningside'}],
            'submitter': {**_core('contact'), 'name': 'Dagny,,Morningside', 'email': 'person1@example.org',
                          'institution': 'Northmoor University', 'address': '1 Heath Lane', 'city': 'Northmoor',
                          'country': 'UK'}},
        'sample.json': {
            **_core('sample'),
            'id': sample_id,
            'name': 'spleen',
            'title': 'half a spleen',
            'project_id': NAME,
            'organ': {'text': 'spleen', 'ontology': 'UBERON_0002106'},
            'body_part': {'text': 'spleen'},
            'donor': {**_core('donor'), 'id': uuid_of(NAME, 'donor'), 'age': 41, 'age_unit': 'year',
                      'is_living': 'no', 'life_stage': 'adult',
                      'species': {'text': HUMAN.term.text, 'ontology': str(HUMAN.taxon)}}},
        'assay.json': {
            **_core('assay'),
            'id': uuid_of(NAME, 'assay'),
            'sample_id': sample_id,
            'rna': {**_core('rna'), 'end_bias': 'full_transcript', 'primer': 'poly-dt',
                    'library_construction': 'smart-seq2'},
            'single_cell': {**_core('single_cell'), 'cell_handling': 'plate'},
            'seq': {**_core('seq'), 'instrument_model': 'Illumina HiSeq 2500', 'instrument_platform': 'Illumina',
                    'molecule': 'RNA', 'paired_ends': 'yes',
                    'lanes': [{'number': chance.number(1, 8), 'r1': fastqs[0], 'r2': fastqs[1]}]}}}
    uuid = uuid_of(NAME, 'bundle')
    files = [metadata_file(name, uuid_of(uuid, name), MOMENT, document, name.removesuffix('.json'), generated=False)
             for name, document in documents.items()]
    files += [invented_file(name, 'fastq.gz', uuid_of(uuid, name), MOMENT) for name in fastqs]
    return GeneratedBundle(uuid, f'{MOMENT:%Y-%m-%dT%H%M%S.%fZ}', [FORMS['bare'](file) for file in files], documents,
                           ('older than v5',), 'rejected: layout older than v5')


def _core(type_: str) -> JSON:
    return {'core': {'type': type_, 'schema_version': '3.0.0',
                     'schema_url': f'http://schema.example.org/schema/{type_}.json'}}
