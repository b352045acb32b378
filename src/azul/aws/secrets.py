"""Secrets, cached, because a lambda is asked more often than a secret changes."""
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import SecretError
from azul.index.bundle import JSON

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 300
"""Seconds until a secret is read again."""

MIN_AGE = 10
"""Seconds for which a secret is not read again even if it is found wanting, whoever asks how often."""


class Secret:
    """A secret that is a JSON object."""

    def __init__(self, client: 'SecretsManagerClient', name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._value: JSON = {}
        self._read_at = float('-inf')

    def read(self, suffices: Callable[[JSON], bool] = lambda value: True) -> JSON:
        """
        :param suffices: whether a cached value will do; if not, the secret may have changed in the meantime
        :raises SecretError: if it cannot be read; the message does not contain it
        """
        age = self._clock() - self._read_at
        if age > MAX_AGE or (age > MIN_AGE and not suffices(self._value)):
            self._value = self._fetch()
            self._read_at = self._clock()
        return self._value

    def _fetch(self) -> JSON:
        try:
            value = orjson.loads(self._client.get_secret_value(SecretId=self._name)['SecretString'])
        except (BotoCoreError, ClientError) as error:
            raise SecretError(f'cannot read secret {self._name}: {type(error).__name__}') from error
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise SecretError(f'secret {self._name} is not a JSON object')
        return value
