"""The content of an entity, under all the names and in all the forms that its schemas ever had.

Properties were renamed (`disease`, `diseases`), single values became lists and lists single values, texts became
ontology terms. So every reader takes all names that a property had, and every form of its value.
"""
import json
import re
from typing import Any

from azul.errors import brief
from azul.index.accumulate import distinct
from azul.index.bundle import LONG
from azul.projects.hca.metadata.oddities import Oddities

Label = str | list[str] | None
"""The value of what should be a single property: a list only where metadata has several different ones all the same."""

_WHOLE_NUMBER = re.compile(r'\s*([0-9]{1,19})(?:\.0*)?\s*')


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
        self._oddities.add(fault, value if isinstance(value, str) else brief(value))

    def values(self, *names: str) -> list[Any]:
        """What the property has under the first of its names under which it has something."""
        for name in names:
            value = self._content.get(name)
            values = value if isinstance(value, list) else [value]
            given = [value for value in values if value is not None and value != '']
            if given:
                return given
        return []

    def objects(self, name: str) -> list['Properties']:
        """The properties of each object that the property has; whatever else it has is left out."""
        objects = []
        for value in self.values(name):
            if isinstance(value, dict):
                objects.append(Properties(value, self._oddities))
            else:
                self.odd(f'{name} that is no object', value)
        return objects

    def within(self, name: str) -> 'Properties':
        """The properties of a property: of the first object where it is a list, of nothing where it is absent."""
        return next(iter(self.objects(name)), Properties({}, self._oddities))

    def labels(self, *names: str) -> list[str]:
        """The distinct labels of the property, sorted."""
        labels = []
        for value in self.values(*names):
            label = _label(value)
            if label is not None:
                labels.append(label)
            elif not isinstance(value, dict) or any(value.values()):
                self.odd(f'{names[0]} that has no label', value)
        return distinct(labels)

    def label(self, *names: str) -> Label:
        labels = self.labels(*names)
        return labels if len(labels) > 1 else labels[0] if labels else None

    def one_label(self, *names: str) -> str | None:
        """The label where there must not be several: the first in alphabetical order."""
        labels = self.labels(*names)
        if len(labels) > 1:
            self.odd(f'{names[0]} that has several values', labels)
        return labels[0] if labels else None

    def integer(self, *names: str) -> int | None:
        """The number, of whatever is counted: also where it is given as a text or with a decimal point."""
        for value in self.values(*names):
            number = _whole_number(value)
            if number is not None and 0 <= number < LONG:
                return number
            self.odd(f'{names[0]} that is no whole number', value)
        return None

    def boolean(self, *names: str) -> bool | None:
        for value in self.values(*names):
            if isinstance(value, bool):
                return value
            # The schemas changed their mind about some properties, from a boolean to one of these words.
            if isinstance(value, str) and value.lower() in _WORDS:
                return _WORDS[value.lower()]
            self.odd(f'{names[0]} that is neither true nor false', value)
        return None


_WORDS = {'yes': True, 'true': True, 'no': False, 'false': False}


def _label(value: Any) -> str | None:
    """Of an ontology term its label, else the text that was entered, else its identifier."""
    match value:
        case str():
            return value
        case bool() | int() | float():
            return json.dumps(value)
        case dict():
            texts = (value.get(name) for name in ('ontology_label', 'text', 'ontology'))
            return next((text for text in texts if isinstance(text, str) and text), None)
        case _:
            return None


def _whole_number(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if value.is_integer() else None
        case str():
            match = _WHOLE_NUMBER.fullmatch(value)
            return int(match[1]) if match else None
        case _:
            return None
