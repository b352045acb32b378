"""How fast bundles are indexed, beside what it takes to write the same documents and do nothing else.

(a) `_bulk` of the documents that are in the indices in the end, each once, by the client that workers use, from as many
    processes as there are workers; as many documents in a request, and as many refreshes, as workers need on average
(b) from messages in the notifications queue to the last aggregate that can be searched, with real queues and an engine,
    and the handlers of the lambda in processes of their own; bundles are served from memory, as bytes
(c) the same with bundles fetched by HTTP from the data store's stand-in, which is one more process

All share the cores of one machine. Generated bundles are those of projects of very different
sizes (`samples.generator`).
"""
import argparse
import logging
import math
import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import orjson

from azul.config import Config
from azul.engine import Engine, Write
from azul.errors import AzulError
from azul.indexer.messages import Notification
from azul.indexer.scan import scan
from azul.indexer.wiring import Indexer
from azul.local.engine import FLAVOURS
from benchmark.bundles import RawBundle
from benchmark.consumers import Work, consuming
from benchmark.goals import Goal, report
from benchmark.growth import steps
from benchmark.huge import aggregate, fill
from benchmark.servers import Servers, drained, serving
from samples.generator import GeneratedBundle, bundles, one_project, write_all

MEGABYTE = 2 ** 20

PROCESSES, THREADS = 2, 1

SHARE = 0.3
"""What (b) is to reach of (a)."""

READS = 10
"""The c in c·n·log n: so many contributions of a project of n bundles are read in all while they come one by one."""

MEMORY = 512
"""Megabytes that a worker has."""


@dataclass(frozen=True)
class Run:
    """
    :param seconds: from the first notification to the last aggregate that can be searched
    """
    bundles: int
    seconds: float
    work: Sequence[Work]

    @property
    def counts(self) -> Counter[str]:
        return sum((each.counts for each in self.work), Counter())

    @property
    def memory(self) -> float:
        """Megabytes of the process that had most."""
        return max(each.memory for each in self.work) / MEGABYTE

    def describe(self) -> None:
        seconds = {what: sum(each.seconds.get(what, 0) for each in self.work)
                   for what in sorted({what for each in self.work for what in each.seconds})}
        total = sum(seconds.values())
        print(f'{self.bundles} bundles in {self.seconds:.1f} s: {self.bundles / self.seconds:.1f} per second; '
              f'memory of a worker {self.memory:.0f} MB. Where the threads of workers spent their time:')
        for what, spent in sorted(seconds.items(), key=lambda item: -item[1]):
            number = self.counts[what]
            print(f'  {what:34}{spent:8.2f} s {spent / total:7.1%} {number:8} times '
                  f'{spent / number * 1000:8.2f} ms')
        for what in sorted(self.counts.keys() - seconds.keys()):
            print(f'  {what:34}{self.counts[what]:8}')


def index(indexer: Indexer, raws: Sequence[RawBundle], memory: Path | None, processes: int = PROCESSES,
          threads: int = THREADS) -> Run:
    """
    :param memory: where to put the bundles for workers to find them; if not given, a data store has them
    """
    if memory is not None:
        memory.write_bytes(pickle.dumps(raws))
    contributor, generation = indexer.contributor, indexer.generations.indices(1)
    with consuming(indexer.config, memory, processes, threads) as work:
        started = time.perf_counter()
        contributor.notifications.send(
            Notification.create(action='add', bundle_uuid=raw.fqid.uuid, bundle_version=raw.fqid.version).encode()
            for raw in raws)
        drained([contributor.notifications, contributor.tallies])
        indexer.engine.refresh(map(generation.aggregates, indexer.plugin.schema.entity_type))
        seconds = time.perf_counter() - started
    failed = indexer.notification_worker.inbox.failed.counts(), indexer.tally_worker.inbox.failed.counts()
    assert not any(map(sum, failed)), f'there are dead letters: {failed}'
    return Run(len(raws), seconds, work)


def documents(indexer: Indexer) -> dict[bool, list[Write]]:
    """What is in the indices of generation 1, as writes to generation 2: contributions, and aggregates (True)."""
    old, new = map(indexer.generations.indices, (1, 2))
    found: dict[bool, list[Write]] = {False: [], True: []}
    for entity_type in indexer.plugin.schema.entity_type:
        for hit in scan(indexer.engine, old.contributions(entity_type), {'match_all': {}},
                        ['bundle_uuid', 'bundle_version', 'entity_id']):
            found[False].append(Write(new.contributions(entity_type), hit['_id'], hit['_source']))
        for hit in scan(indexer.engine, old.aggregates(entity_type), {'match_all': {}}, ['entity_id']):
            found[True].append(Write(new.aggregates(entity_type), hit['_id'], hit['_source']))
    # As they come with their bundles, and not one index after the other.
    found[False].sort(key=lambda write: (write.source['bundle_uuid'], write.id))
    found[True].sort(key=lambda write: write.id)
    return found


def bulk(indexer: Indexer, folder: Path, found: Mapping[bool, list[Write]], sizes: Mapping[bool, int], refresh: bool
         ) -> float:
    """
    :param sizes: documents of a request, for aggregates (True) and contributions
    :param refresh: whether each request for contributions is followed by a refresh
    :return: seconds until all documents can be searched, from when all processes have what they are to write
    """
    requests = [(found[kind][start:start + sizes[kind]], refresh and not kind)
                for kind in found for start in range(0, len(found[kind]), sizes[kind])]
    context = get_context('spawn')
    children = []
    for number in range(PROCESSES):
        file = folder / f'requests-{number}'
        file.write_bytes(pickle.dumps(requests[number::PROCESSES]))
        ours, theirs = context.Pipe()
        context.Process(target=_write, args=(indexer.config, file, theirs), daemon=True).start()
        children.append(ours)
    for child in children:
        child.recv()
    started = time.perf_counter()
    for child in children:
        child.send('go')
    for child in children:
        child.recv()
    indexer.engine.refresh({write.index for kind in found for write in found[kind]})
    return time.perf_counter() - started


def _write(config: Config, file: Path, parent: Connection) -> None:
    """
    :param file: documents to be written together, and whether a refresh of their indices follows, for each request
    """
    requests: Sequence[tuple[Sequence[Write], bool]] = pickle.loads(file.read_bytes())
    engine = Engine.connect(config.es_endpoint, config.es_timeout)
    engine.ping()
    parent.send('ready')
    parent.recv()
    for writes, refresh in requests:
        for outcome in engine.write(writes):
            if isinstance(outcome, AzulError):
                raise outcome
        if refresh:
            engine.refresh({write.index for write in writes})
    parent.send('done')


def speed(servers: Servers, generated: Sequence[GeneratedBundle]) -> Iterator[Goal]:
    raws = [RawBundle.of(bundle) for bundle in generated]
    folder = servers.folder / 'bundles'
    write_all(generated, folder)
    with servers.deployment('memory') as indexer:
        print('\n(b) from memory:')
        memory = index(indexer, raws, servers.folder / 'memory')
        memory.describe()
        indexer.generations.register()
        found, counts = documents(indexer), memory.counts
        sizes = {kind: max(1, round(counts[f'written {name}'] / counts[f'engine: write {name}']))
                 for kind, name in ((False, 'contributions'), (True, 'aggregates'))}
        number = sum(map(len, found.values()))
        print(f'\n(a) {number} documents, {sizes[False]} contributions or {sizes[True]} aggregates in a request:')
        alike = bulk(indexer, servers.folder, found, sizes, refresh=True)
        print(f'  with a refresh after each request for contributions, as (b) has it: {number / alike:.0f} per second')
        ideal = bulk(indexer, servers.folder, found, {False: 1000, True: 1000}, refresh=False)
        print(f'  1000 in a request, one refresh at the end: {number / ideal:.0f} per second')
    with servers.store(folder) as url, servers.deployment('http', url) as indexer:
        print('\n(c) by HTTP:')
        http = index(indexer, raws, None)
        http.describe()
    print(f'\n(a) / (b) = {alike / memory.seconds:.3f}, (a) / (c) = {alike / http.seconds:.3f}; '
          f'with large requests and one refresh {ideal / memory.seconds:.3f} and {ideal / http.seconds:.3f}')
    yield Goal('index-share-of-raw-bulk', alike / memory.seconds, '>=', SHARE)
    yield Goal('index-worker-megabytes', http.memory, '<', MEMORY)


def growth(servers: Servers, sizes: Iterable[int]) -> Iterator[Goal]:
    seconds = {}
    print('\nGrowth with the number of bundles:')
    for size in sizes:
        raws = [RawBundle.of(bundle) for bundle in bundles(2, size)]
        with servers.deployment(f'growth{size}') as indexer:
            run = index(indexer, raws, servers.folder / 'memory')
        seconds[size] = run.seconds
        print(f'{size:8} {run.seconds:8.1f} s {run.seconds / size * 1000:8.2f} ms per bundle, for which '
              f'{run.counts["contributions read"] / size:.1f} contributions are read')
    run.describe()
    step = steps(seconds)
    print('exponents: ' + ', '.join(f'{step[size]:.2f} up to {size}' for size in step))
    # That of the last step: what is spent whatever the size, and how long queues wait, hides how the others grow.
    yield Goal('index-growth-exponent', step[max(step)], '<=', 1.1)


def hot(servers: Servers, sizes: Sequence[int]) -> Iterator[Goal]:
    """One project with a notification for each of its bundles, all at once, through 16 consumers with batches of ten.

    Were they to come further apart than a tally is delayed, each would be aggregated by itself, all contributions read
    for each: then nothing is hot, and nobody has to wait.
    """
    read = {}
    print('\nOne project:')
    for size in sizes:
        raws = [RawBundle.of(bundle) for bundle in one_project(3, size)]
        with servers.deployment(f'hot{size}') as indexer:
            run = index(indexer, raws, servers.folder / 'memory', processes=2, threads=8)
        read[size] = run.counts['contributions read']
        print(f'{size:8} {run.seconds:8.1f} s {run.seconds / size * 1000:8.2f} ms per bundle, '
              f'{read[size]} contributions read, {read[size] / (size * math.log2(size)):.1f} per n·log n')
    yield Goal('index-hot-project-reads-per-n-log-n',
               max(number / (size * math.log2(size)) for size, number in read.items()), '<=', READS)


def huge(servers: Servers, number: int) -> Iterator[Goal]:
    """One project with so many bundles."""
    with servers.deployment('huge') as indexer:
        entity = fill(indexer, number)
        seconds, peak = aggregate(indexer.config, entity)
        size = len(orjson.dumps(indexer.engine.get(indexer.generations.indices(1).aggregates('projects'),
                                                   entity.entity_id).source))
    print(f'\nOne project with {number} contributions is aggregated in {seconds:.1f} s by a process of '
          f'{peak / MEGABYTE:.0f} MB; the aggregate has {size / MEGABYTE:.2f} MB')
    yield Goal('index-huge-entity-megabytes', peak / MEGABYTE, '<', MEMORY)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser('make benchmark-index')
    parser.add_argument('--bundles', type=int, default=1000, help='for (a), (b) and (c)')
    parser.add_argument('--sizes', type=int, nargs='*', default=[100, 1000, 10_000])
    parser.add_argument('--hot', type=int, nargs='*', default=[250, 500, 1000, 2000, 4000])
    parser.add_argument('--huge', type=int, default=100_000)
    parser.add_argument('--engine', choices=FLAVOURS, default='opensearch')
    options = parser.parse_args(arguments)
    logging.getLogger('azul').addHandler(logging.NullHandler())
    goals: list[Goal] = []
    with serving(options.engine) as servers:
        with servers.deployment('warm') as indexer:  # engine and queue server compile while they run
            index(indexer, [RawBundle.of(bundle) for bundle in bundles(9, 300)], servers.folder / 'memory')
        if options.bundles:
            goals += speed(servers, list(bundles(1, options.bundles)))
        if options.sizes:
            goals += growth(servers, options.sizes)
        if options.hot:
            goals += hot(servers, options.hot)
        if options.huge:
            goals += huge(servers, options.huge)
    print()
    return report(goals)


if __name__ == '__main__':
    sys.exit(main())
