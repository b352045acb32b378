"""A caller who does what the clients of the service do, with what they send and by what they read."""
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

ENTITY_TYPES = ('projects', 'samples', 'files')
"""The tabs of the browser."""

PAGE = 15
"""Its rows."""


class ThrownOut(Exception):
    """The browser leaves the page: it shows `/not-found` or `/error`."""

    def __init__(self, page: str, url: str, message: str) -> None:
        super().__init__(page, url, message)
        self.page, self.message = page, message


class Client:
    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.headers['Origin'] = 'https://browser.test'

    def response(self, path: str, method: str = 'GET', **parameters: Any) -> requests.Response:
        """
        :param path: a path, or a whole URL as it was found in an answer
        :param parameters: values, percent-encoded as `encodeURIComponent` does it; those that are lists are repeated
        """
        pairs = [(name, each) for name, value in parameters.items()
                 for each in (value if isinstance(value, list) else [value])]
        query = '&'.join(f'{name}={quote(str(value), safe="~()*!.")}' for name, value in pairs)
        url = path if path.startswith('http') else self.url + path
        response = self._session.request(method, f'{url}?{query}' if query else url, timeout=30, allow_redirects=False)
        assert response.headers['Access-Control-Allow-Origin'] == '*', 'the browser would not let the page see it'
        return response

    def get(self, path: str, **parameters: Any) -> Any:
        """
        What the service answers, as the browser sees it: an error takes the user elsewhere.

        :raises ThrownOut: then
        """
        response = self.response(path, **parameters)
        if response.status_code != 200:
            body = response.json()
            page = '/not-found' if response.status_code == 404 else '/error'
            raise ThrownOut(page, response.url, body.get('Message', body))
        return response.json()

    def search(self, entity_type: str, filters: Any = None, **parameters: Any) -> Any:
        """One page of rows, with the facets."""
        parameters = {'filters': encoded(filters), 'size': PAGE, **parameters}
        return self.get(f'/repository/{entity_type}', **parameters)

    def pages(self, entity_type: str, **parameters: Any) -> Iterator[Any]:
        """One page after the other, as the button `Next` does it: with what the server said, verbatim."""
        page = self.search(entity_type, **parameters)
        yield page
        while page['pagination']['search_after'] is not None:
            said = {name: page['pagination'][name]
                    for name in ('size', 'sort', 'order', 'search_after', 'search_after_uid')}
            page = self.search(entity_type, **{**parameters, **said})
            yield page

    def hits(self, entity_type: str, filters: Any = None) -> list[Any]:
        """All rows."""
        return [hit for page in self.pages(entity_type, filters=filters, size=100) for hit in page['hits']]

    def summary(self, filters: Any = None) -> Any:
        return self.get('/repository/summary', filters=encoded(filters))


def encoded(filters: Any) -> str:
    """The browser always sends them."""
    return json.dumps(filters or {}, separators=(',', ':'))
