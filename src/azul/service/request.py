"""What a caller wants of `/repository/{entity type}`, checked against the declarations of the plug-in."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from azul.errors import BadRequest, NotFound
from azul.http import Parameters
from azul.index.fields import EntityType
from azul.plugin import Plugin
from azul.service import facets, filters, page
from azul.service.filters import Filters
from azul.service.page import Page

PARAMETERS: Parameters = {
    'filters': dict, 'size': int, 'sort': str, 'order': str,
    'search_after': str, 'search_after_uid': str, 'search_before': str, 'search_before_uid': str
}
"""Those of a single entity. It is found in a page of one, so to say."""

PAGE_PARAMETERS: Parameters = {**PARAMETERS, 'facets': str, 'facetPrefix': str}


@dataclass(frozen=True)
class Request:
    """
    :param facets: names of those that are to be counted
    :param facet_prefix: what their terms are to begin with
    """
    entity_type: EntityType
    filters: Filters
    page: Page
    facets: Sequence[str]
    facet_prefix: str


def parse(plugin: Plugin, entity_type_name: str, parameters: Mapping[str, str]) -> Request:
    """
    :param parameters: some of `PAGE_PARAMETERS`
    :raises NotFound: if the service has no such entity type
    :raises BadRequest: naming the first parameter at fault
    """
    entity_type = searchable(plugin, entity_type_name)
    fields = plugin.schema.indexed_fields(entity_type.name)
    return Request(entity_type,
                   filters.parse(parameters.get('filters', ''), fields, plugin.aliases),
                   page.parse(parameters, fields, plugin.aliases, entity_type.sort, entity_type.order),
                   facets.parse(parameters.get('facets'), plugin.facets),
                   facets.parse_prefix(parameters.get('facetPrefix', '')))


def searchable(plugin: Plugin, name: str) -> EntityType:
    """
    :raises NotFound: if the service has no entity type of that name
    """
    entity_type = plugin.schema.entity_type.get(name)
    if entity_type is None or not entity_type.searchable:
        raise NotFound(f'There are no entities of type {name:.100}.', plugin.searchable)
    return entity_type


def entity_id(text: str) -> str:
    """
    :raises BadRequest: if the text is not the canonical form of a UUID
    """
    try:
        if str(UUID(text)) == text:
            return text
    except ValueError:
        pass
    raise BadRequest(f'{text:.100} is not a valid uuid.')
