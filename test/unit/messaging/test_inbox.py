from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.aws.sqs import MAX_DELAY
from azul.errors import BundleError, EngineError, QueueError
from azul.index.bundle import BundleFQID
from azul.messaging.inbox import Inbox, Record, Retries, Waiting, in_time, response
from azul.messaging.messages import DeadLetter, decode

BUNDLE = BundleFQID('1ec111a0-7481-571f-b35a-5a0e8fca890a', '1')


class ListQueue:
    """A queue in memory. It may be out of order."""

    def __init__(self) -> None:
        self.name, self.works = 'queue', True
        self.sent: list[tuple[str, int]] = []
        self.postponed: list[tuple[str, int]] = []

    def send(self, bodies: Iterable[str], delay: int = 0, attempts: int = 0) -> None:
        if not self.works:
            raise QueueError('out of order')
        self.sent += [(body, delay) for body in bodies]

    def postpone(self, receipt: str, seconds: int) -> None:
        if not self.works:
            raise QueueError('out of order')
        self.postponed.append((receipt, seconds))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(ListQueue(), ListQueue(), Retries(delay=10, attempts=3))


def record(attempt: int = 1, body: str = 'body') -> Record:
    return Record(f'id {body}', 'receipt', body, attempt)


def test_what_may_succeed_later_is_tried_again_after_growing_pauses(inbox):
    for attempt in 1, 2:
        assert not inbox.settle(record(attempt), EngineError('down'))
    assert inbox.queue.postponed == [('receipt', 10), ('receipt', 20)]
    assert not inbox.failed.sent


@pytest.mark.parametrize(('attempt', 'error'), [
    (1, BundleError('no box')), (3, EngineError('down')), (3, ValueError('odd'))
])
def test_what_cannot_succeed_or_was_tried_often_enough_is_buried_with_its_cause(inbox, attempt, error):
    assert inbox.settle(record(attempt), error, BUNDLE)
    (body, delay), = inbox.failed.sent
    letter = decode(DeadLetter, body)
    assert (letter.cause.type, letter.cause.text) == (type(error).__name__, str(error))
    assert (letter.bundle, letter.attempt, letter.message, delay) == (str(BUNDLE), attempt, 'body', 0)
    assert not inbox.queue.postponed


def test_waiting_for_a_generation_is_no_attempt(inbox):
    assert inbox.settle(record(attempt=99), Waiting('none'))
    assert inbox.queue.sent == [('body', MAX_DELAY)]
    assert not inbox.failed.sent


def test_what_cannot_be_buried_comes_back(inbox):
    inbox.failed.works = False
    assert not inbox.settle(record(), BundleError('no box'))
    assert inbox.queue.postponed


def test_nothing_is_lost_if_no_queue_works(inbox):
    inbox.queue.works = inbox.failed.works = False
    for error in BundleError('no box'), EngineError('down'), Waiting('none'):
        assert not inbox.settle(record(), error)
    assert inbox.release([record()]) == set()


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_cause_and_any_message_can_be_buried(cause: str, body: str):
    inbox = Inbox(ListQueue(), ListQueue(), Retries(10, 3))
    assert inbox.settle(record(body=body), BundleError(cause))
    decode(DeadLetter, inbox.failed.sent[0][0])


def test_a_dead_letter_fits_a_message(inbox):
    inbox.settle(record(body='\0' * 250_000), BundleError('\0' * 250_000))
    assert len(inbox.failed.sent[0][0].encode()) < 256 * 1024


def test_pauses_do_not_grow_for_ever():
    assert Retries(10, 3).pause(1000) == MAX_DELAY
    assert Retries(0, 3).pause(1000) == 0


def test_work_is_begun_only_if_there_is_time_to_end_it():
    left = iter([100.0, 100.0, -1.0])
    assert list(in_time('abcd', lambda: next(left))) == ['a', 'b']


def test_something_is_always_tried():
    assert next(in_time('abcd', lambda: 0.0)) == 'a'


def test_the_event_source_is_told_what_to_keep():
    a, b = record(body='a'), record(body='b')
    assert response([a, b], {a.id}) == {'batchItemFailures': [{'itemIdentifier': b.id}]}
    assert response([a, b], {a.id, b.id}) == {'batchItemFailures': []}
