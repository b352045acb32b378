"""Traffic for the service, in the proportions in which the UI of a metadata browser causes it.

    locust -f scripts/locust/service.py                          for the service on this machine, if `make demo` runs
    locust -f scripts/locust/service.py --host https://service…  for another one

The web UI is on port 8090; that and the host are settings in `pyproject.toml`.
"""
import json
import logging
import random
import time
from typing import Any
from urllib.parse import urlencode

import requests
from locust import HttpUser, between, events, task
from locust.env import Environment

log = logging.getLogger('locust.azul')

FACET = 'organ'
"""By which visitors choose files. Of another project it is another one."""

MATRICES = {'fileFormat': {'is': ['matrix']}}

MANIFEST = '/fetch/manifest/files'

PATIENCE = 600
"""Seconds after which a visitor gives up on a manifest."""


class Visitor(HttpUser):
    """Of sixteen who look at files, one takes a manifest along. For three of them there is one who asks for matrices,
    and one who looks at samples."""
    wait_time = between(1, 5)  # type: ignore[no-untyped-call]
    terms: tuple[Any, ...] = (None,)

    @task(3 * 15)
    def filter_files(self) -> None:
        self._page('files', {FACET: {'is': [random.choice(self.terms)]}})  # noqa: S311

    @task(16)
    def look_for_matrices(self) -> None:
        self._page('files', MATRICES)

    @task(16)
    def look_at_samples(self) -> None:
        self._page('samples', {})

    @task(3)
    def take_manifest(self) -> None:
        filters = {FACET: {'is': [random.choice(self.terms)]}}  # noqa: S311
        url = f'{MANIFEST}?{_query(filters, format="tsv")}'
        deadline = time.monotonic() + PATIENCE
        while True:
            asked: Any = self.client.get(url, name=MANIFEST, catch_response=True)
            with asked as response:
                answer = response.json() if response.ok else {'Status': response.status_code}
                if answer['Status'] not in (301, 302):
                    response.failure(f'status {answer["Status"]}')
                    return
                if time.monotonic() > deadline:
                    response.failure('takes too long')
                    return
            url = answer['Location']
            if answer['Status'] == 302:
                self.client.get(url, name='the manifest itself')
                return
            time.sleep(answer['Retry-After'])

    def _page(self, entity_type: str, filters: dict[str, Any]) -> None:
        name = f'{entity_type}, by {", ".join(filters) or "nothing"}'
        self.client.get(f'/repository/{entity_type}?{_query(filters, size=15)}', name=name)


def _query(filters: dict[str, Any], **parameters: Any) -> str:
    return urlencode({'filters': json.dumps(filters), **parameters})


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def prepare(environment: Environment, **_: Any) -> None:
    """Learn what visitors can choose from, and whether there are manifests to be taken."""
    def answer(path: str) -> Any:
        response = requests.get(f'{environment.host}{path}', timeout=30)
        response.raise_for_status()
        return response.json()

    counted = answer(f'/repository/files?facets={FACET}&size=1')['termFacets'][FACET]['terms']
    Visitor.terms = tuple(each['term'] for each in counted) or (None,)
    offered = any(path.startswith(MANIFEST) for path in answer('/openapi')['paths'])
    others = [each for each in Visitor.tasks if each is not Visitor.take_manifest]
    Visitor.tasks = [*others, *[Visitor.take_manifest] * 3] if offered else others
    if not offered:
        log.warning('NOT EXERCISED: manifests, as the service has no %s', MANIFEST)
