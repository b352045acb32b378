"""The answer to `/me`: what a principal is told about themselves."""
import math
import time

from azul.errors import Unauthorized
from azul.index.bundle import JSON
from azul.index.principals import Principal
from azul.service.auth.tokens import SCHEME


def about(principal: Principal | None) -> JSON:
    """
    What is known of the caller, but for claims with several values; for how many seconds they will be believed, None if
    for ever; and what the time is.

    :raises Unauthorized: if nobody says who they are
    """
    if principal is None:
        raise Unauthorized('Say who you are, by a token in the header Authorization.', SCHEME)
    now = time.time()
    expires = principal.claims.get('exp')
    return {
        'claims': {name: value for name, value in sorted(principal.claims.items()) if not isinstance(value, tuple)},
        'ttl': math.floor(expires - now) if isinstance(expires, int | float) else None,
        'last_updated': now,
    }
