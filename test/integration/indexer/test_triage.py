"""Dead letters on the real queues: looked at, tried, replayed and dropped."""
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.aws.sqs import Queue
from azul.errors import BundleError, ConfigurationError, QueueError
from azul.index.bundle import BundleFQID
from azul.index.documents import EntityReference
from azul.indexer.messages import Notification, Tally
from azul.indexer.triage import NO_CAUSE, NOT_OURS, SOURCES, Group, masked
from fixtures.toys import box, new_uuid, toy

ROOT = Path(__file__).resolve().parents[3]
VERSION = '2020-01-01T000000.000000Z'


class Refusing:
    """A queue that takes nothing."""
    name = 'refusing'

    def send(self, bodies, delay: int = 0) -> None:
        raise QueueError('refused')


class Deadly(Queue):
    """A queue at whose removal of messages we are killed."""

    def remove(self, messages) -> None:
        raise KeyboardInterrupt


def bundle(system, *toys) -> BundleFQID:
    return system.store.put(box(BundleFQID(new_uuid(), VERSION), *toys))


def bad_bundle(system, name: str = 'car') -> BundleFQID:
    fqid = bundle(system, toy(name))
    object.__setattr__(system.store.bundles[fqid], 'metadata', {})
    return fqid


def mend(system, fqid: BundleFQID, name: str = 'car') -> None:
    system.store.put(box(fqid, toy(name)))


def look(system) -> list[Group]:
    with system.indexer.triage.groups(SOURCES) as groups:
        return groups


def replay(system, *wanted: str) -> None:
    with system.indexer.triage.groups(SOURCES) as groups:
        for group in groups:
            if not wanted or group.id in wanted:
                system.indexer.triage.replay(group)


def failed(system, source: str) -> Queue:
    workers = {'notifications': system.indexer.notification_worker, 'tallies': system.indexer.tally_worker}
    return workers[source].inbox.failed


def number_of_letters(system) -> int:
    return sum(sum(failed(system, source).counts()) for source in SOURCES)


def test_letters_are_grouped_by_what_they_died_of_and_left_alone(system):
    bad = [bad_bundle(system) for _ in range(3)]
    missing = BundleFQID(new_uuid(), VERSION)
    for fqid in [*bad, missing]:
        system.notify('add', fqid)
        system.drain()
    broken, absent = groups = look(system)
    assert (broken.type, len(broken.letters)) == ('BundleError', 3)
    assert [letter.subject for letter in broken.letters] == [str(fqid) for fqid in bad], 'the oldest first'
    assert 'box.json' in broken.text
    assert not any(part in broken.text for fqid in bad for part in fqid)
    assert (absent.type, absent.text) == ('BundleNotFound', 'bundle #.# not found')
    assert absent.letters[0].cause[1] == f'bundle {missing} not found'
    assert not any(group.half_done for group in groups)
    assert [group.id for group in look(system)] == [group.id for group in groups]
    assert len(failed(system, 'notifications').receive_all()) == 4, 'nobody hides them any more'


def test_a_replayed_message_takes_effect_and_its_letter_is_gone(system):
    car, doll = bad_bundle(system), BundleFQID(new_uuid(), VERSION)
    for fqid in car, doll:
        system.notify('add', fqid)
    system.drain()
    mend(system, car)
    broken = next(group for group in look(system) if group.type == 'BundleError')
    replay(system, broken.id)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/car'}
    assert [group.type for group in look(system)] == ['BundleNotFound']
    mend(system, doll, 'doll')
    replay(system)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/car', 'toys/doll'}
    assert number_of_letters(system) == 0


def test_who_is_killed_during_a_replay_leaves_both_and_replaying_again_does_no_harm(system):
    bad = [bad_bundle(system, f'toy{number}') for number in range(12)]
    for fqid in bad:
        system.notify('add', fqid)
    system.drain()
    for number, fqid in enumerate(bad):
        mend(system, fqid, f'toy{number}')
    triage, worker = system.indexer.triage, system.indexer.notification_worker
    deadly = Deadly(system.indexer.contributor.notifications._client, worker.inbox.failed.name)
    doomed = replace(triage, notifications=replace(worker, inbox=replace(worker.inbox, failed=deadly)))
    with suppress(KeyboardInterrupt), doomed.groups(SOURCES) as groups:
        doomed.replay(groups[0])
    assert number_of_letters(system) == 12
    assert sum(worker.inbox.queue.counts()) == 10
    replay(system)
    system.drain()
    assert number_of_letters(system) == 0
    assert set(system.aggregates()) == {'boxes/box', *(f'toys/toy{number}' for number in range(12))}


@pytest.mark.parametrize('action', ['add', 'delete'])
def test_what_is_in_the_ledger_although_its_tallies_were_not_sent_comes_first(system, action):
    """Nothing else knows: the ledger says that all is well."""
    fqid = bundle(system, toy('bear'))
    if action == 'delete':
        system.notify('add', fqid)
        system.drain()
        del system.store.bundles[fqid]
    others = [bad_bundle(system) for _ in range(2)]
    for other in others:
        system.notify('add', other)
    system.drain()
    system.notify(action, fqid)
    worker = system.indexer.notification_worker
    mute = replace(worker, contributor=replace(worker.contributor, tallies=Refusing()))
    while system.pump.depth('notifications'):
        system.pump.deliver('notifications', mute.handle)
    assert set(system.aggregates()) == (set() if action == 'add' else {'boxes/box', 'toys/bear'})
    group, _ = look(system)
    assert group.half_done
    assert [letter.subject for letter in group.letters] == [str(fqid)]
    replay(system, group.id)
    system.drain()
    assert set(system.aggregates()) == ({'boxes/box', 'toys/bear'} if action == 'add' else set())
    assert [group.half_done for group in look(system)] == [False]


def test_a_message_that_the_queue_itself_gave_up_is_replayed_like_others(system):
    fqid = bundle(system, toy('bear'))
    system.notify('add', fqid)
    queue = system.indexer.contributor.notifications
    while queue.receive(hidden=0):
        pass  # and die
    group, = look(system)
    assert (group.type, group.letters[0].subject) == (NO_CAUSE, str(fqid))
    replay(system)
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/bear'}
    assert number_of_letters(system) == 0


def test_what_is_no_message_of_ours_can_only_be_dropped(system):
    failed(system, 'tallies').send(['nonsense', '{"version": 2}'])
    failed(system, 'notifications').send([Tally.of(1, {EntityReference('toys', 'bear'): 0}).encode()])
    system.indexer.contributor.notifications.send(['more nonsense'])
    system.drain()
    assert sorted(group.type for group in look(system)) == ['MessageError', NOT_OURS, NOT_OURS]
    triage = system.indexer.triage
    with triage.groups(['tallies']) as groups:
        with pytest.raises(ConfigurationError, match='no message that could be replayed'):
            triage.replay(groups[0])
        assert triage.drop(groups[0]) == 2
    with triage.groups(SOURCES) as groups:
        assert sum(map(triage.drop, groups)) == 2
    assert number_of_letters(system) == 0


def test_a_message_of_ours_is_not_dropped(system):
    system.notify('add', bad_bundle(system))
    system.drain()
    triage = system.indexer.triage
    with triage.groups(SOURCES) as groups, pytest.raises(ConfigurationError, match='only what is no message of ours'):
        triage.drop(groups[0])
    assert number_of_letters(system) == 1


def test_a_message_is_tried_without_anything_happening_to_its_letter(system):
    fqid = bad_bundle(system)
    system.notify('add', fqid)
    system.drain()
    triage = system.indexer.triage
    with triage.groups(SOURCES) as groups:
        with pytest.raises(BundleError, match=r'box\.json'):
            triage.run(groups[0].letters[0])
        mend(system, fqid)
        triage.run(groups[0].letters[0])
    system.drain()
    assert set(system.aggregates()) == {'boxes/box', 'toys/car'}
    assert number_of_letters(system) == 1


def tally_letters(system) -> None:
    queue = system.indexer.contributor.tallies
    queue.send(Tally.of(1, {EntityReference('ghosts', f'ghost {number}'): 0}).encode()
               for number in range(3))
    system.drain()


def operate(system, *arguments: str, status: int = 0) -> str:
    environment = {**system.indexer.config.to_environment(), 'PYTHONPATH': f'{ROOT / "src"}:{ROOT / "test" / "toy"}'}
    done = subprocess.run([sys.executable, str(ROOT / 'scripts' / 'manage_queues.py'), 'triage', *arguments], text=True,
                          env=environment, capture_output=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_line(system):
    """All of it in turn, because each start of the program takes a while."""
    tally_letters(system)
    told = operate(system)
    assert '3 of the tallies: MessageError' in told
    assert "for example: no entity type 'ghosts'" in told
    assert 'toys' not in told
    group = told.split()[0]
    tried = operate(system, '--run', group, status=1)
    assert 'Traceback' in tried
    assert "MessageError: no entity type 'ghosts'" in tried
    assert 'there is no other' in operate(system, '--group', 'other', '--replay', status=1)
    assert 'needs --group or --all' in operate(system, '--replay', status=2)
    assert '3 messages were put back' in operate(system, 'tallies', '--all', '--replay')
    assert number_of_letters(system) == 0
    system.drain()
    assert '3 letters were dropped' in operate(system, '--group', group, '--drop')
    assert 'There are no dead letters' in operate(system)


TEMPLATES = st.sampled_from([
    'bundle {fqid}, file a_{number}.json: no {number}',
    "no such entity: '{uuid}'",
    'checksum {sha} differs',
    '{number} of {number} shards failed at {version}',
])


@given(TEMPLATES, st.lists(st.tuples(st.uuids(), st.integers(0), st.datetimes()), min_size=2, max_size=5))
def test_texts_that_differ_in_ids_versions_and_numbers_only_are_one(template, values):
    texts = {
        masked(template.format(fqid=fqid, uuid=uuid, number=number, version=fqid.version, sha=uuid.hex + '0'), message)
        for uuid, number, time in values
        for fqid in [BundleFQID(str(uuid), time.strftime('%Y-%m-%dT%H%M%S.%fZ'))]
        for message in [Notification.create(action='add', bundle_uuid=fqid.uuid, bundle_version=fqid.version)]
    }
    assert len(texts) == 1


def test_an_id_is_masked_as_a_word_only():
    message = Tally.of(1, {EntityReference('toys', 'a'): 0})
    assert masked('toys/a has a bad name: 12 bags', message) == 'toys/# has # bad name: # bags'


def test_texts_that_say_different_things_are_not_one():
    assert masked('file a.json: no box', None) != masked('file b.json: no box', None)
