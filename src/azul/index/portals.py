"""Other sites that do something with the entities of a project, as a plug-in declares them: its portals."""
import re
from dataclasses import dataclass

from azul.index.contradictions import repeated
from azul.index.misfits import Faults

_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
"""In canonical form. Callers can ask for no other ids."""


@dataclass(frozen=True)
class Integration:
    """What a portal offers for some entities.

    :param integration_type: what it does with them, in the words of the UI, `get` for example
    :param entity_type: what they are, likewise: `project`, not the name of one of our entity types
    :param entity_ids: those that it is offered for
    :param portal_url: where
    """
    integration_id: str
    integration_type: str
    entity_type: str
    title: str
    entity_ids: tuple[str, ...]
    portal_url: str


@dataclass(frozen=True)
class Portal:
    """
    :param portal_icon: URL of a picture
    """
    portal_id: str
    portal_name: str
    portal_icon: str
    contact_email: str
    organization_name: str
    portal_description: str
    integrations: tuple[Integration, ...]


def portal_faults(portals: tuple[Portal, ...]) -> Faults:
    yield from repeated('portal', (portal.portal_id for portal in portals))
    integrations = [integration for portal in portals for integration in portal.integrations]
    yield from repeated('integration', (integration.integration_id for integration in integrations))
    for integration in integrations:
        what = f'entity of integration {integration.integration_id!r}'
        yield from repeated(what, integration.entity_ids)
        yield from (f'{what}: {each!r} is no UUID' for each in integration.entity_ids if _UUID.fullmatch(each) is None)
