"""A real engine and real queues for a benchmark, and deployments that use them, one after the other."""
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from azul.aws.sqs import Queue
from azul.config import Config
from azul.indexer.wiring import Indexer
from azul.local.engine import Flavour, start_engine
from azul.local.ports import free_port
from azul.local.process import Child
from azul.local.provision import provide_queues
from azul.local.queues import start_queues
from azul.local.store import start_store

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Servers:
    engine: Child
    queues: Child
    folder: Path

    @contextmanager
    def deployment(self, name: str, dss: str = 'http://nowhere.invalid/v1') -> Iterator[Indexer]:
        """An indexer with queues and a first generation of its own, which are gone in the end."""
        config = Config(stage='bench', project='hca', resource_prefix=name, index_prefix=name,
                        es_endpoint=self.engine.address, sqs_endpoint=self.queues.url, dss_endpoint=dss,
                        retry_delay=1, visibility=300)
        indexer = Indexer(config)
        provide_queues(config)
        indexer.generations.create_first()
        try:
            yield indexer
        finally:
            indexer.engine.delete_indices(f'{name}_*')
            indexer.engine.close()

    @contextmanager
    def store(self, bundles: Path) -> Iterator[str]:
        """A data store in a process of its own.

        :return: its URL
        """
        with start_store(bundles, free_port(), self.folder) as child:
            yield f'{child.wait().url}/v1'


@contextmanager
def serving(flavour: Flavour) -> Iterator[Servers]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='azul-')))
        engine = stack.enter_context(start_engine(flavour, free_port(), folder, ROOT / '.cache', heap='1g'))
        queues = stack.enter_context(start_queues(free_port(), folder, ROOT / '.cache'))
        yield Servers(engine.wait(), queues.wait(), folder)


def drained(queues: Sequence[Queue]) -> None:
    """Return when nothing is left in any of them. Twice in a row: between two looks a message may change the queue."""
    fruitless = 0
    while fruitless < 2:
        fruitless = 0 if any(sum(queue.counts()) for queue in queues) else fruitless + 1
        time.sleep(0.02)
