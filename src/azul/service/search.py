"""The answers to `/repository/{entity type}` and `/repository/{entity type}/{id}`."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from elasticsearch_dsl import Search

from azul.engine import Engine
from azul.errors import NotFound, TooManyBuckets
from azul.index.bundle import JSON
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service import request
from azul.service.facets import MAX_BUCKETS, Facet, countings
from azul.service.filters import Filters, narrowed
from azul.service.hits import Hits
from azul.service.indices import ENGINE_SECONDS, resolved
from azul.service.query import Refinement, Restriction, composed

MAX_URL = 8_000
"""Characters. The gateway takes ten thousand for the first line of a request and its headers together."""


LEFT_OUT = 'otherDocCount'
"""The member of a facet of which not all terms are listed: the number of entities that have none of those that are."""


@dataclass(frozen=True)
class Repository:
    """
    :param max_buckets: so many terms the engine allows in a search
    :param max_seconds: that an answer may have to wait for the engine, in all
    """
    engine: Engine
    naming: Naming
    plugin: Plugin
    max_buckets: int = MAX_BUCKETS
    max_seconds: float = ENGINE_SECONDS

    def page(self, restriction: Restriction, entity_type: str, parameters: Mapping[str, str], base_url: str) -> JSON:
        """
        One page of the entities of a type, and the facets of all of them.

        :param restriction: to what the caller may see
        :param parameters: some of `request.page_parameters`
        :param base_url: of the service, for links
        :raises BadRequest, NotFound: as in `request.parse`
        """
        wanted = request.parse(self.plugin, entity_type, parameters)
        hits = self._hits(entity_type, detail=False)
        facets = [self._facet(entity_type, name, wanted.facet_prefix) for name in wanted.facets]
        engine = self.engine.within(self.max_seconds)
        index = resolved(engine, self.naming, [entity_type])[entity_type]
        body = composed(restriction, narrowed(wanted.filters.values()), wanted.page, hits)
        try:
            found, term_facets = self._found(engine, index, restriction, body, facets, wanted.filters)
        except TooManyBuckets:
            facets = [replace(facet, detailed=False) for facet in facets]
            found, term_facets = self._found(engine, index, restriction, body, facets, wanted.filters)
        page, pagination = wanted.page.read(found['hits'])
        links = _links(f'{base_url}/repository/{entity_type}', parameters, pagination)
        return {
            'hits': [hits.hit(hit['_source'], base_url) for hit in page],
            'pagination': {**pagination, **links},
            'termFacets': term_facets,
        }

    def _found(self, engine: Engine, index: str, restriction: Restriction, body: JSON, facets: Sequence[Facet],
               filters: Filters) -> tuple[JSON, JSON]:
        """
        :param body: the search for hits
        :return: the answer to it, and the member `termFacets`
        """
        # Hits and facets apart: counts are the same on every page, and the engine remembers those of whole searches.
        searches = list(countings(facets, filters, self.max_buckets))
        found, *counts = engine.msearch([(index, body), *((index, composed(restriction, each)) for each in searches)],
                                        remembered=True)
        by_name: dict[str, JSON] = {}
        unlisted: dict[str, Refinement] = {}
        for each, counted in zip(searches, counts, strict=True):
            by_name |= each.response(counted)
            unlisted |= each.unlisted(counted)
        if unlisted:
            left_out = engine.msearch((index, composed(restriction, step)) for step in unlisted.values())
            for name, answer in zip(unlisted, left_out, strict=True):
                by_name[name][LEFT_OUT] = answer['hits']['total']['value']
        return found, {facet.field.name: by_name[facet.field.name] for facet in facets}

    def detail(self, restriction: Restriction, entity_type: str, entity_id: str, parameters: Mapping[str, str],
               base_url: str) -> JSON:
        """
        One entity, with more than a page shows of it.

        :param restriction: to what the caller may see
        :param parameters: some of `request.parameters`. The entity must pass the filters; the others have no effect
        :raises NotFound: also if there is no such entity, or none that the caller may see
        :raises BadRequest: also if the id is no UUID
        """
        wanted = request.parse(self.plugin, entity_type, parameters)
        entity_id = request.entity_id(entity_id)
        hits = self._hits(entity_type, detail=True)

        def one(search: Search) -> Search:
            return search.filter('term', entity_id=entity_id).extra(size=1)

        engine = self.engine.within(self.max_seconds)
        index = resolved(engine, self.naming, [entity_type])[entity_type]
        body = composed(restriction, one, narrowed(wanted.filters.values()), hits)
        found = engine.search(index, body)['hits']['hits']
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

    def _facet(self, entity_type: str, name: str, prefix: str) -> Facet:
        fields = self.plugin.schema.indexed_fields(entity_type)
        return Facet(fields[name], [fields[detail] for detail in fields[name].term_details], prefix=prefix)

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
    """
    The URLs of the neighbouring pages, for clients that do not want to know about positions; None where there is no
    page. A URL that could not be asked for is left out: it must not look as if there was no page.
    """
    same: Sequence[tuple[str, str]] = [
        ('filters', parameters.get('filters') or '{}'),
        *((name, str(pagination[name])) for name in ('size', 'sort', 'order')),
        *((name, parameters[name]) for name in ('facets', 'facetPrefix') if name in parameters)
    ]

    def link(name: str) -> str | None:
        position = [(key, pagination[key]) for key in (name, f'{name}_uid')]
        return None if pagination[name] is None else f'{url}?{urlencode([*same, *position])}'

    links = {'next': link('search_after'), 'previous': link('search_before')}
    return {name: each for name, each in links.items() if each is None or len(each) <= MAX_URL}
