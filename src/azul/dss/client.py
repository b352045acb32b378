"""What we ask of the data store."""
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Self, TypeVar
from urllib.parse import quote

import orjson
import requests
from requests.auth import AuthBase

from azul.dss import files
from azul.dss.files import Facts, Place
from azul.dss.http import TIMEOUT, Http, decoded
from azul.errors import BundleError, BundleNotFound, StoreError, brief
from azul.index.bundle import JSON, Bundle, BundleFQID, ManifestEntry

T = TypeVar('T')

MAX_METADATA_FILE = 64 * 1024 * 1024
"""Bytes. The largest metadata files are some megabytes; a worker holds all of a bundle's in memory."""

REMEMBERED_FILES, MAX_REMEMBERED_FILE = 1000, 32 * 1024
"""The number of metadata files, and the bytes of each, that are not fetched again for the next bundle."""

NOT_FOUND = 404


class DssClient:
    """Safe to share between threads."""

    def __init__(self, http: Http, workers: int) -> None:
        """
        :param workers: metadata files that are fetched at once
        """
        self._http, self._workers = http, workers
        # The bundles of a project have most of their metadata in common. What a version of a file contains never
        # changes, and what is not as it ought to be is an exception, which is not remembered.
        self._remembered = lru_cache(REMEMBERED_FILES)(self._download)

    @classmethod
    def connect(cls, endpoint: str, workers: int, timeout: tuple[float, float] = TIMEOUT,
                account: AuthBase | None = None) -> Self:
        """
        :param endpoint: URL of the data store, with its version
        :param timeout: seconds, to connect and between two packets
        :param account: who we are, where that matters: to subscribe
        """
        session = requests.Session()
        session.trust_env = False  # no proxies, no credentials of the machine that we happen to run on
        session.auth = account
        # Each worker keeps its connection. Further threads that share the client wait for one of these.
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=max(workers, 1), pool_block=True)
        session.mount('http://', adapter)
        session.mount('https://', adapter)
        return cls(Http(session, endpoint.rstrip('/'), timeout=timeout), workers)

    def bundle(self, fqid: BundleFQID) -> Bundle:
        """
        :raises BundleNotFound: if the data store does not have it (any more, or yet)
        :raises BundleError: if it can never be read
        :raises StoreError: if it cannot be read now
        """
        manifest = self.manifest(fqid)
        try:
            entries = [ManifestEntry.from_json(entry) for entry in manifest]
            contents = self.contents([entry for entry in entries if entry.indexed])
            metadata = {name: _parse(name, content) for name, content in contents.items()}
        except BundleError as error:
            raise error.within(str(fqid)) from error
        return Bundle.create(fqid, entries, metadata)

    def manifest(self, fqid: BundleFQID) -> list[JSON]:
        """
        The files of a bundle, as the data store has them.

        :raises BundleNotFound: as for `bundle`, and the others
        """
        entries: list[JSON] = []
        parameters = {'version': fqid.version, 'directurls': 'false', 'presignedurls': 'false'}
        try:
            for page in self._http.pages(f'/bundles/{quote(fqid.uuid)}', parameters):
                bundle = _member(page, 'bundle', dict)
                if bundle.get('version') != fqid.version:
                    raise BundleError(f'the data store answers with version {brief(bundle.get("version"))}',
                                      bundle=str(fqid))
                entries += _member(bundle, 'files', list)
        except StoreError as error:
            if error.status == NOT_FOUND:
                raise BundleNotFound(f'bundle {fqid} not found', error.status) from error
            raise
        return entries

    def contents(self, entries: Sequence[ManifestEntry]) -> Mapping[str, bytes]:
        """
        What is in metadata files, by their names.

        :raises BundleError: as for `bundle`
        :raises StoreError: likewise
        """
        with ThreadPoolExecutor(max(self._workers, 1)) as pool:
            contents = list(pool.map(self._content, entries))
        missing = [entry for entry, content in zip(entries, contents, strict=True) if content is None]
        if missing:
            # Terminal: bundles are made of files that are there, so these are not going to come.
            raise BundleError(f'the data store lacks {len(missing)} indexed files of the manifest, this one first',
                              file=missing[0].name)
        return {entry.name: content for entry, content in zip(entries, contents, strict=True) if content is not None}

    def list_bundles(self, prefix: str = '') -> Iterator[BundleFQID]:
        """All versions of all bundles whose uuid has the prefix, deleted ones excepted, sorted."""
        for page in self._http.pages('/bundles/all', {'prefix': prefix, 'per_page': '500'}):
            for bundle in _member(page, 'bundles', list):
                yield BundleFQID(_member(bundle, 'uuid', str), _member(bundle, 'version', str))

    def search(self, es_query: JSON) -> Iterator[BundleFQID]:
        """All versions of all bundles that a query finds, in any order.

        :param es_query: an object with a member `query`, as in a subscription
        """
        parameters = {'per_page': '500', 'output_format': 'summary'}
        for page in self._http.pages('/search', parameters, 'POST', {'es_query': es_query}):
            for result in _member(page, 'results', list):
                fqid = _member(result, 'bundle_fqid', str)
                try:
                    yield BundleFQID.parse(fqid)
                except ValueError as error:
                    raise StoreError(f'damaged answer: {error}') from error

    def place(self, file_uuid: str, parameters: Mapping[str, str]) -> Place:
        """Where a file can be had, as far as that is known by now: the data store is asked once.

        :param parameters: `version` for instance, and what it wants to be told when it asked to wait
        :raises StoreError: if it says anything else; its `status` is that of the answer, None for one that makes no
                            sense
        """
        return files.place(self._http, file_uuid, parameters)

    def facts(self, file_uuid: str, version: str | None) -> Facts:
        """
        What is known of a file without its content.

        :raises StoreError: likewise
        """
        return files.facts(self._http, file_uuid, version)

    def versions(self, bundle_uuid: str) -> list[str]:
        """Those that the data store has left of a bundle, in ascending order."""
        return sorted(fqid.version for fqid in self.list_bundles(bundle_uuid) if fqid.uuid == bundle_uuid)

    def subscriptions(self) -> list[JSON]:
        """Those of our account, on queries in the search engine's language."""
        response = self._http.call('GET', '/subscriptions', {'subscription_type': 'elasticsearch'})
        found = _member(decoded(response), 'subscriptions', list)
        for subscription in found:
            _member(subscription, 'uuid', str)
        return found

    def subscribe(self, callback_url: str, es_query: JSON, hmac_key_id: str, hmac_secret_key: str) -> str:
        """
        :return: the uuid of the subscription
        """
        body = {'callback_url': callback_url, 'es_query': es_query,
                'hmac_key_id': hmac_key_id, 'hmac_secret_key': hmac_secret_key}
        return _member(decoded(self._http.call('PUT', '/subscriptions', json=body)), 'uuid', str)

    def unsubscribe(self, uuid: str) -> None:
        """Idempotent."""
        try:
            self._http.call('DELETE', f'/subscriptions/{quote(uuid)}', {'subscription_type': 'elasticsearch'})
        except StoreError as error:
            if error.status != NOT_FOUND:
                raise

    def _content(self, entry: ManifestEntry) -> bytes | None:
        """
        :return: None if the data store does not have the file
        """
        if entry.content_type is not None and not entry.content_type.startswith('application/json'):
            raise BundleError(f'content type of a metadata file is {brief(entry.content_type)}', file=entry.name)
        if (entry.size or 0) > MAX_METADATA_FILE:
            raise BundleError(f'too large for a metadata file: {entry.size} bytes', file=entry.name)
        shared = entry.version is not None and entry.size is not None and entry.size <= MAX_REMEMBERED_FILE
        download = self._remembered if shared else self._download
        try:
            content = download(entry.uuid, entry.version, entry.size, entry.sha256)
        except StoreError as error:
            if error.status == NOT_FOUND:
                return None
            raise StoreError(f'file {entry.name}: {error}', error.status) from error
        if content is None:
            raise BundleError(f'too large for a metadata file: more than {MAX_METADATA_FILE} bytes', file=entry.name)
        return content

    def _download(self, uuid: str, version: str | None, size: int | None, sha256: str | None) -> bytes | None:
        """
        :return: None if the file is too large
        :raises StoreError: if it is not what the manifest says that it is, among others
        """
        parameters = {} if version is None else {'version': version}
        content = self._http.download(f'/files/{quote(uuid)}', parameters, MAX_METADATA_FILE)
        if content is not None:
            if size is not None and size != len(content):
                raise StoreError(f'{len(content)} bytes instead of the {size} of the manifest')
            if sha256 is not None and sha256.lower() != hashlib.sha256(content).hexdigest():
                raise StoreError('the checksum differs from that in the manifest')
        return content


def _parse(name: str, content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        # The checksum is right, or there is none: it is not going to become JSON.
        raise BundleError(f'not JSON: {error}', file=name) from error


def _member(value: Any, name: str, type_: type[T]) -> T:
    member = value.get(name) if isinstance(value, dict) else None
    if not isinstance(member, type_):
        raise StoreError(f'damaged answer: no {name} in {brief(value)}')
    return member
