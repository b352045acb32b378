"""The rows of the full manifest: of each data file everything that its bundle's metadata say."""
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from hca.brute_force.files import described_files
from hca.brute_force.graph import Graph
from hca.brute_force.reading import Entity, RawBundle

IGNORED = {'describedBy', 'schema_type', 'submission_date', 'update_date', 'biomaterial_id', 'process_id',
           'contributors', 'publications', 'protocol_id', 'project_description', 'file_format', 'file_name'}
LEFT_OUT = ('csv', 'txt', 'pdf')

Row = dict[str, str]


@cache
def rows(bundle: RawBundle) -> list[Row]:
    """One for each file that has one, sorted by its name and uuid. Not to be changed."""
    if bundle.wrapped:
        return []
    graph = Graph(bundle)
    others = [each for each in graph.entities.values() if each.kind != 'file']
    result = []
    for file in described_files(bundle, graph):
        name, stated = str(file.entry['name']), file.format
        extension = str(stated or name.rpartition('.')[2])
        if file.store is not None or extension.lower().removeprefix('.') not in LEFT_OUT:
            result.append({
                **cells([file.entity, *others]),
                **given('bundle_uuid', bundle.uuid),
                **given('bundle_version', bundle.version),
                **given('file_uuid', file.entry['uuid']),
                **given('file_version', file.entry.get('version')),
                **given('*.file_core.file_name', name if file.store is None else f'{file.store}/'),
                **given('*.file_core.file_format', stated)})
    return sorted(result, key=lambda row: (row['*.file_core.file_name'], row['file_uuid']))


def given(column: str, value: Any) -> Row:
    return {} if value is None or value == '' else {column: str(value)}


def cells(entities: list[Entity]) -> Row:
    """What entities say, several values of a column in one cell."""
    values = defaultdict(set)
    for entity in entities:
        for column, value in flat(entity.schema or entity.kind, entity.content):
            values[column].add(value)
    return {column: '||'.join(sorted(several)) for column, several in values.items()}


def flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in IGNORED:
                yield from flat(f'{path}.{name}', member)
    elif isinstance(value, list):
        for member in value:
            yield from flat(path, member)
    elif value is not None and value != '':
        yield path, str(value)
