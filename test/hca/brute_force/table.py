"""The table of files that people take with them, from the aggregates of brute force."""
from collections.abc import Iterable
from typing import Any

from hca.brute_force.aggregates import aggregates
from hca.brute_force.reading import RawBundle

COLUMNS = {
    'files': {
        'file_name': 'name', 'file_format': 'file_format', 'read_index': 'read_index', 'file_size': 'size',
        'file_uuid': 'uuid', 'file_version': 'version', 'file_sha256': 'sha256', 'file_content_type': 'content-type',
    },
    'cell_suspensions': {
        'cell_suspension.provenance.document_id': 'document_id',
        'cell_suspension.estimated_cell_count': 'total_estimated_cells',
        'cell_suspension.selected_cell_type': 'selected_cell_type',
    },
    'protocols': {
        'sequencing_protocol.instrument_manufacturer_model': 'instrument_manufacturer_model',
        'sequencing_protocol.paired_end': 'paired_end',
        'library_preparation_protocol.library_construction_approach': 'library_construction_approach',
    },
    'projects': {
        'project.provenance.document_id': 'document_id',
        'project.contributors.institution': 'institutions',
        'project.contributors.laboratory': 'laboratory',
        'project.project_core.project_short_name': 'project_short_name',
        'project.project_core.project_title': 'project_title',
    },
    'specimens': {
        'specimen_from_organism.provenance.document_id': 'document_id',
        'specimen_from_organism.diseases': 'disease',
        'specimen_from_organism.organ': 'organ',
        'specimen_from_organism.organ_part': 'organ_part',
        'specimen_from_organism.preservation_storage.preservation_method': 'preservation_method',
    },
    'donors': {
        'donor_organism.sex': 'biological_sex',
        'donor_organism.biomaterial_core.biomaterial_id': 'biomaterial_id',
        'donor_organism.provenance.document_id': 'document_id',
        'donor_organism.genus_species': 'genus_species',
        'donor_organism.diseases': 'diseases',
        'donor_organism.organism_age': 'organism_age',
        'donor_organism.organism_age_unit': 'organism_age_unit',
    },
    'cell_lines': {
        'cell_line.provenance.document_id': 'document_id',
        'cell_line.biomaterial_core.biomaterial_id': 'biomaterial_id',
    },
    'organoids': {
        'organoid.provenance.document_id': 'document_id',
        'organoid.biomaterial_core.biomaterial_id': 'biomaterial_id',
        'organoid.model_organ': 'model_organ',
        'organoid.model_organ_part': 'model_organ_part',
    },
    'samples': {
        '_entity_type': 'entity_type',
        'sample.provenance.document_id': 'document_id',
        'sample.biomaterial_core.biomaterial_id': 'biomaterial_id',
    },
}


def rows(bundles: Iterable[RawBundle]) -> list[dict[str, str]]:
    """One for each file and each of its bundles."""
    return [
        {'bundle_uuid': uuid, 'bundle_version': version, **{
            column: cell(contents.get(inner, []), name)
            for inner, columns in COLUMNS.items() for column, name in columns.items()
        }}
        for file in aggregates(bundles)['files'].values()
        for contents in [file.contents]
        for uuid, version in file.bundles
    ]


def cell(entities: list[dict[str, Any]], name: str) -> str:
    texts = set()
    for entity in entities:
        value = entity.get(name)
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                text = plain(str(each))
                while '||' in text:
                    text = text.replace('||', '|')
                texts.add(text)
    return ' || '.join(sorted(texts))


def plain(text: str) -> str:
    """Without what would have to be quoted."""
    words = []
    for character in text:
        control = ord(character) < 32 or character in '\x7f\x85\u2028\u2029'
        if not control:
            words.append("'" if character == '"' else character)
        elif not words or words[-1] != '\n':
            words.append('\n')
    return ''.join(words).replace('\n', ' ')


def participants(bundles: Iterable[RawBundle], drs: str, store: str) -> list[dict[str, str]]:
    """One row for each bundle, of which the files are side by side; without the columns that are empty in a row."""
    files_of: dict[tuple[str, str], list[Any]] = {}
    for file in aggregates(bundles)['files'].values():
        for bundle in file.bundles:
            files_of.setdefault(bundle, []).append(file)
    ids = {bundle: {id(file) for file in files} for bundle, files in files_of.items()}
    redundant = {
        bundle for bundle, own in ids.items()
        if any(own < others or (own == others and other < bundle) for other, others in ids.items())
    }
    kinds = {bundle: by_kind(files) for bundle, files in files_of.items() if bundle not in redundant}
    most = {kind: max(len(each.get(kind, [])) for each in kinds.values()) for each in kinds.values() for kind in each}
    return [participant(bundle, kinds[bundle], most, drs, store) for bundle in sorted(kinds)]


def by_kind(files: list[Any]) -> dict[str, list[Any]]:
    kinds: dict[str, list[Any]] = {}
    for file in files:
        for inner in file.contents['files']:
            kind = str(inner['file_format'] or 'unknown')
            if kind in ('fastq', 'fastq.gz'):
                kind = f'fastq_{inner["read_index"] or "unknown"}'
            kinds.setdefault(kind, []).append((''.join(reversed(inner['name'])), inner['uuid'], inner, file.contents))
    return {kind: sorted(each, key=lambda each: each[:2]) for kind, each in kinds.items()}


def participant(bundle: tuple[str, str], kinds: dict[str, list[Any]], most: dict[str, int], drs: str, store: str
                ) -> dict[str, str]:
    uuid, version = bundle
    row = {'entity:participant_id': f'{uuid}_{version}', 'bundle_uuid': uuid, 'bundle_version': version}
    contents = [each[3] for of_kind in kinds.values() for each in of_kind]
    for inner, columns in COLUMNS.items():
        if inner != 'files':
            for column, name in columns.items():
                entities = [entity for each in contents for entity in each.get(inner, [])]
                row[column.replace('.', '__')] = cell(entities, name)
    for kind, of_kind in kinds.items():
        for position, (_, _, file, _) in enumerate(of_kind):
            prefix = f'__{kind}_{position}__' if most[kind] > 1 else f'__{kind}__'
            for column, name in COLUMNS['files'].items():
                row[prefix + column] = cell([file], name)
            stamp = file['version'].replace(':', '%3A')
            row[prefix + 'drs_url'] = f'drs://{drs}/{file["uuid"]}.{stamp}'
            row[prefix + 'file_url'] = f'{store}/files/{file["uuid"]}?version={stamp}&replica=gcp'
    return {column: value for column, value in row.items() if value}
