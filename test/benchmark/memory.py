"""Memory of a piece of work, as Lambda would have to grant it.

The resident set, and not what Python's allocator counts: fragments, arenas that are never given back and what libraries
in C take count, too. A process of its own for each piece of work, as what was resident once mostly stays so.
"""
import multiprocessing
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

PROCESS = Path('/proc/self')
"""Linux only. The peak that `resource` tells is no substitute: a child starts with that of its parent."""


def peak_growth(work: Callable[..., object], *arguments: object) -> int:
    """
    The bytes by which the resident set of a new process grows, at its peak, while it does the work.

    :param work: a function of a module; what the module imports is imported before, and does not count
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:
        return pool.submit(_grown, work, arguments).result()


def _grown(work: Callable[..., object], arguments: tuple[Any, ...]) -> int:
    (PROCESS / 'clear_refs').write_text('5')  # from here on, the peak is that of the work, not that of the imports
    before = resident('VmRSS')
    work(*arguments)
    return resident('VmHWM') - before


def resident(name: str) -> int:
    match = re.search(rf'(?m)^{name}:\s+(\d+) kB$', (PROCESS / 'status').read_text())
    assert match, f'no {name}'
    return int(match[1]) * 1024
