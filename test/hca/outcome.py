"""What becomes of a folder of bundles, worked out without queues and an engine."""
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from azul.dss.client import DssClient
from azul.errors import BundleError
from azul.index.aggregate import aggregate
from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution, EntityReference, documents
from azul.local.bundles import Bundles
from azul.local.store.server import serving
from azul.projects.hca import plugin
from azul.projects.hca.fields import SCHEMA
from hca.rendering import Document


@dataclass(frozen=True)
class Outcome:
    """
    :param contributions: of the bundles that are indexed, these in ascending order
    :param rejected: why the others are not
    :param digest: of all files of the bundles
    """
    contributions: Mapping[BundleFQID, Sequence[Contribution]]
    rejected: Sequence[str]
    digest: str

    @classmethod
    def of(cls, folder: Path) -> 'Outcome':
        bundles = Bundles(folder)
        contributions, rejected = {}, []
        for fqid in bundles.fqids:
            try:
                contributions[fqid] = list(plugin.transform(bundles.read(fqid)))
            except BundleError:
                rejected.append(fqid)
        files = (file for fqid in bundles.fqids for file in sorted((folder / str(fqid)).rglob('*')) if file.is_file())
        pieces = (f'{file.relative_to(folder)}\n'.encode() + file.read_bytes() for file in files)
        return cls(contributions, _errors(folder, rejected), digest(pieces))

    @cached_property
    def documents(self) -> Sequence[tuple[str, Document]]:
        """The contributions as they are written, each with the FQID of its bundle."""
        return [(str(fqid), Document(contribution.entity.entity_type, source))
                for fqid, contributions in self.contributions.items()
                for contribution, source in zip(contributions, documents(contributions, SCHEMA), strict=True)]

    @cached_property
    def aggregates(self) -> Sequence[Document]:
        """As they are written, of what is live: of each bundle only the greatest version."""
        live = {fqid.uuid: fqid for fqid in self.contributions}
        by_entity: dict[EntityReference, list[Contribution]] = defaultdict(list)
        for fqid, document in self.documents:
            if BundleFQID.parse(fqid) in live.values():
                contribution = Contribution.from_json(document.entity_type, document.source)
                by_entity[contribution.entity].append(contribution)
        return [Document(entity.entity_type, aggregate(SCHEMA, entity, contributions).to_json(SCHEMA))
                for entity, contributions in sorted(by_entity.items())]


def _errors(folder: Path, rejected: Iterable[BundleFQID]) -> list[str]:
    """What operators read. They have fetched the bundle from a data store: then it is clearer what is missing."""
    errors = []
    with serving(folder) as url:
        client = DssClient.connect(f'{url}/v1', workers=4)
        for fqid in rejected:
            try:
                plugin.transform(client.bundle(fqid))
            except BundleError as error:
                errors.append(str(error))
            else:
                raise AssertionError(f'{fqid} is rejected when read from the folder, but not when fetched')
    return errors


def digest(pieces: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(b'%d\n' % len(piece) + piece)
    return whole.hexdigest()[:16]
