"""Which functions of a deployment are taken out of service: all of them, or those that a queue is kept from."""
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from azul.aws import clients
from azul.aws.functions import Answering, Handling, Stoppable, paused
from azul.config import Config
from azul.deployment import Lambda
from azul.infra.functions import API, FUNCTIONS, function_name
from azul.naming import Queue

CONCERNED: Mapping[Queue, Sequence[tuple[Lambda, str]]] = {
    'notifications': [('indexer', API), ('indexer', 'contribute')],
    'tallies': [('indexer', 'contribute'), ('indexer', 'aggregate')],
    # Not those whose requests begin jobs: the browser needs them for more than that.
    'jobs': [('service', 'work')],
}
"""Whoever takes messages from a queue or adds some to it."""


def functions(config: Config) -> Mapping[tuple[Lambda, str], Stoppable]:
    """Those of a deployment, the answering ones of a lambda first. On a laptop there are none that could be stopped."""
    if config.sqs_endpoint:
        return {}
    client = clients.functions(config)
    return {
        (lambda_name, function): (Handling if declared.queue else Answering)(
            client, function_name(config, lambda_name, function))
        for lambda_name, declarations in FUNCTIONS.items() for function, declared in declarations.items()
    }


@contextmanager
def without_functions(config: Config, queues: Collection[Queue]) -> Iterator[None]:
    """
    While queues have nobody who takes messages from them or adds some.

    :raises FunctionError: if that cannot be had, or not be ended
    """
    concerned = {each for queue in queues for each in CONCERNED[queue]}
    with paused([function for key, function in functions(config).items() if key in concerned]):
        yield
