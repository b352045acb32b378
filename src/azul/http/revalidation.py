"""Answers that the caller has already need not be sent again: `ETag` and `If-None-Match` of RFC 9110."""
import hashlib
import re

_OPAQUE = re.compile(r'"[^"]*"')


def etag(body: str) -> str:
    """The same for the same body, whoever makes it: callers may be answered by another process each time."""
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'


def is_known(tag: str, if_none_match: str) -> bool:
    """
    :param tag: of what would be answered
    :param if_none_match: the header: tags, some of which may be weak, or `*` for whatever there is. One that makes no
                          sense matches nothing.
    """
    return if_none_match.strip() == '*' or tag in _OPAQUE.findall(if_none_match)
