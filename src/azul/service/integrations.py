"""The answer to `/integrations`: what other sites offer for some entities."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict

from azul.errors import BadRequest
from azul.http import Parameters
from azul.index.bundle import JSON
from azul.index.portals import Integration, Portal
from azul.service.request import entity_id

PARAMETERS: Parameters = {'integration_type': str, 'entity_type': str, 'entity_ids': list}


def offered(portals: Iterable[Portal], parameters: Mapping[str, str], entity_ids: Sequence[str]) -> list[JSON]:
    """
    The portals that have integrations for what is asked for, each with those integrations only, and each of these with
    those entities only.

    :param parameters: `integration_type` and `entity_type`, or one of them, or none: then there is no restriction
    :param entity_ids: likewise
    :raises BadRequest: if one of the ids is no UUID
    """
    wanted = set(map(_checked, entity_ids))
    answers = [
        {**asdict(portal), 'integrations': [
            {**asdict(integration), 'entity_ids': ids}
            for integration in portal.integrations
            if _fits(integration, parameters) and (ids := _common(integration.entity_ids, wanted))
        ]}
        for portal in portals
    ]
    return [answer for answer in answers if answer['integrations']]


def _checked(text: str) -> str:
    try:
        return entity_id(text)
    except BadRequest as error:
        raise BadRequest(f'Invalid value for parameter `entity_ids`: {error.text}') from None


def _fits(integration: Integration, parameters: Mapping[str, str]) -> bool:
    return all(getattr(integration, name) == parameters.get(name, getattr(integration, name))
               for name in ('integration_type', 'entity_type'))


def _common(entity_ids: Sequence[str], wanted: Collection[str]) -> list[str]:
    return [each for each in entity_ids if each in wanted] if wanted else list(entity_ids)
