import socket
from collections.abc import Iterator

import pytest

from azul.errors import ConfigurationError
from azul.local.ports import HOST, Port, free_port, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_can_be_had() -> None:
    port = free_port()
    require_free([Port(port, 'engine', 'azul_engine_port')])
    with socket.create_server((HOST, port)):
        pass


def test_free_ports_are_not_those_of_outgoing_connections() -> None:
    assert all(20000 <= free_port() < 32000 for _ in range(20))


def test_a_taken_port_is_an_error_that_names_the_variable_to_change_it(taken: int) -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_free([Port(taken, 'engine', 'azul_engine_port')])
    assert caught.value.faults == (
        f'port {taken} for the engine is taken: choose another one by setting azul_engine_port',
    )


def test_a_port_that_is_taken_on_all_interfaces_is_taken() -> None:
    with socket.create_server(('0.0.0.0', 0)) as server, pytest.raises(ConfigurationError, match='is taken'):
        require_free([Port(server.getsockname()[1], 'engine')])


def test_all_faults_are_reported_at_once(taken: int) -> None:
    free = free_port()
    with pytest.raises(ConfigurationError) as caught:
        require_free([Port(free, 'service', 'a'),
                      Port(taken, 'indexer', 'b'),
                      Port(free, 'queues', 'c'),
                      Port(0, 'engine', 'd'),
                      Port(65536, 'aws', 'e')])
    assert caught.value.faults == (
        f'port {taken} for the indexer is taken: choose another one by setting b',
        f'port {free} for the queues is also wanted for the service: choose another one by setting c',
        'port 0 for the engine does not exist: choose another one by setting d',
        'port 65536 for the aws does not exist: choose another one by setting e'
    )


def test_the_port_of_a_server_that_is_gone_is_free_although_its_connections_linger() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((HOST, port))
        accepted, _ = server.accept()
        # Who closes first is left with a connection in TIME_WAIT
        accepted.close()
        client.close()
    require_free([Port(port, 'engine')])


def test_one_who_asks_does_not_take_the_port(taken: int) -> None:
    port = free_port()
    for _ in range(3):
        require_free([Port(port, 'engine')])
