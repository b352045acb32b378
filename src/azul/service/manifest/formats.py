"""The formats of manifests, as far as a plug-in declares what they are made of."""
from collections.abc import Mapping

from azul.index.fields import EntityType, FileLink
from azul.plugin import Plugin
from azul.service.hits import Hits
from azul.service.manifest import listing
from azul.service.manifest.metadata import Metadata
from azul.service.manifest.table import Table
from azul.service.manifest.worker import Format

DEFAULT = 'tsv'

ALIASES = {'compact': 'tsv'}

TABLE = 'text/tab-separated-values'


def formats(plugin: Plugin) -> Mapping[str, Format]:
    """By name."""
    manifest, schema = plugin.manifest, plugin.schema
    if manifest is None:
        return {}
    entity_type = schema.entity_type[manifest.entity_type]
    hits = Hits(schema, entity_type, detail=True)
    found = {
        'tsv': Format('tsv', TABLE, lambda order: Table(manifest, order)),
        'jsonl': Format('jsonl', 'application/x-ndjson', lambda order: listing.json_lines(order, hits),
                        links=True),
    }
    if manifest.rows is not None:
        found['full'] = Format('tsv', TABLE, lambda order: Metadata(manifest, schema, order))
    for inner, link in _links(entity_type):
        found['curl'] = Format('txt', 'text/plain',
                               lambda order: listing.curl(order, entity_type.name, inner, link),  # noqa: B023
                               links=True)
    return found


def _links(entity_type: EntityType) -> list[tuple[str, FileLink]]:
    """Of the files that are shown, one at most."""
    return [(section.inner, section.link) for section in entity_type.sections if section.link is not None][:1]
