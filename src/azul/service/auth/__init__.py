"""Who asks: authenticators, of which a deployment chooses one by the name of its class::

    none       knows nobody, and is what there is unless another one is chosen
    google     ID tokens of Google
    oidc       tokens of any issuer of OpenID Connect
    trusting   believes whatever it is told, and is for laptops

    tokens     what they have in common: from the header to a token, from its claims to a principal
    keys       of issuers, kept for a while
    me         what a principal is told about themselves

What principals may see is not decided here, but by the plug-in.
"""
import importlib
from typing import Protocol, Self

from azul.config import Config
from azul.errors import ConfigurationError
from azul.index.principals import Principal


class Authenticator(Protocol):
    """Safe to share between threads."""

    @classmethod
    def configured(cls, config: Config) -> Self:
        """
        The one that the settings describe.

        :raises ConfigurationError: naming the variables at fault
        """

    def principal(self, authorization: str | None) -> Principal | None:
        """
        :param authorization: the header of that name, None if a request has none
        :return: None if nobody says who they are
        :raises Forbidden: if they do, but not so that it can be believed. The text must not have the header in it
        :raises TransientError: if it cannot be found out just now
        """


def load(config: Config) -> Authenticator:
    """
    The authenticator of a deployment. No other one is imported.

    :raises ConfigurationError: if there is no such class, or it misses settings
    """
    name = config.authenticator
    module, _, member = name.rpartition('.')
    try:
        found = getattr(importlib.import_module(module), member, None)
    except ModuleNotFoundError as error:
        if error.name is None or not f'{module}.'.startswith(f'{error.name}.'):
            raise  # the module exists, but something that it imports does not
        raise _fault(name, f'there is no module {module}') from None
    if not isinstance(found, type):
        raise _fault(name, f'{module} has no class {member}')
    if not all(callable(getattr(found, each, None)) for each in ('configured', 'principal')):
        raise _fault(name, 'is no authenticator: it lacks `configured` or `principal`')
    authenticator: Authenticator = found.configured(config)  # type: ignore[attr-defined]
    return authenticator


def _fault(name: str, text: str) -> ConfigurationError:
    return ConfigurationError('Environment', [f'AZUL_AUTHENTICATOR: {name!r}: {text}'])
