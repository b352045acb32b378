"""The functions of the lambdas: what Chalice cannot know of the handlers that it finds in `app.py`.

A lambda is a folder of ours, `lambdas/<name>`; on AWS it is several functions with one package. `api_handler` is the
one behind API Gateway, as Chalice has it; the others are named after their handlers.
"""
from collections.abc import Mapping
from dataclasses import dataclass

from azul.config import Config
from azul.deployment import Lambda
from azul.errors import ConfigurationError
from azul.naming import Queue

API = 'api_handler'

GATEWAY_SECONDS = 29
"""That API Gateway waits for an answer."""

PARTIAL = 'ReportBatchItemFailures'

RESPONSE_TYPES = (PARTIAL,)
"""What event sources make of the answers of functions. Without `PARTIAL`, an answer that some messages failed is one
like any other: all of them are removed."""


@dataclass(frozen=True)
class Function:
    """
    :param memory: megabytes. A function has its share of the processor by these: all of one at 1,769.
    :param timeout: seconds after which it is killed
    :param queue: that it handles messages of; None for that of the API
    :param window: seconds that a batch of messages may take to become full
    """
    memory: int
    timeout: int
    queue: Queue | None = None
    window: int = 0


# A little longer than the gateway waits, so that it is the gateway's time-out that shows in its log.
_API_SECONDS = GATEWAY_SECONDS + 2

FUNCTIONS: Mapping[Lambda, Mapping[str, Function]] = {
    'indexer': {
        API: Function(512, _API_SECONDS),
        'contribute': Function(1792, 300, 'notifications'),
        'aggregate': Function(1792, 300, 'tallies', window=1),
    },
    'service': {
        API: Function(1792, _API_SECONDS),
        'work': Function(1792, 300, 'jobs'),
    },
}


def function_name(config: Config, lambda_name: Lambda, function: str) -> str:
    """Its name on AWS. That of the API is the lambda's own, as Chalice has it."""
    name = config.naming.resource(lambda_name)
    return name if function == API else f'{name}-{function}'


def check_visibility(config: Config) -> None:
    """
    :raises ConfigurationError: if a message may be handed to a second worker while the first one has it: AWS asks for
                                six times the time-out of the function, as it tries again when it throttles one
    """
    for functions in FUNCTIONS.values():
        for name, function in functions.items():
            least = 6 * function.timeout + function.window
            if function.queue is not None and config.visibility < least:
                raise ConfigurationError('Environment', [
                    f'AZUL_VISIBILITY: {config.visibility} must be at least {least}, six times the time-out of the '
                    f'function {name}'
                ])
