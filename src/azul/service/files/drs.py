"""Files as objects of the standard GA4GH Data Repository Service, version 1.1.

The id of an object is the uuid of a file and a version, with a dot between: an object never changes, but files get new
versions. A uuid alone is accepted, and stands for the greatest version that the caller may see.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from azul.dss.files import Facts, Ready
from azul.errors import NotFound
from azul.http.declared import parsed
from azul.index.bundle import JSON
from azul.service.files.ga4gh import DRS_PARAMETERS
from azul.service.files.lookup import File, Lookup
from azul.service.files.proxy import disposition
from azul.service.files.store import HOLD, FileStore
from azul.service.query import Restriction
from azul.service.request import entity_id

ACCESS_ID = 'https'
"""The only way to the content of an object."""

UUID_LENGTH = 36


@dataclass(frozen=True)
class Drs:
    """
    :param domain: the host in URIs of objects; empty for that of the service
    """
    lookup: Lookup
    store: FileStore
    domain: str

    def object(self, restriction: Restriction, object_id: str, given: Mapping[str, str], base_url: str) -> JSON:
        """
        :param given: some of `DRS_PARAMETERS`
        :param base_url: of the service
        :raises BadRequest: if that is the id of no object
        :raises NotFound: if there is no such object that the caller may see
        :raises StoreFault: if only the data store could tell, and it does not
        """
        parsed(given, DRS_PARAMETERS)
        file = self._file(restriction, object_id)
        size, sha256 = self.facts(file)
        created = _timestamp(file.version)
        found = {
            'id': drs_id(file.uuid, file.version),
            'self_uri': uri(self.domain or urlsplit(base_url).netloc, file.uuid, file.version),
            'name': file.name,
            'version': file.version,
            'size': size,
            'created_time': created,
            'updated_time': created,
            'checksums': [] if sha256 is None else [{'type': 'sha-256', 'checksum': sha256}],
            'access_methods': [{'type': 'https', 'access_id': ACCESS_ID}],
        }
        # The standard wants size and time of every object. If they are not known they are not there.
        return {name: value for name, value in found.items() if value is not None}

    def access(self, restriction: Restriction, object_id: str, access_id: str) -> str | int:
        """
        Where the content of an object can be had; the answer is held back for a while if that is not known yet.

        :return: a URL, or after how many seconds to come again
        :raises RequestError: likewise
        """
        until = self.store.clock() + HOLD
        if access_id != ACCESS_ID:
            raise NotFound(f'There is no such way to the content of an object: {access_id:.100}')
        file = self._file(restriction, object_id)
        version = {} if file.version is None else {'version': file.version}
        named = {'content_disposition': disposition(file.name or file.uuid)}
        # Who is told to come again can give nothing back of what the data store wants to be told then.
        found = self.store.place(file.uuid, {**version, **named}, 0, until)
        return found.url if isinstance(found, Ready) else found.pause

    def facts(self, file: File) -> Facts:
        """Size and checksum of a file. The data store is asked if the index does not have both."""
        if file.size is not None and file.sha256 is not None:
            return Facts(file.size, file.sha256)
        known = self.store.facts(file.uuid, file.version)
        return Facts(known.size if file.size is None else file.size,
                     known.sha256 if file.sha256 is None else file.sha256)

    def _file(self, restriction: Restriction, object_id: str) -> File:
        uuid, version = _parsed(object_id)
        return self.lookup.file(restriction, uuid, version)


def drs_id(uuid: str, version: str | None) -> str:
    return uuid if version is None else f'{uuid}.{version}'


def uri(domain: str, uuid: str, version: str | None) -> str:
    return f'drs://{domain}/{quote(drs_id(uuid, version), safe="")}'


def _parsed(object_id: str) -> tuple[str, str | None]:
    """
    :raises BadRequest: if it does not begin with a uuid
    """
    uuid, dot, version = object_id[:UUID_LENGTH], object_id[UUID_LENGTH:][:1], object_id[UUID_LENGTH + 1:]
    if dot not in ('', '.') or (dot and not version):
        uuid = object_id
    return entity_id(uuid), version or None


def _timestamp(version: str | None) -> str | None:
    """The time that a version stands for, as RFC 3339 has it; None if it stands for none."""
    try:
        time = datetime.fromisoformat(version or '')
    except ValueError:
        return None
    return None if time.tzinfo is None else time.isoformat().replace('+00:00', 'Z')
