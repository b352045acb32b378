from dataclasses import replace
from typing import Any

import pytest

from azul.errors import BadRequest
from azul.plugin import Integration, Portal
from azul.service.integrations import fitting

A, B, C = (f'{letter * 8}-0000-4000-8000-000000000000' for letter in 'abc')

MEND = Integration('mend', 'get', 'toy', 'Have it mended', (A, B), 'https://mend.example')
PAINT = replace(MEND, integration_id='paint', integration_type='change', entity_ids=(B,))
SHIP = replace(MEND, integration_id='ship', entity_type='box', entity_ids=(C,))
SHOP = Portal('shop', 'Shop', 'https://icon.example', 'a@b.example', 'Menders', 'Mends.', (MEND, PAINT))
POST, IDLE = replace(SHOP, portal_id='post', integrations=(SHIP,)), replace(SHOP, portal_id='idle', integrations=())
PORTALS = [SHOP, POST, IDLE]


def found(*entity_ids: str, **parameters: str) -> Any:
    """The entities by integration, by portal."""
    return {
        portal.portal_id: {each.integration_id: list(each.entity_ids) for each in portal.integrations}
        for portal in fitting(PORTALS, parameters, entity_ids)
    }


def test_each_parameter_leaves_what_fits_it():
    assert found() == {'shop': {'mend': [A, B], 'paint': [B]}, 'post': {'ship': [C]}}
    assert found(integration_type='get') == {'shop': {'mend': [A, B]}, 'post': {'ship': [C]}}
    assert found(integration_type='get', entity_type='toy') == {'shop': {'mend': [A, B]}}
    assert found(B, integration_type='get', entity_type='toy') == {'shop': {'mend': [B]}}
    assert found(A, C) == {'shop': {'mend': [A]}, 'post': {'ship': [C]}}
    assert found(C, entity_type='toy') == found(integration_type='') == found(entity_type='toys') == {}


def test_without_portals_there_is_nothing():
    assert fitting([], {'integration_type': 'get'}, [A]) == []


@pytest.mark.parametrize('text', ['', 'x', A.upper(), A.replace('-', '')])
def test_an_id_that_is_no_uuid_is_refused_with_the_parameter(text):
    with pytest.raises(BadRequest) as caught:
        found(A, text)
    assert caught.value.text == f'Invalid value for parameter `entity_ids`: {text} is not a valid uuid.'
