"""The formats of manifests, as far as a plug-in declares what they are made of."""
from collections.abc import Mapping

from azul.plugin import Plugin
from azul.service.hits import Hits
from azul.service.manifest import listing
from azul.service.manifest.bag import Bag
from azul.service.manifest.export import Format
from azul.service.manifest.metadata import Metadata
from azul.service.manifest.participants import Address, Participants
from azul.service.manifest.table import Table

DEFAULT = 'tsv'

ALIASES = {'compact': 'tsv', 'terra.bdbag': 'bdbag'}

TABLE = 'text/tab-separated-values'


def formats(plugin: Plugin, addresses: Mapping[str, Address]) -> Mapping[str, Format]:
    """
    By name.

    :param addresses: the columns with URLs of a file, where a format has some
    """
    manifest, schema = plugin.manifest, plugin.schema
    if manifest is None:
        return {}
    entity_type = schema.entity_type[manifest.entity_type]
    hits = Hits(schema, entity_type, detail=True)
    found = {
        'tsv': Format('tsv', TABLE, lambda order, _: Table(manifest, order)),
        'jsonl': Format('jsonl', 'application/x-ndjson', lambda order, _: listing.json_lines(order, hits), links=True),
    }
    if manifest.rows is not None:
        found['full'] = Format('tsv', TABLE, lambda order, _: Metadata(manifest, schema, order))
    if entity_type.linked is not None:
        inner, link = entity_type.linked
        found['curl'] = Format('txt', 'text/plain', lambda order, _: listing.curl(order, entity_type.name, inner, link),
                               links=True)
        if manifest.kind is not None:
            participants = Format('draft', TABLE,
                                  lambda order, _: Participants(manifest, order, inner, link, addresses))
            found['bdbag'] = Format('zip', 'application/zip', lambda _, draft: Bag(draft), participants)
    return found
