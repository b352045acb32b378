"""Secrets, cached, because a lambda is asked more often than a secret changes."""
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

    def create(self, value: JSON) -> bool:
        """Idempotent: a secret that exists is left alone.

        :return: whether it did not exist
        """
        try:
            with self._translated('create'):
                self._client.create_secret(Name=self._name, SecretString=orjson.dumps(value).decode())
        except SecretError as error:
            if _code(error) == 'ResourceExistsException':
                return False
            raise
        return True

    def write(self, value: JSON) -> None:
        """
        :raises SecretError: if there is no such secret
        """
        with self._translated('write'):
            self._client.put_secret_value(SecretId=self._name, SecretString=orjson.dumps(value).decode())
        self._read_at = float('-inf')

    def destroy(self) -> None:
        """Idempotent. It cannot be recovered, so that it can be created again at once."""
        with self._translated('destroy'):
            self._client.delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        self._read_at = float('-inf')

    def _fetch(self) -> JSON:
        with self._translated('read'):
            text = self._client.get_secret_value(SecretId=self._name)['SecretString']
        try:
            value = orjson.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise SecretError(f'secret {self._name} is not a JSON object')
        return value

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            # Without its text, lest that says too much
            raise SecretError(f'cannot {what} secret {self._name}: {type(error).__name__}') from error


def _code(error: SecretError) -> str:
    cause = error.__cause__
    return str(cause.response['Error']['Code']) if isinstance(cause, ClientError) else ''
