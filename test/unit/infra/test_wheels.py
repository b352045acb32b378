"""`make -C lambdas/indexer wheels`, with wheels of our own in place of those of a registry."""
import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from fixtures.clone import GitClone


@pytest.fixture
def clone(tmp_path: Path) -> GitClone:
    return GitClone(tmp_path)


def lock(clone: GitClone, *platforms: str) -> None:
    """Have the lambda want a package that there are wheels of for these platforms."""
    wheels = clone.folder / 'wheels'
    wheels.mkdir()
    digests = []
    for platform in platforms:
        wheel = wheels / f'thing-1.0-cp311-cp311-{platform}.whl'
        contents = {
            'thing.py': f'platform = {platform!r}\n',
            'thing-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n',
            'thing-1.0.dist-info/WHEEL': f'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-{platform}\n',
        }
        with zipfile.ZipFile(wheel, 'w') as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
            archive.writestr('thing-1.0.dist-info/RECORD', ''.join(
                f'{name},sha256={digest(content)},{len(content)}\n' for name, content in contents.items()))
        digests.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    clone.write('lambdas/indexer/wheels.txt', ' '.join(['thing==1.0', *(f'--hash=sha256:{each}' for each in digests)]))


def digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip('=')


def make(clone: GitClone) -> tuple[int, str]:
    return clone.make('-C lambdas/indexer wheels', PIP_NO_INDEX='1', PIP_FIND_LINKS=str(clone.folder / 'wheels'))


def vendor(clone: GitClone) -> Path:
    return clone.folder / '.cache' / 'lambdas' / 'indexer' / 'vendor'


def test_wheels_are_those_for_the_platform_of_lambda(clone: GitClone):
    lock(clone, 'macosx_11_0_arm64', 'manylinux2014_aarch64', 'manylinux2014_x86_64')
    assert make(clone) == (0, '')
    assert (vendor(clone) / 'thing.py').read_text() == "platform = 'manylinux2014_x86_64'\n"


@pytest.mark.parametrize('platform', ['macosx_11_0_arm64', 'manylinux2014_aarch64', 'manylinux_2_28_x86_64',
                                      'musllinux_1_1_x86_64', 'win_amd64'])
def test_where_there_are_wheels_for_other_platforms_only_nothing_is_made(clone: GitClone, platform: str):
    """The C library of one of them is newer than that of Lambda."""
    lock(clone, platform)
    status, told = make(clone)
    assert status == 2
    assert 'No matching distribution found for thing==1.0' in told
    assert 'There are wheels missing for the platform of Lambda: see above.' in told
    assert not vendor(clone).exists()


def test_a_wheel_that_is_not_the_one_that_was_locked_is_refused(clone: GitClone):
    lock(clone, 'manylinux2014_x86_64')
    (clone.folder / 'lambdas' / 'indexer' / 'wheels.txt').write_text(f'thing==1.0 --hash=sha256:{"0" * 64}\n')
    status, told = make(clone)
    assert status == 2
    assert 'THESE PACKAGES DO NOT MATCH THE HASHES' in told
    assert not vendor(clone).exists()
