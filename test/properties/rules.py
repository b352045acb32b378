"""The indexer without one of its rules, to see that it then fails. Each class is a real one but for that rule."""
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import orjson
from elasticsearch.exceptions import ConflictError

from azul.engine import Document, Engine, Outcome, Write
from azul.engine.documents import WRITER
from azul.errors import AzulError
from azul.index.bundle import JSON, BundleFQID
from azul.index.documents import Contribution, EntityReference
from azul.indexer.aggregation import Aggregator
from azul.indexer.contribute import Contributor
from azul.indexer.generations import Generation, Indices
from azul.indexer.ledger import Ledger, LedgerEntry, VersionEntry
from azul.indexer.notification_worker import NotificationWorker
from azul.indexer.reindex import Reindex
from azul.indexer.tally_worker import TallyWorker
from properties.deployment import IndexerUnderTest

T = TypeVar('T')

Bundles = Mapping[BundleFQID, Sequence[Contribution]]


def _as(kind: type[T], original: Any, **changes: Any) -> T:
    return kind(**{field.name: getattr(original, field.name) for field in fields(original)} | changes)


class AddsUnchecked(Contributor):
    def wanted(self, generation: Generation, bundles: Iterable[BundleFQID]) -> set[BundleFQID]:
        return set(bundles)


class CommitsUnseen(Contributor):
    def refresh(self, generation: Generation, entity_types: Iterable[str]) -> None:
        pass


class TalliesOneVersion(Contributor):
    """Tallies what it has just written, whatever other versions there are."""

    def add(self, generation: Generation, bundles: Bundles) -> dict[BundleFQID, AzulError]:
        _keep(self, entities=_entities(bundles))
        return super().add(generation, bundles)

    def _tally(self, generation: Generation, bundle_uuids: Collection[str],
               known: Collection[EntityReference] = ()) -> None:
        super()._tally(generation, (), self.__dict__.get('entities', ()))


class CountsEarly(Contributor):
    """Asks how often aggregates have been written before it commits, and tells that with the tallies."""

    def add(self, generation: Generation, bundles: Bundles) -> dict[BundleFQID, AzulError]:
        _keep(self, aggregates=super()._aggregates(generation, sorted(_entities(bundles))))
        return super().add(generation, bundles)

    def _aggregates(self, generation: Generation, entities: Sequence[EntityReference]
                    ) -> dict[EntityReference, Document]:
        early = self.__dict__.get('aggregates', {})
        return {entity: early[entity] for entity in entities}


def _keep(contributor: Contributor, **kept: Any) -> None:
    vars(contributor).update(kept)


def _entities(bundles: Bundles) -> set[EntityReference]:
    return {contribution.entity for contributions in bundles.values() for contribution in contributions}


class Forgetful(Contributor):
    def ledger(self, generation: Generation) -> Ledger:
        return ForgetfulLedger(self.engine, self.generations.indices(generation.number).ledger)


class ForgetfulLedger(Ledger):
    def added(self, contributions: Mapping[BundleFQID, int]) -> dict[BundleFQID, LedgerEntry | AzulError]:
        return self._record({bundle: lambda known, number=number: VersionEntry('added', number)  # type: ignore[misc]
                             for bundle, number in contributions.items()})


class GuardsLast(Aggregator):
    def _writes(self, indices: Indices, guards: Mapping[EntityReference, Document]) -> Iterator[Write]:
        writes = list(super()._writes(indices, guards))
        late = self.guards(indices, list(guards))
        return (replace(write, guard=guard) for write, guard in zip(writes, late.values(), strict=True))


class SparesUnchanged(Aggregator):
    def guards(self, indices: Indices, entities: Sequence[EntityReference]) -> dict[EntityReference, Document]:
        documents = self.engine.mget([(indices.aggregates(kind), entity_id) for kind, entity_id in entities])
        return dict(zip(entities, documents, strict=True))


class TrustsOneWrite(Aggregator):
    """Takes a tally for moot as soon as one write followed."""

    def aggregate(self, generation: int, tallied: Mapping[EntityReference, int]) -> dict[EntityReference, AzulError]:
        return super().aggregate(generation, {entity: written - 1 for entity, written in tallied.items()})


class SparingEngine(Engine):
    def write(self, writes: Iterable[Write], refresh: bool = False) -> list[Outcome]:
        marked = [(write, write.guard is not None and write.guard.source == write.source) for write in writes]
        outcomes = iter(super().write(write for write, unchanged in marked if not unchanged))
        return ['written' if unchanged else next(outcomes) for _, unchanged in marked]


class DeletingEngine(Engine):
    """Deletes empty aggregates."""

    def write(self, writes: Iterable[Write], refresh: bool = False) -> list[Outcome]:
        marked = [(write, write.source.get('live') is False) for write in writes]
        outcomes = iter(super().write(write for write, empty in marked if not empty))
        return [self._delete(write) if empty else next(outcomes) for write, empty in marked]

    def _delete(self, write: Write) -> Outcome:
        guard: Document | None = write.guard
        if guard is not None and guard.seq_no is not None:
            try:
                self._client.delete(index=write.index + WRITER, id=write.id, params={
                    'if_seq_no': guard.seq_no, 'if_primary_term': guard.primary_term
                })
            except ConflictError:
                return 'conflict'
        return 'written'


class CredulousEngine(Engine):
    """Takes an answer in part for one of all there is."""

    def search(self, index: str, body: Any) -> JSON:
        found: JSON = self._client.search(index=index, body=body, params={})
        return found

    def msearch(self, searches: Iterable[tuple[str, Any]]) -> list[JSON]:
        lines = [orjson.dumps(line) for index, body in searches for line in ({'index': index}, body)]
        found: list[JSON] = self._client.msearch(body=b'\n'.join(lines) + b'\n', params={})['responses']
        return found


class LooksOnce(NotificationWorker):
    def _every_generation(self, step: Callable[[Generation], None], known: Sequence[Generation] = ()) -> None:
        for generation in known or self.contributor.generations.writable():
            step(generation)


class LooksForNoNewOnes(NotificationWorker):
    """Looks again for states that changed, but not for new generations."""

    def _every_generation(self, step: Callable[[Generation], None], known: Sequence[Generation] = ()) -> None:
        generations = self.contributor.generations
        numbers = {generation.number for generation in known or generations.writable()}
        done: set[Generation] = set()
        while todo := [each for each in generations.writable() if each.number in numbers and each not in done]:
            for generation in todo:
                step(generation)
                done.add(generation)


class ForgivingReindex(Reindex):
    def _copy_deleted(self, served: int, generation: Generation) -> None:
        pass


class UnrefreshingEngine(Engine):
    def refresh(self, indices: Iterable[str]) -> None:
        pass


class BlindReindex(Reindex):
    def _copy_deleted(self, served: int, generation: Generation) -> None:
        contributor = replace(self.contributor, engine=UnrefreshingEngine(self.contributor.engine._client))
        _as(Reindex, self, contributor=contributor)._copy_deleted(served, generation)


@dataclass(frozen=True)
class Without(IndexerUnderTest):
    contributor_kind = Contributor
    aggregator_kind = Aggregator
    worker_kind = NotificationWorker
    engine_kind = Engine

    @cached_property
    def engine(self) -> Engine:
        return self.engine_kind(self.wires.client)

    @cached_property
    def contributor(self) -> Contributor:
        return _as(self.contributor_kind, super().contributor)

    @cached_property
    def tally_worker(self) -> TallyWorker:
        worker: TallyWorker = super().tally_worker
        return replace(worker, aggregator=_as(self.aggregator_kind, worker.aggregator))

    @cached_property
    def notification_worker(self) -> NotificationWorker:
        return _as(self.worker_kind, super().notification_worker)


def without(**kinds: type) -> type[IndexerUnderTest]:
    return type('Without', (Without,), kinds)


RULES: dict[str, type[IndexerUnderTest]] = {
    'ledger check before writing': without(contributor_kind=AddsUnchecked),
    'refresh before commit': without(contributor_kind=CommitsUnseen),
    'tallies for older versions': without(contributor_kind=TalliesOneVersion),
    'deleted is final': without(contributor_kind=Forgetful),
    'sequence number first': without(aggregator_kind=GuardsLast),
    'writes are counted after the commit': without(contributor_kind=CountsEarly),
    'two writes make a tally moot': without(aggregator_kind=TrustsOneWrite),
    'write of unchanged aggregates': without(aggregator_kind=SparesUnchanged, engine_kind=SparingEngine),
    'empty aggregates': without(engine_kind=DeletingEngine),
    'refusal of partial results': without(engine_kind=CredulousEngine),
    'second reading of the generations': without(worker_kind=LooksOnce),
    'copied deletions': without(reindex_kind=ForgivingReindex),
    'refresh before deletions are copied': without(reindex_kind=BlindReindex),
}
"""By what each of them lacks."""

NO_NEW_GENERATIONS = without(worker_kind=LooksForNoNewOnes)
