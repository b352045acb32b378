"""What a route says of itself: what it takes and what it answers. Requests are checked against it, and those who ask
can read it, as the document of the API is made from nothing else."""
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import orjson

from azul.errors import BadRequest
from azul.index.bundle import JSON
from azul.index.shapes import either, listed, one_of


@dataclass(frozen=True)
class Parameter(ABC):
    """A parameter of a query. Each kind of it takes other texts.

    :param description: a sentence for people
    """
    description: str

    body: ClassVar[str] = 'a string'
    """What a body may have, in words. Whatever it is, a string will do that says it as a query would."""

    @property
    @abstractmethod
    def shape(self) -> JSON:
        """Of the value that a text stands for, as a JSON Schema."""

    @property
    def text_shape(self) -> JSON:
        """Of the text itself."""
        return self.shape

    def parse(self, name: str, text: str) -> Any:
        """
        The value that a text stands for.

        :param name: of the parameter
        :raises BadRequest: if it stands for none, with what would have been possible
        """
        return text

    def written(self, value: Any) -> str | None:
        """The text for a value that a body has in the place of a text; None if it must not have that."""
        return None


@dataclass(frozen=True)
class Text(Parameter):
    """
    :param at_most: so many characters
    """
    at_most: int | None = None
    pattern: str | None = None

    @property
    def shape(self) -> JSON:
        limits = {'maxLength': self.at_most, 'pattern': self.pattern}
        return {'type': 'string', **{name: limit for name, limit in limits.items() if limit is not None}}

    def parse(self, name: str, text: str) -> str:
        if self.at_most is not None and len(text) > self.at_most:
            raise BadRequest(f'Invalid value `{text:.100}` for parameter `{name}`: '
                             f'has more than {self.at_most} characters')
        return text


@dataclass(frozen=True)
class Number(Parameter):
    """A whole number, both ends included."""
    least: int
    greatest: int
    default: int

    body = 'a whole number'

    @property
    def shape(self) -> JSON:
        return {'type': 'integer', 'minimum': self.least, 'maximum': self.greatest, 'default': self.default}

    @property
    def text_shape(self) -> JSON:
        return {'type': 'string', 'pattern': '^[0-9]{1,9}$'}

    def parse(self, name: str, text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 10 and self.least <= int(text) <= self.greatest:
            return int(text)
        raise BadRequest(f'Invalid value `{text:.100}` for parameter `{name}`: '
                         f'must be a whole number from {self.least} to {self.greatest}')

    def written(self, value: Any) -> str | None:
        # Not `isinstance`: a bool is an int to Python, but not to anyone else.
        return str(value) if type(value) is int else None


@dataclass(frozen=True)
class Choice(Parameter):
    """One of some texts.

    :param refusal: what to say of a `text` that is none of them
    """
    choices: Collection[str]
    default: str | None = None
    refusal: str = 'Invalid value `{text}` for parameter `{name}`'

    @property
    def shape(self) -> JSON:
        return {**one_of(sorted(self.choices)), **({'default': self.default} if self.default else {})}

    def parse(self, name: str, text: str) -> str:
        if text in self.choices:
            return text
        raise BadRequest(self.refusal.format(name=name, text=text[:100]), sorted(self.choices))


@dataclass(frozen=True)
class Choices(Parameter):
    """Some of some texts, separated by commas; a body may have a list. Their order is that of the declaration.

    :param what: to call one of them
    """
    choices: Sequence[str]
    what: str

    body = 'a string or a list of strings'

    @property
    def shape(self) -> JSON:
        return {**listed(one_of(self.choices)), 'uniqueItems': True}

    @property
    def text_shape(self) -> JSON:
        return {'type': 'string', 'pattern': '^[^,]*(,[^,]+)*$'}

    def parse(self, name: str, text: str) -> Sequence[str]:
        wanted = text.split(',') if text else []
        for each in wanted:
            if each not in self.choices:
                raise BadRequest(f'Invalid value `{each:.100}` for parameter `{name}`: '
                                 f'there is no such {self.what}', self.choices)
            if wanted.count(each) > 1:
                raise BadRequest(f'Invalid value `{each}` for parameter `{name}`: it is given more than once')
        return [each for each in self.choices if each in wanted]

    def written(self, value: Any) -> str | None:
        is_list = isinstance(value, list) and all(isinstance(each, str) and ',' not in each for each in value)
        return ','.join(value) if is_list and value != [''] else None


@dataclass(frozen=True)
class Repeated(Parameter):
    """A text that a query may have several times; a body has a list.

    :param each: what each of them is
    """
    each: Parameter

    body = 'a list of strings'

    @property
    def shape(self) -> JSON:
        return listed(self.each.shape)


@dataclass(frozen=True)
class Document(Parameter):
    """JSON. A body may have it as it is.

    :param described: gives its shape; as that may be large, it is only asked for where somebody wants to read it
    """
    described: Callable[[], JSON]

    body = 'an object'

    @property
    def shape(self) -> JSON:
        return self.described()

    @property
    def text_shape(self) -> JSON:
        return {'type': 'string', 'contentMediaType': 'application/json'}

    def written(self, value: Any) -> str | None:
        return orjson.dumps(value).decode() if isinstance(value, dict) else None


Parameters = Mapping[str, Parameter]


def parsed(given: Mapping[str, str], declared: Parameters) -> dict[str, Any]:
    """
    The values of the parameters that are given.

    :raises BadRequest: naming one that makes no sense
    """
    return {name: parameter.parse(name, given[name]) for name, parameter in declared.items() if name in given}


def body_shape(parameters: Parameters) -> JSON:
    """Of the object that has parameters in the body of a request, each as it is or as a text."""
    return {
        'type': 'object',
        'properties': {
            name: parameter.shape if parameter.text_shape == parameter.shape else
            either(parameter.shape, parameter.text_shape)
            for name, parameter in parameters.items()
        },
        'additionalProperties': False,
    }


@dataclass(frozen=True)
class Answer:
    """
    :param description: when it is given, a sentence
    :param shape: of the body, as a JSON Schema; None if it is no JSON, or JSON that others have described
    :param content_type: of the body; None if there is none
    :param headers: those that this answer has beside what all have, with the shapes of their values
    """
    description: str
    shape: JSON | None = None
    content_type: str | None = 'application/json'
    headers: Mapping[str, JSON] = field(default_factory=dict)


Answers = Mapping[int, Answer]
"""By their status."""

NO_PARAMETERS: Parameters = {}


@dataclass(frozen=True)
class Operation:
    """A route.

    :param name: of the view
    :param description: its docstring
    :param in_body: whether a POST has the parameters in its body, and none in the query
    :param parameters, answers: functions of the variables in its path, as keywords
    """
    path: str
    methods: Sequence[str]
    name: str
    description: str
    in_body: bool
    parameters: Callable[..., Parameters]
    answers: Callable[..., Answers]
