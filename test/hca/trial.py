"""Tries each mutant: a program that writes what it finds as JSON, `{name: the first difference, or null}`.

    python -m hca.trial SRC

Production is imported from a copy of SRC with the mutant in it, in a process forked for it alone. What all of them
need (the libraries, the samples, what brute force makes of these) is read once, before.
"""
import json
import logging
import os
import shutil
import sys
import tempfile
import traceback
from itertools import islice
from pathlib import Path

import orjson

from hca.brute_force import RawBundle, aggregates, rows
from hca.mutants import MUTANTS
from hca.raw import SAMPLES, read

UNMUTATED = 'unmutated'
CRASH = 'crash: '


def main(source: Path) -> None:
    assert not any(name.partition('.')[0] == 'azul' for name in sys.modules)
    samples = read(SAMPLES, 'expect.tsv')
    aggregates(samples)
    for sample in samples:
        rows(sample)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / 'src'
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns('__pycache__'))
        found = {UNMUTATED: trial(copy, samples)}
        # What the first trial compiled serves all others. A mutant has a time of its own, so it is compiled anew.
        sys.dont_write_bytecode = True
        for mutant in MUTANTS:
            file = copy / 'azul' / mutant.file
            file.write_text(file.read_text().replace(mutant.old, mutant.new))
            found[mutant.name] = trial(copy, samples)
            shutil.copy2(source / 'azul' / mutant.file, file)
    sys.stdout.buffer.write(orjson.dumps(found))


def trial(source: Path, samples: list[RawBundle]) -> str | None:
    """The first difference between production as in the source and brute force, in a process of its own."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        with os.fdopen(sender, 'w') as pipe:
            json.dump(difference(source, samples), pipe)
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as pipe:
        result = pipe.read()
    os.waitpid(child, 0)
    found = json.loads(result)
    assert found is None or isinstance(found, str)
    return found


def difference(source: Path, samples: list[RawBundle]) -> str | None:
    """An exception is one, too: told by the word in front."""
    sys.path.insert(0, str(source))
    logging.disable()
    try:
        from hca.comparison import all_differences
        from hca.crafted import crafted
        for raws in crafted(), samples:
            for found in islice(all_differences(raws), 1):
                return found
    except Exception:  # noqa: BLE001  # whatever a fault leads to
        return f'{CRASH}{traceback.format_exc(limit=-2)}'
    return None


if __name__ == '__main__':
    main(Path(sys.argv[1]))
