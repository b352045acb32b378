"""The answers to `/repository/{entity type}` and `/repository/{entity type}/{id}`."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from elasticsearch_dsl import Search

from azul.engine import Engine
from azul.errors import NotFound
from azul.index.bundle import JSON
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service import request
from azul.service.facets import Facet, Facets
from azul.service.filters import narrowed
from azul.service.hits import Hits
from azul.service.indices import resolved
from azul.service.query import composed


@dataclass(frozen=True)
class Repository:
    engine: Engine
    naming: Naming
    plugin: Plugin

    def page(self, entity_type: str, parameters: Mapping[str, str], base_url: str) -> JSON:
        """
        One page of the entities of a type, and the facets of all of them.

        :param parameters: some of `request.PARAMETERS`
        :param base_url: of the service, for links
        :raises BadRequest, NotFound: as in `request.parse`
        """
        wanted = request.parse(self.plugin, entity_type, parameters)
        hits = self._hits(entity_type, detail=False)
        facets = Facets([self._facet(entity_type, name) for name in self.plugin.facets], wanted.filters)
        index = resolved(self.engine, self.naming, [entity_type])[entity_type]
        # Two searches, because the counts are the same on every page, and the engine remembers those of whole searches.
        found, counted = self.engine.msearch([
            (index, composed(narrowed(wanted.filters.values()), wanted.page, hits)),
            (index, composed(facets)),
        ])
        page, pagination = wanted.page.read(found['hits'])
        links = _links(f'{base_url}/repository/{entity_type}', parameters, pagination)
        return {
            'hits': [hits.hit(hit['_source'], base_url) for hit in page],
            'pagination': {**pagination, **links},
            'termFacets': facets.response(counted.get('aggregations', {})),
        }

    def detail(self, entity_type: str, entity_id: str, parameters: Mapping[str, str], base_url: str) -> JSON:
        """
        One entity, with more than a page shows of it.

        :param parameters: likewise; the entity must pass the filters, the others have no effect
        :raises NotFound: also if there is no such entity
        :raises BadRequest: also if the id is no UUID
        """
        wanted = request.parse(self.plugin, entity_type, parameters)
        entity_id = request.entity_id(entity_id)
        hits = self._hits(entity_type, detail=True)

        def one(search: Search) -> Search:
            return search.filter('term', entity_id=entity_id).extra(size=1)

        index = resolved(self.engine, self.naming, [entity_type])[entity_type]
        found = self.engine.search(index, composed(one, narrowed(wanted.filters.values()), hits))['hits']['hits']
        if not found:
            raise NotFound(f"Can't find an entity in {entity_type} with an uuid, {entity_id}.")
        return hits.hit(found[0]['_source'], base_url)

    def order(self, entity_type: str) -> JSON:
        """
        The facets in the order in which they are to be offered.

        :raises NotFound: if the service has no such entity type
        """
        request.searchable(self.plugin, entity_type)
        return {'order': list(self.plugin.facets)}

    def _facet(self, entity_type: str, name: str) -> Facet:
        fields = self.plugin.schema.indexed_fields(entity_type)
        return Facet(fields[name], [fields[detail] for detail in fields[name].term_details])

    def _hits(self, entity_type: str, detail: bool) -> Hits:
        return self._hits_by_type[entity_type, detail]

    @cached_property
    def _hits_by_type(self) -> Mapping[tuple[str, bool], Hits]:
        schema = self.plugin.schema
        return {
            (entity_type.name, detail): Hits(schema, entity_type, detail)
            for entity_type in schema.entity_types for detail in (False, True)
        }



def _links(url: str, parameters: Mapping[str, str], pagination: JSON) -> JSON:
    """The URLs of the neighbouring pages, for clients that do not want to know about positions."""
    same: Sequence[tuple[str, str]] = [
        ('filters', parameters.get('filters') or '{}'),
        *((name, str(pagination[name])) for name in ('size', 'sort', 'order'))
    ]

    def link(name: str) -> str | None:
        position = [(key, pagination[key]) for key in (name, f'{name}_uid')]
        return None if pagination[name] is None else f'{url}?{urlencode([*same, *position])}'

    return {'next': link('search_after'), 'previous': link('search_before')}
