"""`make check-plugin`, as a developer and a CI job see it."""
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from azul.index.bundle import BundleFQID
from fixtures.toys import box, new_uuid, toy, write

ROOT = Path(__file__).resolve().parents[3]
TOYS = ROOT / 'test' / 'toy'

ODD = """
from dataclasses import replace
from azul.projects.toy import additions, deletions, plugin as toys, transform as transform_toys

def transform(bundle):
    for contribution in transform_toys(bundle):
        for each in contribution.contents['toys']:
            each['colours'] = list({f'{colour} {shade}' for colour in each['colours'] for shade in range(20)})
        yield contribution

plugin = replace(toys, name='odd', transform=transform, additions_query=deletions,
                 deletions_query=lambda prefix: {'quest': additions(prefix)})
"""


@dataclass(frozen=True)
class Check:
    status: int
    lines: Sequence[str]

    @property
    def faults(self) -> list[str]:
        return [line.removeprefix('FAULT  ') for line in self.lines if line.startswith('FAULT  ')]


def check(*arguments: object, cwd: Path = ROOT) -> Check:
    done = subprocess.run([sys.executable, '-m', 'azul.local.check_plugin', *map(str, arguments)], text=True,
                          env={'PYTHONPATH': f'{ROOT / "src"}', 'PATH': os.defpath}, cwd=cwd, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240)
    assert 'Traceback' not in done.stdout, done.stdout
    return Check(done.returncode, done.stdout.splitlines())


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    folder = tmp_path / 'bundles'
    write(folder, box(BundleFQID(new_uuid(), '1'), toy('bear', colours=['brown'], pictures=['bear.png'])))
    write(folder, box(BundleFQID(new_uuid(), '1'), toy('bear', wooden=False), maker='Toymaker'))
    return folder


def odd(folder: Path, text: str) -> Path:
    """A distribution with this plug-in, and with the toy plug-in, which it is made of."""
    home = folder / 'odd' / 'azul' / 'projects' / 'odd'
    shutil.copytree(TOYS, folder / 'odd', ignore=shutil.ignore_patterns('__pycache__'))
    home.mkdir()
    (home / '__init__.py').write_text(text)
    return folder / 'odd'


def test_a_good_plugin_has_no_fault(bundles: Path):
    found = check('toy', '--plugins', TOYS, '--bundles', bundles)
    assert found.status == 0, found.lines
    assert found.lines[0] == f'Checking {TOYS / "azul" / "projects" / "toy"} …'
    assert [''.join(line.split()) for line in found.lines if line.startswith('│')] == [
        '│pictures│1│1│', '│toys│2│1│', '│boxes│2│1│'
    ]
    assert any(line.startswith('2 bundles, 0 rejected; ') and line.endswith(' per second') for line in found.lines)
    assert found.lines[-1] == 'no fault'


def test_what_is_wrong_is_said_all_at_once(tmp_path: Path, bundles: Path):
    distribution = odd(tmp_path, ODD + '\nnumber: int = "seven"\n')
    # Relative paths, as one types them
    found = check('odd', '--plugins', distribution.relative_to(tmp_path), '--bundles', bundles.relative_to(tmp_path),
                  cwd=tmp_path)
    assert found.status == 1
    assert found.lines[-1] == f'{len(found.faults)} faults'
    for fault in [
        'error: Incompatible types in assignment (expression has type "str", variable has type "int")',
        'error: Function is missing a type annotation',
        "additions_query('') leaves out a live bundle whose uuid has the prefix",
        "additions_query('') asks for a deleted bundle whose uuid has the prefix",
        "deletions_query('') is no object with a member `query`",
        'is not the same in another process, as if it depended on the order of a set',
    ]:
        assert any(fault in line for line in found.faults), (fault, found.lines)
    assert 'WARNING  facet colour has no value' not in found.lines


def test_a_facet_that_has_no_value_is_a_warning_only(tmp_path: Path):
    write(tmp_path / 'bundles', box(BundleFQID(new_uuid(), '1')))
    found = check('toy', '--plugins', TOYS, '--bundles', tmp_path / 'bundles')
    assert [line.removeprefix('WARNING  ') for line in found.lines if line.startswith('WARNING')] == [
        'there is no entity of type pictures', 'there is no entity of type toys', 'facet maker has no value',
        'facet colour has no value', 'facet wooden has no value', 'facet format has no value'
    ]
    assert (found.status, found.lines[-1]) == (0, 'no fault')


def test_rejections_are_held_against_what_is_expected(tmp_path: Path, bundles: Path):
    fqids = sorted(path.name for path in bundles.iterdir())
    (bundles / fqids[0] / 'metadata' / 'box.json').write_text('{}')
    cause = f'bundle {fqids[0]}, file box.json: the id is no text: None'
    assert check('toy', '--plugins', TOYS, '--bundles', bundles).faults == [f'rejected: {cause}']
    missing = BundleFQID(new_uuid(), '1')
    for expected, faults in [
        (f'{fqids[0]}\trejected: no id\n', []),
        (f'{fqids[0]}\trejected: no id\n{fqids[1]}\trejected\n{missing}\tindexed\n',
         sorted([f'{fqids[1]} is not rejected, but expected to be', f'{missing} is expected, but not in the folder'])),
    ]:
        (bundles / 'expect.tsv').write_text(f'bundle_fqid\texpect\n{expected}')
        found = check('toy', '--plugins', TOYS, '--bundles', bundles)
        assert f'rejected, as expected: {cause}' in found.lines
        assert (sorted(found.faults), found.status) == (faults, 1 if faults else 0)


def test_a_plugin_can_be_checked_without_bundles():
    found = check('toy', '--plugins', TOYS)
    assert (found.status, found.lines[1:]) == (0, ['There are no bundles to try it on: give bundles=DIR', 'no fault'])


@pytest.mark.parametrize(('text', 'said'), [
    ('plugin = 1 / 0', ["Plug-in 'odd':", '  * importing it raises ZeroDivisionError: division by zero '
                                          '(__init__.py, line 1)']),
    ('import sys\nsys.exit(0)', ["Plug-in 'odd':", '  * importing it raises SystemExit: 0 (__init__.py, line 2)']),
    ('import nonsense', ["Plug-in 'odd':", "  * importing it raises ModuleNotFoundError: No module named 'nonsense' "
                                           '(__init__.py, line 1)']),
    ('from dataclasses import replace\nfrom azul.projects.toy import plugin as toys\n'
     'plugin = replace(toys, version=0, facets=("weight",))',
     ["Plug-in 'odd':", '  * version 0 is not at least 1', "  * facet 'weight' is not the external name of a field",
      "  * highlight 'colour' is not a facet", "  * it calls itself 'toy'"]),
])
def test_a_plugin_that_cannot_be_loaded_is_named_with_all_its_faults(tmp_path: Path, text: str, said: list[str]):
    found = check('odd', '--plugins', odd(tmp_path, text))
    assert (found.status, found.lines) == (1, said)


def test_a_plugin_that_exits_is_not_taken_for_a_good_one(tmp_path: Path, bundles: Path):
    distribution = odd(tmp_path, """
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from azul.plugin import Bundle, Contribution
from azul.projects.toy import plugin as toys

def transform(bundle: Bundle) -> Iterator[Contribution]:
    sys.exit(0)

if os.environ.get('PYTHONHASHSEED'):
    sys.exit(0)
plugin = replace(toys, name='odd', transform=transform, additions_query=sys.exit)
""")
    found = check('odd', '--plugins', distribution)
    assert found.status == 1
    fault, = found.faults
    assert fault.startswith('additions_query raises SystemExit: ')
    found = check('odd', '--plugins', distribution, '--bundles', bundles)
    assert (found.status, found.lines[-2:]) == (1, ["Plug-in 'odd' in another process:", '  * it ends without a word'])


def test_a_restriction_is_tried(tmp_path: Path):
    distribution = odd(tmp_path, """
from dataclasses import replace
from azul.plugin import Allowed, Principal
from azul.projects.toy import plugin as toys

def restriction(principal: Principal | None) -> Allowed:
    return {'pieces': []} if principal is None else {'maker': [str(principal.claims['email'])]}

plugin = replace(toys, name='odd', restriction=restriction)
""")
    found = check('odd', '--plugins', distribution)
    assert found.status == 1
    nobody, somebody = found.faults
    assert nobody == "restriction: aggregates of pictures do not have all values of 'pieces', for None"
    assert somebody.startswith("restriction raises KeyError: 'email'")


def test_what_is_not_there_is_named(tmp_path: Path):
    assert check('nothing').lines == ["Plug-in 'nothing':", '  * there is no package azul.projects.nothing']
    assert check('toy', '--plugins', tmp_path).lines == [
        'Plug-ins:', f'  * there is no folder {tmp_path / "azul" / "projects"}'
    ]
    (tmp_path / 'empty').mkdir()
    assert check('toy', '--plugins', TOYS, '--bundles', tmp_path / 'empty').faults == [
        'there is no bundle in the folder'
    ]
    assert check('toy', '--plugins', TOYS, '--bundles', tmp_path / 'nowhere').status == 1
