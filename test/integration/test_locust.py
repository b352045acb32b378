"""That the visitors of `scripts/locust/service.py` behave as the UI does. In processes of their own: Locust replaces
what the standard library does about threads and sockets.
"""
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from azul.local.ports import HOST

ROOT = Path(__file__).resolve().parents[2]

VISIT = """
import json, sys
import locust
from locust.env import Environment
from scripts.locust import service
environment = Environment(user_classes=[service.Visitor], host=sys.argv[1], events=locust.events)
environment.create_local_runner()  # it counts
service.Visitor.host = sys.argv[1]
service.prepare(environment)
visitor = service.Visitor(environment)
for task in sys.argv[2:]:
    getattr(visitor, task)()
print(json.dumps({
    'tasks': sorted({task.__name__ for task in visitor.tasks}),
    'requests': {entry.name: [entry.num_requests, entry.num_failures] for entry in environment.stats.entries.values()}
}))
"""


class Service:
    """Answers as the contract has it, and has no manifest route unless it is given answers for it."""

    def __init__(self, manifests: list[Any]) -> None:
        self.asked: list[tuple[float, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append((time.monotonic(), self.path))
                body = json.dumps(service._answer(self.path, manifests)).encode()
                self.send_response(200)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._offered = bool(manifests)
        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f'http://{HOST}:{self._server.server_port}'
        threading.Thread(target=self._server.serve_forever, args=[0.1], daemon=True).start()

    def _answer(self, path: str, manifests: list[Any]) -> Any:
        if path.startswith('/fetch/manifest/files'):
            answer = manifests.pop(0)
            return {**answer, 'Location': self.url + answer['Location']} if 'Location' in answer else answer
        if path == '/openapi':
            return {'paths': {'/repository/files': {}, **({'/fetch/manifest/files': {}} if self._offered else {})}}
        return {'hits': [], 'termFacets': {'organ': {'terms': [{'term': 'brain', 'count': 1}]}}}

    def visited(self, *tasks: str) -> tuple[Any, str]:
        """
        :return: the tasks that are left and what was counted, and what was logged
        """
        run = subprocess.run([sys.executable, '-c', VISIT, self.url, *tasks],
                             cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout), run.stderr

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def manifests() -> list[Any]:
    return []


@pytest.fixture
def service(manifests: list[Any]) -> Iterator[Service]:
    service = Service(manifests)
    yield service
    service.close()


NEXT = '/fetch/manifest/files?token=T'


@pytest.mark.parametrize('manifests', [[{'Status': 301, 'Retry-After': 1, 'Location': NEXT},
                                        {'Status': 301, 'Retry-After': 0, 'Location': NEXT},
                                        {'Status': 302, 'Location': '/manifest.tsv'}]])
def test_a_manifest_is_waited_for_as_long_as_the_service_says_and_then_taken(service):
    visited, _ = service.visited('take_manifest')
    assert visited['requests'] == {'/fetch/manifest/files': [3, 0], 'the manifest itself': [1, 0]}
    first, second, third, last = service.asked[2:]
    assert second[0] - first[0] >= 1
    assert (second[1], third[1], last[1]) == (NEXT, NEXT, '/manifest.tsv')


@pytest.mark.parametrize('manifests', [[{'Status': 500}]])
def test_a_manifest_that_cannot_be_made_is_a_failure(service):
    visited, _ = service.visited('take_manifest')
    assert visited['requests'] == {'/fetch/manifest/files': [1, 1]}


def test_where_there_are_no_manifests_nobody_takes_one_and_that_is_said(service):
    visited, log = service.visited('filter_files', 'look_for_matrices', 'look_at_samples')
    assert visited['tasks'] == ['filter_files', 'look_at_samples', 'look_for_matrices']
    assert 'NOT EXERCISED: manifests' in log
    assert visited['requests'] == {'files, by organ': [1, 0], 'files, by fileFormat': [1, 0],
                                   'samples, by nothing': [1, 0]}
    assert any('%22brain%22' in path for _, path in service.asked)
