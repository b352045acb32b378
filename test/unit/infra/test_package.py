import subprocess
import zipfile
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.infra import package
from azul.infra.lock import requirements

ROOT = Path(__file__).resolve().parents[3]

CONTENTS = {'app.py': 'app', 'azul/__init__.py': '', 'lib-1.dist-info/METADATA': 'Name: lib'}


def zipped(file: Path, contents: dict[str, str], year: int = 2001) -> Path:
    with zipfile.ZipFile(file, 'w') as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content)
    return file


def test_a_package_depends_on_nothing_but_its_contents(tmp_path: Path):
    first, second = tmp_path / 'first.zip', tmp_path / 'second.zip'
    package.repack(zipped(tmp_path / 'a.zip', CONTENTS), first)
    package.repack(zipped(tmp_path / 'b.zip', dict(reversed(CONTENTS.items())), year=2020), second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == sorted(CONTENTS)
        assert archive.read('app.py') == b'app'
        # Lambda runs as another user than the one that unpacks.
        assert all(info.external_attr >> 16 == 0o644 for info in archive.infolist())


def test_a_package_has_nothing_that_differs_between_machines(tmp_path: Path):
    left = {'bin/jp.py': '#!', 'lib-1.dist-info/RECORD': '', 'lib-1.dist-info/INSTALLER': 'pip', '.wheels-1': '',
            'azul/__pycache__/x.pyc': ''}
    package.repack(zipped(tmp_path / 'a.zip', {**CONTENTS, **left}), tmp_path / 'b.zip')
    with zipfile.ZipFile(tmp_path / 'b.zip') as archive:
        assert archive.namelist() == sorted(CONTENTS)


def test_the_size_of_a_package_is_told(tmp_path: Path):
    sizes = package.repack(zipped(tmp_path / 'a.zip', {'a': 'x' * 1000, 'b': ''}), tmp_path / 'b.zip')
    assert sizes == {'files': 2, 'unzipped': 1000, 'zipped': (tmp_path / 'b.zip').stat().st_size}


@pytest.mark.parametrize(('limit', 'fault'), [('max_zipped', 'uploaded to S3'), ('max_unzipped', 'unpacked')])
def test_a_package_that_lambda_would_refuse_is_not_made(limit: str, fault: str, tmp_path: Path):
    with pytest.raises(ConfigurationError, match=fault):
        package.repack(zipped(tmp_path / 'a.zip', {'a': 'abcdefghijklmnop'}), tmp_path / 'b.zip', **{limit: 10})
    assert not (tmp_path / 'b.zip').exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.zip']


def test_without_wheels_there_is_no_package(tmp_path: Path):
    with pytest.raises(ConfigurationError, match='make -C lambdas/service wheels'):
        package.package('service', 'toy', tmp_path)


X86_64 = b'\x7fELF\x02\x01\x01' + bytes(9) + b'\x03\x00\x3e\x00'

AARCH64 = X86_64[:-2] + b'\xb7\x00'

MAC_OS = b'\xcf\xfa\xed\xfe' + bytes(16)


def to_be_packaged(root: Path, binaries: dict[str, bytes]) -> Path:
    """As far as there is no need of Chalice. In place of wheels there are some binaries."""
    for file in 'src/azul/__init__.py', 'CHANGELOG.yml', 'lambdas/service/.chalice/config.json':
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    vendor = root / '.cache' / 'lambdas' / 'service' / 'vendor'
    (vendor / 'lib').mkdir(parents=True)
    for name, content in binaries.items():
        (vendor / 'lib' / name).write_bytes(content)
    return root


@pytest.mark.parametrize(('name', 'content'), [
    ('fast.cpython-311-aarch64-linux-gnu.so', AARCH64), ('libfast.so.1.2', AARCH64),
    ('fast.cpython-311-darwin.so', MAC_OS), ('libfast.dylib', MAC_OS), ('fast.pyd', b'MZ'), ('fast.abi3.so', b'')
], ids=lambda value: value if isinstance(value, str) else '')
def test_binaries_for_another_platform_are_not_packaged(name: str, content: bytes, tmp_path: Path):
    root = to_be_packaged(tmp_path, {'good.cpython-311-x86_64-linux-gnu.so': X86_64, 'table.sox': b'', name: content})
    with pytest.raises(ConfigurationError) as caught:
        package.package('service', 'toy', root)
    (fault,) = caught.value.faults
    assert fault.startswith(f'lib/{name} is for another platform than that of Lambda, x86_64 Linux. '
                            f'`make -C lambdas/service clean package` takes new wheels')
    assert not (root / 'terraform').exists()


@pytest.mark.parametrize('name', ['indexer', 'service'])
def test_lambdas_have_what_is_tested(name: str):
    """The versions that are in the packages, of what the code needs, are those that tests run with."""
    pinned = {key.lower().replace('_', '-'): line for key, line in requirements(ROOT / 'requirements.txt').items()}
    locked = requirements(ROOT / 'lambdas' / name / 'wheels.txt')
    assert all('--hash=sha256:' in line for line in locked.values())
    common = {key.lower().replace('_', '-'): line for key, line in locked.items()}.keys() & pinned.keys()
    assert {'boto3', 'elasticsearch', 'orjson'} <= common
    for key, line in locked.items():
        version = line.partition('==')[2].partition(' ')[0]
        if key.lower().replace('_', '-') in pinned:
            assert pinned[key.lower().replace('_', '-')].endswith(f'=={version}')


def test_a_package_knows_the_commit_and_whether_there_was_more(tmp_path: Path):
    def git(*arguments: str) -> str:
        return subprocess.run(['git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', *arguments], cwd=tmp_path,
                              check=True, text=True, capture_output=True).stdout.strip()

    assert package.version(tmp_path) == {'azul_git_commit': '', 'azul_git_dirty': '1'}
    git('init')
    git('commit', '--allow-empty', '-m', 'x')
    assert package.version(tmp_path) == {'azul_git_commit': git('rev-parse', 'HEAD'), 'azul_git_dirty': '0'}
    (tmp_path / 'new').touch()
    assert package.version(tmp_path)['azul_git_dirty'] == '1'
