from collections.abc import Iterator, Sequence

from chalice.app import Chalice

from azul.local.delivery import Message
from azul.local.events import event_sources, gather


class ScriptedQueue:
    """A queue whose receives return given batches, each after some seconds of its own clock."""

    def __init__(self, *script: tuple[float, Sequence[str]]) -> None:
        self._script: Iterator[tuple[float, Sequence[str]]] = iter(script)
        self.now = 0.
        self.requests: list[tuple[int, int]] = []

    def receive(self, number: int, seconds: int) -> Sequence[Message]:
        self.requests.append((number, seconds))
        # Where the script ends nothing comes any more.
        after, ids = next(self._script, (seconds, ()))
        self.now += after
        assert len(ids) <= number
        return [{'MessageId': one, 'ReceiptHandle': f'{one}#{len(self.requests)}'} for one in ids]

    def gather(self, batch_size: int, window: float) -> list[Message]:
        return gather(self.receive, batch_size, window, lambda: self.now)


def ids(batch: list[Message]) -> str:
    return ''.join(message['MessageId'] for message in batch)


def test_no_message_no_batch() -> None:
    queue = ScriptedQueue()
    assert queue.gather(10, 5) == []
    assert len(queue.requests) == 1


def test_without_a_window_a_batch_is_what_one_request_yields() -> None:
    queue = ScriptedQueue((0, 'abc'), (0, 'd'))
    assert ids(queue.gather(10, 0)) == 'abc'


def test_a_batch_grows_until_it_is_full() -> None:
    queue = ScriptedQueue((0, 'abcdefghij'), (0, 'klmno'), (0, 'pq'), (0, 'r'))
    assert ids(queue.gather(17, 5)) == 'abcdefghijklmnopq'
    assert [number for number, _ in queue.requests] == [10, 7, 2]


def test_a_batch_grows_until_its_window_ends() -> None:
    queue = ScriptedQueue((0, 'a'), (1, 'b'), (2, 'c'), (2, 'd'), (1, 'e'))
    assert ids(queue.gather(100, 4.5)) == 'abcd'


def test_the_window_begins_with_the_first_message() -> None:
    queue = ScriptedQueue((1, 'a'), (1.5, 'b'), (1, 'c'))
    assert ids(queue.gather(100, 2)) == 'abc'


def test_a_small_batch_is_not_exceeded() -> None:
    queue = ScriptedQueue((0, 'a'))
    assert ids(queue.gather(1, 5)) == 'a'
    assert [number for number, _ in queue.requests] == [1]


def test_a_message_that_comes_again_counts_once_and_with_its_last_receipt() -> None:
    queue = ScriptedQueue((0, 'ab'), (1, 'b'))
    batch = queue.gather(10, 2)
    assert [message['ReceiptHandle'] for message in batch] == ['a#1', 'b#2']


def test_event_sources_are_the_queue_handlers_of_the_app() -> None:
    app = Chalice('mini')

    @app.on_sqs_message(queue='things', batch_size=3, maximum_batching_window_in_seconds=2)
    def receive(event: object) -> str:
        return f'got {type(event).__name__}'

    @app.schedule('rate(1 minute)')
    def scheduled(event: object) -> None:
        pass

    [source] = event_sources(app)
    assert (source.name, source.queue, source.batch_size, source.window) == ('receive', 'things', 3, 2)
    assert source.handler({'Records': []}, None) == 'got SQSEvent'
