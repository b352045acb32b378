"""ID tokens of Google, as its sign-in gives them to web pages."""
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from google.auth import jwt

from azul.config import Config
from azul.errors import ConfigurationError, Forbidden, IssuerError
from azul.index.principals import Principal
from azul.service.auth.keys import Keys, fetched
from azul.service.auth.tokens import LEEWAY, REFUSAL, bearer, key_id, principal, refusing

CERTIFICATES = 'https://www.googleapis.com/oauth2/v1/certs'

ISSUERS = 'https://accounts.google.com', 'accounts.google.com'


class Google:
    """
    :param audiences: the ids of clients for which tokens may have been made
    :param certificates: URL of Google's certificates, an object with the id of the key and the certificate of each
    """

    def __init__(self, audiences: Sequence[str], certificates: str = CERTIFICATES,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._audiences, self._certificates = list(audiences), certificates
        # The library itself would fetch them for each token.
        self._keys = Keys(self._fetch, clock)

    @classmethod
    def configured(cls, config: Config) -> Self:
        if not config.auth_audiences:
            raise ConfigurationError('Environment', ['AZUL_AUTH_AUDIENCES is empty: which clients are ours?'])
        return cls(config.audiences)

    def principal(self, authorization: str | None) -> Principal | None:
        token = bearer(authorization)
        return None if token is None else principal(self._claims(token))

    def _claims(self, token: str) -> Mapping[str, Any]:
        with refusing():
            header = jwt.decode_header(token)
        key = key_id(header)
        certificate = self._keys.key(key)
        if certificate is None:
            raise Forbidden(REFUSAL)
        with refusing():
            claims: Mapping[str, Any] = jwt.decode(token, {key: certificate}, audience=self._audiences,
                                                   clock_skew_in_seconds=LEEWAY)
            if claims['iss'] not in ISSUERS:
                raise Forbidden(REFUSAL)
            return claims

    def _fetch(self) -> Mapping[str, str]:
        certificates = fetched(self._certificates)
        if not all(isinstance(each, str) for each in certificates.values()):
            raise IssuerError(f'{self._certificates}: damaged answer, there are other things than certificates')
        return certificates
