"""Files as objects of the Data Object Service, the forerunner of the standard that `azul.service.files.drs` is of."""
from collections.abc import Mapping
from dataclasses import dataclass

from azul.http.declared import parsed
from azul.index.bundle import JSON
from azul.service.files.drs import Drs
from azul.service.files.ga4gh import DOS_PARAMETERS
from azul.service.files.links import download_url
from azul.service.query import Restriction
from azul.service.request import entity_id


@dataclass(frozen=True)
class Dos:
    drs: Drs

    def data_object(self, restriction: Restriction, uuid: str, given: Mapping[str, str], base_url: str) -> JSON:
        """
        :param given: some of `DOS_PARAMETERS`
        :param base_url: of the service
        :raises RequestError: as `Drs.object`
        """
        file = self.drs.lookup.file(restriction, entity_id(uuid), parsed(given, DOS_PARAMETERS).get('version'))
        size, sha256 = self.drs.facts(file)
        found = {
            'id': file.uuid,
            'name': file.name,
            'version': file.version,
            'aliases': [] if file.name is None else [file.name],
            # It is a text in this standard.
            'size': None if size is None else str(size),
            'checksums': [] if sha256 is None else [{'checksum': sha256, 'type': 'sha256'}],
            # Buckets of the data store are not among them: who has no account there would be refused.
            'urls': [{'url': download_url(base_url, file.uuid, file.version, file.name)}],
        }
        return {'data_object': {name: value for name, value in found.items() if value is not None}}
