"""All of Azul on one machine::

    engine ◀── service          store ──▶ indexer ──▶ queues ──▶ event sources ──▶ engine
                                            └──▶ aws (secrets, objects)

Each is a process of its own, started by `running` and stopped when its block ends, however it ends. Nothing of the
user's environment plays a part, so that a sourced deployment or AWS credentials can neither help nor harm.
"""
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Self

from azul import plugin
from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.dss.client import DssClient
from azul.indexer import subscription
from azul.indexer.wiring import Indexer
from azul.local import SOURCES
from azul.local.aws import start_aws
from azul.local.engine import Flavour, start_engine
from azul.local.lambdas import start_lambda
from azul.local.ports import Port, free_port, require_free
from azul.local.process import Child
from azul.local.provision import provision
from azul.local.queues import start_queues
from azul.local.store import start_store


def port(number: int, purpose: str) -> int:
    default: int = field(default=number, metadata={'purpose': purpose})
    return default


@dataclass(frozen=True)
class Ports:
    """Where the parts listen. Each is changed by the variable of its name, followed by `_port`."""
    service: int = port(8000, 'service')
    indexer: int = port(8001, 'indexer')
    store: int = port(8002, 'data store')
    aws: int = port(8003, 'AWS stand-in')
    engine: int = port(8004, 'search engine')
    queues: int = port(8005, 'queues')

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody listens at."""
        return cls(*(free_port() for _ in fields(cls)))

    def require(self) -> None:
        """
        :raises ConfigurationError: naming all that are taken
        """
        require_free(Port(getattr(self, declared.name), declared.metadata['purpose'], f'{declared.name}_port')
                     for declared in fields(self))


@dataclass(frozen=True)
class Stack:
    config: Config
    ports: Ports
    children: list[Child]

    @property
    def service_url(self) -> str:
        return self.config.service_url

    @property
    def store_url(self) -> str:
        return f'http://127.0.0.1:{self.ports.store}'

    def check(self) -> None:
        """
        :raises ConfigurationError: naming a part that does not run any more
        """
        for child in self.children:
            child.check()


def configuration(project: str, ports: Ports) -> Config:
    def url(number: int) -> str:
        return f'http://127.0.0.1:{number}'

    return Config(stage='local',
                  project=project,
                  debug=1,
                  es_endpoint=f'127.0.0.1:{ports.engine}',
                  dss_endpoint=f'{url(ports.store)}/v1',
                  aws_endpoint=url(ports.aws),
                  sqs_endpoint=url(ports.queues),
                  indexer_url=url(ports.indexer),
                  service_url=url(ports.service),
                  visibility=10,
                  retry_delay=1,
                  max_attempts=3)


@contextmanager
def running(bundles: Path, project: str, cache: Path, *, flavour: Flavour = 'opensearch', ports: Ports | None = None,
            chaos: int | None = None, plugins: Path | None = None, authenticator: str | None = None
            ) -> Iterator[Stack]:
    """
    Start everything over a folder of bundles. It is subscribed to the data store, but not notified of anything yet.

    :param cache: where downloaded programs are kept
    :param ports: by default free ones
    :param chaos: see `start_lambda`
    :param plugins: a folder with `azul/projects/<project>`, if that is no part of the checkout
    :param authenticator: the class that tells callers apart; by default the one of the settings
    :raises ConfigurationError: if any part does not start
    """
    plugin.load(project)
    ports = ports or Ports.free()
    ports.require()
    config = configuration(project, ports)
    if authenticator is not None:
        config = replace(config, authenticator=authenticator)
    # In this order: the folder must not go before those who write to it.
    with tempfile.TemporaryDirectory(prefix='azul-') as folder, ExitStack() as stack:
        run = Path(folder)

        def start(child: Child) -> Child:
            children.append(child)
            return stack.enter_context(child)

        children: list[Child] = []
        start(start_engine(flavour, ports.engine, run, cache))
        start(start_queues(ports.queues, run, cache))
        start(start_aws(ports.aws, run))
        start(start_store(bundles, ports.store, run))
        for child in children:
            child.wait()
        provision(config)
        environment = config.to_environment()
        if plugins is not None:
            environment['PYTHONPATH'] = os.pathsep.join([str(SOURCES), str(plugins.resolve())])
        for child in [
            start(start_lambda('service', ports.service, run, environment, queues=config.sqs_endpoint, chaos=chaos)),
            start(start_lambda('indexer', ports.indexer, run, environment, queues=config.sqs_endpoint, chaos=chaos)),
        ]:
            child.wait()
        subscribe(config)
        yield Stack(config, ports, children)


def subscribe(config: Config) -> None:
    """Have the data store notify the indexer."""
    store = DssClient.connect(config.dss_endpoint, workers=1)
    secret = Secret(clients.secrets(config), config.naming.hmac_secret()).read()
    wanted = subscription.wanted(Indexer(config).plugin, config.indexer_url, secret)
    ours = subscription.Ours.of(config.indexer_url, secret)
    subscription.carry_out(subscription.plan(wanted, store.subscriptions(), ours), store)
