"""How long answers are good for, how long they are held back, and what tokens are good for."""
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from azul.engine import Engine
from azul.errors import BadRequest, Gone
from azul.service.manifest.jobs import LIFE, MARGIN
from azul.service.manifest.request import LOOK, Manifests
from azul.service.manifest.state import manifest_object
from azul.service.polling import Redirection
from azul.service.restriction import UNRESTRICTED
from fixtures.exports import ROUTE, URL, Exports, exporting, filtering, token
from fixtures.toy_service import serving
from fixtures.toys import new_uuid


@pytest.fixture(scope='module')
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    with exporting(engine, queues, aws) as exports:
        yield exports


def asked(manifests: Manifests, **parameters: str) -> Redirection:
    """For what nobody has asked for yet, unless the parameters say what."""
    wanted = {} if parameters.keys() & {'token', 'filters'} else {'filters': filtering(toyName={'is': [new_uuid()]})}
    return manifests.ask(UNRESTRICTED, {**wanted, **parameters}, URL, ROUTE)


def later(exports: Exports, seconds: float) -> Manifests:
    """As it is going to be after a while."""
    jobs, clock = exports.manifests.jobs, exports.manifests.jobs.clock
    return replace(exports.manifests, jobs=replace(jobs, clock=lambda: clock() + seconds))


def test_a_manifest_is_good_for_a_day(exports: Exports):
    waiting = exports.ask()
    exports.work()
    done = exports.again(waiting)
    download = token(done)['token']
    almost, over = later(exports, LIFE - 60), later(exports, LIFE + 1)
    assert asked(almost, **token(waiting)).status == 302
    assert almost.location(download)
    for ask in lambda: asked(over, **token(waiting)), lambda: over.location(download):
        with pytest.raises(Gone) as caught:
            ask()
        assert caught.value.status == 410
        assert caught.value.text == 'The manifest has expired. Ask for it anew.'


def test_clients_are_told_that_it_has_expired(exports: Exports):
    with serving(exports.config) as service:
        filters = filtering(toyName={'is': [new_uuid()]})
        waiting = requests.get(f'{service.url}/fetch{ROUTE}', {'filters': filters}, timeout=30).json()['Location']
        exports.work()
        done = requests.get(waiting, timeout=30).json()['Location']
        assert requests.get(done, timeout=30, allow_redirects=False).status_code == 302
        job = exports.manifests.tokens.parse(parse_qs(urlsplit(waiting).query)['token'][0]).job
        states = exports.manifests.jobs.states
        state, tag = states.read(job)
        states.write(job, replace(state, made=state.made - LIFE), tag)
        for location in waiting, waiting.replace('/fetch', ''), done:
            response = requests.get(location, timeout=30, allow_redirects=False)
            assert response.status_code == 410
            assert response.json()['Message'].endswith('The manifest has expired. Ask for it anew.')
            assert 'Location' not in response.headers


def test_one_that_has_expired_or_is_about_to_is_made_anew(exports: Exports):
    filters = filtering(toyName={'is': [new_uuid()]})
    for seconds, anew in (0, True), (LIFE - MARGIN - 60, False), (LIFE - MARGIN, True), (LIFE + 1, False):
        # The last one is of the job before, which is young then.
        manifests = later(exports, seconds)
        waiting = asked(manifests, filters=filters)
        worker = replace(exports.worker, jobs=manifests.jobs)
        assert exports.work(worker=worker) == int(anew), seconds
        assert asked(manifests, **token(waiting)).status == 302
        assert manifests.location(token(asked(manifests, **token(waiting)))['token'])


def test_while_one_is_made_anew_the_one_before_can_be_had(exports: Exports):
    filters = filtering(toyName={'is': [new_uuid()]})
    waiting = asked(exports.manifests, filters=filters)
    exports.work()
    done = exports.again(waiting)
    before = exports.download(done).content
    assert asked(later(exports, LIFE - MARGIN), filters=filters).progress == {'rows': 0, 'total': None}, 'it is begun'
    assert exports.again(waiting).status == 301
    assert exports.download(done).content == before
    bucket = exports.manifests.bucket
    job = exports.manifests.tokens.parse(token(done)['token']).job
    bucket._client.delete_object(Bucket=bucket.name, Key=manifest_object(job, 'tsv'))
    with pytest.raises(Gone):
        exports.manifests.location(token(done)['token'])
    exports.work()
    assert exports.download(done).content == before


def test_a_format_that_is_not_made_any_more_has_expired(exports: Exports):
    """By another release, while the links of the one before are out there."""
    waiting = asked(exports.manifests, format='jsonl')
    exports.work()
    done = exports.again(waiting)
    without = {name: each for name, each in exports.manifests.formats.items() if name != 'jsonl'}
    with pytest.raises(Gone):
        replace(exports.manifests, formats=without).location(token(done)['token'])


def test_each_token_is_good_for_one_thing(exports: Exports):
    waiting = asked(exports.manifests)
    with pytest.raises(BadRequest, match='Invalid token given'):
        exports.manifests.location(token(waiting)['token'])
    exports.work()
    done = exports.again(waiting)
    with pytest.raises(BadRequest, match='Invalid token given'):
        exports.manifests.location(token(waiting)['token'])
    with pytest.raises(BadRequest, match='Invalid token given'):
        exports.again(done)
    assert exports.manifests.location(token(done)['token'])


class Clock:
    """Goes on only while somebody sleeps, or as they say."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.naps.append(seconds)
        self.now += seconds


class Slow(Engine):
    """An engine whose answers take their time."""
    clock: Clock
    seconds: float

    def request(self, *arguments: Any, **params: Any) -> Any:
        self.clock.now += self.seconds
        return super().request(*arguments, **params)


@pytest.mark.parametrize('seconds', [0, 6.3, 26])
def test_who_would_rather_wait_is_answered_within_what_the_gateway_allows(exports: Exports, seconds: float):
    """Counted from the request on, with all that it takes to begin a job."""
    clock, engine = Clock(), Slow(exports.manifests.engine._client)
    engine.clock, engine.seconds = clock, seconds
    manifests = replace(exports.manifests, engine=engine, clock=clock, sleep=clock.sleep)
    answer = asked(manifests, wait='1')
    assert (answer.status, answer.pause) == (301, 1)
    assert clock.now - 1000 == pytest.approx(max(25, seconds)), 'the gateway gives up after 29 s'
    assert all(nap <= LOOK for nap in clock.naps)
    assert token(answer)['wait'] == '1', 'to be asked again with'
    began = clock.now
    answer = asked(manifests, **token(answer))
    assert answer.status == 301
    assert clock.now - began == pytest.approx(25)


def test_who_does_not_say_so_does_not_wait(exports: Exports):
    clock = Clock()
    manifests = replace(exports.manifests, clock=clock, sleep=clock.sleep)
    for wait in {}, {'wait': '0'}:
        answer = asked(manifests, **wait)
        assert 'wait' not in parse_qs(urlsplit(answer.location).query)
        asked(manifests, **token(answer))
    assert not clock.naps
