"""What is wrong with a bundle without keeping it from being indexed."""
import logging
from collections import Counter

from azul.index.bundle import BundleFQID

log = logging.getLogger(__name__)


class Oddities:
    """Counts faults by what is wrong, and remembers the first place of each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, fault: str, place: str) -> None:
        """
        :param fault: what is wrong, in the singular
        :param place: which file, id or value shows it
        """
        self.counts[fault] += 1
        self._first.setdefault(fault, place)

    def report(self, bundle: BundleFQID) -> None:
        """One warning for each kind of fault, however many times it occurs."""
        for fault, count in sorted(self.counts.items()):
            log.warning('Bundle %s: %d × %s, first %.200r', bundle, count, fault, self._first[fault])
