import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.infra import render, templates

SRC = Path(__file__).resolve().parents[3] / 'src'


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return tmp_path / 'queues.tf.json.template.py'


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    return tmp_path / 'queues.tf.json'


def emitting(document: object) -> str:
    return f'from azul.infra.templates import emit\nemit({document!r})\n'


def test_a_template_makes_the_file_that_it_is_named_after(template: Path, rendered: Path):
    template.write_text(emitting({'b': {'y': 'é'}, 'a': [2, 1]}))
    assert templates.render(template.parent) == [rendered]
    assert rendered.read_text() == ('{\n    "a": [\n        2,\n        1\n    ],\n'
                                    '    "b": {\n        "y": "é"\n    }\n}\n')
    assert rendered.stat().st_mode & 0o777 == 0o644


def test_a_template_is_a_script_of_its_own(template: Path, rendered: Path):
    template.write_text(emitting({'a': 1}))
    subprocess.run([sys.executable, str(template)], check=True, cwd=os.sep, env={'PYTHONPATH': str(SRC)})
    assert json.loads(rendered.read_text()) == {'a': 1}


def test_nothing_to_emit_removes_the_file(template: Path, rendered: Path):
    rendered.write_text('{}')
    template.write_text(emitting(None))
    assert templates.render(template.parent) == []
    assert not rendered.exists()
    assert templates.render(template.parent) == []


def test_a_file_that_would_not_change_is_left_alone(template: Path, rendered: Path):
    template.write_text(emitting({'a': 1}))
    templates.render(template.parent)
    os.utime(rendered, (1, 1))
    templates.render(template.parent)
    assert rendered.stat().st_mtime == 1
    template.write_text(emitting({'a': 2}))
    templates.render(template.parent)
    assert rendered.stat().st_mtime > 1


def test_what_cannot_be_written_leaves_all_as_it_was(template: Path, rendered: Path):
    rendered.write_text('{}')
    template.write_text('from azul.infra.templates import emit\nemit({"a": object()})\n')
    with pytest.raises(TypeError):
        templates.render(template.parent)
    assert rendered.read_text() == '{}'
    assert sorted(path.name for path in template.parent.iterdir()) == [rendered.name, template.name]


def test_what_is_left_over_from_a_template_that_is_gone_is_removed(template: Path, rendered: Path):
    template.write_text(emitting({'a': 1}))
    other = template.with_name('alarms.tf.json')
    other.write_text('{}')
    module = template.parent / 'service' / 'chalice.tf.json'
    module.parent.mkdir()
    module.write_text('{}')
    assert templates.render(template.parent) == [rendered]
    assert not other.exists()
    assert module.exists()


def test_a_folder_is_cleaned_of_all_that_is_rendered(template: Path, rendered: Path):
    template.write_text(emitting({'a': 1}))
    configuration = template.with_name('config.json.template.py')
    configuration.write_text(emitting({'b': 1}))
    assert render.main([str(template.parent)]) == 0
    assert configuration.with_name('config.json').exists()
    assert render.main(['--clean', str(template.parent)]) == 0
    assert sorted(path.name for path in template.parent.iterdir()) == [configuration.name, template.name]


def test_only_a_template_can_emit():
    with pytest.raises(ConfigurationError, match='only a template can emit'):
        templates.emit({})


def test_a_folder_without_templates_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / 'kept.tf.json').write_text('{}')
    assert render.main([str(tmp_path)]) == 1
    assert 'has no templates' in capsys.readouterr().err
    assert (tmp_path / 'kept.tf.json').exists()
