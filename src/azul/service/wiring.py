"""The one place where the parts of the service are put together. Each is made when it is first used."""
from dataclasses import dataclass
from functools import cached_property

from azul import plugin
from azul.config import Config
from azul.engine import Engine
from azul.health import Health
from azul.index.principals import Principal
from azul.plugin import Plugin
from azul.service.indices import MAX_SECONDS
from azul.service.integrations import Integrations
from azul.service.query import Restriction
from azul.service.restriction import restriction
from azul.service.search import Repository
from azul.service.summary import Summary


@dataclass(frozen=True)
class Service:
    """
    :param max_seconds: that an answer may have to wait for the engine, in all
    """
    config: Config
    max_seconds: float = MAX_SECONDS

    @cached_property
    def repository(self) -> Repository:
        return Repository(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    @cached_property
    def summary(self) -> Summary:
        return Summary(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    @cached_property
    def integrations(self) -> Integrations:
        return Integrations(self.engine, self.config.naming, self.plugin, max_seconds=self.max_seconds)

    def restriction(self, principal: Principal | None) -> Restriction:
        return restriction(self.plugin, principal)

    @cached_property
    def health(self) -> Health:
        return Health.connect(self.config, 'service', self.plugin.searchable, self.plugin.fingerprint)

    @cached_property
    def plugin(self) -> Plugin:
        return plugin.load(self.config.project)

    @cached_property
    def engine(self) -> Engine:
        return Engine.connect(self.config.es_endpoint, self.max_seconds)
