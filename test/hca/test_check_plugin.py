"""`make check-plugin name=hca`."""
from pathlib import Path

import pytest

from azul.local.check_plugin import main

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'


def test_the_check_of_plugins_finds_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(['hca', '--bundles', str(SAMPLES)])
    said = capsys.readouterr().out
    assert status == 0, said
    assert said.endswith('\nno fault\n')
    assert '38 bundles, 2 rejected; ' in said
