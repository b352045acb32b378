"""The demo as a user runs it: over the samples, and over real bundles where they are given."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from azul.index.bundle import JSON, BundleFQID
from azul.local.ports import Port, require_free
from azul.local.stack import Ports, configuration
from fixtures.callers import Caller
from hca.counts import ENTITY_TYPES, REFERENCES, by_hand

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / 'samples' / 'bundles'

FACETS = 'organ', 'fileFormat', 'genusSpecies', 'libraryConstructionApproach', 'pairedEnd'

# A sourced deployment and real credentials: neither may play a part.
POISON = {'AZUL_ES_ENDPOINT': 'nowhere.invalid:1', 'AZUL_DSS_ENDPOINT': 'nonsense', 'AZUL_DEPLOYMENT_STAGE': '!',
          'AWS_ACCESS_KEY_ID': 'real', 'AWS_SECRET_ACCESS_KEY': 'real', 'AWS_PROFILE': 'nobody'}


class RunningDemo:
    """A demo in a process of its own, which prints into a file.

    :param quick: where it gets a folder for temporary files
    """

    def __init__(self, folder: Path, quick: Path, bundles: Path, flavour: str, *options: str) -> None:
        self.ports = Ports.free()
        self.log = folder / 'demo.log'
        self.temporary = Path(tempfile.mkdtemp(dir=quick))
        environment = {**os.environ, **POISON, 'PYTHONPATH': str(ROOT / 'src'), 'TMPDIR': str(self.temporary)}
        with self.log.open('w') as log:
            self.process = subprocess.Popen([
                sys.executable, '-m', 'azul.local.demo', '--bundles', str(bundles), '--engine', flavour, *options,
                *(option for name, port in asdict(self.ports).items() for option in (f'--{name}-port', str(port)))
            ], stdout=log, stderr=log, cwd=folder, env=environment,
                # As in a terminal: what a shell runs in the background ignores Ctrl-C, and so would the demo.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def summary(self) -> list[str]:
        """The lines with figures."""
        return re.findall(r'(?m)^  \w+ +.*$|^.* bundles indexed, .*$', self.output.partition('Try:')[0])

    def wait_for_invitation(self) -> None:
        deadline = time.monotonic() + 240
        while self.output.partition('Try:')[2].count('\n') != 4:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    def child(self, program: str) -> int:
        """The id of the child process that has this in its command."""
        pid = self.process.pid
        children = Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        child, = (child for child in children if program in Path(f'/proc/{child}/cmdline').read_text())
        return int(child)

    def end(self) -> int:
        """
        :return: the exit status; nothing of it is left then
        """
        status = self.process.wait(240)
        require_free(Port(port, name) for name, port in asdict(self.ports).items())
        assert not list(self.temporary.iterdir())
        return status

    def __enter__(self) -> 'RunningDemo':
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


@pytest.fixture(scope='module')
def demo(tmp_path_factory: pytest.TempPathFactory, quick_folder: Path, flavour: str) -> Iterator[RunningDemo]:
    with RunningDemo(tmp_path_factory.mktemp('demo'), quick_folder, SAMPLES, flavour) as demo:
        demo.wait_for_invitation()
        yield demo
        demo.process.send_signal(signal.SIGINT)
        assert demo.end() == 0, demo.output


@pytest.fixture(scope='module')
def caller(demo: RunningDemo) -> Caller:
    return Caller(configuration('hca', demo.ports))


def test_all_samples_are_indexed_but_for_those_that_must_not_be(demo: RunningDemo):
    assert '36 of 38 bundles indexed, 0 outcomes not as expected' in demo.output
    rejected = [line for line in demo.output.splitlines() if ': failed, as expected. ' in line]
    assert len(rejected) == 2
    assert any('file project.json: layout older than v5' in line for line in rejected)
    assert any('the data store lacks 14 indexed files of the manifest' in line for line in rejected)


def test_the_invitation_works(demo: RunningDemo):
    commands = [line.strip() for line in demo.output.splitlines() if line.startswith('  curl ')]
    assert len(commands) == 3
    for command in commands:
        answer = subprocess.run(command, shell=True, capture_output=True, check=True).stdout
        assert answer.startswith(b'{"')
        assert b'"Code"' not in answer


@pytest.mark.parametrize(('entity_type', 'second'), [
    ('files', {}), ('samples', {}), ('projects', {}), ('bundles', {}),
    ('files', {'organ': {'is': ['brain', None]}}), ('samples', {'fileFormat': {'is': ['fastq.gz']}}),
    ('projects', {'organ': {'is': ['brain', None]}}),
], ids=str)
def test_the_count_of_each_term_equals_the_hits_of_its_filter(caller: Caller, entity_type, second):
    facets = caller.get(f'/repository/{entity_type}', second)['termFacets']
    for facet in FACETS:
        assert facets[facet]['terms'] or second
        for term in facets[facet]['terms']:
            filters = {**second, facet: {'is': [term['term']]}}
            total = caller.get(f'/repository/{entity_type}', filters, size=1)['pagination']['total']
            assert total == term['count'], (facet, term)


def test_a_deleted_bundle_takes_its_own_entities_with_it_and_brings_them_back(caller: Caller):
    fqid = BundleFQID(**{key.removeprefix('bundle').lower(): value for key, value in next(
        hit['bundles'][0] for hit in caller.hits('files') if hit['files'][0]['format'] == 'bam'
    ).items()})
    own = {hit['entryId'] for hit in caller.hits('files') if {bundle['bundleUuid'] for bundle in hit['bundles']}
           == {fqid.uuid}}
    before = all_hits(caller)
    caller.remove(fqid)
    assert caller.notify('delete', fqid).status_code == 202
    caller.settle()
    assert caller.ids('files') == {hit['entryId'] for hit in before['files']} - own
    assert caller.ids('bundles') == {hit['entryId'] for hit in before['bundles']} - {fqid.uuid}

    newer = caller.renew(fqid, '2026-01-01T000000.000000Z')
    caller.notify('add', newer)
    caller.notify('add', newer)
    caller.settle()
    assert repr(all_hits(caller)) == repr(before).replace(f"'bundleVersion': '{fqid.version}'",
                                                          f"'bundleVersion': '{newer.version}'")


def all_hits(caller: Caller) -> dict[str, list[JSON]]:
    return {entity_type: sorted(caller.hits(entity_type), key=lambda hit: hit['entryId'])
            for entity_type in ('files', 'samples', 'projects', 'bundles')}


@pytest.fixture(scope='module')
def chaotic(tmp_path_factory: pytest.TempPathFactory, quick_folder: Path, flavour: str) -> Iterator[RunningDemo]:
    """A demo that may be dead already: what it printed is still there."""
    with RunningDemo(tmp_path_factory.mktemp('chaotic'), quick_folder, SAMPLES, flavour, '--chaos') as demo:
        demo.wait_for_invitation()
        yield demo


def test_chaos_ends_with_the_same_summary(chaotic: RunningDemo, demo: RunningDemo):
    assert chaotic.summary == demo.summary
    assert len(chaotic.summary) > 5


def test_a_part_that_dies_is_named_and_ends_the_demo(chaotic: RunningDemo):
    os.kill(chaotic.child('search.bootstrap'), signal.SIGKILL)
    assert chaotic.end() == 1
    assert 'engine' in chaotic.output.partition('Try:')[2]
    assert 'Traceback' not in chaotic.output


@pytest.fixture
def some_samples(tmp_path: Path) -> Path:
    """Three of them, one of which is rejected, without a word about what is to be expected."""
    folder = tmp_path / 'some'
    folder.mkdir()
    rejected = next(line.partition('\t')[0] for line in (SAMPLES / 'expect.tsv').read_text().splitlines()
                    if '\trejected' in line)
    for name in [rejected, *sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())[:2]]:
        shutil.copytree(SAMPLES / name, folder / name, dirs_exist_ok=True)
    return folder


def test_a_bundle_that_is_rejected_unexpectedly_is_an_exit_status(tmp_path: Path, quick_folder: Path,
                                                                  some_samples: Path, flavour: str):
    with RunningDemo(tmp_path, quick_folder, some_samples, flavour, '--once') as demo:
        assert demo.end() == 1
        assert ': failed, UNEXPECTED. ' in demo.output


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path, quick_folder: Path, flavour: str):
    with RunningDemo(tmp_path, quick_folder, tmp_path / 'nowhere', flavour, '--once') as demo:
        assert demo.end() == 1
        assert 'nowhere' in demo.output
        assert 'Traceback' not in demo.output


def test_real_bundles_are_indexed_as_counted_by_hand(reference_bundles: Path, tmp_path: Path, quick_folder: Path,
                                                     flavour: str):
    with RunningDemo(tmp_path, quick_folder, reference_bundles, flavour) as demo:
        demo.wait_for_invitation()
        assert '51 of 55 bundles indexed, 0 outcomes not as expected' in demo.output
        caller = Caller(configuration('hca', demo.ports))
        for name, counted in by_hand(REFERENCES).items():
            found = caller.contributions(BundleFQID.parse(name))
            assert {each: found[each] for each in ENTITY_TYPES} == {each: counted[each] for each in ENTITY_TYPES}, name
