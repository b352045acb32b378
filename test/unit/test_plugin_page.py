"""docs/plug-ins.md says what the contract is: all of it, and nothing else."""
import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import azul
import azul.plugin
import azul.projects.toy
from azul.index.aggregate import aggregate
from azul.index.mapping import NULL_TERM
from azul.plugin import Bundle, BundleFQID, Contribution, ManifestEntry, Principal
from azul.projects.toy import SCHEMA, plugin
from azul.service.hits import Hits
from azul.service.query import Restriction
from azul.service.restriction import UNRESTRICTED, restriction

PAGE = (Path(__file__).resolve().parents[2] / 'docs' / 'plug-ins.md').read_text()

BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)

PROSE = BLOCK.sub('', PAGE)

CONTRACT = {name: getattr(azul.plugin, name) for name in azul.plugin.__all__}


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(PAGE) if kind == language]


def code(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall('`([^`]+)`', text)


def members(declared: Any) -> set[str]:
    """What those who write a plug-in have to say of an instance, or can choose from, and what they can ask of it."""
    if isinstance(declared, type) and issubclass(declared, Enum):
        return set(declared.__members__)
    if not isinstance(declared, type) or declared.__module__.partition('.')[0] != azul.__name__:
        return set()
    if is_dataclass(declared):
        attributes = {field.name for field in fields(declared)}
    else:
        attributes = set(signature(declared).parameters) if issubclass(declared, Exception) else set()
    return {name for name in attributes | vars(declared).keys() if not name.startswith('_')}


WITH_MEMBERS = sorted(name for name, declared in CONTRACT.items() if members(declared))


def documented() -> Iterator[tuple[set[str], set[str]]]:
    """Of each table about members of the contract: whose they are, and which they are."""
    for head, rows in re.findall(r'^(\|.*)\n\|[-|]+\n((?:\|.*\n)*)', PROSE, re.MULTILINE):
        owners = set(code(head.split('|')[1]))
        if owners and owners <= CONTRACT.keys():
            yield owners, {name for row in rows.splitlines() for name in code(row.split('|')[1])}


def test_the_page_is_read_as_it_is_meant():
    """Else the other tests would not find what they are to look at."""
    assert len(blocks('python')) > 10
    assert len(list(documented())) > 15
    assert {'Field', 'Plugin', 'FieldType', 'BundleFQID', 'BundleError', 'Sum'} <= set(WITH_MEMBERS)
    assert {'schema', 'fingerprint', 'searchable', 'faults'} <= members(CONTRACT['Plugin'])
    assert members(CONTRACT['Bundle']) == {'fqid', 'manifest', 'metadata', 'data_files', 'create'}
    assert members(CONTRACT['JSON']) == members(CONTRACT['load']) == set()


def test_every_member_of_the_contract_is_in_the_page():
    assert {name for name in CONTRACT if name not in code(PROSE)} == set()


@pytest.mark.parametrize('name', WITH_MEMBERS)
def test_a_table_has_every_attribute(name: str):
    found = [names for owners, names in documented() if name in owners]
    assert found, f'{name} has no table'
    assert members(CONTRACT[name]) - set.union(*found) == set()


def test_no_table_has_what_does_not_exist():
    for owners, names in documented():
        existing = {name for owner in owners for name in {*dir(CONTRACT[owner]), *members(CONTRACT[owner])}}
        assert names - existing == set(), owners


def test_the_python_of_the_page_is_the_toy_plugin():
    source = Path(azul.projects.toy.__file__).read_text()
    end_of_imports = max(node.end_lineno or 0 for node in ast.parse(source).body
                         if isinstance(node, ast.Import | ast.ImportFrom))

    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if line]

    shown = blocks('python')
    for block in shown:
        assert block in source
    assert lines(''.join(shown)) == lines('\n'.join(source.splitlines()[end_of_imports:]))


def test_the_restriction_of_the_page_restricts_the_toy_plugin():
    text, = blocks('py')
    contract = dict(CONTRACT)
    exec(text, contract)
    restricted = replace(plugin, restriction=contract['restriction'])
    assert list(restricted.faults()) == []
    stranger, known = (Principal('x', {'hd': domain}) for domain in ('a.example', 'toymaker.example'))
    assert restriction(restricted, known) == UNRESTRICTED
    assert restriction(restricted, None) == restriction(restricted, stranger) == Restriction({
        'fields.maker': ['Carver', 'Tinker', NULL_TERM]
    })


def test_the_examples_are_what_becomes_of_the_example():
    box, bear, car, manifest, hit, contents = map(json.loads, blocks('json'))
    bundle = Bundle.create(BundleFQID('c0ffee00-0000-4000-8000-000000000000', '1'),
                           [ManifestEntry.from_json(entry) for entry in manifest],
                           {'box.json': box, 'toy_0.json': bear, 'toy_1.json': car})
    contributions = {str(contribution.entity): contribution for contribution in plugin.transform(bundle)}
    assert contributions['toys/bear'].contents == contents
    attic = contributions['boxes/attic']
    stored = Contribution.from_json('boxes', attic.to_json(SCHEMA))
    aggregated = aggregate(SCHEMA, attic.entity, [stored]).to_json(SCHEMA)
    shown = Hits(SCHEMA, SCHEMA.entity_type['boxes'], detail=False).hit(aggregated, 'https://service.example')
    assert json.dumps(shown) == json.dumps(hit)


def test_the_page_and_its_links_fit_together():
    anchors = {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-') for title in re.findall('(?m)^#+ (.*)$', PROSE)}
    links = re.findall(r'\]\(([^)]+)\)', PROSE)
    assert links
    for link in links:
        if link.startswith('#'):
            assert link[1:] in anchors
        else:
            assert (Path(__file__).resolve().parents[2] / 'docs' / link).exists()
