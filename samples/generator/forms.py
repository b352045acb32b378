"""Modern content in, out the content as a release had it, by the history of the schemas' properties."""
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from samples.generator.graph import JSON, compact
from samples.generator.history import HISTORY
from samples.generator.releases import Release

CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    'first': lambda members: members[0],
    'text': lambda term: term['text'],
    'yes': lambda answer: answer == 'yes',
}


class Form(NamedTuple):
    first: str
    last: str
    name: str
    convert: Callable[[Any], Any]

    def covers(self, release: Release) -> bool:
        return self.first <= release.name <= (self.last or '9')


@cache
def forms_of(schema: str) -> dict[str, list[Form]]:
    """The forms of each listed property of a schema, by modern path."""
    forms: dict[str, list[Form]] = {}
    path = ''
    for word in HISTORY.get(schema, '').split():
        if '..' not in word:
            path = word
            forms[path] = []
        else:
            span, _, name = word.partition('=')
            first, _, last = span.partition('..')
            name, _, conversion = name.partition(':')
            forms[path].append(Form(first, last, name or path.rpartition('.')[2],
                                    CONVERSIONS[conversion] if conversion else lambda value: value))
    return forms


def in_form(schema: str, release: Release, properties: JSON) -> JSON:
    """Properties as the release's version of the schema has them, without what was not given."""
    result = compact(_object(properties, '', forms_of(schema), release))
    assert isinstance(result, dict)
    return result


def _object(value: Any, path: str, forms: dict[str, list[Form]], release: Release) -> Any:
    if isinstance(value, list):
        return [_object(member, path, forms, release) for member in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for name, member in value.items():
        below = f'{path}.{name}' if path else name
        known = forms.get(below, forms_of('').get(name))
        form = None if known is None else next((form for form in known if form.covers(release)), None)
        if member is None or (known is not None and form is None):
            continue
        member = _object(member, below, forms, release)
        if form is None:
            result[name] = member
        else:
            result[form.name] = form.convert(member)
    return result
