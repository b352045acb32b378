"""Requests to services that know us by our role but have no client of their own: Amazon's search engine."""
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azul.errors import EngineError

if TYPE_CHECKING:
    from botocore.credentials import Credentials

ENGINE = 'es'

_HOST = re.compile(r'[a-z0-9.-]+\.es\.amazonaws\.com(\.cn)?:443')


def is_signed(endpoint: str) -> bool:
    """
    :param endpoint: `host:port` of an engine
    :return: whether it is one of Amazon's, which takes signed requests only
    """
    return _HOST.fullmatch(endpoint) is not None


@dataclass(frozen=True)
class Signer:
    credentials: 'Credentials'
    region: str
    service: str = ENGINE

    def __call__(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """
        :return: the headers by which the service sees that the request is ours, good for five minutes
        :raises EngineError: if the credentials have expired, and cannot be had anew just now
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        request = AWSRequest(method=method, url=url, data=body)
        try:
            SigV4Auth(self.credentials.get_frozen_credentials(), self.service, self.region).add_auth(request)
        except BotoCoreError as error:
            raise EngineError(f'requests to it cannot be signed: {error}') from error
        return dict(request.headers.items())
