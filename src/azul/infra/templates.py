"""Files of JSON that are written by Python scripts beside them.

A template is a script `X.template.py` whose last statement is a call of `emit`; what it is given becomes the file `X`.
So `sqs.tf.json.template.py` makes `sqs.tf.json`. What is made is not committed. All templates of a folder are run by
one process::

    python -m azul.infra.render terraform
"""
import json
import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from azul.errors import ConfigurationError
from azul.index.bundle import JSON

SUFFIX = '.template.py'

RENDERED = '.tf.json'
"""What only templates make, so that one of these without a template is a left-over."""


def emit(document: JSON | None) -> None:
    """
    Make the file of the template that calls, all of it or nothing. A file that has these very bytes is left alone.

    :param document: what it is to have: sorted and indented, as it shows in the plans' differences. With None, it is
                     removed.
    :raises ConfigurationError: if it is not a template that calls
    """
    script = getattr(sys.modules['__main__'], '__file__', None) or 'no file'
    if not script.endswith(SUFFIX):
        raise ConfigurationError(script, [f'only a template can emit, a file {SUFFIX}'])
    write(Path(script.removesuffix(SUFFIX)), document)


def render(folder: Path) -> list[Path]:
    """
    Run all templates of a folder, in the order of their names, and remove what is left over from others.

    :return: the files that are there now
    :raises ConfigurationError: if there are no templates; nothing is removed
    """
    templates = sorted(folder.glob(f'*{SUFFIX}'))
    if not templates:
        raise ConfigurationError(str(folder), [f'has no templates, files {SUFFIX}'])
    for template in templates:
        runpy.run_path(str(template), run_name='__main__')
    targets = [template.with_name(template.name.removesuffix(SUFFIX)) for template in templates]
    for file in _rendered(folder):
        if file not in targets:
            file.unlink()
    return [target for target in targets if target.exists()]


def clean(folder: Path) -> None:
    """Remove what templates of a folder have made."""
    for template in folder.glob(f'*{SUFFIX}'):
        template.with_name(template.name.removesuffix(SUFFIX)).unlink(missing_ok=True)
    for file in _rendered(folder):
        file.unlink()


def write(file: Path, document: JSON | None) -> None:
    """As `emit` does, to any file."""
    if document is None:
        file.unlink(missing_ok=True)
        return
    content = (json.dumps(document, indent=4, sort_keys=True, ensure_ascii=False) + '\n').encode()
    if file.exists() and file.read_bytes() == content:
        return
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f'.{file.name}.')
    try:
        with os.fdopen(descriptor, 'wb') as temporary:
            temporary.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _rendered(folder: Path) -> Iterator[Path]:
    return folder.glob(f'*{RENDERED}')
