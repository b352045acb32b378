"""The content of an entity, under all the names and in all the forms that its schemas ever had.

Properties were renamed (`disease`, `diseases`), single values became lists and lists single values, texts became
ontology terms. So every reader takes all names that a property had, and every form of its value.
"""
import json
from typing import Any

from azul.index.accumulate import distinct
from azul.projects.hca.metadata.oddities import Oddities

Label = str | list[str] | None
"""The value of what should be a single property: a list only where metadata has several different ones all the same."""

LONG = 2 ** 63


class Properties:
    """Reads the properties of a JSON object; of anything else it reads that nothing is given.

    “Not given” has three forms: absent, null and the empty string. They are the same to all readers.

    :param oddities: where values are counted that are given but cannot be read
    """

    def __init__(self, content: Any, oddities: Oddities) -> None:
        self._content: dict[str, Any] = content if isinstance(content, dict) else {}
        self._oddities = oddities

    def odd(self, fault: str, value: Any) -> None:
        """Count a fault of a value that is left out."""
        self._oddities.add(fault, _text(value))

    def values(self, *names: str) -> list[Any]:
        """What the property has under the first of its names under which it has something."""
        for name in names:
            value = self._content.get(name)
            values = value if isinstance(value, list) else [value]
            given = [value for value in values if value is not None and value != '']
            if given:
                return given
        return []

    def objects(self, *names: str) -> list['Properties']:
        return [Properties(value, self._oddities) for value in self.values(*names)]

    def within(self, name: str) -> 'Properties':
        """The properties of a property: of the first object where it is a list, of nothing where it is absent."""
        return Properties(next(iter(self.values(name)), None), self._oddities)

    def labels(self, *names: str) -> list[str]:
        """The distinct labels of the property, sorted."""
        return distinct(text for text in map(_label, self.values(*names)) if text is not None)

    def label(self, *names: str) -> Label:
        labels = self.labels(*names)
        return labels if len(labels) > 1 else labels[0] if labels else None

    def integer(self, *names: str) -> int | None:
        """The whole number, also where it is given as a text."""
        for value in self.values(*names):
            try:
                number = int(value) if isinstance(value, str) else value
            except ValueError:
                number = None
            if isinstance(number, float) and number.is_integer():
                number = int(number)
            if isinstance(number, int) and not isinstance(number, bool) and -LONG <= number < LONG:
                return number
            self.odd(f'{names[0]} that is no whole number', value)
        return None

    def boolean(self, *names: str) -> bool | None:
        for value in self.values(*names):
            if isinstance(value, bool):
                return value
            self.odd(f'{names[0]} that is neither true nor false', value)
        return None


def _label(value: Any) -> str | None:
    """Of an ontology term its label, else the text that was entered, else its identifier."""
    if isinstance(value, dict):
        texts = (value.get(name) for name in ('ontology_label', 'text', 'ontology'))
        return next((text for text in texts if isinstance(text, str) and text), None)
    return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
