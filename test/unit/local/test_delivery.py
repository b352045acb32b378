from collections.abc import Collection, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.local.delivery import EventSource, Message, chaotic, failures, invocation, record

ARN = 'arn:aws:sqs:elasticmq:000000000000:things'


def message(id: str, **others: Any) -> Message:
    return {'MessageId': id, 'ReceiptHandle': f'{id}#1', 'Body': f'body of {id}', 'MD5OfBody': 'd', **others}


class Handler:
    """A handler that remembers what it was invoked with and answers what it is told to."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.invocations: list[tuple[Any, Any]] = []

    def __call__(self, event: object, context: object) -> object:
        self.invocations.append((event, context))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Recipient:
    """A delivery that fails with those messages whose turn it is to fail."""

    def __init__(self, *failures: Collection[str]) -> None:
        self.failures = list(failures)
        self.batches: list[list[str]] = []

    def __call__(self, batch: Sequence[Message]) -> Collection[str]:
        self.batches.append([message['MessageId'] for message in batch])
        return self.failures.pop(0) if self.failures else ()


def deliver(answer: object, *ids: str) -> tuple[Handler, Collection[str]]:
    handler = Handler(answer)
    source = EventSource('receive', 'things', 10, 2, handler)
    return handler, invocation(source, ARN, visibility=10)([message(one) for one in ids])


def test_a_record_has_the_members_that_lambda_gives_it() -> None:
    assert record(message('a',
                          Attributes={'ApproximateReceiveCount': '2'},
                          MessageAttributes={'text': {'DataType': 'String', 'StringValue': 'v'},
                                             'blob': {'DataType': 'Binary', 'BinaryValue': b'\0\1'}}), ARN) == {
        'messageId': 'a',
        'receiptHandle': 'a#1',
        'body': 'body of a',
        'attributes': {'ApproximateReceiveCount': '2'},
        'messageAttributes': {
            'text': {'stringValue': 'v', 'dataType': 'String', 'stringListValues': [], 'binaryListValues': []},
            'blob': {'binaryValue': 'AAE=', 'dataType': 'Binary', 'stringListValues': [], 'binaryListValues': []}
        },
        'md5OfBody': 'd',
        'eventSource': 'aws:sqs',
        'eventSourceARN': ARN,
        'awsRegion': 'elasticmq'
    }


def test_without_partial_answers_messages_that_failed_are_removed_as_they_are_by_lambda() -> None:
    answer = {'batchItemFailures': [{'itemIdentifier': 'b'}]}
    assert deliver(answer, 'a', 'b')[1] == {'b'}
    source = EventSource('receive', 'things', 10, 2, Handler(answer), response_types=())
    assert not invocation(source, ARN, visibility=10)([message('a'), message('b')])


def test_a_batch_is_one_invocation() -> None:
    handler, failed = deliver(None, 'a', 'b')
    [(event, context)] = handler.invocations
    assert [record['messageId'] for record in event['Records']] == ['a', 'b']
    assert context.function_name == 'receive'
    assert not failed


def test_a_handler_is_told_to_have_what_the_window_leaves_of_the_visibility() -> None:
    handler, _ = deliver(None, 'a')
    [(_, context)] = handler.invocations
    assert 7000 < context.get_remaining_time_in_millis() <= 8000


def test_an_exception_fails_the_whole_batch() -> None:
    assert set(deliver(RuntimeError('a bug'), 'a', 'b')[1]) == {'a', 'b'}


def test_only_what_is_reported_failed_failed() -> None:
    assert set(deliver({'batchItemFailures': [{'itemIdentifier': 'b'}]}, 'a', 'b', 'c')[1]) == {'b'}


@pytest.mark.parametrize('answer', [None, {}, {'batchItemFailures': None}, {'batchItemFailures': []}])
def test_an_answer_without_failures_means_none(answer: object) -> None:
    assert not failures(answer, ['a', 'b'])


@pytest.mark.parametrize('answer', [
    'done',
    ['b'],
    True,
    {'batchItemFailures': 'b'},
    {'batchItemFailures': 1},
    {'batchItemFailures': {'itemIdentifier': 'b'}},
    {'batchItemFailures': ['b']},
    {'batchItemFailures': [{'id': 'b'}]},
    {'batchItemFailures': [{'itemIdentifier': None}]},
    {'batchItemFailures': [{'itemIdentifier': ''}]},
    {'batchItemFailures': [{'itemIdentifier': ['b']}]},
    {'batchItemFailures': [{'itemIdentifier': 'b'}, {'itemIdentifier': 'z'}]}
])
def test_a_malformed_answer_means_all(answer: object) -> None:
    assert set(failures(answer, ['a', 'b'])) == {'a', 'b'}


members = st.sampled_from(['batchItemFailures', 'itemIdentifier', 'id'])
json = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from('ab'),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=2))


@given(json)
def test_whatever_the_answer_some_of_the_batch_failed_or_none(answer: object) -> None:
    assert set(failures(answer, ['a', 'b'])) <= {'a', 'b'}


@given(st.lists(st.text(), unique=True, min_size=1), st.integers(), st.floats(0, 1))
def test_chaos_loses_nothing_and_invents_nothing(ids: list[str], seed: int, duplicates: float) -> None:
    recipient = Recipient()
    chaotic(recipient, Random(seed), duplicates=duplicates, delay=0)([message(one) for one in ids])
    assert 1 <= len(recipient.batches) <= 2
    for batch in recipient.batches:
        assert sorted(batch) == sorted(ids)


def test_chaos_duplicates_and_reorders_and_does_so_again_with_the_same_seed() -> None:
    def batches(seed: int) -> list[list[str]]:
        recipient = Recipient()
        delivery = chaotic(recipient, Random(seed), duplicates=0.5, delay=0)
        for _ in range(20):
            delivery([message(one) for one in 'abcdef'])
        return recipient.batches

    assert 20 < len(batches(1)) < 40
    assert len({tuple(batch) for batch in batches(1)}) > 10
    assert batches(1) == batches(1) != batches(2)


def test_of_a_duplicated_message_one_success_is_enough() -> None:
    recipient = Recipient({'a', 'b'}, {'b', 'c'})
    assert set(chaotic(recipient, Random(1), duplicates=1, delay=0)([message(one) for one in 'abc'])) == {'b'}


def test_without_duplicates_failures_are_those_of_the_one_delivery() -> None:
    recipient = Recipient({'a', 'b'})
    assert set(chaotic(recipient, Random(1), duplicates=0, delay=0)([message(one) for one in 'abc'])) == {'a', 'b'}
