"""The page that shows the description of the API, as far as that can be seen without a browser."""
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from azul.local import SOURCES
from azul.service.openapi.swagger import FILES, PACKAGE, START
from fixtures.described import ask
from fixtures.toy_service import toy_service


@pytest.fixture(scope='module')
def url(engine: str, queues: str, aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with toy_service(engine, queues, aws, tmp_path_factory.mktemp('boxes'), tmp_path_factory.mktemp('run')) as service:
        yield service.url


class Links(HTMLParser):
    """What a page loads, and what it has within itself that could be run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        found = attributes.get('src') or attributes.get('href')
        if found:
            self.links.append(found)
        elif tag in ('script', 'style'):
            self.inline.append(tag)
        self.inline += [name for name in attributes if name.startswith('on') or name == 'style']


@pytest.mark.parametrize('path', ['/swagger', '/swagger/'])
def test_the_page_loads_all_that_it_needs_from_where_it_comes_from(url, path):
    answer = ask(url, path)
    assert (answer.status_code, answer.headers['Content-Type']) == (200, 'text/html; charset=utf-8')
    links = Links()
    links.feed(answer.text)
    assert links.inline == [], 'its policy would not let it run'
    loaded = [urljoin(answer.url, link) for link in links.links if link != 'data:,']
    assert {urlsplit(each).path for each in loaded} == {
        '/swagger/swagger-ui.css', '/swagger/swagger-ui-bundle.js', '/swagger/start.js'
    }
    for each in loaded:
        assert urlsplit(each).netloc == urlsplit(url).netloc
        part = ask(each, '')
        kind = 'text/css' if each.endswith('.css') else 'text/javascript'
        assert (part.status_code, part.headers['Content-Type']) == (200, f'{kind}; charset=utf-8')
        assert part.headers['X-Content-Type-Options'] == 'nosniff'


def test_the_page_shows_the_description_of_where_it_comes_from(url):
    relative, = re.findall(r"new URL\('(.*?)', document.currentScript.src\)", START)
    assert ask(urljoin(f'{url}/swagger/start.js', relative), '').json()['openapi'] == '3.1.0'
    bundle = ask(url, '/swagger/swagger-ui-bundle.js').text
    assert len(bundle) > 1_000_000
    assert 'SwaggerUIBundle' in bundle[:500], 'what the start uses'


def test_the_page_runs_nothing_from_elsewhere(url):
    policy = dict(each.split(' ', 1) for each in ask(url, '/swagger').headers['Content-Security-Policy'].split('; '))
    assert policy['default-src'] == "'none'"
    assert policy['script-src'] == policy['connect-src'] == "'self'"
    assert not any('*' in sources or 'http' in sources or 'unsafe' in sources for sources in policy.values())


@pytest.mark.parametrize('path', ['/swagger', *(f'/swagger/{name}' for name in [*FILES, 'start.js'])])
def test_parts_of_the_page_are_revalidated(url, path):
    whole = ask(url, path)
    head = ask(url, path, 'HEAD')
    assert (head.status_code, head.content) == (200, b'')
    assert head.headers['Content-Length'] == str(len(whole.content))
    for method in 'GET', 'HEAD':
        again = ask(url, path, method, headers={'If-None-Match': whole.headers['ETag']})
        assert (again.status_code, again.content) == (304, b'')


@pytest.mark.parametrize('name', ['swagger-ui-bundle.js.map', 'index.html', 'LICENSE', '..%2F__init__.py', '%00'])
def test_there_are_no_other_files(url, name):
    assert ask(url, f'/swagger/{name}').status_code == 404


def test_what_brings_the_files_is_not_imported():
    program = (f'import sys; from azul.service.openapi import swagger; swagger.file({next(iter(FILES))!r}); '
               f'print({{"flask", {PACKAGE!r}}} & sys.modules.keys())')
    assert subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, check=True,
                          env={'PYTHONPATH': str(SOURCES)}).stdout == 'set()\n'
