"""The commands of operators when something is broken: they tell what it is, and do what can be done all the same."""
import time
from dataclasses import replace

import pytest

from azul.aws import clients
from azul.aws.sqs import Queue
from azul.errors import BundleError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.messages import Notification
from azul.indexer.triage import SOURCES, masked
from azul.local.ports import HOST, free_port
from azul.messaging.inbox import Record
from azul.messaging.messages import Cause, DeadLetter
from fixtures.toys import new_uuid

VERSION = '2020-01-01T000000.000000Z'

def nowhere() -> str:
    return f'{HOST}:{free_port()}'


def failed(system, source: str) -> Queue:
    config = system.indexer.config
    return Queue(clients.sqs(config), config.naming.queue(source, failed=True))


def letter(cause: str, fqid: BundleFQID | None = None) -> str:
    fqid = fqid or BundleFQID(new_uuid(), VERSION)
    message = Notification.create(action='add', bundle_uuid=fqid.uuid, bundle_version=fqid.version)
    return DeadLetter.create(cause=Cause(type='BundleError', text=cause), bundle=str(fqid), attempt=1,
                             message=message.encode()).encode()


def test_letters_are_told_and_replayed_although_the_engine_is_down(system, operate, caplog):
    failed(system, 'notifications').send([letter('no lid')])
    broken = replace(system.indexer.config, es_endpoint=nowhere())
    told, _ = operate(broken, 'manage_queues', 'triage')
    assert '1 of the notifications: BundleError' in told
    assert 'the ledger cannot be read: search engine: no answer' in caplog.text
    _, fault = operate(broken, 'manage_queues', 'triage', '--run', told.split()[0], status=1)
    assert 'search engine: no answer' in fault
    told, _ = operate(broken, 'manage_queues', 'triage', '--replay', '--group', told.split()[0])
    assert '1 messages were put back' in told
    assert sum(system.indexer.contributor.notifications.counts()) == 1
    assert sum(failed(system, 'notifications').counts()) == 0


def test_a_data_store_that_is_down_is_named_by_who_tries_a_message(system, operate):
    failed(system, 'notifications').send([letter('no lid')])
    broken = replace(system.indexer.config, dss_endpoint=f'http://{nowhere()}/v1')
    told, _ = operate(broken, 'manage_queues', 'triage')
    _, fault = operate(broken, 'manage_queues', 'triage', '--run', told.split()[0], status=1)
    assert 'azul.errors.StoreError' in fault
    assert sum(failed(system, 'notifications').counts()) == 1


@pytest.mark.parametrize('arguments', [
    ['list'], ['dump', 'tallies', 'file'], ['dump_all', '-D'], ['purge', 'tallies'], ['purge_all'], ['triage'],
    ['triage', 'tallies', '--all', '--replay']
])
def test_a_queue_server_that_is_down_is_named(shared_system, operate, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    address = nowhere()
    broken = replace(shared_system.indexer.config, sqs_endpoint=f'http://{address}')
    told = ''.join(operate(broken, 'manage_queues', *arguments, status=1))
    assert 'queue azul' in told
    assert address in told
    assert 'Traceback' not in told
    assert not list(tmp_path.iterdir())


def test_an_engine_that_is_down_is_named_by_who_is_to_explain(shared_system, operate):
    broken = replace(shared_system.indexer.config, es_endpoint=nowhere())
    for subject in ['toys', 'bear'], [new_uuid()]:
        _, fault = operate(broken, 'explain', *subject, status=1)
        assert fault.startswith('search engine: no answer')


def test_settings_of_aws_that_are_of_no_use_are_named(shared_system, operate, monkeypatch):
    monkeypatch.setenv('AWS_PROFILE', 'no-such-profile')
    broken = replace(shared_system.indexer.config, sqs_endpoint='', aws_endpoint='')
    for script, arguments in ('manage_queues', ['list']), ('provision_credentials', ['hmac', 'create']):
        _, fault = operate(broken, script, *arguments, status=1)
        assert 'no-such-profile' in fault


def test_the_other_queues_are_told_when_one_is_missing(system, operate):
    config = system.indexer.config
    sqs = clients.sqs(config)
    missing = config.naming.queue('jobs')
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=missing)['QueueUrl'])
    failed(system, 'tallies').send(['x'])
    told, _ = operate(config, 'manage_queues', 'list', status=1)
    lines = {line.split()[0]: line.split()[1:] for line in told.splitlines()[1:]}
    assert lines[config.naming.queue('tallies', failed=True)] == ['1', '0', '0']
    assert lines[missing][:2] == ['queue', f'{missing}:']


def test_nothing_is_removed_if_one_of_the_files_is_there_already(system, operate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = system.indexer.config
    failed(system, 'notifications').send(['x'])
    (tmp_path / f'{config.naming.queue("jobs", failed=True)}.json').write_text('precious')
    _, fault = operate(config, 'manage_queues', 'dump_all', '-D', status=1)
    assert 'exists already' in fault
    assert [path.read_text() for path in tmp_path.iterdir()] == ['precious']
    assert sum(failed(system, 'notifications').counts()) == 1


BROKEN = [
    'no JSON', '[]', '17', '{}', '{"version": 2}', '{"version": 1, "attempt": 1, "message": "x"}',
    '{"version": 1, "attempt": 1, "message": "x", "cause": {}}',
    '{"version": 1, "attempt": 1, "message": "x", "cause": {"type": null, "text": null}}',
    '{"version": 1, "attempt": 1, "message": {"a": 1}, "cause": {"type": "a", "text": "b"}}',
    '{"version": 1, "attempt": "1", "message": "m", "cause": {"type": "a", "text": "b"}}',
    '[' * 3000,
]
BODYLESS = '{"version": 1, "attempt": 1, "message": "", "cause": {"type": "MessageError", "text": ""}}'


@pytest.mark.parametrize('source', SOURCES)
def test_letters_of_whatever_shape_can_be_told_and_dropped_but_not_replayed(system, operate, source):
    failed(system, source).send([*BROKEN, BODYLESS])
    config = system.indexer.config
    told, _ = operate(config, 'manage_queues', 'triage')
    assert f'{len(BROKEN)} of the {source}: no message of ours' in told
    assert f'1 of the {source}: MessageError' in told
    groups = [line.split()[0] for line in told.splitlines() if not line.startswith(' ')]
    assert len(groups) == 2
    _, fault = operate(config, 'manage_queues', 'triage', '--replay', '--all', status=1)
    assert 'its letters have no message that could be replayed' in fault
    assert 'Traceback' in operate(config, 'manage_queues', 'triage', '--run', groups[0], status=1)[1]
    assert sum(failed(system, source).counts()) == len(BROKEN) + 1
    operate(config, 'manage_queues', 'triage', '--drop', '--group', *groups)
    assert sum(failed(system, source).counts()) == 0


def test_a_cause_does_not_tell_the_terminal_what_to_do(system, operate):
    failed(system, 'notifications').send([letter('\x1b]0;owned\x07 é')])
    told, _ = operate(system.indexer.config, 'manage_queues', 'triage')
    assert '\\x1b]0;owned\\x07 é' in told
    assert '\x1b' not in told


def test_a_cause_may_have_any_character(system):
    """Some of which a queue does not take."""
    inbox = system.indexer.notification_worker.inbox
    cause = ''.join(map(chr, [*range(256), 0xD800, 0xDFFF, *range(0xFFF0, 0x10001), 0x10FFFF]))
    for part in cause, *cause:
        assert inbox.settle(Record('id', 'receipt', '{}', 1), BundleError(part))
    assert sum(failed(system, 'notifications').counts()) == len(cause) + 1


def test_a_thousand_letters_are_told_and_replayed(system, operate):
    failed(system, 'notifications').send(letter(f'file {number}.json: no lid') for number in range(1000))
    started = time.monotonic()
    told, _ = operate(system.indexer.config, 'manage_queues', 'triage')
    assert len(told.splitlines()) < 10
    assert '1000 of the notifications: BundleError' in told
    told, _ = operate(system.indexer.config, 'manage_queues', 'triage', '--replay', '--all')
    assert '1000 messages were put back' in told
    assert sum(system.indexer.contributor.notifications.counts()) == 1000
    assert sum(failed(system, 'notifications').counts()) == 0
    assert time.monotonic() - started < 60


def test_the_letter_of_a_generation_that_is_gone_is_replayed_to_no_effect(system, operate):
    generations = system.indexer.generations
    generation = generations.register()
    system.indexer.contributor.send_tallies(generation, [EntityReference('toys', 'bear')])
    tallies = system.indexer.contributor.tallies
    message, = tallies.receive()
    failed(system, 'tallies').send([message.body])
    tallies.remove([message])
    generations.retire(generation.number)
    generations.erase(generation.number)
    told, _ = operate(system.indexer.config, 'manage_queues', 'triage')
    assert '1 of the tallies: died without a cause' in told
    assert 'toys/bear' in told
    assert 'It succeeds now' in operate(system.indexer.config, 'manage_queues', 'triage', '--run', told.split()[0])[0]
    operate(system.indexer.config, 'manage_queues', 'triage', '--replay', '--all')
    system.drain()
    assert system.aggregates() == {}
    assert sum(failed(system, 'tallies').counts()) == 0


def test_the_addresses_of_objects_do_not_tell_causes_apart():
    text = 'no answer: <urllib3.connection.HTTPConnection object at 0x{:x}>: Connection refused'
    assert masked(text.format(0x7f6b6bddda90), None) == masked(text.format(0x1ab), None)
