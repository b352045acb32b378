"""What a folder of bundles says is to become of each of them."""
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID

FILES = ('expect.tsv', 'INDEX.tsv')


@dataclass(frozen=True)
class Expectation:
    """
    :param text: as the folder has it; what follows `rejected` is for people
    """
    text: str

    @property
    def indexed(self) -> bool:
        return not self.text.startswith('rejected')


def read_expectation(folder: Path) -> dict[BundleFQID, Expectation]:
    """
    From the first of `FILES` that the folder has; empty if it has none. Bundles that are not mentioned are expected to
    be indexed. Columns other than `bundle_fqid` and `expect` do not matter.

    :raises ConfigurationError: naming all lines that make no sense
    """
    file = next(filter(Path.is_file, (folder / name for name in FILES)), None)
    return {} if file is None else _read(file)


def _read(file: Path) -> dict[BundleFQID, Expectation]:
    faults: list[str] = []
    expectations: dict[BundleFQID, Expectation] = {}
    for number, fqid_text, text in _rows(file):
        try:
            fqid = BundleFQID.parse(fqid_text)
        except ValueError as error:
            faults.append(f'line {number}: {error}')
            continue
        if not text:
            faults.append(f'line {number}: expects nothing of {fqid}')
        if fqid in expectations:
            faults.append(f'line {number}: {fqid} for the second time')
        expectations[fqid] = Expectation(text)
    if faults:
        raise ConfigurationError(str(file), faults)
    return expectations


def _rows(file: Path) -> Iterator[tuple[int, str, str]]:
    """Number, FQID and expectation of each line but the first."""
    try:
        # Notes have quotes in them, which mean nothing.
        with file.open(encoding='utf-8-sig', newline='') as stream:
            lines = list(csv.reader(stream, delimiter='\t', quoting=csv.QUOTE_NONE))
    except (UnicodeDecodeError, OSError, csv.Error) as error:
        raise ConfigurationError(str(file), [f'cannot be read: {error}']) from error
    header = lines[0] if lines else []
    try:
        columns = [header.index(name) for name in ('bundle_fqid', 'expect')]
    except ValueError:
        raise ConfigurationError(str(file), ['line 1: there must be a column bundle_fqid and one expect']) from None
    for number, line in enumerate(lines[1:], start=2):
        if line:
            if len(line) <= max(columns):
                raise ConfigurationError(str(file), [f'line {number}: {len(line)} columns only'])
            fqid, text = (line[column].strip() for column in columns)
            yield number, fqid, text
