"""The answer to `/repository/summary`: figures about all entities that pass the filters.

Each figure is a search of its own, all are sent at once. What cannot be exact, or has been cut off, is named in the
member `inexact`, which is not there otherwise. Likewise figures about entities that do not have what is filtered by.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from azul.engine import Engine
from azul.http import Parameters
from azul.index.bundle import JSON
from azul.index.fields import IndexedField
from azul.index.figure_queries import UNREAD, Figure, figure
from azul.index.figures import INEXACT, SummaryItem
from azul.naming import Naming
from azul.plugin import Plugin
from azul.service import filters
from azul.service.filters import Filters, narrowed
from azul.service.indices import ENGINE_SECONDS, resolved
from azul.service.query import Restriction, composed


@dataclass(frozen=True)
class Summary:
    """
    :param max_seconds: that an answer may have to wait for the engine, in all
    """
    engine: Engine
    naming: Naming
    plugin: Plugin
    max_seconds: float = ENGINE_SECONDS

    def summary(self, restriction: Restriction, parameters: Mapping[str, str]) -> JSON:
        """
        The figures that the plug-in declares, in its order.

        :param restriction: to what the caller may see
        :param parameters: some of `self.parameters`. A filter must be by a field that all entity types have of which
                           there are figures, because it holds for all figures.
        :raises BadRequest: as in `filters.parse`
        """
        wanted = filters.parse(parameters.get('filters', ''), self._fields, self.plugin.aliases)
        results = self._results(restriction, wanted)
        summary = {item.name: results[item][0] for item in self.plugin.summary}
        inexact = [item.name for item in self.plugin.summary
                   if not results[item][1] or not self._tells(item.entity_type, wanted)]
        return {**summary, INEXACT: inexact} if inexact else summary

    def _results(self, restriction: Restriction, wanted: Filters) -> Mapping[SummaryItem, tuple[Any, bool]]:
        """The value of each figure, and whether it is exact."""
        schema, items = self.plugin.schema, self.plugin.summary
        engine = self.engine.within(self.max_seconds)
        indices = resolved(engine, self.naming, {item.entity_type for item in items})
        figures = {item: figure(item, schema.indexed_fields(item.entity_type)) for item in items}
        results: dict[SummaryItem, tuple[Any, bool]] = {}
        while figures:
            query = composed(restriction, narrowed(wanted.values()))
            responses = engine.msearch(
                ((indices[item.entity_type], {**query, **each.body}) for item, each in figures.items()), unread=UNREAD
            )
            following: dict[SummaryItem, Figure] = {}
            for (item, each), response in zip(figures.items(), responses, strict=True):
                results[item] = each.read(response)
                if (next_one := each.next(response)) is not None:
                    following[item] = next_one
            figures = following
        return results

    def _tells(self, entity_type: str, wanted: Filters) -> bool:
        """Whether entities of a type have all that is filtered by, and of them all. Titles of publications, say, only
        projects may have, and ids of entities are of one type each."""
        fields = [self._fields[name] for name in wanted]
        return all(field.inner is not None and self.plugin.schema.has(entity_type, field.inner, field.field)
                   for field in fields)

    @property
    def parameters(self) -> Parameters:
        return {'filters': filters.parameter(self._fields, self.plugin.aliases, 'summary.filters')}

    @cached_property
    def _fields(self) -> Mapping[str, IndexedField]:
        entity_types = {item.entity_type for item in self.plugin.summary}
        by_type = [self.plugin.schema.indexed_fields(entity_type) for entity_type in entity_types]
        return {
            name: field for fields in by_type for name, field in fields.items() if all(name in each for each in by_type)
        }
