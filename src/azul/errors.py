"""Every error of ours. Whether to try again is a type::

    AzulError
    ├── TransientError              the same call may succeed later: the queue delivers the message again
    │   ├── EngineError             the search engine is unreachable, overloaded, or answered in part
    │   │   ├── EngineTimeout       … or takes too long
    │   │   └── NoIndex             … or has no such index
    │   ├── StoreError              the data store is unreachable or overloaded, or its answer was damaged
    │   │   ├── BundleNotFound      the data store does not have the bundle (yet)
    │   │   └── StoreTimeout        … or takes too long
    │   ├── QueueError              a queue did not take or give a message
    │   ├── FunctionError           a function was not taken out of service, or put back
    │   ├── SecretError             a secret could not be read
    │   │   └── SecretMissing           … because nobody has made it yet
    │   ├── IssuerError             an issuer of tokens is unreachable, or its answer was damaged
    │   ├── ObjectError             the object store did not take or give an object
    │   ├── ViewGone                the engine has forgotten, or cannot keep, the view that was to be read to its end
    │   └── Conflict                someone else wrote first, more often than we try
    ├── TerminalError               the same call would fail in the same way: to the dead-letter queue with it
    │   ├── EngineRejection         the engine will never take the request or the document
    │   │   └── TooManyBuckets      … because there are more terms to be counted than it allows in one search
    │   ├── BundleError             a bundle that cannot be indexed: names bundle, file and fault
    │   └── MessageError            a queue message that is not of our making, or of a newer version
    ├── RequestError                the caller's fault, answered with its status
    │   ├── BadRequest              400
    │   ├── Unauthorized            401, to those who do not say who they are
    │   ├── Forbidden               403, to those who do, but not so that it can be believed
    │   ├── NotFound                404
    │   ├── Gone                    410
    │   └── TooLarge                413
    └── ConfigurationError          of the operator's or the plug-in author's making: lists all faults at once

Errors of foreign libraries do not travel: `azul.engine`, `azul.dss` and `azul.aws` translate them at the edge.
"""
import reprlib
from collections.abc import Mapping, Sequence


class AzulError(Exception):
    """Root of the tree. `str()` of an instance is a sentence for people."""


class TransientError(AzulError):
    pass


class EngineError(TransientError):

    def __str__(self) -> str:
        # The engine's own texts do not tell who speaks, and are read among those of other parts.
        return f'search engine: {super().__str__()}'


class EngineTimeout(EngineError):
    pass


class NoIndex(EngineError):
    pass


class StoreError(TransientError):
    """
    :param status: of the data store's answer; None if there was none
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class BundleNotFound(StoreError):
    pass


class StoreTimeout(StoreError):
    pass


class QueueError(TransientError):
    pass


class FunctionError(TransientError):
    pass


class SecretError(TransientError):
    pass


class SecretMissing(SecretError):
    pass


class IssuerError(TransientError):
    pass


class ObjectError(TransientError):
    pass


class ViewGone(TransientError):
    pass


class Conflict(TransientError):
    pass


class TerminalError(AzulError):
    pass


class EngineRejection(TerminalError):
    pass


class TooManyBuckets(EngineRejection):
    pass


class BundleError(TerminalError):
    """A bundle that cannot be indexed.

    :param bundle: the FQID, `uuid.version`; empty where the one who raises does not know it (`within` fills it in)
    :param file: name of the file at fault, or of the first of them; empty if the fault is the bundle's as a whole
    :param fault: what is wrong, without repeating the other two
    """

    def __init__(self, fault: str, *, file: str = '', bundle: str = '') -> None:
        super().__init__(fault, file, bundle)
        self.fault, self.file, self.bundle = fault, file, bundle

    def within(self, bundle: str) -> 'BundleError':
        """The same error, naming the bundle."""
        return BundleError(self.fault, file=self.file, bundle=bundle)

    def __str__(self) -> str:
        where = ', '.join(filter(None, [self.bundle and f'bundle {self.bundle}', self.file and f'file {self.file}']))
        return f'{where}: {self.fault}' if where else self.fault


class MessageError(TerminalError):
    pass


class RequestError(AzulError):
    """A request that we refuse.

    :param text: for the caller, without the `Code: ` in front that the error body has
    :param allowed: the names that would have been accepted, if that is what was wrong

    The answer has the `headers` beside the usual ones.
    """
    status = 400
    code = 'BadRequestError'
    headers: Mapping[str, str] = {}

    def __init__(self, text: str, allowed: Sequence[str] | None = None) -> None:
        super().__init__(text)
        self.text, self.allowed = text, allowed

    def body(self) -> dict[str, object]:
        """What clients read: `Code`, `Message` and, where there is something to choose from, `Allowed`."""
        body: dict[str, object] = {'Code': self.code, 'Message': f'{self.code}: {self.text}'}
        if self.allowed is not None:
            body['Allowed'] = list(self.allowed)
        return body


class BadRequest(RequestError):
    pass


class Unauthorized(RequestError):
    """
    :param scheme: by which the caller could say who they are
    """
    status = 401
    code = 'UnauthorizedError'

    def __init__(self, text: str, scheme: str) -> None:
        super().__init__(text)
        self.headers = {'WWW-Authenticate': scheme}


class Forbidden(RequestError):
    status = 403
    code = 'ForbiddenError'


class NotFound(RequestError):
    status = 404
    code = 'NotFoundError'


class Gone(RequestError):
    status = 410
    code = 'GoneError'


class TooLarge(RequestError):
    status = 413
    code = 'PayloadTooLargeError'


class ConfigurationError(AzulError):
    """Something that must be mended before anything can run.

    :param faults: one sentence each; all that were found, so that nobody mends them one by one
    """

    def __init__(self, subject: str, faults: Sequence[str]) -> None:
        super().__init__(subject, tuple(faults))
        self.subject, self.faults = subject, tuple(faults)

    def __str__(self) -> str:
        return '\n'.join([f'{self.subject}:', *(f'  * {fault}' for fault in self.faults)])


_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = 100
_BRIEF.maxdict = 8


def brief(value: object) -> str:
    """A JSON value for the text of an error: in few characters, be it ever so large or nested ever so deeply."""
    return _BRIEF.repr(value)


MAX_TEXT = 20_000
"""Characters of a cause that are kept: even if each has to be escaped they fit a message of a queue."""


def kept(text: str) -> str:
    """A text of whatever origin as it can be stored: not too long, and without what JSON or a queue refuses."""
    return text[:MAX_TEXT].encode(errors='replace').decode().translate(dict.fromkeys([0xFFFE, 0xFFFF], '?'))
