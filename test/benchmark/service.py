"""How fast the service answers, beside what the engine needs for the same searches, beside a service that does nothing,
and beside the naive search.

The documents are copies of real ones, see `benchmark.corpus`; the questions are those of `benchmark.questions`. Engine,
service and clients are processes of their own, on one machine. What is compared is measured in turn, round by round, so
that others who use the machine disturb all alike.
"""
import argparse
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import orjson
import requests

from azul import plugin
from azul.config import Config
from azul.local import SOURCES
from azul.local.aws import start_aws
from azul.local.engine import FLAVOURS, Flavour, start_engine
from azul.local.lambdas import LAMBDAS, start_lambda
from azul.local.ports import HOST, free_port
from azul.local.provision import provide
from azul.local.queues import start_queues
from azul.plugin import Plugin
from benchmark.corpus import FILES, Corpus
from benchmark.filling import fill, settle
from benchmark.goals import Goal, report
from benchmark.load import Client, Request, crowd, load
from benchmark.questions import KINDS, PAGES, Question, questions
from benchmark.servers import ROOT
from benchmark.traffic import traffic
from fixtures.meddler import Meddler
from fixtures.shelf import Shelf

SIZE = 100_000
"""Files. Results with fewer cannot be compared."""

CLIENTS = (1, 8, 32)

SERVICE, RAW, NAIVE = 'service', 'raw', 'naive'

OVERHEAD = 5
"""Milliseconds that the service may take on top of the engine."""

SHARE = 2 / 3
"""Of the answers of a service that does nothing, in the same time."""

FASTER_FIRST, FASTER_REPEATED = 2, 10
"""Than the naive search: for what has not been asked before, and for what has."""

IMPORT = 0.6
"""Seconds"""

WARMING = 10
"""Seconds. What is made when it is first needed is made then, and what is needed often is compiled by Java."""


@dataclass(frozen=True)
class Servers:
    """
    :param engine, service, raw: `host:port` of each
    """
    engine: str
    service: str
    raw: str
    questions: Sequence[Question]

    def requests(self, who: str) -> list[Request]:
        """What clients ask: all kinds equally often."""
        each = {
            SERVICE: [question.of_service(self.service) for question in self.questions],
            RAW: [question.of_raw(self.raw) for question in self.questions],
            NAIVE: [question.of_naive(self.engine) for question in self.questions if question.naive],
        }[who]
        counts = Counter(request.kind for request in each)
        most = max(counts.values())
        by_kind = {kind: [request for request in each if request.kind == kind] for kind in counts}
        return [by_kind[kind][number % counts[kind]] for number in range(most) for kind in counts]


@contextmanager
def serving(flavour: Flavour, corpus: Corpus, plugin: Plugin, size: int, seed: int) -> Iterator[Servers]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='azul-')))
        engine = stack.enter_context(start_engine(flavour, free_port(), folder, ROOT / '.cache', heap='1g')).wait()
        shelf = Shelf(engine.address, plugin)
        stack.callback(shelf.engine.close)
        fill(shelf, corpus, size, seed)
        settle(engine.url)

        queues = stack.enter_context(start_queues(free_port(), folder, ROOT / '.cache')).wait()
        aws = stack.enter_context(start_aws(free_port(), folder)).wait()

        # The same for all of them, because jobs are for those who would make the same of them.
        nowhere = f'http://{HOST}:{free_port()}/v1'

        def start(name: str, endpoint: str, lambdas: Path = LAMBDAS) -> str:
            run = folder / f'{name}-{endpoint}'
            run.mkdir()
            port = free_port()
            prefix = shelf.naming.index_prefix
            config = Config(stage=shelf.naming.stage, project=plugin.name, index_prefix=prefix, resource_prefix=prefix,
                            es_endpoint=endpoint, dss_endpoint=nowhere,
                            sqs_endpoint=queues.url, aws_endpoint=aws.url, service_url=f'http://{HOST}:{port}')
            provide(config)
            return stack.enter_context(start_lambda(name, port, run, config.to_environment(), folder=lambdas,
                                                    queues=queues.url)).wait().address

        network = Meddler(engine.address)
        stack.callback(network.close)
        asked = questions(start('service', network.address), network, plugin)
        yield Servers(engine.address,
                      start('service', engine.address),
                      start('raw', engine.address, Path(__file__).parent / 'lambdas'),
                      asked)


def one_by_one(servers: Servers, rounds: int) -> Iterator[Goal]:
    """One client: the service, and the searches that it sends, sent directly."""
    client = Client()
    service: defaultdict[str, list[float]] = defaultdict(list)
    took: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for question in servers.questions:
            service[question.kind].append(client.ask(question.of_service(servers.service)).seconds * 1000)
            took[question.kind].append(sum(
                orjson.loads(client.ask(request).content)['took'] for request in question.of_engine(servers.engine)
            ))
    client.close()
    overheads: list[float] = []
    print('\nOne client, milliseconds; `took` is what the engine says that the same searches take. Bytes that the '
          'service reads from the engine, and calls:\n')
    print(f'{"":16}{"p50":>8}{"p95":>8}{"p99":>8}{"took p50":>10}{"over":>8}{"bytes":>12}{"calls":>8}')
    for kind in KINDS:
        over = [ours - engines for ours, engines in zip(service[kind], took[kind], strict=True)]
        overheads += over
        of_kind = [question for question in servers.questions if question.kind == kind]
        print(f'{kind:16}{_percentiles(service[kind])}{median(took[kind]):10.1f}{median(over):8.1f}'
              f'{median(each.bytes_from_engine for each in of_kind):12.0f}'
              f'{median(len(each.passages) for each in of_kind):8.0f}')
    yield Goal('service-overhead-milliseconds', median(overheads), '<=', OVERHEAD)


def against_naive(servers: Servers, rounds: int) -> Iterator[Goal]:
    """One client: what is asked for the first time, as far as the engine can tell, and what is asked again."""
    client = Client()
    seconds: defaultdict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for _ in range(rounds):
        for question in servers.questions:
            if question.naive:
                asked = {SERVICE: question.of_service(servers.service), NAIVE: question.of_naive(servers.engine)}
                for who, request in asked.items():
                    requests.post(f'http://{servers.engine}/_cache/clear?request=true', timeout=60).raise_for_status()
                    for repeated in False, True:
                        seconds[question.kind, who, repeated].append(client.ask(request).seconds * 1000)
    client.close()
    print(f'\nOne client, median milliseconds; `naive` is that search alone, without a service.\n\n{"":16}'
          f'{"first":>8}{"naive":>8}{"ratio":>8}{"again":>10}{"naive":>8}{"ratio":>8}')
    ratios: dict[tuple[str, bool], float] = {}
    for kind in PAGES:
        row = f'{kind:16}'
        for repeated in False, True:
            own, naive = (median(seconds[kind, who, repeated]) for who in (SERVICE, NAIVE))
            ratios[kind, repeated] = naive / own
            row += f'{own:{10 if repeated else 8}.1f}{naive:8.1f}{naive / own:8.1f}'
        print(row)
    for repeated, name, target in (False, 'first', FASTER_FIRST), (True, 'repeated', FASTER_REPEATED):
        for kind in PAGES:
            yield Goal(f'service-{kind.replace(" ", "-")}-{name}-times-faster-than-naive', ratios[kind, repeated],
                       '>=', target)


def side_by_side(servers: Servers, pool: Executor, rounds: int, seconds: float) -> Iterator[Goal]:
    """So many clients at a time: the service, the one that does nothing, and the naive search."""
    measured: defaultdict[tuple[int, str], list[tuple[str, float]]] = defaultdict(list)
    for number in range(rounds):
        for clients in CLIENTS:
            for who in SERVICE, RAW, NAIVE:
                measured[clients, who] += load(pool, servers.requests(who), clients, seconds, number)
    print(f'\nSo many clients at a time, milliseconds; {rounds} times {seconds:g} s each, in turn. Naive searches are '
          f'for pages only.\n\n{"":34}{"per s":>8}{"p50":>8}{"p95":>8}{"p99":>8}')
    rates: dict[tuple[int, str], float] = {}
    for (clients, who), answers in measured.items():
        rates[clients, who] = len(answers) / rounds / seconds
        print(f'{clients:2} × {who:28} {rates[clients, who]:8.1f}{_percentiles([each * 1000 for _, each in answers])}')
        for kind in KINDS:
            of_kind = [each * 1000 for answered, each in answers if answered == kind]
            if of_kind:
                print(f'{"":16}{kind:18}{"":8}{_percentiles(of_kind)}')
    for clients in CLIENTS[1:]:
        yield Goal(f'service-throughput-share-of-raw-{clients}-clients', rates[clients, SERVICE] / rates[clients, RAW],
                   '>=', SHARE)


def _percentiles(milliseconds: Sequence[float]) -> str:
    if len(milliseconds) < 2:
        milliseconds = [*milliseconds, *milliseconds]
    hundredths = quantiles(milliseconds, n=100, method='inclusive')
    return ''.join(f'{hundredths[percent - 1]:8.1f}' for percent in (50, 95, 99))


def importing(servers: Servers, plugin: Plugin, times: int = 9) -> Goal:
    """A new interpreter each time that loads the service's app as a lambda does."""
    file = LAMBDAS / 'service' / 'app.py'
    code = f'import runpy, time; start = time.perf_counter(); runpy.run_path({str(file)!r}); ' \
           f'print(time.perf_counter() - start)'
    config = Config(stage='bench', project=plugin.name, es_endpoint=servers.engine,
                    dss_endpoint='http://nowhere.invalid/v1')
    seconds = [
        float(subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True,
                             env={'PYTHONPATH': str(SOURCES), **config.to_environment()}).stdout)
        for _ in range(times)
    ]
    print(f'\nImport of the app in a new interpreter, {times} times: best {min(seconds):.3f} s, median '
          f'{median(seconds):.3f} s')
    return Goal('service-import-seconds', median(seconds), '<', IMPORT)


def visited(servers: Servers, seconds: int) -> Iterator[Goal]:
    """The mix of requests that the UI causes."""
    with tempfile.TemporaryDirectory(prefix='azul-') as folder:
        made, failed = traffic(f'http://{servers.service}', seconds, Path(folder) / 'locust.log')
    yield Goal('service-locust-requests', made, '>=', 1)
    yield Goal('service-locust-failures', failed, '<=', 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if all goals are met, 1 if one is missed
    """
    parser = argparse.ArgumentParser('make benchmark-service', epilog='The exit status is 1 if any goal is missed.')
    parser.add_argument('--bundles', type=Path, required=True, help='a folder of bundles, of which copies are made')
    parser.add_argument('--size', type=int, default=SIZE, help=f'so many files ({SIZE})')
    parser.add_argument('--rounds', type=int, default=5, help='how many times each thing is measured (5)')
    parser.add_argument('--seconds', type=float, default=4, help='how long clients ask each time (4)')
    parser.add_argument('--visit', type=int, default=30, help='for how many seconds Locust asks (30)')
    parser.add_argument('--seed', type=int, default=1, help='another one makes other copies (1)')
    parser.add_argument('--engine', choices=FLAVOURS, default=FLAVOURS[0])
    options = parser.parse_args(arguments)
    hca = plugin.load('hca')
    # Others, bundles for one, are large and not asked for.
    corpus = Corpus.of(options.bundles, hca, {FILES, *(item.entity_type for item in hca.summary)})
    with crowd() as pool, serving(options.engine, corpus, hca, options.size, options.seed) as servers:
        for who in SERVICE, RAW, NAIVE:
            load(pool, servers.requests(who), 2, WARMING, 0)
        goals = [*one_by_one(servers, 2 * options.rounds),
                 *against_naive(servers, options.rounds),
                 *side_by_side(servers, pool, options.rounds, options.seconds),
                 importing(servers, hca),
                 *visited(servers, options.visit)]
    print()
    if options.size < SIZE:
        print(f'not comparable: {options.size} files instead of {SIZE}')
    return report(goals)


if __name__ == '__main__':
    sys.exit(main())
