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
    faults = hiding_faults(folder) if projects.is_dir() else [f'there is no folder {projects}']
    if faults:
        raise ConfigurationError('Plug-ins', faults)
    root = folder.resolve()
    if str(root) not in sys.path:
        sys.path.append(str(root))
    azul.__path__ = pkgutil.extend_path(azul.__path__, azul.__name__)
    importlib.invalidate_caches()
    return root


def hiding_faults(folder: Path) -> list[str]:
    """What keeps packages in the folder from sharing their names with those of other folders."""
    files = (folder / 'azul' / '__init__.py', folder / 'azul' / 'projects' / '__init__.py')
    return [f'there must be no {file}: it would hide the rest' for file in files if file.exists()]


def home(name: str) -> Path:
    """The package of a plug-in that has been loaded, or its module if it is no package."""
    file = sys.modules[f'azul.projects.{name}'].__file__
    assert file is not None, name
    path = Path(file)
    return path.parent if path.name == '__init__.py' else path
