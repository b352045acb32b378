import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from azul.aws.secrets import MAX_AGE, MIN_AGE, Secret
from azul.errors import SecretError


class CountingManager:
    """A Secrets Manager with one secret, that counts how often it is asked."""

    def __init__(self, text: str) -> None:
        self.text, self.calls = text, 0

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        if not self.text:
            raise EndpointConnectionError(endpoint_url='http://nowhere')
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


@pytest.mark.parametrize('text', ['', '{', '[]', '"key"'])
def test_a_secret_that_cannot_be_read_is_not_told(secret, manager, text):
    manager.text = text
    with pytest.raises(SecretError) as error:
        secret.read()
    assert str(error.value).startswith(('cannot read secret name', 'secret name is not'))
