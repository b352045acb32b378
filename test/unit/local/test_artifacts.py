import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.local.artifacts import ELASTICMQ, ELASTICSEARCH, OPENSEARCH, Artifact, digest, fetch


class InventedRegistry:
    """A resolver whose artifacts are files with given contents."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = contents
        self.calls = 0

    def __call__(self, artifact: Artifact, folder: Path) -> Sequence[Path]:
        self.calls += 1
        folder.mkdir(parents=True)
        files = [folder / f'{position}.{artifact.packaging}' for position in range(len(self.contents))]
        for file, content in zip(files, self.contents, strict=True):
            file.write_bytes(content)
        return files


class UnreachableRegistry:
    def __call__(self, artifact: Artifact, folder: Path) -> Sequence[Path]:
        raise ConnectionError('nobody there')


JARS = Artifact('org.example', 'tool', '1.0', 'jar', '')
ZIP = Artifact('org.example', 'tool', '1.0', 'zip', '')


def pinned(artifact: Artifact, registry: InventedRegistry, folder: Path) -> Artifact:
    return replace(artifact, sha256=digest(registry(artifact, folder)))


def zip_of(folder: Path, **texts: str) -> bytes:
    file = folder / 'made.zip'
    with zipfile.ZipFile(file, 'w') as archive:
        for name, text in texts.items():
            archive.writestr(f'tool-1.0/{name}', text)
    return file.read_bytes()


def test_the_digest_of_a_file_is_its_sha256(tmp_path: Path) -> None:
    file = tmp_path / 'file'
    file.write_bytes(b'content')
    assert digest([file]) == hashlib.sha256(b'content').hexdigest()


def test_the_digest_of_several_files_depends_on_each_but_not_on_their_order(tmp_path: Path) -> None:
    files = [tmp_path / name for name in 'abc']
    for file in files:
        file.write_text(file.name)
    before = digest(files)
    assert digest(files[::-1]) == before
    files[1].write_text('changed')
    assert digest(files) != before


def test_jars_are_kept_in_a_folder_named_after_the_program(tmp_path: Path) -> None:
    registry = InventedRegistry(b'one', b'two')
    folder = fetch(pinned(JARS, registry, tmp_path / 'source'), tmp_path / 'cache', registry)
    assert folder == tmp_path / 'cache' / 'tool-1.0'
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {'0.jar': b'one', '1.jar': b'two'}


def test_a_zip_is_unpacked(tmp_path: Path) -> None:
    registry = InventedRegistry(zip_of(tmp_path, readme='hello', license='free'))
    folder = fetch(pinned(ZIP, registry, tmp_path / 'source'), tmp_path / 'cache', registry)
    assert {file.name: file.read_text() for file in folder.iterdir()} == {'readme': 'hello', 'license': 'free'}


def test_a_program_is_fetched_once(tmp_path: Path) -> None:
    registry = InventedRegistry(b'one')
    artifact = pinned(JARS, registry, tmp_path / 'source')
    registry.calls = 0
    assert fetch(artifact, tmp_path / 'cache', registry) == fetch(artifact, tmp_path / 'cache', registry)
    assert registry.calls == 1


def test_nothing_but_the_program_and_its_lock_stays(tmp_path: Path) -> None:
    registry = InventedRegistry(b'one')
    fetch(pinned(JARS, registry, tmp_path / 'source'), tmp_path / 'cache', registry)
    assert {path.name for path in (tmp_path / 'cache').iterdir()} == {'tool-1.0', 'tool-1.0.lock'}


@pytest.mark.parametrize('artifact', [JARS, ZIP])
def test_files_with_another_digest_are_deleted_and_refused(tmp_path: Path, artifact: Artifact) -> None:
    registry = InventedRegistry(zip_of(tmp_path, readme='hello'))
    artifact = pinned(artifact, registry, tmp_path / 'source')
    tampered = InventedRegistry(zip_of(tmp_path, readme='evil'))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match='is not what we know') as caught:
            fetch(artifact, tmp_path / 'cache', tampered)
        assert artifact.sha256 in str(caught.value)
        assert {path.name for path in (tmp_path / 'cache').iterdir()} == {'tool-1.0.lock'}
    assert tampered.calls == 2
    assert fetch(artifact, tmp_path / 'cache', registry).is_dir()


def test_a_damaged_zip_is_refused_by_its_digest_before_it_is_opened(tmp_path: Path) -> None:
    whole = zip_of(tmp_path, readme='hello' * 1000)
    artifact = pinned(ZIP, InventedRegistry(whole), tmp_path / 'source')
    with pytest.raises(ConfigurationError, match='SHA-256'):
        fetch(artifact, tmp_path / 'cache', InventedRegistry(whole[:-100]))


def test_an_unreachable_registry_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r'package registry:\n.*nobody there'):
        fetch(JARS, tmp_path / 'cache', UnreachableRegistry())


@pytest.mark.parametrize('artifact', [OPENSEARCH, ELASTICSEARCH, ELASTICMQ])
def test_each_program_is_pinned(artifact: Artifact) -> None:
    assert len(bytes.fromhex(artifact.sha256)) == 32
    assert artifact.version[0].isdigit()
