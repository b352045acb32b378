"""What the engine client makes of answers that no healthy engine gives."""
import time
from typing import Any

import elasticsearch
import pytest

from azul.engine import Engine, Write
from azul.engine.connection import OrjsonSerializer
from azul.errors import EngineError, EngineRejection, EngineTimeout, TooManyBuckets


class Answering(elasticsearch.Connection):
    """Gives the same answer to every request."""

    def __init__(self, status: int = 200, answer: str = '{}', content_type: str = 'application/json', **options: Any):
        super().__init__(**options)
        self._answer = status, {'content-type': content_type}, answer

    def perform_request(self, *args: Any, **options: Any) -> Any:
        status, _, answer = self._answer
        return self._answer if status < 300 else self._raise_error(status, answer)


def engine(**answer: Any) -> Engine:
    return Engine(elasticsearch.Elasticsearch([{'host': 'nowhere', **answer}], connection_class=Answering,
                                              serializer=OrjsonSerializer(), max_retries=0))


@pytest.mark.parametrize('answer', [{'answer': '{"took": 1, "hi'},
                                    {'answer': '<html>', 'content_type': 'text/html'},
                                    {'answer': '<html>', 'content_type': 'text/plain'},
                                    {'answer': '[]'},
                                    {'answer': ''}])
def test_a_damaged_answer_may_be_whole_the_next_time(answer):
    damaged = engine(**answer)
    for call in [lambda: damaged.search('index', {}),
                 lambda: damaged.msearch([('index', {})]),
                 lambda: damaged.get('index', 'id'),
                 lambda: damaged.resolve(['alias']),
                 lambda: damaged.create_index('index', {}),
                 lambda: damaged.write([Write('index', 'id', {})])]:
        with pytest.raises(EngineError, match='damaged answer'):
            call()


@pytest.mark.parametrize('answer', ['{"timed_out": true, "_shards": {"failed": 0}}',
                                    '{"timed_out": false, "_shards": {"failed": 1}}'])
def test_an_answer_in_part_is_none(answer):
    with pytest.raises(EngineError):
        engine(answer=answer).search('index', {})
    with pytest.raises(EngineError):
        engine(answer=f'{{"responses": [{answer}]}}').msearch([('index', {})])


def test_more_terms_than_the_engine_allows_are_an_error_of_its_own():
    answer = ('{"responses": [{"status": 503, "error": {"type": "search_phase_execution_exception", "reason": "",'
              ' "caused_by": {"type": "too_many_buckets_exception", "max_buckets": 9}}}]}')
    with pytest.raises(TooManyBuckets):
        engine(answer=answer).msearch([('index', {})])
    with pytest.raises(EngineError):
        engine(answer=answer.replace('too_many_buckets_exception', 'other')).msearch([('index', {})])


def test_each_failed_entry_of_a_bulk_is_an_outcome_of_its_own():
    answer = ('{"errors": true, "items": ['
              '{"index": {"status": 201}},'
              '{"index": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}},'
              '{"index": {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "bad"}}},'
              '{"index": {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "busy"}}}]}')
    written, conflict, rejected, refused = engine(answer=answer).write([Write('index', str(n), {}) for n in range(4)])
    assert (written, conflict) == ('written', 'conflict')
    assert isinstance(rejected, EngineRejection)
    assert isinstance(refused, EngineError)


@pytest.mark.parametrize('status', [429, 500, 503])
def test_an_overloaded_engine_is_to_be_asked_again(status):
    with pytest.raises(EngineError, match=str(status)):
        engine(status=status).search('index', {})


@pytest.mark.parametrize('value', [2 ** 64, '\ud800'])
def test_what_cannot_be_said_in_json_is_refused_for_good(value):
    with pytest.raises(EngineRejection, match='cannot be said in JSON'):
        engine().write([Write('index', 'id', {'value': value})])
    with pytest.raises(EngineRejection, match='cannot be said in JSON'):
        engine().msearch([('index', {'value': value})])


def test_no_more_documents_are_held_than_are_sent_at_once():
    made, sent = [], []

    class Watching(Answering):
        def perform_request(self, *args: Any, **options: Any) -> Any:
            sent.append(len(made))
            return super().perform_request(*args, **options)

    def writes():
        for number in range(20):
            made.append(number)
            yield Write('index', str(number), {'text': 'x' * 2 ** 20})

    client = elasticsearch.Elasticsearch([{'host': 'nowhere', 'answer': '{"items": []}'}], connection_class=Watching)
    Engine(client).write(writes())
    assert len(sent) == 3
    assert sent[0] < 10
    assert made == list(range(20))


class Slow(Answering):
    """Takes some time for an answer, or all the time that it is given if that is less."""

    def __init__(self, seconds: float, **options: Any):
        super().__init__(**options)
        self._seconds = seconds
        self.given: list[float | None] = []

    def perform_request(self, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        self.given.append(timeout)
        if timeout is not None and timeout < self._seconds:
            time.sleep(timeout)
            raise elasticsearch.ConnectionTimeout('TIMEOUT', 'too late', Exception('too late'))
        time.sleep(self._seconds)
        return super().perform_request(*args, **options)


def test_calls_of_one_piece_of_work_share_its_time():
    client = elasticsearch.Elasticsearch([{'host': 'nowhere', 'seconds': 0.2, 'answer': '{"responses": []}'}],
                                         connection_class=Slow, serializer=OrjsonSerializer(), max_retries=0)
    patient = Engine(client)
    given = client.transport.get_connection().given
    limited = patient.within(0.3)
    limited.msearch([])
    for call in (lambda: limited.msearch([]), lambda: limited.resolve(['alias']), lambda: limited.get('index', 'id'),
                 lambda: limited.write([Write('index', 'id', {})]), lambda: limited.refresh(['index'])):
        with pytest.raises(EngineTimeout):
            call()
    first, second, *others = given
    assert first <= 0.3
    assert second <= 0.1
    assert not others, 'whoever has no time left need not ask'
    patient.msearch([])
    assert given[-1] is None, 'others have their own'
