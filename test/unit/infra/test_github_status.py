"""`scripts/github_status_check.py`, and somebody who answers like GitHub."""
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts.github_status_check import main

TOKEN = 'hush'

ARGUMENTS = ['--commit', 'c0ffee', '--pipeline', 'https://gitlab.example/1']


class GitHub:
    """
    :ivar status: of its answers
    :ivar asked: path, headers and body of the requests
    """

    def __init__(self) -> None:
        self.status = 201
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        github = self

        class Handler(BaseHTTPRequestHandler):

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers['Content-Length']))
                github.asked.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(github.status)
                self.send_header('Content-Length', '0')
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'


@pytest.fixture
def github() -> Iterator[GitHub]:
    github = GitHub()
    with github.server as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield github
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {'AZUL_DEPLOYMENT_STAGE': 'dev', 'AZUL_DSS_ENDPOINT': 'https://store.example/v1',
                        'AZUL_TERRAFORM_BACKEND_BUCKET': 'state', 'azul_github_project': 'owner/name',
                        'azul_github_access_token': TOKEN}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize('state', ['pending', 'success', 'failure'])
def test_a_commit_gets_a_status(github: GitHub, capsys: pytest.CaptureFixture[str], state: str):
    assert main([state, *ARGUMENTS, '--api', github.url]) == 0
    [(path, headers, body)] = github.asked
    assert path == '/repos/owner/name/statuses/c0ffee'
    assert headers['Authorization'] == f'Bearer {TOKEN}'
    assert (body['state'], body['context'], body['target_url']) == (state, 'gitlab', 'https://gitlab.example/1')
    assert TOKEN not in capsys.readouterr().out


def test_without_a_token_github_is_left_alone(github: GitHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('azul_github_access_token', '')
    assert main(['pending', *ARGUMENTS, '--api', github.url]) == 0
    assert github.asked == []


@pytest.mark.parametrize('status', [401, 404, 422, 302, 200])
def test_a_refusal_is_told(github: GitHub, capsys: pytest.CaptureFixture[str], status: int):
    github.status = status
    assert main(['pending', *ARGUMENTS, '--api', github.url]) == 1
    said = capsys.readouterr()
    assert f'status {status}' in said.err
    assert TOKEN not in said.out + said.err


def test_a_github_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]):
    assert main(['pending', *ARGUMENTS, '--api', 'http://127.0.0.1:1']) == 1
    assert 'ConnectionError' in capsys.readouterr().err
