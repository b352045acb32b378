"""Whose subscriptions these are. Nobody is asked until there are accounts; from then on everybody is."""
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import jwt

from azul.index.bundle import JSON
from azul.local.store.problem import Problem, illegal

ANYBODY = 'local'

SCHEME = 'Bearer '


@dataclass(frozen=True)
class Account:
    """
    A service account, which signs its tokens itself.

    :param email: what it is told by, and the issuer of its tokens
    :param keys: the public ones, by their ids, in PEM
    :param audience: for whom its tokens have to be
    :param claims: what else they have to say
    """
    email: str
    keys: Mapping[str, str]
    audience: str
    claims: Mapping[str, str]

    @classmethod
    def from_json(cls, wish: JSON) -> 'Account':
        """
        :raises Problem: if that is none
        """
        wish = {'claims': {}, **wish}
        kinds = {'email': str, 'keys': dict, 'audience': str, 'claims': dict}
        if wish.keys() != kinds.keys() or not all(isinstance(wish[name], kind) for name, kind in kinds.items()):
            raise illegal(f'An account has {", ".join(kinds)}')
        return cls(**wish)


class Accounts:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._lock = threading.Lock()

    def add(self, account: Account) -> None:
        with self._lock:
            self._accounts[account.email] = account

    def owner(self, authorization: str | None) -> str:
        """
        Who asks.

        :param authorization: the header
        :raises Problem: if we want to know, but are not told, or cannot believe it
        """
        if not self._accounts:
            return ANYBODY
        if authorization is None or not authorization.startswith(SCHEME):
            raise Problem(HTTPStatus.UNAUTHORIZED, 'unauthorized', 'No authorization token provided')
        token = authorization.removeprefix(SCHEME)
        try:
            claims = self._claims(token)
        except jwt.InvalidTokenError as error:
            raise Problem(HTTPStatus.UNAUTHORIZED, 'unauthorized', f'Unable to verify the token: {error}') from error
        account = self._accounts[claims['iss']]
        if any(claims.get(name) != value for name, value in account.claims.items()):
            raise Problem(HTTPStatus.FORBIDDEN, 'Forbidden', 'Token is missing a claim, or has another')
        return account.email

    def _claims(self, token: str) -> JSON:
        """
        :raises jwt.InvalidTokenError: if the token is not what one of the accounts signed
        """
        key_id = str(jwt.get_unverified_header(token).get('kid'))
        issuer = str(jwt.decode(token, options={'verify_signature': False}).get('iss'))
        account = self._accounts.get(issuer)
        if account is None or key_id not in account.keys:
            raise jwt.InvalidIssuerError('issuer or key are not known')
        claims: JSON = jwt.decode(token, account.keys[key_id], ['RS256'], audience=account.audience,
                                  options={'require': ['exp', 'iat', 'iss', 'sub', 'aud']})
        return claims
