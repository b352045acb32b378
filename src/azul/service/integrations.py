"""The answer to `/integrations`: what other sites offer for entities.

The portals are the plug-in's. The engine is only asked if there is something that the caller must not see.
"""
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from elasticsearch_dsl import Search

from azul.engine import Engine
from azul.http import Parameters
from azul.http.declared import Repeated, Text
from azul.index.bundle import JSON
from azul.index.portals import Integration, Portal
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service.indices import ENGINE_SECONDS, resolved
from azul.service.query import Refinement, Restriction, composed
from azul.service.request import EntityId

_ENTITY_ID = EntityId('Id of an entity.')

PARAMETERS: Parameters = {
    'integration_type': Text('What integrations are to do, `get` for example.'),
    'entity_type': Text('What they are to be about, `project` for example.'),
    'entity_ids': Repeated('Entities that they are to be offered for.', _ENTITY_ID),
}

MAX_IDS = 1000
"""So many are looked for in a search."""


@dataclass(frozen=True)
class Integrations:
    """
    :param max_seconds: that an answer may have to wait for the engine, in all
    """
    engine: Engine
    naming: Naming
    plugin: Plugin
    max_seconds: float = ENGINE_SECONDS

    def offered(self, restriction: Restriction, parameters: Mapping[str, str], entity_ids: Sequence[str]) -> list[JSON]:
        """
        The portals that have integrations for what is asked for, each with those integrations only, and each of these
        with those entities only.

        :param restriction: to what the caller may see. If there is one, entities that are not indexed are left out, too
        :param parameters: `integration_type` and `entity_type`, or one of them, or none: then any will do
        :param entity_ids: likewise
        :raises BadRequest: if one of the ids is no UUID
        """
        portals = fitting(self.plugin.portals, parameters, entity_ids)
        if restriction.terms and portals:
            named = {each for portal in portals for integration in portal.integrations
                     for each in integration.entity_ids}
            visible = self._visible(restriction, sorted(named))
            portals = _with(portals, lambda integration: [each for each in integration.entity_ids if each in visible])
        return [asdict(portal) for portal in portals]

    def _visible(self, restriction: Restriction, entity_ids: Sequence[str]) -> Collection[str]:
        """Those of the entities that may be seen, of whichever type: integrations have other words for types."""
        engine = self.engine.within(self.max_seconds)
        indices = resolved(engine, self.naming, self.plugin.searchable).values()
        answers = engine.msearch(
            (index, composed(restriction, _those(entity_ids[start:start + MAX_IDS])))
            for index in indices for start in range(0, len(entity_ids), MAX_IDS)
        )
        return {hit['_source']['entity_id'] for answer in answers for hit in answer['hits']['hits']}


def fitting(portals: Iterable[Portal], parameters: Mapping[str, str], entity_ids: Sequence[str]) -> Sequence[Portal]:
    """What is asked for of the portals, whoever asks."""
    wanted = {_ENTITY_ID.parse('entity_ids', each) for each in entity_ids}

    def ids(integration: Integration) -> Sequence[str]:
        return [each for each in integration.entity_ids
                if _fits(integration, parameters) and (not wanted or each in wanted)]

    return _with(portals, ids)


def _with(portals: Iterable[Portal], ids: Callable[[Integration], Sequence[str]]) -> Sequence[Portal]:
    """The portals with these ids in each integration, and without those that have none then."""
    changed = [
        replace(portal, integrations=tuple(
            replace(integration, entity_ids=tuple(left)) for integration in portal.integrations
            if (left := ids(integration))
        )) for portal in portals
    ]
    return [portal for portal in changed if portal.integrations]


def _those(entity_ids: Sequence[str]) -> Refinement:
    def step(search: Search) -> Search:
        return search.filter('terms', entity_id=list(entity_ids)).source(['entity_id']).extra(size=len(entity_ids))

    return step


def _fits(integration: Integration, parameters: Mapping[str, str]) -> bool:
    return all(getattr(integration, name) == parameters.get(name, getattr(integration, name))
               for name in ('integration_type', 'entity_type'))
