"""Requests to an engine that takes signed ones only, as Amazon's does."""
import hashlib
import hmac
import http.client
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError

from azul.aws import clients
from azul.aws.signing import Signer
from azul.config import Config
from azul.engine import Engine, Write
from azul.errors import ConfigurationError, EngineError
from azul.local.ports import HOST
from fixtures.shelf import Shelf
from fixtures.toys import unique

KEY, SECRET, SESSION, REGION = 'AKIDEXAMPLE', 'not/a+secret', 'session', 'eu-west-1'

AMAZON = 'search-azul-index-dev-x1.eu-west-1.es.amazonaws.com:443'


class Gatekeeper(BaseHTTPRequestHandler):
    """Lets nobody through to an engine whose request is not signed as AWS's documentation of signature version 4 has
    it, which is done here anew, with none of what signs."""
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    engine: str
    passed: list[str]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        if self._is_signed(body):
            self.passed.append(self.path)
            connection = http.client.HTTPConnection(self.engine, timeout=30)
            kept = {name: self.headers[name] for name in ('Content-Type',) if name in self.headers}
            connection.request(self.command, self.path, body, kept)
            answer = connection.getresponse()
            self._answer(answer.status, answer.read(), answer.headers['Content-Type'])
            connection.close()
        else:
            self._answer(403, b'{"message": "The request signature does not match"}', 'application/json')

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def _answer(self, status: int, body: bytes, type_: str) -> None:
        self.send_response(status)
        self.send_header('Content-Type', type_)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != 'HEAD' else b'')

    def _is_signed(self, body: bytes) -> bool:
        found = re.fullmatch('AWS4-HMAC-SHA256 Credential=([^,]*), SignedHeaders=([^,]*), Signature=([0-9a-f]{64})',
                             self.headers.get('Authorization', ''))
        if found is None:
            return False
        (key, day, region, service, end), headers = found[1].split('/'), found[2].split(';')
        path, _, query = self.path.partition('?')
        asked = sorted((quote(name, safe='-_.~'), quote(value, safe='-_.~'))
                       for name, value in parse_qsl(query, keep_blank_values=True))
        canonical = '\n'.join([
            self.command,
            quote(path, safe='/-_.~'),
            '&'.join(f'{name}={value}' for name, value in asked),
            *(f'{name}:{self.headers[name].strip()}' for name in headers),
            '', ';'.join(headers), hashlib.sha256(body).hexdigest()
        ])
        text = '\n'.join(['AWS4-HMAC-SHA256', self.headers['X-Amz-Date'], '/'.join([day, region, service, end]),
                          hashlib.sha256(canonical.encode()).hexdigest()])
        sealed = f'AWS4{SECRET}'.encode()
        for part in day, region, service, end, text:
            sealed = hmac.digest(sealed, part.encode(), 'sha256')
        who = (key, region, service, end, self.headers['X-Amz-Security-Token'])
        return (who == (KEY, REGION, 'es', 'aws4_request', SESSION)
                and {'host', 'x-amz-date', 'x-amz-security-token'} <= {*headers}
                and hmac.compare_digest(sealed.hex(), found[3]))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gate(engine: str) -> Iterator[tuple[str, list[str]]]:
    """`host:port`, and the paths of what was let through."""
    passed: list[str] = []
    server = ThreadingHTTPServer((HOST, 0), type('Handler', (Gatekeeper,), {'engine': engine, 'passed': passed}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.1])
    thread.start()
    yield f'{HOST}:{server.server_port}', passed
    server.shutdown()
    server.server_close()
    thread.join()


def signer(**other: str) -> Signer:
    given = {'access_key': KEY, 'secret_key': SECRET, 'token': SESSION, **other}
    return Signer(Credentials(**given), REGION)


def test_whatever_is_asked_is_signed(engine: str, gate: tuple[str, list[str]]):
    address, passed = gate
    shelf = Shelf(engine)
    shelf.create('toys')
    index = shelf.index('toys', 1)
    signed = Engine.connect(address, 10, sign=signer())
    try:
        assert signed.ping()
        for id_ in 'plain', 'b ä/r+&?=%25~*', 'a,b':
            outcome, = signed.write([Write(index, id_, {'entity_id': id_, 'live': True, 'name': 'Bär'})])
            assert outcome == 'written'
            assert signed.get(index, id_).source is not None
        signed.refresh([index])
        assert signed.search(f'{index},{index}', {'query': {'term': {'live': True}}})['hits']['total']['value'] == 3
        assert signed.request('GET', f'/{index}/_stats/docs', level='shards')['_shards']['failed'] == 0
        assert len(passed) > 8
    finally:
        signed.close()
        shelf.close()


@pytest.mark.parametrize('other', [{'secret_key': 'another'}, {'access_key': 'another'}, {'token': 'another'}])
def test_what_somebody_else_has_signed_is_refused(gate: tuple[str, list[str]], other: dict[str, str]):
    with pytest.raises(EngineError, match='403'):
        Engine.connect(gate[0], 10, sign=signer(**other)).request('GET', '/')


def test_what_nobody_has_signed_is_refused(gate: tuple[str, list[str]]):
    with pytest.raises(EngineError, match='403'):
        Engine.connect(gate[0], 10).request('GET', '/')
    assert gate[1] == []


class Expired(Credentials):
    """Those of an operator who has to log in again."""

    def get_frozen_credentials(self) -> Any:
        raise CredentialRetrievalError(provider='sso', error_msg='the token has expired')


def test_credentials_that_have_expired_are_no_fault_of_a_request(gate: tuple[str, list[str]]):
    expired = Signer(Expired(KEY, SECRET), REGION)
    with pytest.raises(EngineError, match=r'cannot be signed: .*the token has expired'):
        Engine.connect(gate[0], 10, sign=expired).request('GET', '/')
    assert gate[1] == []


def config(endpoint: str) -> Config:
    return Config(stage='test', index_prefix=unique('x'), es_endpoint=endpoint, dss_endpoint='http://nowhere.invalid/v1',
                  aws_region=REGION)


def test_only_amazons_engine_gets_signatures(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('AWS_ACCESS_KEY_ID', KEY)
    monkeypatch.setenv('AWS_SECRET_ACCESS_KEY', SECRET)
    monkeypatch.setenv('AWS_SESSION_TOKEN', SESSION)
    clients._session.cache_clear()
    try:
        made = clients.signer(config(AMAZON))
        assert made is not None
        assert KEY in made('GET', f'https://{AMAZON}/', b'')['Authorization']
        for endpoint in ('localhost:9200', 'es.amazonaws.com.evil.example:443', AMAZON.replace('443', '80')):
            assert clients.signer(config(endpoint)) is None
    finally:
        clients._session.cache_clear()


def test_without_credentials_there_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch):
    for name in 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE':
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('AWS_EC2_METADATA_DISABLED', 'true')
    for name in 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE':
        monkeypatch.setenv(name, '/nonexistent')
    clients._session.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match='there are none'):
            clients.signer(config(AMAZON))
    finally:
        clients._session.cache_clear()
