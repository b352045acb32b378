"""A service that makes manifests of very many documents, and the workers that it has, one for each manifest."""
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode

import orjson
import requests

from azul.aws import clients
from azul.config import Config
from azul.local.aws import start_aws
from azul.local.engine import Flavour, start_engine
from azul.local.lambdas import start_lambda
from azul.local.ports import HOST, free_port
from azul.local.process import Child
from azul.local.provision import provide
from azul.local.queues import start_queues
from azul.plugin import Plugin
from azul.service.manifest.export import PAGE, Order
from azul.service.manifest.table import Table
from benchmark.corpus import Corpus
from benchmark.exporter import Work, exporting
from benchmark.filling import fill, settle
from benchmark.raw_scan import Search
from benchmark.servers import ROOT
from fixtures.shelf import Shelf

PAUSE = 0.1
"""Seconds between two questions how far a manifest is. Who asks for one in earnest leaves more time."""


@dataclass(frozen=True)
class Made:
    """A manifest.

    :param first: seconds from asking for it to the first answer that shows rows
    :param done: seconds from asking for it to the answer that it is done
    :param size: bytes
    """
    first: float
    done: float
    rows: int
    size: int
    work: Work


@dataclass(frozen=True)
class Deployment:
    """A service without workers, and what it is about.

    :param one: filters that one file fits
    """
    config: Config
    plugin: Plugin
    shelf: Shelf
    one: str

    def make(self, name: str) -> Made:
        """A manifest of all files, by a new worker."""
        with exporting(self.config) as exporter, requests.Session() as session:
            session.trust_env = False
            self._follow(session, format=name, filters=self.one)
            exporter.begin()
            first, done, rows = self._follow(session, format=name)
            size = self._clear()
        return Made(first, done, rows, size, exporter.work)

    def _follow(self, session: requests.Session, **parameters: str) -> tuple[float, float, int]:
        """Ask for a manifest, and again until it is done."""
        started = time.perf_counter()
        url = f'{self.config.service_url}/fetch/manifest/files?{urlencode(parameters)}'
        first = 0.0
        while True:
            response = session.get(url, timeout=60)
            elapsed = time.perf_counter() - started
            # While the stand-in for the object store puts a large object together, it may not answer others in time.
            if response.status_code != 503:
                assert response.status_code == 200, response.text
                answer = response.json()
                rows = answer['Progress']['rows']
                first = first or (elapsed if rows else 0)
                if answer['Status'] == 302:
                    return first, elapsed, rows
                url = answer['Location']
            time.sleep(PAUSE)

    def _clear(self) -> int:
        """Remove all manifests: the next one who asks for the same would be given the one that there is.

        :return: the size of the largest
        """
        s3 = clients.s3(self.config)
        objects = s3.list_objects_v2(Bucket=self.config.bucket)['Contents']
        s3.delete_objects(Bucket=self.config.bucket, Delete={'Objects': [{'Key': each['Key']} for each in objects]})
        return max(each['Size'] for each in objects)

    @cached_property
    def search(self) -> Search:
        """For what the table reads."""
        manifest = self.plugin.manifest
        assert manifest is not None
        order = Order('tsv', {}, {}, content='', base_url='', restriction='', visible=None, release='')
        return Search(self.config.es_endpoint, self.shelf.index(manifest.entity_type, 1),
                      Table(manifest, order).source, PAGE)


@dataclass(frozen=True)
class Servers:
    engine: Child
    queues: Child
    aws: Child
    folder: Path

    @contextmanager
    def deployment(self, plugin: Plugin, corpus: Corpus, size: int, seed: int) -> Iterator[Deployment]:
        """With documents of its own, which are gone in the end."""
        shelf = Shelf(self.engine.address, plugin)
        prefix = shelf.naming.index_prefix
        run = self.folder / prefix
        run.mkdir()
        port = free_port()
        config = Config(stage=shelf.naming.stage, project=plugin.name, index_prefix=prefix, resource_prefix=prefix,
                        es_endpoint=self.engine.address, dss_endpoint=f'http://{HOST}:{free_port()}/v1',
                        sqs_endpoint=self.queues.url, aws_endpoint=self.aws.url, drs_domain='drs.test',
                        service_url=f'http://{HOST}:{port}', retry_delay=1, visibility=300)
        try:
            fill(shelf, corpus, size, seed)
            settle(self.engine.url)
            provide(config)
            with start_lambda('service', port, run, config.to_environment(), queues=self.queues.url,
                              concurrency=0) as service:
                service.wait()
                file = shelf.page('files', size='1')['hits'][0]['files'][0]['uuid']
                yield Deployment(config, plugin, shelf, orjson.dumps({'fileId': {'is': [file]}}).decode())
        finally:
            shelf.close()


@contextmanager
def serving(flavour: Flavour) -> Iterator[Servers]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='azul-')))
        engine = stack.enter_context(start_engine(flavour, free_port(), folder, ROOT / '.cache', heap='1g'))
        queues = stack.enter_context(start_queues(free_port(), folder, ROOT / '.cache'))
        aws = stack.enter_context(start_aws(free_port(), folder))
        yield Servers(engine.wait(), queues.wait(), aws.wait(), folder)
