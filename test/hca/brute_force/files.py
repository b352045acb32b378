"""Which files have a document, and what it says of them. Of a store, one of its members stands for all."""
import re
from collections import Counter
from dataclasses import dataclass

from hca.brute_force.graph import Graph
from hca.brute_force.reading import JSON, Entity, RawBundle, first, label, whole

STORE = re.compile(r'^(.+?\.(zarr|loom|mtx))[!/](.+)$')


@dataclass(frozen=True)
class DescribedFile:
    """
    :param entry: of the manifest
    :param store: the name of the store that the file stands for, or None
    :param members: the number of files in that store
    """
    entity: Entity
    entry: JSON
    store: str | None
    members: int

    def inner(self) -> JSON:
        entry, content = self.entry, self.entity.content
        result = {
            'document_id': self.entity.id,
            '_type': 'file',
            'content-type': label(entry.get('content-type')),
            'indexed': entry['indexed'],
            'name': entry['name'],
            'sha256': label(entry.get('sha256')),
            'size': whole(entry.get('size')),
            'uuid': entry['uuid'],
            'version': label(entry.get('version')),
            'file_format': self.format}
        if self.entity.schema == 'sequence_file':
            result |= {'read_index': label(content.get('read_index')), 'lane_index': whole(content.get('lane_index'))}
        if self.store is not None:
            result |= {'members': self.members}
        return result

    @property
    def format(self) -> str | list[str] | None:
        """As its metadata state it."""
        return label(first(self.entity.content['file_core'], 'format', 'file_format'))


def store_of(name: str) -> str | None:
    match = STORE.match(name)
    return match and match[1]


def described_files(bundle: RawBundle, graph: Graph) -> list[DescribedFile]:
    """The data files of the manifest that metadata name, of each store one."""
    entries = bundle.data_files()
    members = Counter(store_of(name) for name in entries)
    result, stores = [], {}
    for entity in sorted(graph.of(kind='file'), key=lambda each: each.file_name):
        name = entity.file_name
        if name in entries:
            store = store_of(name)
            file = DescribedFile(entity, entries[name], store, members[store])
            if store is None:
                result.append(file)
            elif store not in stores or re.fullmatch(r'.[.]zattrs', name.removeprefix(store)):
                stores[store] = file
    return result + list(stores.values())
