"""The one place where the parts of the service are put together. Each is made when it is first used."""
from dataclasses import dataclass
from functools import cached_property

from azul import plugin
from azul.config import Config
from azul.engine import Engine
from azul.health import Health
from azul.plugin import Plugin
from azul.service.search import Repository
from azul.service.summary import Summary

ENGINE_TIMEOUT = 12
"""Seconds. Most requests make two calls to the engine, and the gateway gives up after 29 seconds."""


@dataclass(frozen=True)
class Service:
    config: Config

    @cached_property
    def repository(self) -> Repository:
        return Repository(self.engine, self.config.naming, self.plugin)

    @cached_property
    def summary(self) -> Summary:
        return Summary(self.engine, self.config.naming, self.plugin)

    @cached_property
    def health(self) -> Health:
        return Health.connect(self.config, 'service', self.plugin.searchable, self.plugin.fingerprint)

    @cached_property
    def plugin(self) -> Plugin:
        return plugin.load(self.config.project)

    @cached_property
    def engine(self) -> Engine:
        return Engine.connect(self.config.es_endpoint, ENGINE_TIMEOUT)
