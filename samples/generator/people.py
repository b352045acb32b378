"""Invented people, where they work, what they published and who paid for it."""
from typing import Any

from samples.generator.chance import Chance
from samples.generator.vocabulary import ROLES

JSON = dict[str, Any]

GIVEN_NAMES = ('Zoë', 'Łucja', 'Søren', 'Aoife', 'Björk', 'Çelik', 'Ñusta', 'Óscar', 'Šárka', 'Ümit', 'Amara', 'Bao',
               'Chidi', 'Dagny', 'Eun-ji', 'Farid', 'Giedrė', 'Hoku', 'Ishaan', '美咲')
FAMILY_NAMES = ('Fjellström', 'Wąsowicz', 'Okonkwo-Vane', 'Ó Ceallacháin', 'Marchbanks', 'Türkmenoğlu', 'Quispe',
                'Nováková-Thorn', 'Delacroix-Mbeki', 'Achterberg', 'Lindqvist', 'Morningside', 'Petrauskaitė',
                'Kealoha', 'Rao-Hansen', '高橋野')
INSTITUTIONS = (('Northmoor University', '1 Heath Lane, Northmoor', 'UK'),
                ('Universität Falkenstein', 'Am Schlossgraben 7, 00000 Falkenstein', 'Germany'),
                ('Institut Bellerive', '12 quai des Tilleuls, Bellerive', 'France'),
                ('Karibu Institute of Medicine', 'PO Box 000, Karibu', 'Kenya'),
                ('Högskolan i Älvsund', 'Storgatan 3, Älvsund', 'Sweden'),
                ('Two Rivers Medical School', '400 Confluence Avenue, Two Rivers', 'USA'),
                ('星見 Research Center', '3-1 Hoshimi, Hoshimi', 'Japan'))
LABORATORIES = ('Tissue Architecture Group', 'Laboratory of Quiet Cells', 'Cell Cartography', 'Unit for Rare Cells',
                'Atlas Computing', 'Labor für Zellkarten')
FUNDERS = ('Fund for Patient Maps', 'Northmoor Trust', 'Stiftung Zellatlas', 'Karibu Science Council')


def name(chance: Chance) -> str:
    """First, middle and last name with commas between, the middle one often empty."""
    middle = chance.one(('', '', chance.one('ABEJKMRT')))
    return f'{chance.one(GIVEN_NAMES)},{middle},{chance.one(FAMILY_NAMES)}'


def contributors(chance: Chance, count: int) -> list[JSON]:
    return [contributor(chance, first=number == 0) for number in range(count)]


def contributor(chance: Chance, *, first: bool) -> JSON:
    institution, address, country = chance.one(INSTITUTIONS)
    role = ROLES[0] if first else chance.one(ROLES[1:])
    return {
        'name': name(chance),
        'email': f'person{chance.number(1, 999)}@example.org',
        'institution': institution,
        'laboratory': chance.given(chance.one(LABORATORIES)),
        'address': chance.given(address),
        'country': country,
        'phone': chance.given(f'+00 555 01{chance.number(0, 99):02}'),
        # Identifiers of this form are handed out from 0000-0001 on.
        'orcid_id': chance.given(f'0000-0000-{chance.number(0, 9999):04}-{chance.number(0, 9999):04}'),
        'corresponding_contributor': first,
        'project_role': role.json(),
    }


def publications(chance: Chance, title: str, count: int) -> list[JSON]:
    return [publication(chance, title if number == 0 else f'{title}, part {number + 1}') for number in range(count)]


def publication(chance: Chance, title: str) -> JSON:
    # 10.5555 is the registrars' prefix for examples.
    doi = f'10.5555/{chance.number(10 ** 7, 10 ** 8 - 1)}'
    return {
        'authors': [name(chance).split(',')[2] + ' ' + chance.one('ABCDEFGH') for _ in range(chance.number(2, 4))],
        'title': title,
        'doi': doi,
        'pmid': chance.given(chance.number(990_000_000, 999_999_999)),
        'url': f'https://doi.example.org/{doi}',
        'official_hca_publication': chance.whether(.3),
    }


def funders(chance: Chance, count: int) -> list[JSON]:
    return [{'grant_id': f'{chance.one("ABCD")}-{chance.number(1000, 9999)}',
             'grant_title': chance.given('Maps of cells in health and disease'),
             'organization': organization}
            for organization in chance.some(FUNDERS, count)]
