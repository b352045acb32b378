"""Manifests are of one moment, however much is written while they are made."""
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from azul.engine import Engine
from azul.engine.view import View
from azul.errors import ViewGone
from azul.index.bundle import BundleFQID
from azul.service.manifest.export import PAGE
from azul.service.manifest.request import Failed
from azul.service.manifest.worker import MAX_RESTARTS
from fixtures import rows
from fixtures.exports import Exports, exporting, filtering
from integration.manifest.test_formats import picture

BUNDLE = BundleFQID('aaaaaaaa-0000-4000-8000-000000000000', '1')


class Restless(Engine):
    """An engine to which somebody writes whenever we have read something."""
    shelf: Any
    gone: list[Any]

    def request(self, method: str, path: str, *arguments: Any, **params: Any) -> Any:
        response = super().request(method, path, *arguments, **params)
        if '_search' in path:
            self._write()
        return response

    def search(self, *arguments: Any) -> Any:
        response = super().search(*arguments)
        self._write()
        return response

    def _write(self) -> None:
        if self.gone:
            gone = self.gone.pop()
            self.shelf.put(picture('new.png', BUNDLE), replace(gone, bundles=[]))


class Forgetful(Engine):
    """An engine that forgets a view before the second page of it is read, and again, so many times."""
    times: int

    def request(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        if self.times and (path == '/_search/scroll' or 'search_after' in (body or {})):
            self.times -= 1
            raise ViewGone('forgotten')
        return super().request(method, path, body, **params)


@pytest.fixture(scope='module')
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    with exporting(engine, queues, aws) as exports:
        yield exports


def put(exports: Exports) -> list[Any]:
    pictures = [picture(f'{number}.png', BUNDLE) for number in range(3 * PAGE + 7)]
    exports.shelf.put(*pictures)
    return pictures


def test_a_manifest_is_of_the_moment_when_it_was_begun(exports: Exports):
    pictures = put(exports)
    expected = exports.made(format='tsv')
    restless = Restless(exports.worker.engine._client)
    restless.shelf, restless.gone = exports.shelf, pictures[:20]
    exports.shelf.put(picture('one more.png', BUNDLE))  # so that it is made anew
    answer = exports.ask(format='tsv')
    exports.work(worker=replace(exports.worker, engine=restless))
    made = exports.download(exports.again(answer)).content
    assert len(restless.gone) < 20, 'somebody wrote meanwhile'
    added = set(made.split(b'\r\n')) - set(expected.split(b'\r\n'))
    assert {line.split(b'\t')[2] for line in added} == {b'one more.png'}
    assert made.count(b'\r\n') == expected.count(b'\r\n') + 1


@pytest.mark.parametrize('format', ['full', 'bdbag'])
def test_tables_that_many_searches_are_made_for_are_of_one_moment_too(engine: str, queues: str, aws: str, format: str):
    def same(name: str) -> dict[str, str]:
        """Another job for the same."""
        return {'format': format, 'filters': filtering(toyName={'is': ['bear', name]})}

    with exporting(engine, queues, aws, rows.plugin) as exports:
        bundles = [BUNDLE._replace(uuid=f'{number:08}-0000-4000-8000-000000000000') for number in range(120)]
        pictures = [picture(f'{number}.png', bundle) for number, bundle in enumerate(bundles)]
        exports.shelf.put(*pictures, *(part for bundle in bundles
                                       for part in rows.parts(bundle, {}, [{'picture': bundle.uuid}])))
        before = exports.made(**same('before'))
        answer = exports.ask(**same('meanwhile'))
        restless = Restless(exports.worker.engine._client)
        # Without points in time it begins again whenever something has been written.
        restless.shelf, restless.gone = exports.shelf, pictures[-5:] if _has_points(exports) else pictures[-1:]
        exports.work(worker=replace(exports.worker, engine=restless))
        assert restless.gone == [], 'somebody wrote meanwhile'
        made = exports.download(exports.again(answer)).content
        after = exports.made(**same('after'))
        assert before != after
        assert made == (before if _has_points(exports) else after)


def _has_points(exports: Exports) -> bool:
    view = View.open(exports.service.engine, [exports.shelf.index('toys', 1)])
    view.close()
    return view.repeatable


def test_a_job_whose_view_is_gone_begins_again(exports: Exports):
    exports.shelf.put(picture('another.png', BUNDLE))
    answer = exports.ask(format='jsonl')
    forgetful = Forgetful(exports.worker.engine._client)
    forgetful.times = 2
    exports.work(worker=replace(exports.worker, engine=forgetful))
    assert not forgetful.times
    made = exports.download(exports.again(answer)).content
    assert made == exports.made(format='jsonl')
    assert made.count(b'\n') == exports.shelf.page('pictures', size='1')['pagination']['total']


def test_a_job_whose_view_is_gone_each_time_fails(exports: Exports):
    exports.shelf.put(picture('yet another.png', BUNDLE))
    answer = exports.ask(format='jsonl')
    forgetful = Forgetful(exports.worker.engine._client)
    forgetful.times = MAX_RESTARTS + 10
    exports.work(worker=replace(exports.worker, engine=forgetful))
    assert forgetful.times == 9
    with pytest.raises(Failed):
        exports.again(answer)


def test_what_is_written_before_a_view_is_opened_can_be_seen_in_it(exports: Exports):
    index = exports.shelf.index('toys', 1)
    view = View.open(exports.service.engine, [index])
    assert view.page(index, {}, 10, None).total == 0
    assert View.from_json(exports.service.engine, view.to_json()) == view
    view.close()
