"""Asking for a manifest, and asking again, as different clients do it."""
import threading
from collections.abc import Iterator

import pytest
import requests

from azul.errors import BadRequest, Forbidden, Gone
from azul.index.mapping import NULL_TERM
from azul.service.manifest.request import ROUTE as OBJECT
from azul.service.manifest.request import Failed
from azul.service.manifest.tokens import Token
from azul.service.query import Restriction
from fixtures.exports import ROUTE, URL, Exports, exporting, filtering, token
from integration.manifest.test_formats import A, picture


@pytest.fixture(scope='module')
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    with exporting(engine, queues, aws) as exports:
        exports.shelf.put(picture('a.png', A), picture('b.png', A))
        yield exports


def new(exports: Exports) -> dict[str, str]:
    """What nobody has asked for yet."""
    new.asked = getattr(new, 'asked', 0) + 1  # type: ignore[attr-defined]
    return {'filters': filtering(toyName={'is': ['bear', f'{new.asked}']})}  # type: ignore[attr-defined]


def test_who_waits_asks_again_and_is_sent_to_the_manifest(exports: Exports):
    answer = exports.ask(**new(exports))
    assert (answer.status, answer.pause) == (301, 1)
    assert answer.body() == {'Status': 301, 'Retry-After': 1, 'Location': answer.location,
                             'Progress': {'rows': 0, 'total': None}}
    assert answer.headers() == {'Retry-After': '1', 'Location': answer.location}
    pauses = []
    for _ in range(6):
        answer = exports.again(answer)
        pauses.append(answer.pause)
    assert pauses == [1, 4, 6, 10, 10, 10]
    exports.work()
    answer = exports.again(answer)
    assert answer.status == 302
    assert answer.location.startswith(f'{URL}{OBJECT}?token=')
    assert answer.body().keys() == {'Status', 'Location', 'Progress'}
    assert answer.progress == {'rows': 2, 'total': 2}
    assert exports.download(answer).text.count('\r\n') == 3


def test_who_asks_for_what_is_done_is_told_to_wait_all_the_same(exports: Exports):
    wanted = new(exports)
    made = exports.made(**wanted)
    answer = exports.ask(**wanted)
    assert answer.status == 301, 'some clients follow the first location before they look'
    assert exports.work() == 0, 'it is not made again'
    assert exports.download(exports.again(answer)).content == made


def test_what_has_changed_is_made_anew(exports: Exports):
    wanted = new(exports)
    before = exports.made(**wanted)
    exports.shelf.put(picture('c.png', A))
    assert exports.made(**wanted).count(b'\r\n') == before.count(b'\r\n') + 1


def test_many_who_want_the_same_share_a_job(exports: Exports):
    wanted = new(exports)
    answers = []

    def ask() -> None:
        answers.append(exports.ask(**wanted))

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 200
    assert len({answer.location for answer in answers}) == 1
    assert exports.work() == 1
    assert {exports.again(answer).status for answer in answers[:5]} == {302}


def test_who_would_rather_wait_is_answered_when_it_is_done(exports: Exports):
    wanted = new(exports)
    worker = threading.Timer(1, exports.work)
    worker.start()
    answer = exports.ask(**wanted, wait='1')
    worker.join()
    assert answer.status == 301
    assert token(answer)['wait'] == '1'
    assert exports.again(answer).status == 302


def test_downloads_have_a_name(exports: Exports):
    answer = exports.ask(**new(exports))
    exports.work()
    response = exports.download(exports.again(answer))
    assert response.headers['Content-Disposition'].startswith('attachment;filename="toy-manifest-')
    assert response.headers['Content-Disposition'].endswith('.tsv"')
    assert response.headers['Content-Type'] == 'text/tab-separated-values'


def test_what_a_manifest_is_like_can_be_asked_for_without_it(exports: Exports):
    answer = exports.ask(**new(exports))
    exports.work()
    answer = exports.again(answer)
    expected = exports.download(answer)
    response = requests.head(exports.manifests.location(token(answer)['token'], head=True), timeout=30)
    assert (response.status_code, response.content) == (200, b'')
    for name in 'Content-Length', 'Content-Type':  # the stand-in has no name for it here
        assert response.headers[name] == expected.headers[name]


@pytest.mark.parametrize('forged', ['', 'x', '.', 'a.b.c', 'AAAA.AAAA', 'é.é', '=.='])
def test_tokens_that_are_none_are_refused(exports: Exports, forged):
    for ask in exports.manifests.location, lambda text: exports.ask(token=text):
        with pytest.raises(BadRequest, match='Invalid token given'):
            ask(forged)


def test_tokens_that_were_changed_are_refused(exports: Exports):
    text = token(exports.ask(**new(exports)))['token']
    body, _, seal = text.partition('.')
    for changed in text[:-2], body, f'{body}.', f'.{seal}', f'{body[:-4]}AAAA.{seal}', f'{body}.{seal[::-1]}':
        with pytest.raises(BadRequest, match='Invalid token given'):
            exports.ask(token=changed)


def test_tokens_of_another_deployment_are_refused(exports: Exports, engine, queues, aws):
    with exporting(engine, queues, aws, stage='other') as other:
        text = other.manifests.tokens.render(Token('0' * 40, 0))
    with pytest.raises(BadRequest, match='Invalid token given'):
        exports.ask(token=text)


def test_tokens_of_jobs_that_nobody_knows_have_expired(exports: Exports):
    with pytest.raises(Gone):
        exports.ask(token=exports.manifests.tokens.render(Token('0' * 40, 0)))


def test_a_token_goes_alone(exports: Exports):
    with pytest.raises(BadRequest, match='`filters`'):
        exports.ask(**token(exports.ask(**new(exports))), filters='{}')


@pytest.mark.parametrize(('parameters', 'text'), [
    ({'format': 'xls'}, 'xls is not a valid manifest format.'),
    ({'filters': '{'}, 'Malformed filters parameter'),
    ({'filters': '{"nonsense": {"is": []}}'}, 'Unable to filter by undefined facet nonsense.'),
    ({'wait': '2'}, '`wait`'),
])
def test_bad_requests_are_told_what_is_wrong(exports: Exports, parameters, text):
    with pytest.raises(BadRequest) as caught:
        exports.ask(**parameters)
    assert text in caught.value.text


def test_manifests_have_only_what_the_one_who_asks_may_see(exports: Exports):
    secret = picture('secret.png', A)
    secret.contents['boxes'][0]['maker'] = ['Lego', 'Steiff']
    exports.shelf.put(secret)
    public = Restriction({'fields.maker': ['Lego', NULL_TERM]})
    answer = exports.manifests.ask(public, {}, URL, ROUTE)
    exports.work()
    with pytest.raises(Forbidden):
        exports.again(answer)
    seen = exports.download(exports.manifests.ask(public, token(answer), URL, ROUTE)).content
    assert b'a.png' in seen
    assert b'secret' not in seen
    assert b'secret' in exports.made()


def test_a_job_that_fails_says_so_and_is_buried(exports: Exports):
    wanted = new(exports)
    answer = exports.ask(**wanted)
    key = exports.manifests.tokens.parse(token(answer)['token']).job
    state, tag = exports.manifests.jobs.states.read(key)
    order = state.order.__class__(**{**state.order.__dict__, 'query': {'nonsense': {}}})
    exports.manifests.jobs.states.write(key, state.__class__(**{**state.__dict__, 'order': order}), tag)
    exports.work()
    with pytest.raises(Failed):
        exports.again(answer)
    assert sum(exports.worker.inbox.failed.counts()) == 1
    bucket = exports.worker.bucket
    begun = bucket._client.list_multipart_uploads(Bucket=bucket.name).get('Uploads', [])
    assert [upload for upload in begun if key in upload['Key']] == [], 'nothing is left of what was begun'
