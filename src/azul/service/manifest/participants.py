"""The table of participants that Terra imports: a row for each bundle, with its files side by side.

There are two ways through the bundles: one to learn how many files of a kind they have, and one to write the rows.
"""
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from urllib.parse import quote, urlencode

from azul.engine.view import View
from azul.index.accumulate import flat
from azul.index.bundle import JSON, BundleFQID
from azul.index.fields import BUNDLE_UUID, FileLink
from azul.index.manifest import Column, ExportManifest
from azul.service.files.drs import uri
from azul.service.manifest.export import PAGE, Order, Step
from azul.service.manifest.text import joined, line, plain
from azul.service.manifest.walk import Walk, counts

BUNDLES = 20
"""Of which all files are in memory at a time."""

File = tuple[JSON, JSON]
"""The file itself, and the document that it is in."""

Address = Callable[[str, str | None], str]
"""The URL of a file by its uuid and version."""


@dataclass(frozen=True)
class Participants:
    """
    :param link: which fields of a file are its uuid, its version and its name
    :param addresses: the columns with URLs of a file
    """
    manifest: ExportManifest
    order: Order
    inner: str
    link: FileLink
    addresses: Mapping[str, Address]

    def step(self, view: View, memo: JSON) -> Step:
        """
        :param memo: `most`, how many files of each kind a bundle has at most as far as is known; `written` once that is
                     known; `walk`, where the step before ended; `rows`
        """
        walk = Walk.resume(view, self._index, self.order.query, memo.get('walk'))
        bundles = dict(walk.bundles[:BUNDLES])
        files = self._files(view, bundles)
        for redundant in self._redundant(view, bundles, files):
            del files[redundant]
        if not memo.get('written'):
            return self._learned(files, memo, walk.beyond(BUNDLES))
        most, following = memo['most'], walk.beyond(BUNDLES)
        content = [] if 'walk' in memo else [line(self._header(most))]
        content += [line(self._row(bundle, files[bundle], most)) for bundle in sorted(files)]
        return Step(''.join(content).encode(), len(files), following and {**memo, 'walk': following})

    def _learned(self, files: Mapping[BundleFQID, Sequence[File]], memo: JSON, following: JSON | None) -> Step:
        most = dict(memo.get('most', {}))
        for of_bundle in files.values():
            for kind, of_kind in self._by_kind(of_bundle).items():
                most[kind] = max(most.get(kind, 0), len(of_kind))
        known = {'most': dict(sorted(most.items())), 'rows': memo.get('rows', 0) + len(files)}
        if following:
            return Step(b'', 0, {**known, 'walk': following})
        return Step(b'', 0, {**known, 'written': True}, known['rows'])

    def _files(self, view: View, bundles: Collection[str]) -> dict[BundleFQID, list[File]]:
        files: dict[BundleFQID, list[File]] = defaultdict(list)
        after: JSON = {}
        while True:
            query = {'bool': {'filter': [self.order.query, {'terms': {BUNDLE_UUID.path: list(bundles)}}]}}
            hits = view.search(self._index, {'query': query, '_source': self._paths, 'size': PAGE,
                                             'sort': [{'entity_id': 'asc'}], **after})['hits']['hits']
            for hit in hits:
                for bundle in hit['_source']['bundles']:
                    if bundle['uuid'] in bundles:
                        files[BundleFQID(**bundle)] += [
                            (file, hit['_source']) for file in hit['_source'].get('contents', {}).get(self.inner, ())
                        ]
            if len(hits) < PAGE:
                return files
            after = {'search_after': hits[-1]['sort']}

    def _redundant(self, view: View, sizes: Mapping[str, int], files: Mapping[BundleFQID, Sequence[File]]
                   ) -> list[BundleFQID]:
        """Bundles all of whose files are in another one, too, of which they are the source: these files would have two
        rows. Of several that have the same files the first one is kept."""
        others = {
            bundle: set.intersection(*({each['uuid'] for each in source['bundles']} for _, source in of_bundle))
            - {bundle.uuid} for bundle, of_bundle in files.items()
        }
        unknown = sorted(set().union(*others.values()) - sizes.keys())
        sizes = {**counts(view, self._index, self.order.query, unknown), **sizes}
        return [bundle for bundle, each in others.items() if any(
            (-sizes.get(other, 0), other) < (-sizes[bundle.uuid], bundle.uuid) for other in each
        )]

    def _by_kind(self, files: Sequence[File]) -> dict[str, list[File]]:
        assert self.manifest.kind is not None
        name = self.link.name or self.link.uuid
        by_kind: dict[str, list[File]] = defaultdict(list)
        # By the end of their names, which is where those of one kind differ in the same way in all bundles.
        for file, source in sorted(files, key=lambda each: (str(each[0].get(name))[::-1], each[0][self.link.uuid])):
            by_kind[self.manifest.kind(file)].append((file, source))
        return by_kind

    def _header(self, most: Mapping[str, int]) -> Iterator[str]:
        yield 'entity:participant_id'
        for column in (*self._of_bundle, *self._of_entities):
            yield column.name.replace('.', '__')
        for kind, number in most.items():
            for position in range(number):
                prefix = f'__{kind}_{position}__' if number > 1 else f'__{kind}__'
                yield from (plain(prefix + column.name.replace('.', '__')) for column in self._of_files)
                yield from (plain(prefix + name) for name in self.addresses)

    def _row(self, bundle: BundleFQID, files: Sequence[File], most: Mapping[str, int]) -> Iterator[str]:
        yield plain(f'{bundle.uuid}_{bundle.version}')
        for column in self._of_bundle:
            yield plain(getattr(bundle, column.field))
        for column in self._of_entities:
            assert column.inner is not None
            yield joined(value for _, source in files
                         for value in flat(source.get('contents', {}).get(column.inner, ()), column.field))
        by_kind = self._by_kind(files)
        for kind, number in most.items():
            of_kind = by_kind.get(kind, [])
            for file, _ in of_kind:
                yield from (joined(flat([file], column.field)) for column in self._of_files)
                uuid, version = file[self.link.uuid], file.get(self.link.version)
                yield from (plain(address(uuid, version)) for address in self.addresses.values())
            yield from [''] * (number - len(of_kind)) * (len(self._of_files) + len(self.addresses))

    @cached_property
    def _of_bundle(self) -> Sequence[Column]:
        return [column for column in self.manifest.columns if column.inner is None]

    @cached_property
    def _of_files(self) -> Sequence[Column]:
        return [column for column in self.manifest.columns if column.inner == self.inner]

    @cached_property
    def _of_entities(self) -> Sequence[Column]:
        return [column for column in self.manifest.columns if column.inner not in (None, self.inner)]

    @cached_property
    def _paths(self) -> list[str]:
        return ['bundles', f'contents.{self.inner}',
                *sorted({f'contents.{column.inner}.{column.field}' for column in self._of_entities})]

    @property
    def _index(self) -> str:
        return self.order.indices[self.manifest.entity_type]


def drs_address(domain: str) -> Address:
    return partial(uri, domain)


def store_address(store: str) -> Address:
    """
    :param store: URL of the data store
    """
    def address(uuid: str, version: str | None) -> str:
        parameters = {**({'version': version} if version else {}), 'replica': 'gcp'}
        return f'{store}/files/{quote(uuid, safe="")}?{urlencode(parameters)}'

    return address
