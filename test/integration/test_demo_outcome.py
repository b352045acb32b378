"""What the demo says of the toy project's bundles, as its exit status and to people."""
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from azul.index.bundle import BundleFQID
from azul.local.stack import Ports
from fixtures.toys import box, new_uuid, toy, write

ROOT = Path(__file__).resolve().parents[2]


def test_an_entity_that_the_engine_refuses_is_an_exit_status_although_its_bundle_is_indexed(
        tmp_path, quick_folder, flavour):
    bundles = tmp_path / 'bundles'
    # The plug-in lets it pass, but the engine takes nothing but numbers for it.
    write(bundles, box(BundleFQID(new_uuid(), '1'), toy('bear', pieces='many')))
    toys = ROOT / 'test' / 'toy'
    demo = subprocess.run([
        sys.executable, '-m', 'azul.local.demo', '--once', '--bundles', str(bundles), '--engine', flavour,
        '--project', 'toy', '--plugins', str(toys),
        *(option for name, port in asdict(Ports.free()).items() for option in (f'--{name}-port', str(port)))
    ], capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path,
        env={**os.environ, 'TMPDIR': str(quick_folder), 'PYTHONPATH': f'{ROOT / "src"}:{toys}'})
    assert '1 of 1 bundles indexed, 0 outcomes not as expected' in demo.stdout, demo
    assert 'tallies could not be aggregated' in demo.stdout
    assert 'azul-tallies-failed-local' in demo.stdout
    assert demo.returncode == 1
