from dataclasses import replace

import pytest

from azul.engine import Engine
from azul.errors import NotFound
from azul.naming import Naming
from azul.plugin import Section
from azul.projects.toy import SCHEMA, plugin
from azul.service.files.lookup import Lookup
from azul.service.restriction import UNRESTRICTED

BEAR = '11111111-0000-4000-8000-000000000000'

WITHOUT_LINKS = replace(SCHEMA, entity_types=tuple(
    replace(each, sections=tuple(Section(section.inner) for section in each.sections[:1]))
    for each in SCHEMA.entity_types
))


@pytest.mark.parametrize('changed', [replace(plugin, manifest=None), replace(plugin, schema=WITHOUT_LINKS)])
def test_where_nothing_links_to_files_there_are_none(changed):
    nowhere = Engine.connect('127.0.0.1:1', 1)
    with pytest.raises(NotFound, match=BEAR):
        Lookup(nowhere, Naming('azul', 'azul', 'test'), changed).file(UNRESTRICTED, BEAR)
