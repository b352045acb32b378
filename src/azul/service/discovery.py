"""The answer to `/repository`: what there is to be asked for, as the plug-in declares it."""
from azul.index.bundle import JSON
from azul.index.fields import FieldType, IndexedField
from azul.index.figures import SummaryItem
from azul.index.shapes import BOOLEAN, STRING, closed, listed, nullable, one_of
from azul.plugin import Plugin
from azul.service.filters import relations

_FIELD_TYPES = [each.value for each in FieldType if each is not FieldType.OBJECT]


def described(plugin: Plugin) -> JSON:
    """The entity types that have a route, the fields that some of them are found by, and the figures of the summary."""
    schema = plugin.schema
    by_type = {name: schema.indexed_fields(name) for name in plugin.searchable}
    fields = {name: field for fields in by_type.values() for name, field in fields.items()}
    return {
        'entityTypes': [
            {
                'name': name,
                'path': f'/repository/{name}',
                'sort': schema.entity_type[name].sort,
                'order': schema.entity_type[name].order,
                'fields': list(fields),
            } for name, fields in by_type.items()
        ],
        'fields': [_field(plugin, field) for field in fields.values()],
        'summary': {'path': '/repository/summary', 'figures': [_figure(item) for item in plugin.summary]},
    }


def _field(plugin: Plugin, field: IndexedField) -> JSON:
    return {
        'name': field.name,
        'type': field.type.value,
        'description': field.description,
        'aliases': [alias for alias, name in plugin.aliases.items() if name == field.name],
        'facet': field.name in plugin.facets,
        'sortable': field.sortable,
        'relations': list(relations(field)),
    }


def _figure(item: SummaryItem) -> JSON:
    return {'name': item.name, 'entityType': item.entity_type, 'field': getattr(item, 'field', None)}


def shape(plugin: Plugin) -> JSON:
    """Of what `described` gives."""
    return closed({
        'entityTypes': listed(closed({
            'name': one_of(plugin.searchable),
            'path': STRING,
            'sort': {**STRING, 'description': 'The field that hits are sorted by unless a request says otherwise.'},
            'order': one_of(['asc', 'desc']),
            'fields': {**listed(STRING), 'description': 'Names of the fields that it can be filtered and sorted by.'},
        })),
        'fields': listed(closed({
            'name': STRING,
            'type': one_of(_FIELD_TYPES),
            'description': STRING,
            'aliases': {**listed(STRING), 'description': 'More names that are accepted for it.'},
            'facet': {**BOOLEAN, 'description': 'Whether its terms are counted.'},
            'sortable': BOOLEAN,
            'relations': {**listed(STRING), 'description': 'Those that a filter may have to its values.'},
        })),
        'summary': closed({
            'path': STRING,
            'figures': listed(closed({
                'name': {**STRING, 'description': 'The member of the answer.'},
                'entityType': STRING,
                'field': {**nullable(STRING), 'description': 'Whose values it is about; null if about entities.'},
            }))
        })
    }, title='Discovery')
