"""What becomes of a job when something happens to it, or to what it reads."""
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from azul.engine import Engine
from azul.engine.view import View
from azul.errors import Gone
from azul.messaging.inbox import Record
from azul.messaging.messages import DeadLetter, decode
from azul.service.manifest import metadata, participants
from azul.service.manifest.export import PAGE
from azul.service.manifest.jobs import SILENCE, JobMessage
from azul.service.manifest.request import Failed
from azul.service.manifest.state import State
from azul.service.manifest.worker import MARGIN, ROLLOUT
from azul.service.polling import Redirection
from azul.service.restriction import UNRESTRICTED
from fixtures import rows
from fixtures.exports import ROUTE, URL, Exports, exporting, token, until
from fixtures.toy_service import serving
from integration.manifest.test_crashes import Killed
from integration.manifest.test_formats import A, picture


def saved(exports: Exports, answer: Redirection, **changes: Any) -> tuple[str, State]:
    """Key and state of the job that somebody waits for.

    :param changes: of the state, for whoever reads it after us
    """
    key = exports.manifests.tokens.parse(token(answer)['token']).job
    states = exports.manifests.jobs.states
    state, tag = states.read(key)
    assert state is not None
    if changes:
        state = replace(state, **changes)
        assert states.write(key, state, tag) is not None
    return key, state


def letters(exports: Exports) -> list[DeadLetter]:
    """Those that have come since they were last looked at."""
    return [decode(DeadLetter, message.body) for message in exports.worker.inbox.failed.receive()]


class Listener(Engine):
    """An engine that remembers after which bundles it is asked for others, and kills who has asked so often."""
    asked: list[str | None]
    patience: int

    def request(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        answer = super().request(method, path, body, **params)
        self._hear(body)
        return answer

    def search(self, index: str, body: Any) -> Any:
        answer = super().search(index, body)
        self._hear(body)
        return answer

    def _hear(self, body: Any) -> None:
        asked = re.search('"fields.bundleUuid": ?\\["([^"]*)"', json.dumps(body))
        if asked is None:
            return
        self.asked.append(asked[1])
        if len(self.asked) == self.patience:
            raise Killed


class Dying(Engine):
    """Kills whoever asks it for something."""

    def request(self, *_: Any, **__: Any) -> Any:
        raise Killed


@pytest.mark.parametrize(('format', 'step'), [('bdbag', participants.BUNDLES), ('full', metadata.BUNDLES)])
def test_what_was_learned_before_anything_is_written_is_not_learned_again(
    engine: str, queues: str, aws: str, format: str, step: int
):
    bundles = [A._replace(uuid=f'{number:08}-0000-4000-8000-000000000000') for number in range(3 * step)]
    first, second, third = (bundle.uuid for bundle in bundles[::step])
    with exporting(engine, queues, aws, rows.plugin, lease=1) as exports:
        exports.shelf.put(*(picture(bundle.uuid, bundle) for bundle in bundles))
        answer = exports.ask(format=format)
        mortal, heir = (Listener(exports.worker.engine._client) for _ in range(2))
        mortal.asked, mortal.patience, heir.asked, heir.patience = [], 3, [], 100
        with pytest.raises(Killed):
            exports.work(worker=replace(exports.worker, engine=mortal))
        assert mortal.asked == [first, second, third]
        _, state = saved(exports, answer)
        assert (state.memo['walk']['bundles'][0][0], state.rows, state.size) == (third, 0, 0)
        repeatable = View.from_json(heir, state.view).repeatable
        until(lambda: exports.work(worker=replace(exports.worker, engine=heir)) > 0
              and exports.again(answer).status == 302)
        learned = [] if repeatable else [first, second]
        assert heir.asked == [*learned, third, first, second, third]


def test_what_another_release_has_begun_is_left_to_its_workers_and_else_made_anew(exports: Exports):
    exports.shelf.put(picture('a.png', A))
    answer = exports.ask()
    newer = replace(exports.worker, release='newer')
    assert exports.work(worker=newer) == 1, 'it is put back for a while'
    assert exports.again(answer).status == 301, 'others may be on their way'
    manifests = replace(exports.manifests, release='newer')
    with pytest.raises(Gone):
        manifests.ask(UNRESTRICTED, token(answer), URL, ROUTE)

    jobs = exports.worker.jobs
    key, _ = saved(exports, answer)
    jobs.send(key)
    exports.work(worker=replace(newer, jobs=replace(jobs, clock=lambda: jobs.clock() + ROLLOUT)))
    with pytest.raises(Failed):
        exports.again(answer)
    assert letters(exports) == [], 'nobody has to look at that'
    answer = manifests.ask(UNRESTRICTED, {}, URL, ROUTE)
    assert exports.work(worker=newer) == 1
    answer = manifests.ask(UNRESTRICTED, token(answer), URL, ROUTE)
    assert exports.download(answer).text.count('\r\n') == 2


def test_a_message_that_comes_too_often_does_not_end_a_job_that_somebody_works_on(exports: Exports):
    answer = exports.ask()
    now = exports.worker.jobs.clock()
    key, _ = saved(exports, answer, lease=now + 100)
    overdue = Record('id', 'receipt', JobMessage.create(job=key).encode(), exports.config.max_attempts + 1)
    for lease, status in (now + 100, 'running'), (now - 1, 'failed'):
        saved(exports, answer, lease=lease)
        assert exports.worker.handle([overdue], lambda: 60) == {'batchItemFailures': []}
        letter, = letters(exports)
        assert letter.cause.type == 'Died'
        _, state = saved(exports, answer)
        assert state.status == status
    with pytest.raises(Failed):
        exports.again(answer)


class Dropper(Engine):
    """An engine of which somebody drops an index when we have read something."""
    drop: Callable[[], None]

    def request(self, method: str, path: str, *arguments: Any, **params: Any) -> Any:
        answer = super().request(method, path, *arguments, **params)
        if 'hits' in answer:
            self.drop()
        return answer


def test_a_job_of_which_the_index_is_dropped_ends_at_once_and_says_so(exports: Exports):
    exports.shelf.put(*(picture(f'{number}.png') for number in range(PAGE + 1)))
    exports.shelf.create_generation('pictures', 2)
    dropper = Dropper(exports.worker.engine._client)
    dropper.drop = lambda: exports.shelf.engine.delete_indices(exports.shelf.index('pictures', 1))
    with serving(exports.config) as service:
        try:
            waiting = {path: requests.get(service.url + path, timeout=30, allow_redirects=False)
                       for path in (ROUTE, f'/fetch{ROUTE}')}
            locations = waiting[ROUTE].headers['Location'], waiting[f'/fetch{ROUTE}'].json()['Location']
            assert exports.work(worker=replace(exports.worker, engine=dropper)) == 1, 'no further attempts'
            letter, = letters(exports)
            assert letter.cause.type == 'EngineRejection'
            assert letter.cause.text == 'one of the indices is not there any more'
            for location in locations:
                response = requests.get(location, timeout=30, allow_redirects=False)
                assert response.status_code == 500
                assert response.headers['Access-Control-Allow-Origin'] == '*'
                assert response.json() == {'Code': 'ChaliceViewError',
                                           'Message': 'ChaliceViewError: Failed to generate manifest'}
        finally:
            exports.shelf.engine.update_aliases([exports.shelf.serve('pictures', 2)])
        assert exports.made().count(b'\r\n') == 1, 'who asks anew has what is there now'


def test_a_job_is_held_no_longer_than_its_worker_can_live(engine: str, queues: str, aws: str):
    """Else it would stand still for as long as AWS wants messages to be hidden: half an hour."""
    with exporting(engine, queues, aws, lease=1860) as exports:
        exports.shelf.put(picture('a.png', A))
        answer = exports.ask()
        dying = replace(exports.worker, engine=Dying(exports.worker.engine._client))
        with pytest.raises(Killed):
            exports.work(remaining=lambda: 100, worker=dying)
        _, state = saved(exports, answer)
        assert 100 < state.lease - state.saved <= 100 + MARGIN
        later = replace(exports.manifests.jobs, clock=lambda: state.lease + SILENCE + 1)
        manifests = replace(exports.manifests, jobs=later)
        assert manifests.ask(UNRESTRICTED, token(answer), URL, ROUTE).status == 301
        assert exports.work(worker=replace(exports.worker, jobs=later)) == 1, 'who waits has it gone on with'
        assert exports.again(answer).status == 302


def test_who_waits_for_a_job_that_nobody_has_begun_adds_fewer_and_fewer_messages(exports: Exports):
    answer = exports.ask()
    made = exports.manifests.jobs.clock()
    for minute in range(60):
        manifests = replace(exports.manifests, jobs=replace(exports.manifests.jobs,
                                                            clock=lambda after=minute: made + 60 * after + 1))
        assert manifests.ask(UNRESTRICTED, token(answer), URL, ROUTE).status == 301
    assert sum(exports.queue.counts()) < 10
