"""Who we are to the data store: a service account of Google.

The data store trusts the accounts of some of Google's projects. Such an account signs its tokens itself, with a key of
its own, and Google, which is not asked for them, publishes the other half of that key.
"""
from collections.abc import Mapping
from typing import Any

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError
from requests.auth import AuthBase

from azul.errors import ConfigurationError
from azul.index.bundle import JSON

MEMBERS = ('client_email', 'private_key', 'private_key_id', 'token_uri')

LIFETIME = 600
"""Seconds that a token is good for; to subscribe takes a few."""


class ServiceAccount(AuthBase):
    """Signs requests to the data store, and only to it.

    :param key: what Google gives out for a key of the account, the content of its JSON file
    :param endpoint: URL of the data store; other URLs, that it redirects to, get no token
    :param audience: for whom the tokens are
    :param claims: what they say beside whose they are
    :raises ConfigurationError: if the key is none; the text does not have it
    """

    def __init__(self, key: JSON, endpoint: str, audience: str, claims: Mapping[str, str] | None = None) -> None:
        self._credentials: Any = credentials(key, audience, claims)
        self.email: str = key['client_email']
        self._endpoint = endpoint.rstrip('/') + '/'

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if (request.url or '').startswith(self._endpoint):
            self._credentials.before_request(None, request.method, request.url, request.headers)
        return request


SUBJECT = 'Key of a Google service account'


def credentials(key: JSON, audience: str, claims: Mapping[str, str] | None = None) -> jwt.Credentials:
    """
    :raises ConfigurationError: if that is not the key of a service account; the text does not have it
    """
    faults = [f'it has no {name}' for name in MEMBERS if not (isinstance(key.get(name), str) and key[name])]
    if key.get('type') != 'service_account':
        faults.insert(0, 'its type is not service_account')
    if faults:
        raise ConfigurationError(SUBJECT, faults)
    try:
        made: jwt.Credentials = jwt.Credentials.from_service_account_info(
            key, audience=audience, additional_claims=dict(claims or {}), token_lifetime=LIFETIME)
    except (ValueError, GoogleAuthError):
        # Without its text and its cause, which might have part of the key
        raise ConfigurationError(SUBJECT, ['its private_key cannot be read']) from None
    return made
