import signal
import subprocess
import sys
import time
from pathlib import Path

from azul.local.artifacts import ELASTICMQ, ELASTICSEARCH, OPENSEARCH, fetch

SOURCES = Path(__file__).resolve().parents[3] / 'src'

# A process that fetches an artifact of two jars from a registry that writes one of them, waits, then writes the other
PROGRAM = """
import hashlib, sys, time
from pathlib import Path
from azul.local.artifacts import Artifact, fetch

cache, journal, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
contents = [b'one' * 100_000, b'two' * 100_000]
digests = sorted(hashlib.sha256(content).hexdigest() for content in contents)
artifact = Artifact('org.example', 'tool', '1.0', 'jar', hashlib.sha256('\\n'.join(digests).encode()).hexdigest())

def resolve(artifact, folder):
    folder.mkdir(parents=True)
    with journal.open('a') as stream:
        stream.write('started\\n')
    files = [folder / 'one.jar', folder / 'two.jar']
    for file, content in zip(files, contents):
        with file.open('wb') as stream:
            stream.write(content[:50_000])
            stream.flush()
            time.sleep(delay)
            stream.write(content[50_000:])
    return files

folder = fetch(artifact, cache, resolve)
print(sorted((file.name, file.stat().st_size) for file in folder.iterdir()))
"""
COMPLETE = "[('one.jar', 300000), ('two.jar', 300000)]\n"


def start(folder: Path, delay: float) -> 'subprocess.Popen[str]':
    return subprocess.Popen([sys.executable, '-c', PROGRAM, folder / 'cache', folder / 'journal', str(delay)],
                            env={'PYTHONPATH': str(SOURCES)},
                            stdout=subprocess.PIPE,
                            text=True)


def test_of_processes_that_fetch_at_once_one_does_and_all_get_the_whole(tmp_path: Path) -> None:
    processes = [start(tmp_path, delay=0.5) for _ in range(3)]
    assert [process.communicate(timeout=60)[0] for process in processes] == [COMPLETE] * 3
    assert (tmp_path / 'journal').read_text() == 'started\n'


def test_a_fetch_that_was_killed_is_not_taken_for_complete(tmp_path: Path) -> None:
    process = start(tmp_path, delay=1000)
    while not list((tmp_path / 'cache').rglob('*.jar')):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / 'cache' / 'tool-1.0').exists()
    assert start(tmp_path, delay=0).communicate(timeout=60)[0] == COMPLETE
    assert not (tmp_path / 'cache' / 'tool-1.0.partial').exists()


def test_programs_that_are_there_take_no_time(cache: Path) -> None:
    for artifact in (OPENSEARCH, ELASTICSEARCH, ELASTICMQ):
        fetch(artifact, cache)
    started = time.monotonic()
    for artifact in (OPENSEARCH, ELASTICSEARCH, ELASTICMQ):
        assert any(fetch(artifact, cache).iterdir())
    assert time.monotonic() - started < 0.1
