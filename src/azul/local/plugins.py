"""Plug-ins of other distributions, and where one is."""
import importlib
import pkgutil
import sys
from pathlib import Path

import azul
from azul.errors import ConfigurationError


def offer(folder: Path) -> Path:
    """Have this process find the plug-ins in a folder, as if that had been on its `PYTHONPATH` from the start.

    :param folder: with `azul/projects/<name>`
    :return: its absolute path, which other processes, too, can be given
    :raises ConfigurationError: if there are none, or if Python would take the folder's `azul` for all of Azul
    """
    projects = folder / 'azul' / 'projects'
    if not projects.is_dir():
        raise ConfigurationError('Plug-ins', [f'there is no folder {projects}'])
    require_open(folder)
    root = folder.resolve()
    if str(root) not in sys.path:
        sys.path.append(str(root))
    azul.__path__ = pkgutil.extend_path(azul.__path__, azul.__name__)
    importlib.invalidate_caches()
    return root


def require_open(folder: Path) -> None:
    """
    :raises ConfigurationError: if packages in the folder do not share their names with those of other folders
    """
    closed = [str(file) for file in (folder / 'azul' / '__init__.py', folder / 'azul' / 'projects' / '__init__.py')
              if file.exists()]
    if closed:
        raise ConfigurationError('Plug-ins', [f'there must be no {file}: it would hide the rest' for file in closed])


def home(name: str) -> Path:
    """The package of a plug-in that has been loaded, or its module if it is no package."""
    file = sys.modules[f'azul.projects.{name}'].__file__
    assert file is not None, name
    path = Path(file)
    return path.parent if path.name == '__init__.py' else path
