"""The script that operators reindex with: each option, against real servers and a real indexer."""
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from azul.config import Config
from azul.index.bundle import BundleFQID
from azul.indexer.scan import count
from azul.indexer.wiring import Indexer
from azul.local.lambdas import start_lambda
from azul.local.ports import free_port
from azul.local.provision import provide_queues, provide_secrets
from azul.local.store.server import serving
from fixtures.callbacks import callbacks
from fixtures.callers import Caller
from fixtures.toys import box, new_uuid, toy, unique, write
from scripts import reindex as script

TOYS = Path(__file__).resolve().parents[2] / 'toy'
SOURCES = Path(__file__).resolve().parents[3] / 'src'
VERSION, LATER = '2020-01-01T000000.000000Z', '2020-01-02T000000.000000Z'


class Deployed:
    """A data store with four bundles, whose uuids begin with the digits 1 to 4, an indexer, and an operator."""

    def __init__(self, config: Config, bundles: dict[str, BundleFQID]) -> None:
        """
        :param bundles: by the toy in each
        """
        self.config, self.bundles, self.indexer, self.caller = config, bundles, Indexer(config), Caller(config)

    def documents(self, number: int) -> set[str]:
        """The ids of the live toys of a generation."""
        index = self.indexer.generations.indices(number).aggregates('toys')
        self.indexer.engine.refresh([index])
        hits = self.indexer.engine.search(index, {'query': {'term': {'live': True}}, 'size': 100})['hits']['hits']
        return {hit['_id'] for hit in hits}

    @property
    def generations(self) -> dict[int, str]:
        return {each.number: each.state for each in self.indexer.generations.read()}

    @property
    def served(self) -> int | None:
        return self.indexer.generations.served()

    @property
    def is_whole(self) -> bool:
        """Whether everything is in what serves, nothing is known to be deleted, and nobody is at work."""
        served = self.served
        if served is None or set(self.generations.values()) != {'serving'} or any(map(sum, self.caller.counts())):
            return False
        ledger = self.indexer.generations.indices(served).ledger
        self.indexer.engine.refresh([ledger])
        deleted = count(self.indexer.engine, ledger, {'term': {'versions.state': 'deleted'}})
        return not deleted and self.documents(served) == EVERYTHING

    def delete(self, toy: str) -> None:
        """Has the indexer know that it is deleted; the data store goes on to list it."""
        assert self.caller.notify('delete', self.bundles[toy]).status_code == 202
        self.caller.settle()


@pytest.fixture(scope='module')
def deployed(engine: str, queues: str, aws: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder, run = tmp_path_factory.mktemp('bundles'), tmp_path_factory.mktemp('run')
    bundles = {name: write(folder, box(BundleFQID(digit + new_uuid()[1:], LATER), toy(name), id=f'box of {name}'))
               for name, digit in [('ball', '1'), ('bear', '2'), ('car', '3'), ('doll', '4')]}
    # Of a bundle that has a later version
    write(folder, box(BundleFQID(bundles['doll'].uuid, VERSION), toy('old doll')))
    prefix, port = unique('azul'), free_port()
    with serving(folder) as store:
        config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                        dss_endpoint=f'{store}/v1', sqs_endpoint=queues, aws_endpoint=aws, retry_delay=0,
                        max_attempts=3, visibility=3, sync=True, indexer_url=f'http://127.0.0.1:{port}')
        provide_queues(config)
        provide_secrets(config)
        environment = {**config.to_environment(), 'PYTHONPATH': f'{SOURCES}:{TOYS}'}
        with start_lambda('indexer', port, run, environment, queues=queues) as child:
            child.wait()
            deployed = Deployed(config, bundles)
            try:
                yield deployed
            finally:
                deployed.indexer.engine.delete_indices(f'{prefix}_*')
                deployed.indexer.engine.close()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(deployed: Deployed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the script as an operator of the deployment, and returns its status and what it tells."""
    for variable, value in deployed.config.to_environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv('COLUMNS', '200')

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = script.main(arguments)
        except SystemExit as left:
            status = left.code
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def fresh(deployed: Deployed, run: Run) -> Deployed:
    """With nothing in it, nor in its queues: messages that find no generation wait for a quarter of an hour."""
    assert run('--purge', '--delete', '--yes')[0] == 0
    assert deployed.generations == {}
    return deployed


EVERYTHING = {'ball', 'bear', 'car', 'doll'}


@pytest.fixture
def indexed(deployed: Deployed, request: pytest.FixtureRequest) -> Deployed:
    """With everything in it; there may be more than one generation."""
    if not deployed.is_whole:
        request.getfixturevalue('fresh')
        assert request.getfixturevalue('run')('--index')[0] == 0
        deployed.caller.settle()
    return deployed


def test_an_add_pass_creates_a_generation_where_there_is_none_and_adds_to_it_where_there_is_one(fresh, run):
    before = fresh.served
    assert before is None
    for _ in range(2):
        status, told, _ = run('--index')
        assert (status, told.splitlines()[-1]) == (0, '4 bundles were announced')
        fresh.caller.settle()
        number, = fresh.generations
        assert fresh.served == number
        assert fresh.documents(number) == EVERYTHING


def test_an_add_pass_leaves_out_what_is_deleted(indexed, run):
    indexed.delete('bear')
    assert '3 bundles were announced' in run('--index')[1]
    indexed.caller.settle()
    assert indexed.documents(indexed.served) == EVERYTHING - {'bear'}


def test_a_reindex_where_there_is_nothing_builds_a_generation_and_sends_readers_there(fresh, run):
    assert 'no generation of this plug-in is being built' in run('--resume')[2]
    status, told, _ = run()
    number, = fresh.generations
    assert status == 0
    assert f'Readers are sent to generation {number}' in told
    assert fresh.served == number
    assert fresh.documents(number) == EVERYTHING


def test_a_reindex_tells_of_its_progress_and_how_many_bundles_it_reused(indexed, run):
    before = indexed.served
    status, told, _ = run()
    assert status == 0
    assert 'Waiting for workers that do not know of it yet: done' in told
    assert 'Listed: 5 of 5 versions, 0 left' in told
    assert 'Looked up for reuse: 4 of 4 bundles, 0 left' in told
    assert 'Loaded: 4 of 4 bundles, 0 left' in told
    assert 'Aggregated: 8 of 8 contributions, 0 left' in told
    assert '4 bundles were reused' in told
    assert f'Differences to generation {before}: none' in told
    assert '\x1b' not in told, 'control characters are for terminals'
    assert indexed.documents(indexed.served) == indexed.documents(before) == EVERYTHING


def test_to_delete_is_to_drop_all_after_asking(indexed, run, monkeypatch):
    assert run()[0] == 0
    before = indexed.generations
    assert len(before) > 1
    for answer in '', 'y', 'tset':
        monkeypatch.setattr('sys.stdin', io.StringIO(answer))
        status, told, _ = run('--delete')
        assert status == 1
        assert told.endswith('Nothing was dropped\n')
        assert indexed.generations == before
    monkeypatch.setattr('sys.stdin', io.StringIO('test\n'))
    status, told, _ = run('--delete')
    assert status == 0
    assert all(f'Generation {number} is gone' in told for number in before)
    assert indexed.generations == {}
    assert indexed.served is None
    naming = indexed.config.naming
    left = indexed.indexer.engine._client.indices.get(index=f'{indexed.config.index_prefix}_*')
    assert list(left) == [naming.generations_index()]
    assert 'There is no generation to drop' in run('--delete')[1]


def test_without_a_generation_messages_wait_and_may_be_removed_before_some_bundles_are_added(fresh, run):
    assert fresh.caller.notify('add', fresh.bundles['car']).status_code == 202
    notifications = fresh.indexer.contributor.notifications
    deadline = time.monotonic() + 30
    while notifications.counts().delayed != 1:
        assert time.monotonic() < deadline, 'put back, until there is one'
        time.sleep(0.1)
    assert run('--purge', '--index', '--prefix', '1', '--partition-prefix-length', '2', '--workers', '16')[0] == 0
    fresh.caller.settle()
    assert fresh.documents(fresh.served) == {'ball'}


def test_to_delete_and_index_is_to_begin_afresh(indexed, run):
    before = indexed.served
    status, told, _ = run('--delete', '--yes', '--index')
    indexed.caller.settle()
    assert status == 0
    assert f'Generation {before} is gone' in told
    assert list(indexed.generations) == [indexed.served]
    assert indexed.served > before, 'a number is not given again'
    assert indexed.documents(indexed.served) == EVERYTHING


QUERY = json.dumps({'query': {'prefix': {'uuid': '2'}}})


def test_a_generation_of_some_bundles_is_not_sent_readers_unless_that_is_wanted(indexed, run):
    before = indexed.served
    status, told, _ = run('--es-query', QUERY)
    assert status == 1
    assert f'Bundles of generation {before} that this one lacks: 3\n' in told
    assert all(str(indexed.bundles[toy]) in told for toy in EVERYTHING - {'bear'})
    assert f"Readers stay with generation {before}. To send them to {max(indexed.generations)} all the same, `make " \
           f"reindex args='--resume --accept-losses 3'`" in told
    assert indexed.served == before
    assert run('--resume')[0] == run('--resume', '--accept-losses', '2')[0] == 1
    assert indexed.served == before
    status, told, _ = run('--resume', '--accept-losses', '3')
    assert status == 0
    assert 'Listed' not in told, 'nothing but the comparison was left'
    assert indexed.served == max(indexed.generations) > before
    assert indexed.documents(indexed.served) == {'bear'}


@pytest.mark.parametrize('arguments', [
    ['--index', '--sync', '--workers', '3'],
    ['--indexer-url', 'URL', '--es-query', '{"query": {"match_all": {}}}'],
])
def test_bundles_may_come_by_the_door(fresh, run, arguments):
    arguments = [argument.replace('URL', fresh.config.indexer_url) for argument in arguments]
    status, told, _ = run(*arguments)
    assert status == 0
    assert 'Announced: 4 of 4 bundles' in told
    if '--sync' in arguments:
        assert sum(fresh.indexer.contributor.tallies.counts()) == 0
    fresh.caller.settle()
    assert fresh.documents(fresh.served) == EVERYTHING


def test_bundles_that_the_indexer_does_not_take_are_told_and_counted(indexed, run):
    """Where the store has lost some since it listed them."""
    with callbacks() as indexer:
        indexer.statuses = lambda call: 400 if indexed.bundles['car'].uuid in call.body.decode() else 202
        status, told, error = run('--index', '--sync', '--indexer-url', indexer.url, '--workers', '2')
    assert status == 1
    assert error.startswith('1 of 4 bundles were not taken:')
    assert f'{indexed.bundles["car"]}: status 400' in error
    assert 'Announced: 4 of 4 bundles' in told, 'the others were tried all the same'
    assert [call.path for call in indexer.calls] == ['/?sync=true'] * 4


def test_a_reindex_of_which_bundles_were_not_taken_is_resumed(indexed, run):
    before = indexed.served
    with callbacks() as indexer:
        indexer.statuses = lambda call: 401
        status, _, error = run('--no-reuse', '--indexer-url', indexer.url)
    assert (status, error.splitlines()[0]) == (1, '4 of 4 bundles were not taken:')
    assert indexed.served == before
    status, _, error = run()
    assert status == 1
    assert 'it is loading: resume or drop it' in error
    assert '4 bundles would be added to generation' in run('--resume', '--dry-run')[1]
    status, told, _ = run('--resume', '--no-reuse', '--sync')
    assert (status, '0 bundles were reused' in told) == (0, True)
    assert indexed.served > before
    assert indexed.documents(indexed.served) == EVERYTHING


def state(deployed: Deployed) -> object:
    indices = deployed.indexer.engine._client.indices.stats(index=f'{deployed.config.index_prefix}_*')['indices']
    contributor = deployed.indexer.contributor
    return (deployed.generations, deployed.served,
            {name: index['primaries']['indexing']['index_total'] for name, index in indices.items()},
            [sum(queue.counts()) for queue in (contributor.notifications, contributor.tallies)])


def test_a_dry_run_changes_nothing(indexed, run):
    indexed.delete('bear')
    notifications = indexed.indexer.contributor.notifications
    notifications.send(['waits'], delay=900)
    before = state(indexed)
    for arguments, told in [
        ([], '3 bundles would be added to a new generation; nothing was changed'),
        (['--index'], '3 bundles would be added to what is there; nothing was changed'),
        (['--index', '--prefix', '2'], '0 bundles would be added to what is there'),
        (['--index', '--sync'], '3 bundles would be added to what is there'),
        (['--no-reuse', '--es-query', QUERY], '0 bundles would be added to a new generation'),
        (['--purge'], '1 messages of'),
        (['--delete'], 'would be dropped'),
        (['--delete', '--index', '--purge'], '4 bundles would be added to a new generation'),
    ]:
        status, out, _ = run(*arguments, '--dry-run')
        assert status == 0
        assert told in out
    assert 'nothing was changed' in run('--dryrun')[1]
    assert state(indexed) == before


def test_the_deployment_says_which_bundles_there_are_unless_the_operator_does(indexed, run, monkeypatch):
    monkeypatch.setenv('azul_dss_query_prefix', '2')
    for arguments, bundles in [([], 1), (['--prefix', ''], 4), (['--prefix', '7'], 0),
                             (['--es-query', json.dumps({'query': {'match_all': {}}})], 4)]:
        assert f'{bundles} bundles would be added' in run(*arguments, '--dry-run')[1]


def test_queues_are_emptied_first_if_that_is_wanted(indexed, run):
    contributor = indexed.indexer.contributor
    contributor.notifications.send(['nonsense'], delay=900)
    contributor.tallies.send(['nonsense', 'nonsense'], delay=900)
    status, told, _ = run('--purge', '--index')
    assert status == 0
    assert f'1 messages of {contributor.notifications.name} are removed' in told
    assert f'2 messages of {contributor.tallies.name} are removed' in told
    indexed.caller.settle()


@pytest.mark.parametrize(('arguments', 'fault'), [
    (['--prefix', '1', '--es-query', '{}'], '--es-query and --prefix exclude each other'),
    (['--es-query', '', '--partition-prefix-length', '1'], '--es-query and --partition-prefix-length exclude'),
    (['--sync', '--partition-prefix-length', '1'], '--sync and --partition-prefix-length exclude each other'),
    (['--index', '--resume'], '--index and --resume exclude each other'),
    (['--index', '--no-reuse'], '--index and --no-reuse exclude each other'),
    (['--index', '--accept-failures', '1'], '--index and --accept-failures exclude each other'),
    (['--delete', '--resume'], '--delete and --resume exclude each other'),
    (['--delete', '--prefix', '1'], '--delete and --prefix exclude each other'),
    (['--delete', '--sync'], '--delete and --sync exclude each other'),
    (['--delete', '--index', '--resume'], '--resume exclude each other'),
    (['--yes'], '--yes is for --delete'),
    (['--workers', '0'], '--workers: must be at least 1'),
    (['--workers', '-1'], "'-1' is not a whole number"),
    (['--workers', 'many'], "'many' is not a whole number"),
    (['--partition-prefix-length', 'x'], 'is not a whole number'),
    (['--reuse'], 'unrecognized arguments: --reuse'),
    (['--dry'], 'unrecognized arguments: --dry'),
    (['1'], 'unrecognized arguments: 1'),
])
def test_contradictory_options_are_refused_at_once(deployed, run, arguments, fault):
    before = state(deployed)
    status, _, error = run(*arguments)
    assert status == 2
    assert fault in error
    assert state(deployed) == before


@pytest.mark.parametrize(('arguments', 'fault'), [
    (['--prefix', 'xyz'], "'xyz' is not how a uuid begins"),
    (['--partition-prefix-length', '5'], 'by 0 to 4 digits'),
    (['--prefix', '1234567', '--partition-prefix-length', '2'], 'together have more than 8'),
    (['--es-query', '{'], 'not JSON'),
    (['--es-query', ''], 'not JSON'),
    (['--es-query', '[]'], 'must be a JSON object'),
    (['--es-query', '{}'], 'an object `query`'),
    (['--indexer-url', ''], "'' is none"),
    (['--indexer-url', 'ftp://example.org'], 'is none'),
])
def test_what_makes_no_sense_is_refused_before_anything_is_done(deployed, run, arguments, fault):
    before = state(deployed)
    status, _, error = run(*arguments)
    assert status == 1
    assert fault in error
    assert state(deployed) == before


def test_the_settings_must_name_an_indexer_to_post_to(deployed, run, monkeypatch):
    monkeypatch.setenv('AZUL_INDEXER_URL', '')
    status, _, error = run('--index', '--sync')
    assert status == 1
    assert 'give --indexer-url, or set AZUL_INDEXER_URL' in error




def test_they_are_not_emptied_before_it_is_clear_that_the_rest_will_be_done(indexed, run, monkeypatch):
    indexed.indexer.generations.register()
    notifications = indexed.indexer.contributor.notifications
    notifications.send(['waits'], delay=900)
    status, told, error = run('--purge')
    assert status == 1
    assert 'resume or drop it' in error
    monkeypatch.setattr('sys.stdin', io.StringIO('no\n'))
    status, told, _ = run('--purge', '--delete')
    assert (status, 'Nothing was dropped' in told) == (1, True)
    assert sum(notifications.counts()) == 1
    assert run('--purge', '--delete', '--yes')[0] == 0


def test_readers_are_not_sent_to_a_generation_that_dead_tallies_are_missing_from(indexed, run):
    before, dead = indexed.served, indexed.indexer.tally_worker.inbox.failed
    dead.send(['nonsense'])
    status, told, _ = run()
    assert status == 1
    assert f'a dead letter in {dead.name}, see `scripts/manage_queues.py triage`' in told
    assert indexed.served == before
    assert run('--resume', '--accept-failures', '1')[0] == 0
    dead.remove(dead.receive())
