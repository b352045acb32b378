"""Ports of the loopback interface."""
import errno
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from azul.errors import ConfigurationError

HOST = '127.0.0.1'


@dataclass(frozen=True)
class Port:
    """
    A port that somebody wants.

    :param purpose: what will listen there
    :param variable: what the operator can set in order to have another one, if there is such a thing
    """
    number: int
    purpose: str
    variable: str = ''


def require_free(ports: Iterable[Port]) -> None:
    """
    :raises ConfigurationError: naming each port that is taken, wanted twice, or none at all
    """
    faults = []
    seen: dict[int, Port] = {}
    for port in ports:
        wanted = f'port {port.number} for the {port.purpose}'
        remedy = f': choose another one by setting {port.variable}' if port.variable else ''
        if port.number in seen:
            faults.append(f'{wanted} is also wanted for the {seen[port.number].purpose}{remedy}')
            continue
        seen[port.number] = port
        if not 0 < port.number < 65536:
            faults.append(f'{wanted} does not exist{remedy}')
        elif (fault := _fault(port.number)) is not None:
            faults.append(f'{wanted} {fault}{remedy}')
    if faults:
        raise ConfigurationError('Ports', faults)


def free_port() -> int:
    """
    A port that nobody listens at right now.

    It is outside of the range from which the system takes the local ports of outgoing connections, so that it is not
    lost to one of those until the listener is up, and a random one, so that it is not lost to another caller.
    """
    for _ in range(100):
        port = random.randrange(20000, 32000)  # noqa: S311
        if _fault(port) is None:
            return port
    raise ConfigurationError('Ports', ['there is hardly a free one between 20000 and 32000'])


def _fault(port: int) -> str | None:
    """What keeps us from listening at the port, if anything."""
    with socket.socket() as probe:
        # As all our servers do: connections of a server that is gone do not occupy its port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            # Two that have bound may both see the other as no listener yet; only one can listen.
            probe.listen()
        except OSError as error:
            return 'is taken' if error.errno == errno.EADDRINUSE else f'cannot be had ({error.strerror})'
        return None
