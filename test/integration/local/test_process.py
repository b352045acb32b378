import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.local.ports import HOST, free_port
from azul.local.process import Child, get
from fixtures.waiting import eventually

Start = Callable[..., Child]

SOURCES = Path(__file__).resolve().parents[3] / 'src'

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('ready', flush=True)
time.sleep(1000)
"""


def web_server(port: int) -> list[str]:
    return [sys.executable, '-m', 'http.server', '--bind', HOST, str(port)]


def answers(child: Child) -> bool:
    return get(child.url) is not None


def says_ready(child: Child) -> bool:
    return 'ready' in child.log.read_text()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children: list[Child] = []

    def start_one(command: list[str],
                  port: int | None = None,
                  environment: Mapping[str, str] | None = None,
                  ready: Callable[[Child], bool] = answers
                  ) -> Child:
        child = Child('thing', command, port=port or free_port(), run=tmp_path, environment=environment or {},
                      ready=ready)
        children.append(child)
        return child

    yield start_one
    for child in children:
        child.stop()


def test_a_child_serves_until_it_is_stopped(start: Start) -> None:
    port = free_port()
    child = start(web_server(port), port).wait()
    answer = get(child.url)
    assert answer is not None
    assert answer.ok
    child.check()
    child.stop()
    assert not listens(port)
    with pytest.raises(ConfigurationError, match='The thing was ended by signal 15'):
        child.check()
    child.stop()


def test_the_end_of_the_block_stops_the_child_even_in_case_of_an_error(start: Start) -> None:
    port = free_port()

    with pytest.raises(KeyboardInterrupt), start(web_server(port), port).wait():
        raise KeyboardInterrupt
    assert not listens(port)


def test_a_child_that_ignores_the_request_to_end_is_killed(start: Start) -> None:
    child = start([sys.executable, '-c', STUBBORN], ready=says_ready).wait()
    child.stop(grace=0.2)
    with pytest.raises(ConfigurationError, match='was ended by signal 9'):
        child.check()


def test_a_child_that_dies_at_once_is_reported_at_once_with_the_end_of_its_log(start: Start) -> None:
    child = start([sys.executable, '-c', 'print("first\\n" * 100); print("no such thing"); exit(3)'])
    started = time.monotonic()
    with pytest.raises(ConfigurationError) as caught:
        child.wait()
    assert time.monotonic() - started < 10
    assert str(caught.value).startswith('The thing ended with exit status 3:')
    assert caught.value.faults[-1] == 'no such thing'
    assert len(caught.value.faults) <= 21
    assert str(child.log) in caught.value.faults[0]


def test_a_child_that_is_not_ready_in_time_is_stopped_and_reported(start: Start) -> None:
    child = start([sys.executable, '-c', 'import time; print("still busy", flush=True); time.sleep(1000)'])
    with pytest.raises(ConfigurationError, match=r'The thing was not ready after 1 seconds:\n.*\n.*still busy'):
        child.wait(patience=1)
    with pytest.raises(ConfigurationError, match='was ended by signal 15'):
        child.check()


def test_a_program_that_does_not_exist_is_an_error(start: Start) -> None:
    with pytest.raises(FileNotFoundError):
        start(['/nonexistent/program'])


def test_a_child_whose_port_is_taken_is_not_started(start: Start, tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f'port {port} for the thing is taken'):
            start(web_server(port), port)
    assert not (tmp_path / 'thing.log').exists()


def test_a_child_inherits_nothing_of_our_environment(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', 'mine')
    child = start([sys.executable, '-c', 'import os; print("ready", dict(os.environ), flush=True); input()'],
                  environment={'GIVEN': '1'},
                  ready=says_ready)
    with pytest.raises(ConfigurationError):
        child.wait()  # has no input, hence ends at once
    line = child.log.read_text().splitlines()[0]
    environment = eval(line.removeprefix('ready '))
    # Python itself adds a variable that says how text is encoded.
    assert environment.keys() - {'LC_CTYPE'} == {'GIVEN', 'PATH'}


def test_our_terminal_s_signals_do_not_reach_a_child(start: Start) -> None:
    child = start(web_server(port := free_port()), port).wait()
    assert os.getsid(child.pid) == child.pid != os.getsid(0)


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    parent = subprocess.Popen([sys.executable, '-c', f"""
import sys, time
from pathlib import Path
from azul.local.process import Child, get
child = Child('thing', {web_server(port)!r}, port={port}, run=Path({str(tmp_path)!r}), environment={{}},
              ready=lambda child: get(child.url) is not None).wait()
time.sleep(1000)
"""], env={'PYTHONPATH': str(SOURCES)})
    try:
        assert eventually(lambda: listens(port))
        parent.send_signal(signal.SIGKILL)
        assert parent.wait() == -signal.SIGKILL
        assert eventually(lambda: not listens(port), patience=5)
    finally:
        parent.kill()
        parent.wait()
