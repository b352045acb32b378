"""What a caller wants of `/repository/{entity type}`, checked against the declarations of the plug-in."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from azul.errors import BadRequest, NotFound
from azul.http import Parameters
from azul.http.declared import Parameter
from azul.index.bundle import JSON
from azul.index.fields import EntityType
from azul.plugin import Plugin
from azul.service import facets, filters, page
from azul.service.filters import Filters
from azul.service.page import Page


def parameters(plugin: Plugin, entity_type_name: str) -> Parameters:
    """
    Those of a single entity. It is found in a page of one, so to say.

    :raises NotFound: if the service has no such entity type
    """
    entity_type = searchable(plugin, entity_type_name)
    fields = plugin.schema.indexed_fields(entity_type.name)
    return {
        'filters': filters.parameter(fields, plugin.aliases, f'{entity_type.name}.filters'),
        **page.parameters(fields, plugin.aliases, entity_type.sort, entity_type.order)
    }


def page_parameters(plugin: Plugin, entity_type_name: str) -> Parameters:
    """
    Those of a page of entities.

    :raises NotFound: likewise
    """
    return {**parameters(plugin, entity_type_name), **facets.parameters(plugin.facets)}


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


def parse(plugin: Plugin, entity_type_name: str, given: Mapping[str, str]) -> Request:
    """
    :param given: some of `page_parameters`
    :raises NotFound: if the service has no such entity type
    :raises BadRequest: naming the first parameter at fault
    """
    entity_type = searchable(plugin, entity_type_name)
    fields = plugin.schema.indexed_fields(entity_type.name)
    wanted = facets.parameters(plugin.facets)
    return Request(entity_type,
                   filters.parse(given.get('filters', ''), fields, plugin.aliases),
                   page.parse(given, fields, plugin.aliases, entity_type.sort, entity_type.order),
                   wanted['facets'].parse('facets', given.get('facets', ','.join(plugin.facets))),
                   wanted['facetPrefix'].parse('facetPrefix', given.get('facetPrefix', '')))


def searchable(plugin: Plugin, name: str) -> EntityType:
    """
    :raises NotFound: if the service has no entity type of that name
    """
    entity_type = plugin.schema.entity_type.get(name)
    if entity_type is None or not entity_type.searchable:
        raise NotFound(f'There are no entities of type {name:.100}.', plugin.searchable)
    return entity_type


@dataclass(frozen=True)
class EntityId(Parameter):

    @property
    def shape(self) -> JSON:
        return {'type': 'string', 'format': 'uuid', 'pattern': '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'}

    def parse(self, name: str, text: str) -> str:
        try:
            return entity_id(text)
        except BadRequest as error:
            raise BadRequest(f'Invalid value for parameter `{name}`: {error.text}') from None


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
