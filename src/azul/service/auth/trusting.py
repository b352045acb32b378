"""For laptops and tests, where nobody can issue tokens."""
import time
from typing import Any, Self

from azul.config import Config
from azul.errors import ConfigurationError, Forbidden
from azul.http import parse_json
from azul.index.principals import Principal
from azul.service.auth.tokens import REFUSAL, bearer, principal


class Trusting:
    """Believes whatever it is told. A token is a subject, `alice` say, or an object of claims: `{"sub": "alice"}`."""

    @classmethod
    def configured(cls, config: Config) -> Self:
        if not config.aws_endpoint:
            raise ConfigurationError('Environment', [
                f'AZUL_AUTHENTICATOR: {config.authenticator!r} believes everybody, which it may only where '
                f'AZUL_AWS_ENDPOINT names a stand-in for AWS'
            ])
        return cls()

    def principal(self, authorization: str | None) -> Principal | None:
        token = bearer(authorization)
        return None if token is None else principal(_claims(token))


def _claims(token: str) -> dict[str, Any]:
    if not token.startswith('{'):
        return {'sub': token}
    try:
        claims: dict[str, Any] = parse_json(token)
    except ValueError:
        raise Forbidden(REFUSAL) from None
    expires = claims.get('exp')
    if expires is not None and not (isinstance(expires, int | float) and expires > time.time()):
        raise Forbidden(REFUSAL)
    return claims
