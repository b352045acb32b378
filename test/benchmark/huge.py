"""Aggregating one entity to which very many bundles contribute: what time and memory that takes."""
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import orjson

from azul.config import Config
from azul.engine import Write
from azul.errors import AzulError
from azul.index.bundle import JSON, BundleFQID
from azul.index.documents import Contribution, EntityReference, documents
from azul.indexer.contribute import transform
from azul.indexer.messages import IN_ANY_CASE
from azul.indexer.scan import slices
from azul.indexer.wiring import Indexer
from benchmark.bundles import RawBundle
from benchmark.memory import PROCESS, resident
from samples.generator import one_project

PATTERNS = 100
"""Bundles that are generated and transformed. As many at a time are like them, with donors, cells and all else their
own."""

UUID = re.compile(rb'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def fill(indexer: Indexer, number: int) -> EntityReference:
    """Contributions of so many bundles to one project, written and committed as workers do it, but for the tallies."""
    patterns = list(_patterns(indexer))
    entity = EntityReference('projects', patterns[0]['entity_id'])
    generation = indexer.generations.get(1)
    index = indexer.generations.indices(1).contributions(entity.entity_type)
    for some in slices(range(number), 1000):
        sources = [_like(patterns[each % PATTERNS], entity.entity_id.encode(), each // PATTERNS) for each in some]
        bundles = [BundleFQID(source['bundle_uuid'], source['bundle_version']) for source in sources]
        outcomes = indexer.engine.write(
            Write(index, Contribution.from_json(entity.entity_type, source).id, source) for source in sources)
        entries = indexer.contributor.ledger(generation).added(dict.fromkeys(bundles, 1))
        for outcome in [*outcomes, *entries.values()]:
            if isinstance(outcome, AzulError):
                raise outcome
    indexer.contributor.refresh(generation, [entity.entity_type])
    return entity


def _patterns(indexer: Indexer) -> Iterator[JSON]:
    for bundle in one_project(4, PATTERNS):
        raw = RawBundle.of(bundle)
        contributions = [contribution for contribution in transform(indexer.plugin, raw.bundle(raw.parse()))
                         if contribution.entity.entity_type == 'projects']
        yield from documents(contributions, indexer.plugin.schema)


def _like(pattern: JSON, kept: bytes, number: int) -> JSON:
    """The same with other uuids, except for one.

    :param number: like-numbered ones have in common what their patterns have in common
    """

    def other(match: re.Match[bytes]) -> bytes:
        return kept if match[0] == kept else str(uuid.uuid5(uuid.UUID(match[0].decode()), str(number))).encode()

    source: JSON = orjson.loads(UUID.sub(other, orjson.dumps(pattern)))
    return source


def aggregate(config: Config, entity: EntityReference) -> tuple[float, int]:
    """
    In a new process.

    :return: seconds, and the bytes of its resident set at its peak
    """
    with ProcessPoolExecutor(1, get_context('spawn')) as pool:
        return pool.submit(_aggregate, config, entity).result()


def _aggregate(config: Config, entity: EntityReference) -> tuple[float, int]:
    aggregator = Indexer(config).tally_worker.aggregator
    (PROCESS / 'clear_refs').write_text('5')
    started = time.perf_counter()
    for failure in aggregator.aggregate(1, {entity: IN_ANY_CASE}).values():
        raise failure
    return time.perf_counter() - started, resident('VmHWM')
