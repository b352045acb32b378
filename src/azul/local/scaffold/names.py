"""Names that a plug-in may have."""
import importlib.util
import keyword
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from azul.local import SOURCES
from azul.local.lambdas import LAMBDAS
from azul.naming import PREFIX

TEMPLATE = Path(__file__).parent / 'template'

LONGEST = 30


def name_faults(name: str) -> Iterator[str]:
    """Why a new plug-in cannot be called that."""
    if PREFIX.fullmatch(name) is None or len(name) > LONGEST:
        yield f'the name must match {PREFIX.pattern}, and have no more than {LONGEST} characters'
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        yield 'the name is a keyword of Python'
    elif name in sys.stdlib_module_names:
        yield 'the name is that of a module of the standard library'
    elif _exists(name):
        yield f'there is a plug-in azul.projects.{name} already'
    else:
        users = [str(file.relative_to(SOURCES.parent)) for file in _generic() if _names(file, name)]
        if users:
            yield (f'the name is a word that code of Azul uses, which must not name any project: {users[0]}'
                   + (f' and {len(users) - 1} more files' if len(users) > 1 else ''))


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(f'azul.projects.{name}') is not None
    except ModuleNotFoundError:  # there is no plug-in at all
        return False


def _generic() -> Iterator[Path]:
    projects = SOURCES / 'azul' / 'projects'
    for folder in SOURCES, LAMBDAS, SOURCES.parent / 'scripts':
        for file in sorted(folder.rglob('*.py')):
            if not {projects, TEMPLATE} & set(file.parents):
                yield file


def _names(file: Path, name: str) -> bool:
    return re.search(rf'\b{name}\b', file.read_text(), re.IGNORECASE) is not None
