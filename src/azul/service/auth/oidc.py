"""Tokens of any issuer of OpenID Connect, found by OpenID Connect Discovery 1.0, checked as RFC 7519 has it."""
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import jwt

from azul.config import Config
from azul.errors import ConfigurationError, Forbidden, IssuerError
from azul.index.principals import Principal
from azul.service.auth.keys import Keys, fetched
from azul.service.auth.tokens import LEEWAY, REFUSAL, bearer, key_id, principal, refusing

ALGORITHMS = 'RS256', 'ES256'
"""Ours to choose, not the token's. To others, what is a public key to these is a password."""

REQUIRED = ['iss', 'aud', 'exp', 'sub']

DISCOVERY = '/.well-known/openid-configuration'


class OIDC:
    """
    :param issuer: a URL, as tokens have it in `iss`
    :param audiences: of which `aud` must have one
    """

    def __init__(self, issuer: str, audiences: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._audiences = issuer, list(audiences)
        self._keys = Keys(self._fetch, clock)

    @classmethod
    def configured(cls, config: Config) -> Self:
        faults = []
        if not config.auth_audiences:
            faults.append('AZUL_AUTH_AUDIENCES is empty: whom must tokens be made for?')
        if not config.auth_issuer:
            faults.append('AZUL_AUTH_ISSUER is empty: who makes tokens?')
        elif not (config.auth_issuer.startswith('https://') or config.aws_endpoint):
            # Whoever is between us and the issuer could make keys.
            faults.append('AZUL_AUTH_ISSUER must begin with https://, other than on a laptop')
        if faults:
            raise ConfigurationError('Environment', faults)
        return cls(config.auth_issuer, config.audiences)

    def principal(self, authorization: str | None) -> Principal | None:
        token = bearer(authorization)
        return None if token is None else principal(self._claims(token))

    def _claims(self, token: str) -> Mapping[str, Any]:
        with refusing():
            header = jwt.get_unverified_header(token)
        key = self._keys.key(key_id(header))
        if key is None:
            raise Forbidden(REFUSAL)
        with refusing():
            claims: Mapping[str, Any] = jwt.decode(token, key, [key.algorithm_name], {'require': REQUIRED},
                                                   audience=self._audiences, issuer=self._issuer, leeway=LEEWAY)
            return claims

    def _fetch(self) -> Mapping[str, jwt.PyJWK]:
        described = fetched(self._issuer.rstrip('/') + DISCOVERY)
        if described.get('issuer') != self._issuer:
            raise IssuerError(f'{self._issuer}: it says of itself that it is another one')
        url = described.get('jwks_uri')
        if not isinstance(url, str) or not url.startswith(('https://', self._issuer)):
            raise IssuerError(f'{self._issuer}: it does not say where its keys are, or not by https')
        try:
            keys = jwt.PyJWKSet.from_dict(fetched(url)).keys
        except jwt.PyJWTError:
            raise IssuerError(f'{url}: there are no keys that could be used') from None
        return {
            key.key_id: key for key in keys
            if key.key_id is not None and key.algorithm_name in ALGORITHMS and key.public_key_use in (None, 'sig')
        }
