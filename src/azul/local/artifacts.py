"""The programs of others that the laptop runs: fetched once, verified, and kept below one folder.

    registry ──▶ <cache>/<program>.partial ──▶ verify ──▶ unpack ──▶ rename to <cache>/<program>

Only the rename makes a program visible, so what is there is complete and was verified: whoever is killed on the way
leaves a partial folder that the next one removes. A lock makes whoever comes meanwhile wait instead of fetching, too.
"""
import fcntl
import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import requests
from jgo.maven import MavenContext

from azul.errors import ConfigurationError


@dataclass(frozen=True)
class Artifact:
    """
    A program in a Maven repository.

    :param packaging: a `zip` is self-contained and gets unpacked, a `jar` comes with all that it depends on
    :param sha256: what `digest` must say about the files that the repository gave us
    """
    group: str
    name: str
    version: str
    packaging: Literal['zip', 'jar']
    sha256: str

    def __str__(self) -> str:
        return f'{self.name}-{self.version}'


OPENSEARCH = Artifact('org.opensearch.distribution.integ-test-zip', 'opensearch', '2.19.5', 'zip',
                      'caccd4ab24c88a9278922ef626cd1d92990427aa3a3063f9278200d86dbf49b3')
ELASTICSEARCH = Artifact('org.elasticsearch.distribution.integ-test-zip', 'elasticsearch', '7.10.2', 'zip',
                         '38a4232a9b8506235c8a2b6a24cdf3732b2c2aa4b8026c89063e038a610c9f4c')
ELASTICMQ = Artifact('org.elasticmq', 'elasticmq-server_2.13', '1.6.11', 'jar',
                     'c1764bbf71d542eebe9bfca50e4d2a02554fba281636e652d55c86ca020bab0f')

Resolver = Callable[[Artifact, Path], Sequence[Path]]
"""Gets the files of an artifact into a folder and returns their paths."""


def fetch(artifact: Artifact, cache: Path, resolve: Resolver | None = None) -> Path:
    """
    The folder of a program: what was in its zip, or its jars. It is not to be written to.

    The first call takes seconds, later ones next to no time.

    :param cache: where programs are kept
    :param resolve: another source than the package registry
    :raises ConfigurationError: if the files cannot be had or are not the ones that we know
    """
    program = cache / str(artifact)
    if not program.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _lock(cache / f'{artifact}.lock'):
            if not program.is_dir():
                partial = cache / f'{artifact}.partial'
                _remove(partial)
                try:
                    _unpack(artifact, _verified(artifact, partial, resolve or _resolve), partial).rename(program)
                finally:
                    _remove(partial)
    return program


def digest(files: Sequence[Path]) -> str:
    """The SHA-256 of a file, or that of the sorted list of those of several, one a line; in hexadecimal digits."""
    digests = sorted(map(_sha256, files))
    return digests[0] if len(digests) == 1 else hashlib.sha256('\n'.join(digests).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open('rb') as stream:
        return hashlib.file_digest(stream, 'sha256').hexdigest()


def _resolve(artifact: Artifact, folder: Path) -> list[Path]:
    # Neither the settings in the user's home nor the resolver's own caches there play a part. And no `jgo.build`: it
    # wants a JDK, and looks for one in the Internet if there is none.
    context = MavenContext(repo_cache=folder, timeout=60)
    if artifact.packaging == 'zip':
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        return [component.artifact(packaging='zip').resolve()]
    root = context.create_dependency(f'{artifact.group}:{artifact.name}:{artifact.version}')
    roots, others = context.resolver.resolve([root])
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda dependency: dependency.artifact.resolve(), [*roots, *others]))


def _verified(artifact: Artifact, folder: Path, resolve: Resolver) -> Sequence[Path]:
    try:
        files = resolve(artifact, folder / 'repository')
    except (requests.RequestException, RuntimeError, OSError) as error:
        raise ConfigurationError(f'Cannot get {artifact} from the package registry', [str(error)]) from error
    # The resolver only warns about a checksum that differs.
    actual = digest(files)
    if actual != artifact.sha256:
        raise ConfigurationError(f'What the package registry has as {artifact} is not what we know by that name', [
            f'the SHA-256 of its {len(files)} files is {actual} instead of {artifact.sha256}',
            'it was deleted; try again, and if that does not help, find out who changed it'
        ])
    return files


def _unpack(artifact: Artifact, files: Sequence[Path], folder: Path) -> Path:
    if artifact.packaging == 'zip':
        [file] = files
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
        return folder / str(artifact)
    jars = folder / 'jars'
    jars.mkdir()
    for file in files:
        file.rename(jars / file.name)
    return jars


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    # The system releases the lock with its holder's death. The file stays: deleting it would let two in at once.
    with file.open('w') as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
