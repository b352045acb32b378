"""An operator's look at queues, on the real queue server."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azul.aws import clients, queue_files
from azul.aws.queue_files import _parsed, _text
from azul.aws.sqs import MAX_SIZE, Queue, purge
from azul.config import Config
from azul.errors import ConfigurationError, QueueError
from azul.local.provision import provide_queues
from fixtures.toys import unique

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(queues: str) -> Config:
    prefix = unique('azul')
    config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint='nowhere:1',
                    dss_endpoint='http://nowhere.invalid/v1', sqs_endpoint=queues, visibility=10)
    provide_queues(config)
    return config


@pytest.fixture
def queue(config) -> Queue:
    return Queue(clients.sqs(config), config.naming.queue('tallies'))


@pytest.fixture
def other(config) -> Queue:
    return Queue(clients.sqs(config), config.naming.queue('jobs'))


def taken(queue: Queue) -> list[str]:
    messages = queue.receive_all()
    queue.remove(messages)
    return sorted(message.body for message in messages)


class Deadly(Queue):
    """A queue at whose removal of messages we are killed."""

    def remove(self, messages) -> None:
        raise KeyboardInterrupt


class Refilled(Queue):
    """A queue to which somebody adds as soon as it is empty."""

    def purge(self) -> None:
        super().purge()
        self.send(['more'])


class Busy(Queue):
    """A queue that others send to all the time."""

    def receive(self, *args, **kwargs):
        self.send(['more'])
        return super().receive(*args, **kwargs)


BODIES = [*(f'{{"number":{number}}}' for number in range(25)), 'no JSON', '[1]', '"text"', '{"a":1,"a":2}', '{ "b": 1}',
          '{"c":123456789012345678901234567890}', '{}', '{"d":"é\u2028"}', '1e1']


def test_what_is_written_and_fed_again_is_the_same(queue, tmp_path):
    queue.send(BODIES)
    assert queue_files.save(queue, tmp_path / 'file', remove=True) == len(BODIES)
    assert sum(queue.counts()) == 0
    assert queue_files.feed(tmp_path / 'file', queue, force=False, remove=True) == len(BODIES)
    assert not (tmp_path / 'file').exists()
    assert taken(queue) == sorted(BODIES)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(json.dumps))
@settings(max_examples=100, deadline=None)
def test_no_body_changes_by_being_shown_as_json(body):
    assert _text(_parsed(body)) == body


def test_messages_that_are_not_removed_can_be_received_at_once(queue, tmp_path):
    queue.send(['{"a":1}', 'b'])
    queue_files.save(queue, tmp_path / 'file', remove=False)
    file = json.loads((tmp_path / 'file').read_text())
    assert file['queue'] == queue.url
    assert [message['Body'] for message in file['messages']] == [{'a': 1}, 'b'], 'in the order in which they were sent'
    assert taken(queue) == ['b', '{"a":1}']


def test_bodies_are_texts_if_one_wants(queue, tmp_path):
    queue.send(['{"a":1}'])
    queue_files.save(queue, tmp_path / 'file', remove=False, as_json=False)
    assert json.loads((tmp_path / 'file').read_text())['messages'][0]['Body'] == '{"a":1}'


def test_a_file_that_exists_is_not_overwritten(queue, tmp_path):
    queue.send(['a'])
    queue_files.save(queue, tmp_path / 'file', remove=True)
    before = (tmp_path / 'file').read_bytes()
    queue.send(['b'])
    with pytest.raises(ConfigurationError, match='exists already'):
        queue_files.save(queue, tmp_path / 'file', remove=True)
    assert (tmp_path / 'file').read_bytes() == before
    assert taken(queue) == ['b']


def test_what_cannot_be_written_is_not_removed(queue, tmp_path):
    queue.send(['a'])
    name = 'x' * 300  # more than a file may have
    with pytest.raises(OSError):
        queue_files.save(queue, tmp_path / name, remove=True)
    assert not list(tmp_path.iterdir())
    assert taken(queue) == ['a']


def test_who_is_killed_before_messages_are_removed_has_them_in_the_file_already(config, queue, tmp_path):
    queue.send(['a', 'b'])
    with pytest.raises(KeyboardInterrupt):
        queue_files.save(Deadly(clients.sqs(config), queue.name), tmp_path / 'file', remove=True)
    assert [message['Body'] for message in json.loads((tmp_path / 'file').read_text())['messages']] == ['a', 'b']
    assert sum(queue.counts()) == 2


def test_messages_are_not_fed_to_another_queue_unless_that_is_wanted(queue, other, tmp_path):
    queue.send(['a'])
    queue_files.save(queue, tmp_path / 'file', remove=True)
    with pytest.raises(ConfigurationError, match='are those of'):
        queue_files.feed(tmp_path / 'file', other, force=False, remove=True)
    assert (tmp_path / 'file').exists()
    assert queue_files.feed(tmp_path / 'file', other, force=True, remove=False) == 1
    assert (tmp_path / 'file').exists()
    assert taken(other) == ['a']


@pytest.mark.parametrize(('content', 'fault'), [
    ('{', 'is not JSON'), ('[]', '`messages`'), ('{"messages": {}}', '`messages`'),
    ('{"messages": [{"Body": "a"}, {}, {"Body": ""}, 1]}', '(?s)message 1: .*message 2: .*message 3: '),
])
def test_nothing_is_sent_of_a_file_that_is_not_one_of_ours(queue, tmp_path, content, fault):
    (tmp_path / 'file').write_text(content)
    with pytest.raises(ConfigurationError, match=fault):
        queue_files.feed(tmp_path / 'file', queue, force=True, remove=True)
    assert (tmp_path / 'file').exists()
    assert sum(queue.counts()) == 0


def test_messages_that_are_large_together_are_sent_all_the_same(queue):
    bodies = [letter * (MAX_SIZE // 3) for letter in 'abcdefgh']
    queue.send(bodies)
    assert taken(queue) == bodies


def test_what_comes_in_all_the_time_is_not_waited_for(config, queue):
    queue.send(['a', 'b'])
    messages = Busy(clients.sqs(config), queue.name).receive_all(slack=0.5)
    assert [message.body for message in messages][:3] == ['a', 'b', 'more']


def test_receipts_that_are_void_are_named(queue):
    queue.send(['a'])
    message, = queue.receive()
    with pytest.raises(QueueError, match='2 messages could not be removed'):
        queue.remove([message._replace(receipt='void'), message, message._replace(receipt='void too')])
    assert sum(queue.counts()) == 0, 'the one that could be removed is'


def test_purging_includes_what_somebody_works_on(queue, other):
    for each in queue, other:
        each.send(['a', 'b', 'c'])
        each.receive()
        each.send(['delayed'], delay=100)
    purge([queue, other], interval=0.1)
    assert [sum(each.counts()) for each in (queue, other)] == [0, 0]


def test_purging_does_not_end_well_while_something_is_left(config, queue, other):
    with pytest.raises(QueueError, match='somebody may be adding') as caught:
        purge([other, Refilled(clients.sqs(config), queue.name)], patience=0.5, interval=0.1)
    assert queue.name in str(caught.value)
    assert other.name not in str(caught.value)


def operate(config: Config, folder: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / 'manage_queues.py'), *arguments], text=True,
                          env={**config.to_environment(), 'PYTHONPATH': str(ROOT / 'src')}, cwd=folder,
                          capture_output=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_line(config, queue, tmp_path):
    """All of it in turn, because each start of the program takes a while."""
    queue.send(['{"a":1}', 'b'])
    listed = operate(config, tmp_path, 'list').splitlines()
    assert [line.split()[0] for line in listed[1:]] == list(config.naming.queues)
    assert [line.split()[1:] for line in listed if line.startswith(queue.name)] == [['2', '0', '0']]
    assert 'is none of' in operate(config, tmp_path, 'dump', 'azul-tallies-other', 'file', status=1)
    operate(config, tmp_path, 'dump_all', '-D')
    assert {path.name for path in tmp_path.iterdir()} == {f'{name}.json' for name in config.naming.queues}
    assert '2 messages' in operate(config, tmp_path, 'feed', f'{queue.name}.json', 'tallies', '-D')
    assert sum(queue.counts()) == 2
    assert '6 queues are empty' in operate(config, tmp_path, 'purge_all')
    assert sum(queue.counts()) == 0
