"""What authenticators have in common: from the header to a token, and from its claims to a principal."""
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azul.errors import AzulError, Forbidden
from azul.index.principals import Principal

SCHEME = 'Bearer'

LEEWAY = 10
"""Seconds that the issuer's clock may be off ours."""

MAX_TOKEN = 8_000
"""Characters. The gateway takes ten thousand for all headers together."""

SCALARS = str, int, float, bool, type(None)

REFUSAL = 'The token in the header Authorization is not accepted.'
"""The same for all that is wrong with one: libraries say more, but also put tokens into what they say."""


def bearer(authorization: str | None) -> str | None:
    """
    The token in the header, None if there is no header.

    :raises Forbidden: if there is anything else in it
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(' ')
    token = token.strip(' ')
    if scheme.lower() != SCHEME.lower() or not token:
        raise Forbidden(f'The header Authorization must be `{SCHEME}`, followed by a token.')
    if len(token) > MAX_TOKEN or not (token.isascii() and token.isprintable()):
        raise Forbidden(REFUSAL)
    return token


def key_id(header: Mapping[str, Any]) -> str:
    """
    With which key a token is signed, as it says itself.

    :raises Forbidden: if it does not
    """
    found = header.get('kid')
    if not isinstance(found, str):
        raise Forbidden(REFUSAL)
    return found


def principal(claims: Mapping[str, Any]) -> Principal:
    """
    :raises Forbidden: if the claims do not say whose they are
    """
    subject = claims.get('sub')
    if not isinstance(subject, str) or not subject:
        raise Forbidden(REFUSAL)
    return Principal(subject, {
        name: tuple(value) if isinstance(value, list) else value for name, value in claims.items()
        if all(isinstance(each, SCALARS) for each in (value if isinstance(value, list) else [value]))
    })


@contextmanager
def refusing() -> Iterator[None]:
    """Whatever a library stumbles over in a token, the token is not accepted. What it says of it must go no further."""
    try:
        yield
    except AzulError:
        raise
    except Exception:  # noqa: BLE001 - they raise many kinds, some of them unintended; no other way is safe
        raise Forbidden(REFUSAL) from None
