"""Lines of tables that every reader takes for the same: those that know of quotes, and those that do not.

So no cell has what would have to be quoted. Tabs and line breaks become spaces, double quotes become single ones, and
where a cell has several values, so does what separates these; the table of metadata has cells of its own.
"""
import re
from collections.abc import Iterable
from typing import Any

SEPARATOR = ' || '
"""Between the values of a cell."""

_BREAK = re.compile(r'[\x00-\x1f\x7f\x85\u2028\u2029]+')
_BARS = re.compile(r'\|{2,}')

END = '\r\n'


def line(cells: Iterable[str]) -> str:
    return '\t'.join(cells) + END


def plain(text: str) -> str:
    """What can be a cell."""
    if not text.isprintable():  # which is told faster, and nothing printable is a break
        text = _BREAK.sub(' ', text)
    return text.replace('"', "'")


def joined(values: Iterable[Any]) -> str:
    """A cell with the distinct values, sorted; unknown ones are left out."""
    texts = {_value(value if type(value) is str else str(value)) for value in values if value is not None}
    return texts.pop() if len(texts) == 1 else SEPARATOR.join(sorted(texts))


def _value(text: str) -> str:
    text = plain(text)
    return _BARS.sub('|', text) if '||' in text else text
