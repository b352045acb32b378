"""What a plug-in makes of a folder of bundles, and what is wrong with it.

Run as a program it writes digests of all that came about, so that what two processes make can be compared.
"""
import hashlib
import json
import logging
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from azul.errors import BundleError
from azul.index.aggregate import aggregate
from azul.index.bundle import Bundle, BundleFQID
from azul.index.check import aggregate_faults, contribution_faults
from azul.index.documents import Contribution, EntityReference
from azul.local.bundles import Bundles
from azul.plugin import Plugin, load

FOREIGN = (Exception, SystemExit)
"""What code of a plug-in may raise without having this process end as if all was well."""

NESTING = 2000
"""Metadata may be nested more deeply than Python recurses, but are not parsed if it is more than half of this."""


class _TransformError(Exception):
    """What `transform` raises, in words."""


class Findings:
    """Sentences, each with the places that it holds for: the same thing is often wrong in many of them."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, text: str, place: object = '') -> None:
        self._places.setdefault(text, []).append(str(place))

    def __iter__(self) -> Iterator[str]:
        for text, places in self._places.items():
            others = f' (and {len(places) - 1} more)' if len(places) > 1 else ''
            yield f'{places[0]}: {text}{others}' if places[0] else text

    def __len__(self) -> int:
        return len(self._places)


class Trial:
    """Does with each bundle, and then with each entity, what the indexer does, but without engine and queues.

    :ivar faults: what must not be
    :ivar rejected: the bundles that cannot be indexed, and why
    :ivar seconds: the time that the transformation of the others took
    :ivar contributions: their number for each entity type; likewise `aggregates`
    :ivar shown: external names of the fields that have a value in any aggregate
    :ivar digests: one of each contribution and each aggregate
    """

    def __init__(self, plugin: Plugin, bundles: Bundles) -> None:
        self.plugin, self.bundles = plugin, bundles
        self.faults = Findings()
        self.rejected: dict[BundleFQID, BundleError] = {}
        self.seconds = 0.0
        self.contributions: Counter[str] = Counter()
        self.aggregates: Counter[str] = Counter()
        self.shown: set[str] = set()
        self.digests = {'the fingerprint': plugin.fingerprint}
        # As objects, because documents repeat what contributions of a bundle share.
        entities: dict[EntityReference, list[Contribution]] = defaultdict(list)
        latest: dict[str, str] = {}
        for fqid in bundles.fqids:
            contributions = self._try(fqid)
            if fqid not in self.rejected:
                latest[fqid.uuid] = fqid.version  # they come in ascending order
            for contribution in contributions:
                entities[contribution.entity].append(contribution)
        for entity, known in sorted(entities.items()):
            live = [each for each in known if latest[each.bundle.uuid] == each.bundle.version]
            if live:
                self._aggregate(entity, live)

    def _try(self, fqid: BundleFQID) -> Sequence[Contribution]:
        """The contributions of a bundle that have no fault of their own."""
        try:
            bundle = self.bundles.read(fqid)
            before = _image(bundle)
            started = time.perf_counter()
            contributions = self._transform(bundle)
            self.seconds += time.perf_counter() - started
            for contribution in contributions:
                contribution.check()
            good = list(self._examine(fqid, contributions))
            if _image(bundle) != before:
                self.faults.add('transform changes the bundle', fqid)
            elif len(good) == len(contributions) and self._again(bundle) != _digests(contributions):
                self.faults.add('transform gives something else when it is called again', fqid)
        except BundleError as error:
            self.rejected[fqid] = error.within(str(fqid))
            return []
        except _TransformError as error:
            self.faults.add(str(error), fqid)
            return []
        except Exception as error:  # noqa: BLE001 - files that cannot be read, contributions that are none
            self.faults.add(f'cannot be tried: {described(error)}', fqid)
            return []
        return good

    def _transform(self, bundle: Bundle) -> Sequence[Contribution]:
        try:
            return list(self.plugin.transform(bundle))
        except BundleError:
            raise
        except FOREIGN as error:
            raise _TransformError(f'transform raises {described(error)}') from error

    def _again(self, bundle: Bundle) -> Mapping[EntityReference, str] | None:
        """What comes of it the second time; None if it is rejected now."""
        logging.disable()  # it has said all that it has to say
        try:
            return _digests(self._transform(bundle))
        except BundleError:
            return None
        finally:
            logging.disable(logging.NOTSET)

    def _examine(self, fqid: BundleFQID, contributions: Sequence[Contribution]) -> Iterator[Contribution]:
        seen = set()
        for contribution in contributions:
            entity = contribution.entity
            prefix = f'{entity}: '
            faults = [fault.removeprefix(prefix) for fault in contribution_faults(self.plugin.schema, contribution)]
            if contribution.bundle != fqid:
                faults.append(f'is contributed to by bundle {contribution.bundle}, which is another one')
            if entity in seen:
                faults.append('has two contributions of one bundle, of which one would overwrite the other')
            seen.add(entity)
            try:
                digest = _digest(contribution.contents)
            except orjson.JSONEncodeError as error:
                faults.append(f'cannot be stored as JSON: {error}')
            for fault in faults:
                self.faults.add(fault, f'{entity} of bundle {fqid}')
            if not faults:
                self.contributions[entity.entity_type] += 1
                self.digests[f'{entity} of bundle {fqid}'] = digest
                yield contribution

    def _aggregate(self, entity: EntityReference, contributions: Sequence[Contribution]) -> None:
        schema = self.plugin.schema
        try:
            aggregated = aggregate(schema, entity, [
                Contribution.from_json(entity.entity_type, _copy(each.to_json(schema))) for each in contributions
            ])
            document = aggregated.to_json(schema)
            self.digests[f'the aggregate of {entity}'] = _digest(document)
            whole = [Contribution(entity, each.bundle, _copy(each.contents)) for each in contributions]
            if _digest(aggregate(schema, entity, whole).to_json(schema)) != _digest(document):
                self.faults.add('an accumulator reads fields that are not kept for it: its `key` has to name them',
                                entity)
        except FOREIGN as error:
            self.faults.add(f'aggregation raises {described(error)}', entity)
            return
        for fault in aggregate_faults(schema, aggregated):
            self.faults.add(fault.removeprefix(f'{entity}: '), f'the aggregate of {entity}')
        self.aggregates[entity.entity_type] += 1
        self.shown |= {name for name, value in document['fields'].items() if value is not None}


def described(error: BaseException) -> str:
    """An error of somebody else's code, with its place."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f'{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})'


def _image(bundle: Bundle) -> str:
    """All that there is to a bundle. The standard library, because others confuse some numbers."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + NESTING)
    try:
        return json.dumps([bundle.metadata, repr(bundle.manifest)])
    finally:
        sys.setrecursionlimit(limit)


def _digests(contributions: Iterable[Contribution]) -> Mapping[EntityReference, str]:
    return {contribution.entity: _digest(contribution.contents) for contribution in contributions}


def _digest(document: Any) -> str:
    return hashlib.sha256(orjson.dumps(document)).hexdigest()


def _copy(document: Any) -> Any:
    """As read back from the engine."""
    return orjson.loads(orjson.dumps(document))


def main(arguments: Sequence[str]) -> int:
    """
    :param arguments: the name of a plug-in, a folder of bundles, and a file to write digests to
    """
    name, bundles, out = arguments
    Path(out).write_bytes(orjson.dumps(Trial(load(name), Bundles(Path(bundles))).digests))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
