"""The data store as a program."""
import socket
import subprocess
import sys
from pathlib import Path

from azul.local.ports import HOST, free_port

SOURCES = Path(__file__).resolve().parents[3] / 'src'


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, '-m', 'azul.local.store', *map(str, arguments)], capture_output=True,
                          text=True, timeout=60, env={'PYTHONPATH': str(SOURCES)}, check=False)


def test_a_missing_folder_ends_it_with_a_message(tmp_path: Path):
    completed = run(tmp_path / 'nothing', free_port())
    assert completed.returncode == 1
    assert completed.stderr == f'Bundles:\n  * {tmp_path / "nothing"} cannot be read: No such file or directory\n'


def test_a_taken_port_ends_it_with_a_message(tmp_path: Path):
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        completed = run(tmp_path, port)
    assert completed.returncode == 1
    assert completed.stderr == f'Ports:\n  * port {port} for the data store is taken\n'
