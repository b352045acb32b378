"""Secrets, cached, because a lambda is asked more often than a secret changes.

What could not be read is cached as well, for a short while: anybody can make us look for a key, by claiming to have it.
"""
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import SecretError, SecretMissing
from azul.index.bundle import JSON

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 300
"""Seconds until a secret is read again."""

MIN_AGE = 10
"""Seconds for which a secret is not asked for again, even if it is found wanting, is gone or could not be read, whoever
asks how often. A new key may be refused for as long; whoever signs with it tries again."""

NEVER = float('-inf')


class Secret:
    """A secret that is a JSON object. Safe to share between threads."""

    def __init__(self, client: 'SecretsManagerClient', name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._value: JSON = {}
        self._fault: SecretError | None = None
        self._read_at = self._asked_at = NEVER
        self._one_at_a_time = Lock()

    def read(self, suffices: Callable[[JSON], bool] = lambda value: True) -> JSON:
        """
        :param suffices: whether a cached value will do; if not, the secret may have changed in the meantime. A value
                         that it fails on with a `SecretError` will not.
        :raises SecretMissing: if there is none, or was none a moment ago
        :raises SecretError: likewise if it cannot be read; the message does not contain it
        """
        with self._one_at_a_time:
            now = self._clock()
            if now - self._read_at <= MAX_AGE and _holds(suffices, self._value):
                return self._value
            if now - self._asked_at > MIN_AGE:
                self._ask()
            if self._fault is not None:
                raise type(self._fault)(str(self._fault))
            return self._value

    def _ask(self) -> None:
        try:
            self._value, self._fault = self._fetch(), None
            self._read_at = self._clock()
        except SecretError as error:
            self._fault = error
        finally:
            # By the time it took: those who waited for the answer meanwhile have it.
            self._asked_at = self._clock()

    def create(self, value: JSON) -> bool:
        """Idempotent: a secret that has a value is left alone.

        :return: whether it had none
        """
        try:
            with self._translated('create'):
                self._client.create_secret(Name=self._name, SecretString=orjson.dumps(value).decode())
            self._forget()
        except SecretError as error:
            if _code(error.__cause__) != 'ResourceExistsException':
                raise
            return self.fill(value)
        return True

    def fill(self, value: JSON) -> bool:
        """
        As `create`, if it exists already, as those do that Terraform makes: without a value.

        :raises SecretMissing: if it does not
        """
        try:
            self._fetch()
        except SecretMissing:
            self.write(value)
            return True
        return False

    def write(self, value: JSON) -> None:
        """
        :raises SecretMissing: if there is no such secret
        """
        with self._translated('write'):
            self._client.put_secret_value(SecretId=self._name, SecretString=orjson.dumps(value).decode())
        self._forget()

    def destroy(self) -> None:
        """Idempotent. It cannot be recovered, so that it can be created again at once."""
        with self._translated('destroy'):
            self._client.delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        self._forget()

    def _forget(self) -> None:
        self._read_at = self._asked_at = NEVER

    def _fetch(self) -> JSON:
        with self._translated('read'):
            text = self._client.get_secret_value(SecretId=self._name).get('SecretString', '')
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
            kind = SecretMissing if _code(error) == 'ResourceNotFoundException' else SecretError
            # Without its text, lest that says too much
            raise kind(f'cannot {what} secret {self._name}: {_code(error) or type(error).__name__}') from error


def _holds(suffices: Callable[[JSON], bool], value: JSON) -> bool:
    try:
        return suffices(value)
    except SecretError:
        return False


def _code(error: BaseException | None) -> str:
    """What is wrong, by AWS; empty if it was not reached."""
    return str(error.response['Error']['Code']) if isinstance(error, ClientError) else ''
