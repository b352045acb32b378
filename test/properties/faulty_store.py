"""A data store that is asked one thing at a time, and some of whose answers are bad."""
from collections.abc import Callable, Iterable
from typing import TypeVar

from azul.errors import BundleNotFound, StoreError
from azul.index.bundle import Bundle, BundleFQID
from fixtures.memory_store import MemoryStore
from properties.baton import Baton, Killed
from properties.faults import Faults

T = TypeVar('T')

UNAVAILABLE, NOT_YET, TRUNCATED = 'store unavailable (503)', 'bundle not found (404)', 'body truncated'


class FaultyStore(MemoryStore):
    def __init__(self, baton: Baton, faults: Faults) -> None:
        super().__init__()
        self._baton, self.faults = baton, faults

    def bundle(self, fqid: BundleFQID) -> Bundle:
        return self._call('bundle', lambda: super(FaultyStore, self).bundle(fqid), [NOT_YET])

    def list_bundles(self, prefix: str = '') -> Iterable[BundleFQID]:
        return self._call('list', lambda: super(FaultyStore, self).list_bundles(prefix))

    def versions(self, bundle_uuid: str) -> Iterable[str]:
        return self._call('versions', lambda: super(FaultyStore, self).versions(bundle_uuid))

    def _call(self, what: str, make: Callable[[], T], special: Iterable[str] = ()) -> T:
        label = f'store {what}'
        self._baton.call(label)
        fault = self.faults.draw(label, ['killed before', UNAVAILABLE, TRUNCATED, *special])
        if fault is None:
            return make()
        self._baton.report(f'  {fault}: {label}')
        if fault == NOT_YET:
            raise BundleNotFound(fault)
        raise Killed if fault.startswith('killed') else StoreError(fault, 503 if fault == UNAVAILABLE else None)
