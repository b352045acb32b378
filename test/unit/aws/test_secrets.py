import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from azul.aws.secrets import MAX_AGE, MIN_AGE, Secret
from azul.errors import SecretError


class CountingManager:
    """A Secrets Manager with one secret, that counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text, self.calls = text, 0

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        match self.text:
            case '':
                raise EndpointConnectionError(endpoint_url='http://nowhere')
            case 'gone':
                raise ClientError({'Error': {'Code': 'ResourceNotFoundException', 'Message': 'hush'}}, 'GetSecretValue')
            case 'binary':
                return {'SecretBinary': b'hush'}
        return {'SecretString': self.text}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def manager() -> CountingManager:
    return CountingManager(json.dumps({'key': 1}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def secret(manager, clock) -> Secret:
    return Secret(manager, 'name', clock)


def test_a_secret_is_read_once_in_a_while(secret, manager, clock):
    for _ in range(3):
        assert secret.read() == {'key': 1}
    assert manager.calls == 1
    clock.now += MAX_AGE + 1
    secret.read()
    assert manager.calls == 2


def test_a_secret_that_is_found_wanting_is_read_again_but_not_for_everyone_who_asks(secret, manager, clock):
    secret.read()
    manager.text = json.dumps({'key': 2})
    clock.now += MIN_AGE + 1
    for _ in range(3):
        assert secret.read(lambda value: value['key'] == 2) == {'key': 2}
        assert secret.read(lambda value: value['key'] == 3) == {'key': 2}
    assert manager.calls == 2


UNREADABLE = ['', 'gone', 'binary', '{', '[]', '"hush"']


@pytest.mark.parametrize('text', UNREADABLE)
def test_a_secret_that_cannot_be_read_is_not_told(secret, manager, text):
    manager.text = text
    with pytest.raises(SecretError) as error:
        secret.read()
    assert str(error.value).startswith(('cannot read secret name: ', 'secret name is not'))
    assert 'hush' not in str(error.value)


@pytest.mark.parametrize('text', UNREADABLE)
def test_a_secret_that_cannot_be_read_is_not_asked_for_by_everyone_who_asks_us(secret, manager, clock, text):
    manager.text = text
    faults = set()
    for _ in range(1000):
        with pytest.raises(SecretError) as error:
            secret.read(lambda value: True)
        faults.add(str(error.value))
        clock.now += MIN_AGE / 1000
    assert (manager.calls, len(faults)) == (1, 1)
    clock.now += 1
    manager.text = json.dumps({'key': 3})
    assert secret.read() == {'key': 3}, 'it is mended'
    assert manager.calls == 2


def test_what_is_known_is_good_while_others_ask_in_vain(secret, manager, clock):
    secret.read()
    manager.text = ''
    for _ in range(10):
        clock.now += MIN_AGE + 1
        with pytest.raises(SecretError):
            secret.read(lambda value: False)
        assert secret.read(lambda value: True) == {'key': 1}
    assert manager.calls == 11


def test_a_value_that_nothing_can_be_made_of_is_read_again_when_it_may_have_been_mended(secret, manager, clock):
    def reads(value: dict[str, Any]) -> bool:
        if 'mended' not in value:
            raise SecretError('odd')
        return True

    for _ in range(3):
        assert secret.read(reads) == {'key': 1}, 'who asks finds out'
    manager.text = json.dumps({'mended': True})
    clock.now += MIN_AGE + 1
    assert secret.read(reads) == {'mended': True}
    assert manager.calls == 2


def test_many_who_ask_at_once_are_one(manager):
    asked = threading.Barrier(20)
    original = manager.get_secret_value
    released = threading.Event()

    def slow(SecretId: str) -> dict[str, Any]:  # noqa: N803
        released.wait(5)
        return original(SecretId)

    manager.get_secret_value = slow
    secret = Secret(manager, 'name')

    def ask() -> None:
        asked.wait(5)
        secret.read()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    released.set()
    for thread in threads:
        thread.join()
    assert manager.calls == 1
