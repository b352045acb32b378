"""`make plugin`: a new plug-in that works, with its tests and some bundles, for somebody to change into theirs.

`template` has its files, in which `placeholder` stands for the name of the plug-in. They are linted and type-checked as
they are.
"""
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from azul.errors import ConfigurationError
from azul.local.plugins import hiding_faults
from azul.local.scaffold.names import TEMPLATE, name_faults
from azul.local.scaffold.samples import write_samples

PLACEHOLDER = 'placeholder'


def scaffold(name: str, root: Path, packages: str = '') -> Sequence[Path]:
    """
    Write a new plug-in, all of it or, whatever happens, nothing.

    :param root: the folder of a distribution, which gets a `pyproject.toml` unless it has one, or the checkout of Azul
    :param packages: the folder of its Python packages, relative to the root
    :return: the folders that were made: the package, its tests, its bundles
    :raises ConfigurationError: with all that speaks against it
    """
    writers: dict[Path, Callable[[Path], None]] = {
        root / packages / 'azul' / 'projects' / name: lambda to: _render(f'azul/projects/{PLACEHOLDER}', to, name),
        root / 'test' / name: lambda to: _render(f'test/{PLACEHOLDER}', to, name),
        root / 'samples' / name: lambda to: write_samples(name, to),
    }
    folders = list(writers)
    project = Path('pyproject.toml')
    if not packages and not (root / project).exists():
        writers[root / project] = lambda to: _render_file(TEMPLATE / project, to, name)
    faults = list(name_faults(name))
    if not faults:
        faults += [f'{path} exists' for path in writers if path.exists() or path.is_symlink()]
        faults += [] if packages else hiding_faults(root)
    if faults:
        raise ConfigurationError(f'Plug-in {name!r}', faults)
    try:
        _write(writers, root)
    except OSError as error:
        raise ConfigurationError(f'Plug-in {name!r}', [f'cannot be written: {error}']) from error
    return folders


def _write(writers: Mapping[Path, Callable[[Path], None]], root: Path) -> None:
    with ExitStack() as undo:
        _make(root, undo)
        # Within the root, because a folder can only be moved at once within a file system.
        with TemporaryDirectory(prefix='.azul-', dir=root) as temporary:
            written = {Path(temporary) / str(number): path for number, path in enumerate(writers)}
            for new, path in written.items():
                writers[path](new)
            for new, path in written.items():
                _make(path.parent, undo)
                new.rename(path)
                undo.callback(_remove, path)
        undo.pop_all()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _make(folder: Path, undo: ExitStack) -> None:
    """Make a folder and its parents, as far as they do not exist."""
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir()
        undo.callback(missing.rmdir)


def _render(part: str, folder: Path, name: str) -> None:
    """Write a part of the template to a folder, which is made."""
    for file in sorted((TEMPLATE / part).iterdir()):
        if file.is_file():
            folder.mkdir(exist_ok=True)
            _render_file(file, folder / file.name.replace(PLACEHOLDER, name), name)


def _render_file(file: Path, target: Path, name: str) -> None:
    target.write_text(file.read_text().replace(PLACEHOLDER, name))
