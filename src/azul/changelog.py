"""What changed, newest first, for those who deploy and for those who ask `/version`."""
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from azul.index.bundle import JSON

FIRST_KEYS = ('title', 'issues', 'upgrade')

_HERE = Path(__file__).resolve()
FILES = (_HERE.parents[1] / 'CHANGELOG.yml', _HERE.parents[2] / 'CHANGELOG.yml')
"""Beside the package `azul` where a lambda is packaged, in the root of a checkout."""


@cache
def changes(limit: int = 10) -> Sequence[JSON]:
    """
    The latest changes. Each has a `title`, the numbers of its `issues`, what to `upgrade`, and maybe `notes`.

    :raises FileNotFoundError: in a package without the file
    """
    import yaml

    file = next((file for file in FILES if file.exists()), FILES[0])
    # The safe loader in C where there is one, as in the wheels for all common platforms
    loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
    entries = yaml.load(file.read_text(), loader)['changes'][:limit]  # noqa: S506
    return [
        {key: entry[key] for key in [*FIRST_KEYS, *sorted(entry.keys() - set(FIRST_KEYS))] if key in entry}
        for entry in entries
    ]


def version(commit: str, dirty: bool) -> JSON:
    """What `/version` answers."""
    return {'git': {'commit': commit, 'dirty': dirty}, 'changes': changes()}
