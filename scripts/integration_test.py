"""See whether the deployment whose environment is sourced works: ask it, from the outside, and change nothing in it.

A deployment that was made a moment ago may need some minutes until its hosts are known everywhere. Of one that has not
been indexed yet, less is asked.
"""
import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import requests

from azul import plugin
from azul.deployment import LAMBDAS, Deployment, Lambda
from azul.errors import AzulError, ConfigurationError

TIMEOUT = 40
"""Seconds; API Gateway gives up earlier."""

PAUSE = 5
"""Seconds until a check that failed is made again."""


class Failed(Exception):
    pass


class Checks:
    """
    Each method is a check, and raises `Failed` if something is not as it should be.

    :ivar indexed: whether there is something to be found, as far as `generations` has found out
    """
    indexed = True

    def __init__(self, deployment: Deployment, commit: str | None) -> None:
        self._deployment, self._commit = deployment, commit
        self._session = requests.Session()
        self._session.trust_env = False

    def all(self) -> Iterator[tuple[str, Callable[[], None]]]:
        for name in LAMBDAS:
            yield f'{name}: has the code that was deployed', partial(self.version, name)
        yield 'indexer: tells what is indexed', self.generations
        # Found out by then, as each is made before the next one is asked for
        if self.indexed:
            yield from self._of_what_is_indexed()
        else:
            yield 'indexer: reaches its queues', partial(self.health, 'indexer', 'queues')
        yield 'indexer: believes no notification without a signature', self.unsigned

    def _of_what_is_indexed(self) -> Iterator[tuple[str, Callable[[], None]]]:
        for name in LAMBDAS:
            yield f'{name}: is healthy', partial(self.health, name)
        for entity_type in plugin.load(self._deployment.project).searchable:
            yield f'service: finds {entity_type}', partial(self.search, entity_type)
        yield 'service: makes a manifest', self.manifest

    def version(self, name: Lambda) -> None:
        git = self._json(name, '/version')['git']
        if self._commit is not None and git['commit'] != self._commit:
            raise Failed(f'it is {git["commit"] or "unknown"} instead of {self._commit}. '
                         f'Was that one deployed meanwhile?')

    def generations(self) -> None:
        """The engine may answer that readers are sent nowhere, as there has been no reindex yet."""
        found = self._json('indexer', '/health/elasticsearch')['elasticsearch']
        if 'generations' not in found:
            raise Failed(found['advice'])
        self.indexed = any(generation['served'] for generation in found['generations'])

    def health(self, name: Lambda, keys: str = '') -> None:
        self._json(name, f'/health/{keys}')

    def search(self, entity_type: str) -> None:
        page = self._json('service', f'/repository/{entity_type}?size=1')
        if len(page['hits']) != min(1, page['pagination']['total']):
            raise Failed(f'{len(page["hits"])} hits of {page["pagination"]["total"]}')

    def manifest(self) -> None:
        """Of what there is, be it nothing: it is begun, not waited for."""
        told = self._json('service', '/fetch/manifest/files?format=compact')
        if told['Status'] not in (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND):
            raise Failed(f'status {told["Status"]}')

    def unsigned(self) -> None:
        answer = self._ask('indexer', 'POST', '/', json={})
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            raise Failed(f'status {answer.status_code}')

    def _json(self, name: Lambda, path: str) -> Any:
        answer = self._ask(name, 'GET', path)
        if answer.status_code != HTTPStatus.OK:
            raise Failed(f'GET {path}: status {answer.status_code}, {answer.text[:500]}')
        try:
            return answer.json()
        except requests.JSONDecodeError:
            raise Failed(f'GET {path}: the answer is not JSON') from None

    def _ask(self, name: Lambda, method: str, path: str, json: Any = None) -> requests.Response:
        url = self._deployment.url(name)
        if not url:
            raise ConfigurationError('Environment', [f'AZUL_{name.upper()}_URL: must be set where there is no '
                                                     f'AZUL_DOMAIN_NAME'])
        try:
            return self._session.request(method, url + path, json=json, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise Failed(f'{url} cannot be reached: {type(error).__name__}') from None


def passes(check: Callable[[], None], deadline: float) -> str:
    """
    :param deadline: on the monotonic clock; until then the check is made again and again
    :return: what is wrong; empty if nothing is
    """
    while True:
        try:
            check()
            return ''
        except Failed as failed:
            fault = str(failed)
        except (KeyError, TypeError) as error:
            fault = f'the answer is not as it should be: {error!r}'
        if time.monotonic() + PAUSE > deadline:
            return fault
        time.sleep(PAUSE)


def main(arguments: Sequence[str] | None = None) -> int:
    """
    :return: 1 if a check does not pass
    """
    options = _options(arguments)
    try:
        deployment = Deployment.load()
        print(f'Deployment {deployment.stage}')
        deadline = time.monotonic() + options.patience
        faults = 0
        checks = Checks(deployment, options.commit)
        for what, check in checks.all():
            fault = passes(check, deadline)
            print(f'  no   {what}: {fault}' if fault else f'  yes  {what}', flush=True)
            faults += bool(fault)
        if not checks.indexed:
            print('Readers are sent to no generation of indices yet, so nothing was looked for: `make reindex`, then '
                  'this again.')
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if faults else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/integration_test.py', description=__doc__)
    parser.add_argument('--commit', metavar='HASH', help='what was deployed; any by default')
    parser.add_argument('--patience', type=float, default=300, metavar='SECONDS',
                        help='for how long checks are made again that do not pass (%(default)s)')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
