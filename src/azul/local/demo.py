"""`make demo`: index a folder of bundles on this machine, say what became of each, and serve them."""
import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from azul.aws.sqs import Queue
from azul.dss.client import DssClient
from azul.errors import AzulError, ConfigurationError
from azul.index.bundle import JSON, BundleFQID
from azul.indexer.generations import Indices
from azul.indexer.ledger import Ledger
from azul.indexer.wiring import Indexer
from azul.local import SOURCES
from azul.local.engine import FLAVOURS
from azul.local.expectation import Expectation, read_expectation
from azul.local.plugins import offer
from azul.local.stack import Ports, Stack, running

CACHE = SOURCES.parent / '.cache'

PATIENCE = 120
"""Seconds without any progress after which we give up."""

TOP = 5


@dataclass(frozen=True)
class Outcome:
    """
    :param state: as the ledger has it; None if it knows nothing of the bundle
    """
    bundle: BundleFQID
    state: str | None
    cause: str
    expectation: Expectation | None

    @property
    def expected(self) -> bool:
        indexed = self.expectation is None or self.expectation.indexed
        return self.state == ('added' if indexed else 'failed')


@dataclass(frozen=True)
class Demo:
    stack: Stack
    console: Console

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # a proxy for the rest of the world does not know our loopback interface
        return session

    @cached_property
    def store(self) -> DssClient:
        return DssClient.connect(self.stack.config.dss_endpoint, workers=1)

    @cached_property
    def indexer(self) -> Indexer:
        return Indexer(self.stack.config)

    def index(self) -> list[BundleFQID]:
        """Have the data store notify the indexer of all its bundles, and wait until that has had its effect."""
        bundles = list(self.store.list_bundles())
        with Progress(TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                      console=self.console) as progress:
            notified = progress.add_task('Notified', total=len(bundles))
            for bundle in bundles:
                self._post('_notify', {'uuid': bundle.uuid, 'version': bundle.version, 'kind': 'add'})
                progress.advance(notified)
            indexed = progress.add_task('Indexed', total=len(bundles))
            aggregated = progress.add_task('Aggregated', total=None)
            for done, documents in self._progress(bundles):
                progress.update(indexed, completed=done)
                progress.update(aggregated, description=f'Aggregating, {documents} left' if documents else 'Aggregated')
            progress.update(aggregated, total=1, completed=1)
        # Else the last aggregates could only be found a second later.
        self.indexer.engine.refresh(map(self._indices.aggregates, self.indexer.plugin.schema.entity_type))
        return bundles

    @property
    def _queues(self) -> tuple[Queue, Queue]:
        contributor = self.indexer.contributor
        return contributor.notifications, contributor.tallies

    def _progress(self, bundles: Sequence[BundleFQID]) -> Iterator[tuple[int, int]]:
        """The number of bundles that are accounted for, and that of tallies left, until all is done.

        :raises ConfigurationError: if nothing moves any more
        """
        last, since = None, time.monotonic()
        while True:
            self.stack.check()
            # In this order: when the bundles are all accounted for their tallies have been sent.
            done = sum(outcome.state is not None for outcome in self.outcomes(bundles, {}))
            # Not by `/health/progress`, whose answer may be some seconds old.
            left = tuple(sum(queue.counts()) for queue in self._queues)
            yield done, left[1]
            if done == len(bundles) and not any(left):
                return
            if (done, left) != last:
                last, since = (done, left), time.monotonic()
            if time.monotonic() - since > PATIENCE:
                raise ConfigurationError(f'No progress for {PATIENCE} seconds', [
                    f'{done} of {len(bundles)} bundles are accounted for, {left[0]} notifications and {left[1]} '
                    f'tallies are in the queues'
                ])
            time.sleep(0.2)

    @cached_property
    def _indices(self) -> Indices:
        generations = self.indexer.generations
        return generations.indices(generations.served() or 1)

    def outcomes(self, bundles: Sequence[BundleFQID], expectations: Mapping[BundleFQID, Expectation]) -> list[Outcome]:
        ledger = Ledger(self.indexer.engine, self._indices.ledger)
        entries = ledger.read(bundle.uuid for bundle in bundles)
        versions = {bundle: entries[bundle.uuid].versions.get(bundle.version) for bundle in bundles}
        return [
            Outcome(bundle, version.state if version else None, version.cause if version else '',
                    expectations.get(bundle))
            for bundle, version in versions.items()
        ]

    def print_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """A line for each that is not indexed, or is although it should not be, and a line for all."""
        for outcome in outcomes:
            if outcome.state != 'added' or not outcome.expected:
                expected = 'as expected' if outcome.expected else 'UNEXPECTED'
                self.print(f'{outcome.bundle}: {outcome.state or "unknown"}, {expected}. {outcome.cause}')
        indexed = sum(outcome.state == 'added' for outcome in outcomes)
        unexpected = sum(not outcome.expected for outcome in outcomes)
        self.print(f'{indexed} of {len(outcomes)} bundles indexed, {unexpected} outcomes not as expected')

    def print_lost(self) -> int:
        """A line if the aggregates of some entities could not be written, although their bundles are indexed.

        :return: the number of those
        """
        failed = self.indexer.tally_worker.inbox.failed
        lost = sum(failed.counts())
        if lost:
            self.print(f'{lost} tallies could not be aggregated: see the causes in the queue {failed.name}')
        return lost

    def print_summary(self) -> None:
        """What the service says of all that was indexed."""
        for name, value in self._service('/repository/summary').items():
            if not isinstance(value, list):
                self.print(f'  {name:20} {value:,}')
        for facet, terms in self._top_terms().items():
            shown = ', '.join(f'{"null" if term["term"] is None else term["term"]} ({term["count"]})' for term in terms)
            self.print(f'  {facet:20} {shown}')

    def print_invitation(self) -> None:
        """Where the parts are, and what to try."""
        config, ports = self.stack.config, self.stack.ports
        table = Table('Part', 'URL')
        for declared in fields(ports):
            table.add_row(declared.metadata['purpose'], f'http://127.0.0.1:{getattr(ports, declared.name)}/')
        self.console.print(table)
        path = f'{config.service_url}/repository/{self._entity_type}'
        self.print('Try:')
        self.print(f"  curl '{config.service_url}/repository/summary'")
        self.print(f"  curl '{path}?size=1'")
        for facet, terms in islice(self._top_terms().items(), 1):  # a plug-in need not highlight anything
            filters = json.dumps({facet: {'is': [term['term'] for term in terms[:1]]}})
            self.print(f"  curl -G '{path}' --data-urlencode 'filters={filters}'")

    def print(self, line: str) -> None:
        """A line for people, however narrow their screen, to copy from."""
        self.console.print(line, soft_wrap=True, markup=False, highlight=False)

    @property
    def _entity_type(self) -> str:
        return next(entity.name for entity in self.indexer.plugin.schema.entity_types if entity.searchable)

    def _top_terms(self) -> dict[str, list[JSON]]:
        facets = self._service(f'/repository/{self._entity_type}?size=1')['termFacets']
        return {name: facets[name]['terms'][:TOP] for name in self.indexer.plugin.highlights}

    def _service(self, path: str) -> Any:
        return self._answer(self._session.get(self.stack.config.service_url + path, timeout=30))

    def _post(self, path: str, body: JSON) -> Any:
        return self._answer(self._session.post(f'{self.stack.store_url}/{path}', json=body, timeout=30))

    @staticmethod
    def _answer(response: requests.Response) -> Any:
        if not response.ok:
            raise ConfigurationError(f'{response.status_code} from {response.url}', [response.text[:500]])
        return response.json() if response.content else None


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 0 if every bundle was indexed, with all its entities, or was not and was expected not to be
    """
    options = _options(arguments)
    console = Console()
    for number in signal.SIGTERM, signal.SIGHUP:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        plugins = None if options.plugins is None else offer(options.plugins)
        expectations = read_expectation(options.bundles)
        ports = Ports(**{declared.name: getattr(options, f'{declared.name}_port') for declared in fields(Ports)})
        console.print('Starting …')
        with running(options.bundles, options.project, CACHE, flavour=options.engine, ports=ports,
                     chaos=1 if options.chaos else None, plugins=plugins,
                     authenticator=options.authenticator) as stack:
            return _demonstrate(Demo(stack, console), expectations, options.once)
    except KeyboardInterrupt:
        return 130 if options.once else 0
    except (AzulError, requests.RequestException) as error:
        print(error, file=sys.stderr)
        return 1


def _demonstrate(demo: Demo, expectations: Mapping[BundleFQID, Expectation], once: bool) -> int:
    bundles = sorted({*demo.index(), *expectations})
    outcomes = demo.outcomes(bundles, expectations)
    demo.print_outcomes(outcomes)
    lost = demo.print_lost()
    demo.print_summary()
    if not once:
        demo.print_invitation()
        while True:
            demo.stack.check()
            time.sleep(1)
    return 0 if not lost and all(outcome.expected for outcome in outcomes) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make demo')
    parser.add_argument('--bundles', type=Path, required=True, help='a folder of bundles')
    parser.add_argument('--project', default='hca', help='the plug-in')
    parser.add_argument('--plugins', type=Path, help='where it is, if not in the checkout')
    parser.add_argument('--authenticator', help='the class that tells callers apart')
    parser.add_argument('--engine', choices=FLAVOURS, default=FLAVOURS[0])
    parser.add_argument('--once', action='store_true', help='end after indexing')
    parser.add_argument('--chaos', action='store_true', help='deliver messages late, twice and in any order')
    for declared in fields(Ports):
        parser.add_argument(f'--{declared.name}-port', type=int, default=declared.default)
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
