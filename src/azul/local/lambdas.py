"""A lambda of ours as a process: its HTTP API, and its queue handlers where it has some.

The parent calls `start_lambda`, the child runs `python -m azul.local.lambdas`.
"""
import argparse
import importlib.util
import logging
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from random import Random

from chalice.app import Chalice

from azul.errors import AzulError, ConfigurationError
from azul.local import SOURCES
from azul.local.aws import ENVIRONMENT
from azul.local.delivery import Delivery, chaotic
from azul.local.events import Runner, event_sources
from azul.local.gateway import Gateway
from azul.local.process import Child

LAMBDAS = SOURCES.parent / 'lambdas'

_STARTED = 'Ready.'


def start_lambda(name: str,
                 port: int,
                 run: Path,
                 environment: Mapping[str, str],
                 *,
                 queues: str | None = None,
                 concurrency: int = 2,
                 chaos: int | None = None,
                 folder: Path = LAMBDAS
                 ) -> Child:
    """
    Start a lambda; wait for it with `Child.wait`.

    :param run: an existing folder
    :param environment: the settings of the lambda. All else that it is given is what keeps its AWS clients from looking
                        for an account, and a `PYTHONPATH` without plug-ins of others.
    :param queues: URL of the queue server; needed if there are handlers of queue messages
    :param concurrency: how many batches of each queue are handled at once
    :param chaos: if given, messages are delivered late, in any order and partly twice; a seed
    :param folder: where there is a file `<name>/app.py`
    """
    options = {'--queues': queues, '--concurrency': concurrency, '--chaos': chaos, '--folder': folder}
    command = [sys.executable, '-m', __name__, name, str(port),
               *(str(part) for option, value in options.items() if value is not None for part in (option, value))]
    return Child(name, command,
                 port=port,
                 run=run,
                 environment={'PYTHONPATH': str(SOURCES), **ENVIRONMENT, **environment},
                 ready=lambda child: _STARTED in child.log.read_text(errors='replace').splitlines())


def load_app(name: str, folder: Path = LAMBDAS) -> Chalice:
    """
    The Chalice app of a lambda.

    :raises ConfigurationError: if there is none
    """
    file = folder / name / 'app.py'
    if not file.is_file():
        raise ConfigurationError(f'Lambda {name}', [f'there is no file {file}'])
    # All these modules are called `app`, which they cannot be in one process.
    spec = importlib.util.spec_from_file_location(f'azul_lambda_{name}', file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    app = getattr(module, 'app', None)
    if not isinstance(app, Chalice):
        raise ConfigurationError(f'Lambda {name}', [f'{file} has no Chalice app of the name `app`'])
    return app


def main(arguments: list[str] | None = None) -> int:
    """
    :return: 0 after SIGTERM or SIGINT, 1 if it ended by itself
    """
    parser = argparse.ArgumentParser(prog='python -m azul.local.lambdas')
    parser.add_argument('name')
    parser.add_argument('port', type=int)
    parser.add_argument('--queues')
    parser.add_argument('--only-requests', action='store_true')
    parser.add_argument('--concurrency', type=int, default=2)
    parser.add_argument('--chaos', type=int)
    parser.add_argument('--folder', type=Path, default=LAMBDAS)
    options = parser.parse_args(arguments)
    logging.basicConfig(format='%(asctime)s %(levelname)s %(name)s %(message)s')
    logging.getLogger('azul').setLevel(logging.INFO)
    try:
        return _serve(options)
    except AzulError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f'Port {options.port}: {error}', file=sys.stderr)
    return 1


def _serve(options: argparse.Namespace) -> int:
    app = load_app(options.name, options.folder)
    sources = [] if options.only_requests else event_sources(app)
    if sources and options.queues is None:
        raise ConfigurationError(f'Lambda {options.name}', [
            'it handles queue messages: needs --queues, or --only-requests'
        ])

    def disturb(delivery: Delivery, thread: str) -> Delivery:
        return delivery if options.chaos is None else chaotic(delivery, Random(f'{options.chaos} {thread}'))  # noqa: S311

    asked, ended = threading.Event(), threading.Event()

    def end(*_: object) -> None:
        asked.set()
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    gateway = Gateway(app, options.port, options.folder / options.name)
    try:
        runner = Runner(sources, options.queues, concurrency=options.concurrency, disturb=disturb, on_failure=ended.set)
        print(_STARTED, flush=True)
        ended.wait()
        runner.stop()
    finally:
        gateway.stop()
    return 0 if asked.is_set() else 1


if __name__ == '__main__':
    sys.exit(main())
