"""The one place where the parts of the service are put together. Each is made when it is first used."""
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from azul import plugin
from azul.aws import clients
from azul.config import Config
from azul.engine import Engine
from azul.errors import NotFound
from azul.health import Health
from azul.index.bundle import JSON
from azul.plugin import Plugin
from azul.service import auth
from azul.service.auth import Authenticator
from azul.service.auth.me import about
from azul.service.auth.none import Nobody
from azul.service.indices import ENGINE_SECONDS
from azul.service.integrations import Integrations
from azul.service.query import Restriction
from azul.service.restriction import restriction
from azul.service.search import Repository
from azul.service.summary import Summary

if TYPE_CHECKING:
    # Exports and files are imported where they are asked for, as are the queues and objects that only they need, and
    # the client of the data store.
    from azul.service.files.dos import Dos
    from azul.service.files.drs import Drs
    from azul.service.files.proxy import Files
    from azul.service.files.store import FileStore
    from azul.service.manifest.request import Manifests
    from azul.service.manifest.worker import JobWorker
    from azul.service.shortener import Shortener


@dataclass(frozen=True)
class Service:
    """
    :param max_seconds: that an answer may have to wait for the engine, in all
    """
    config: Config
    max_seconds: float = ENGINE_SECONDS

    @cached_property
    def repository(self) -> Repository:
        return Repository(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    @cached_property
    def summary(self) -> Summary:
        return Summary(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    @cached_property
    def integrations(self) -> Integrations:
        return Integrations(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    @cached_property
    def manifests(self) -> 'Manifests':
        from azul.service.manifest.wiring import manifests

        return manifests(self.config, self.engine, self.plugin)

    @cached_property
    def job_worker(self) -> 'JobWorker':
        from azul.service.manifest.wiring import job_worker

        return job_worker(self.config, self.plugin)

    @cached_property
    def files(self) -> 'Files':
        from azul.service.files.lookup import Lookup
        from azul.service.files.proxy import Files

        return Files(Lookup(self.engine, self.config.naming, self.plugin), self.file_store)

    @cached_property
    def drs(self) -> 'Drs':
        from azul.service.files.drs import Drs

        return Drs(self.files.lookup, self.file_store, self.config.drs_domain)

    @cached_property
    def dos(self) -> 'Dos':
        from azul.service.files.dos import Dos

        return Dos(self.drs)

    @cached_property
    def file_store(self) -> 'FileStore':
        from azul.service.files.store import connect

        return connect(self.config.dss_endpoint)

    @cached_property
    def shortener(self) -> 'Shortener':
        """
        :raises NotFound: if the settings have none
        """
        from azul.aws.objects import Bucket
        from azul.service.shortener import Shortener

        if not self.config.redirect_domain:
            raise NotFound('URLs are not shortened here.')
        client = clients.s3(self.config, *clients.IN_REQUESTS)
        return Shortener(Bucket(client, self.config.redirect_domain), self.config.shortened_hosts)

    def restriction(self, authorization: str | None) -> Restriction:
        """
        To what a caller may see.

        :param authorization: the header of that name; None if there is none
        """
        return restriction(self.plugin, self.authenticator.principal(authorization))

    def me(self, authorization: str | None) -> JSON:
        return about(self.authenticator.principal(authorization))

    @cached_property
    def authenticator(self) -> Authenticator:
        return auth.load(self.config)

    @property
    def authenticates(self) -> bool:
        return not isinstance(self.authenticator, Nobody)

    @cached_property
    def health(self) -> Health:
        return Health.connect(self.config, 'service', self.plugin.searchable, self.plugin.fingerprint)

    @cached_property
    def plugin(self) -> Plugin:
        return plugin.load(self.config.project)

    @cached_property
    def engine(self) -> Engine:
        # A lambda has one thread, but on the laptop each caller has one: beyond so many, each call would connect anew.
        return Engine.connect(self.config.es_endpoint, self.max_seconds, connections=32,
                              sign=clients.signer(self.config))
