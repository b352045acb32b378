"""Ages of donors as ranges of seconds."""
import math
import re

from azul.index.bundle import JSON

_DAY = 24 * 60 * 60

SECONDS = {
    'year': 365 * _DAY,
    'month': 365 / 12 * _DAY,
    'week': 7 * _DAY,
    'day': _DAY,
    'hour': 60 * 60,
    'minute': 60,
    'second': 1,
}

_NUMBER = r'[0-9]+(?:\.[0-9]+)?'
_AGE = re.compile(rf'(?P<age>{_NUMBER})|(?P<least>{_NUMBER})? ?- ?(?P<most>{_NUMBER})?')


def age_range(age: str, unit: str) -> JSON:
    """
    The seconds between which an age lies.

    >>> age_range('6-12', 'week'), age_range('30-', 'Seconds')
    ({'gte': 3628800.0, 'lte': 7257600.0}, {'gte': 30.0, 'lte': None})

    :param age: a number, or two with a dash between them, one of which may be missing: nobody is younger than 0, and
                how old somebody may be at most is then not known
    :param unit: in the singular or plural, in any case
    :raises ValueError: if one of the two cannot be read
    """
    seconds = SECONDS.get(unit.strip().lower().removesuffix('s'))
    if seconds is None:
        raise ValueError('unit of age that nobody knows')
    match = _AGE.fullmatch(' '.join(age.split()))
    if match is None or not any(match.groups()):
        raise ValueError('age that is neither a number nor a range')
    least, most = match['age'] or match['least'] or '0', match['age'] or match['most']
    lower, upper = float(least) * seconds, math.inf if most is None else float(most) * seconds
    if lower > upper or math.isinf(lower) or (math.isinf(upper) and most is not None):
        raise ValueError('age that is an impossible range')
    return {'gte': lower, 'lte': None if most is None else upper}
