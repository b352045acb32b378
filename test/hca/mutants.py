"""Faults to be seeded in production, one at a time, so as to see that the comparison with brute force finds each.

A mutant is a replacement of a text that occurs exactly once in its file. Whoever changes that text changes the mutant,
too: what counts is the fault that its name tells of.
"""
from typing import NamedTuple


class Mutant(NamedTuple):
    """
    :param name: the fault
    :param file: below src/azul
    """
    name: str
    file: str
    old: str
    new: str


AGGREGATE, ACCUMULATE = 'index/aggregate.py', 'index/accumulate.py'
FIELDS, ROWS, BUNDLE = 'index/fields.py', 'index/rows.py', 'index/bundle.py'
HCA = 'projects/hca/'
GRAPH, LINKS, LAYOUT = HCA + 'metadata/graph.py', HCA + 'metadata/links.py', HCA + 'metadata/layout.py'
MODEL, STORES, AGE = HCA + 'metadata/model.py', HCA + 'metadata/stores.py', HCA + 'metadata/age.py'
PROPERTIES, DECLARED = HCA + 'metadata/properties.py', HCA + 'fields.py'
CONTENTS, INNER = HCA + 'transform/contents.py', HCA + 'transform/inner.py'
DOCUMENTS, TABLE = HCA + 'transform/documents.py', HCA + 'transform/rows.py'

MUTANTS = (
    # Which entities belong together
    Mutant('an ancestor beyond the parents is dropped', GRAPH, 'ahead.extend(new)', 'pass'),
    Mutant('of pooled donors only the first is kept', GRAPH,
           'neighbours.get(ahead.pop(), ())', 'neighbours.get(ahead.pop(), ())[:1]'),
    Mutant('descendants are forgotten', CONTENTS,
           'self._graph.ancestors(*entities) | self._graph.descendants(*entities)', 'self._graph.ancestors(*entities)'),
    Mutant('descendants of files are forgotten', CONTENTS,
           'self._graph.ancestors(*parents) | self._graph.descendants(*children)', 'self._graph.ancestors(*parents)'),
    Mutant('what else was made of an ancestor is taken for related', CONTENTS,
           'reached = self._graph.ancestors(*parents) | self._graph.descendants(*children)',
           'reached = self._graph.descendants(*self._graph.ancestors(*parents))'),
    Mutant('files of one process share what only some of them went into', CONTENTS,
           'siblings = frozenset(parents), frozenset(children)', 'siblings = frozenset(parents), frozenset()'),
    Mutant('samples do not stop at the first', GRAPH,
           'nearest[entity] = frozenset([entity])', 'nearest[entity] = frozenset([entity]).union(*above)'),
    Mutant('of pooled samples those of one way only are kept', GRAPH, 'elif len(above) == 1:', 'elif above:'),
    Mutant('a sample that no file was made of has a document', DOCUMENTS,
           'contents.samples_of(metadata.files)', 'contents.samples_of(metadata.entities)'),
    Mutant('the project lacks specimens that no file was made of', CONTENTS,
           'self._around(*specimens, *self._metadata.files)', 'self._around(*self._metadata.files)'),
    Mutant('the project lacks files that no specimen went into', CONTENTS,
           'self._around(*specimens, *self._metadata.files)', 'self._around(*specimens)'),
    Mutant('the project has samples that no file was made of', CONTENTS,
           'self._samples_of(*self._metadata.files)', 'self._samples_of(*self._metadata.entities)'),
    Mutant('the document of a suspension has others, too', CONTENTS,
           'return {**contents, CELL_SUSPENSIONS.name: [self._inner[suspension][1]]}', 'return contents'),
    Mutant('cell lines are no samples', CONTENTS, "'cell_line': (CELL_LINES, inner.cell_line),", ''),

    # Links and layouts
    Mutant('links to protocols are lost', LINKS, 'self.links.followed[process, protocol] = None', 'pass'),
    Mutant('protocols of the first links are taken for products', LINKS,
           'self.links.followed[source, destination] = None', 'self.links.made[source, destination] = None'),
    Mutant('a stated type is believed rather than the id', LINKS, '(fitting or found)[0]', 'fitting[0]'),
    Mutant('of two entities of one id the kind that a link states does not count', LINKS,
           '(fitting or found)[0]', 'found[0]'),
    Mutant('a kind is no type that a link may state', LINKS, '(None, entity.kind, entity.schema)',
           '(None, entity.schema)'),
    Mutant('what the first links state is ignored', LINKS, "link.get('source_type')", 'None'),
    Mutant('the kind in a URL is not seen', LAYOUT, 'if [kind] == folder:', 'if False:'),
    Mutant('files of pooled links are linked to the first input only', LINKS,
           "for end in _list(link, 'inputs'):", "for end in _list(link, 'inputs')[:1]:"),
    Mutant('facts of processes are lost', CONTENTS, 'inner.process(entity.id, schema, properties)', 'None'),
    Mutant('processes without facts are protocols', INNER,
           "if inner is None or all(value is None for name, value in inner.items() if name != 'document_id'):",
           'if inner is None:'),

    # Files and stores
    Mutant('members of stores leak', MODEL, 'if name in stores or not is_member(name)', 'if True'),
    Mutant('stores are forgotten altogether', MODEL, 'if name in stores or not is_member(name)',
           'if not is_member(name)'),
    Mutant('attributes do not represent their store', STORES, '{**first, **attributes}', 'first'),
    Mutant('the last member represents a store', STORES, 'sorted(described, reverse=True)', 'sorted(described)'),
    Mutant('members that nobody describes do not count', STORES,
           'map(_MEMBER.fullmatch, data_files)', 'map(_MEMBER.fullmatch, described)'),
    Mutant('a slash does not make a member', STORES, '[!/]', '[!]'),
    Mutant('zarr is the only kind of store', STORES, '(?:zarr|loom|mtx)', '(?:zarr)'),
    Mutant('a store in a store is one of its own', STORES, r'.+?\.', r'.+\.'),
    Mutant('an unknown size is no bytes', BUNDLE, 'size = None', 'size = 0'),
    Mutant('an empty checksum is one', BUNDLE, 'return value or None', 'return value'),
    Mutant('the first name of the format is forgotten', INNER, "one_label('format', 'file_format')",
           "one_label('file_format')"),

    # Values
    Mutant('the first name of the short name of projects is forgotten', INNER,
           "'project_short_name', 'project_shortname'", "'project_short_name'"),
    Mutant('the first name of accessions is forgotten', INNER, "'geo_series_accessions', 'geo_series'",
           "'geo_series_accessions'"),
    Mutant('the first name of the parts of organs is forgotten', INNER, "'organ_parts', 'organ_part'", "'organ_parts'"),
    Mutant('the first name of the number of cells is forgotten', INNER,
           "'estimated_cell_count', 'total_estimated_cells'", "'estimated_cell_count'"),
    Mutant('the first name of selected cells is forgotten', INNER,
           "'selected_cell_types', 'selected_cell_type', 'target_cell_type'",
           "'selected_cell_types', 'selected_cell_type'"),
    Mutant('the first name of the model of organoids is forgotten', INNER, "'model_organ', 'model_for_organ'",
           "'model_organ'"),
    Mutant('the later name of the method of libraries is forgotten', INNER,
           "'library_construction_method', 'library_construction_approach'", "'library_construction_approach'"),
    Mutant('the text of a term counts for more than its label', PROPERTIES,
           "('ontology_label', 'text', 'ontology')", "('text', 'ontology_label', 'ontology')"),
    Mutant('an empty text is a value', PROPERTIES, "value is not None and value != ''", 'value is not None'),
    Mutant('labels are not distinct', PROPERTIES, 'return distinct(labels)', 'return sorted(labels)'),
    Mutant('words are neither true nor false', PROPERTIES,
           'if isinstance(value, str) and value.lower() in _WORDS:', 'if False:'),
    Mutant('a month has 30 days', AGE, '365 / 12 * _DAY', '30 * _DAY'),
    Mutant('an open age ends where it begins', AGE, 'None if most is None else upper', 'upper if most else lower'),
    Mutant('an age that cannot be read fails the bundle', INNER, 'except ValueError as error:',
           'except KeyError as error:'),
    Mutant('an age that cannot be read is lost', INNER, "'organism_age': age,",
           "'organism_age': age if age_in_seconds else None,"),
    Mutant('lines and organoids have no effective organ', INNER, "inner.get('organ', inner.get('model_organ'))",
           "inner.get('organ')"),
    Mutant('suspensions of organoids have no part of an organ', INNER,
           "_given(samples, 'organ_part', 'model_organ_part')", "_given(samples, 'organ_part')"),
    Mutant('contributors without a name are kept', INNER, 'if name is None:', 'if False:'),
    Mutant('contributors are not distinct', INNER, 'distinct(_contributors(people))',
           "sorted(_contributors(people), key=lambda each: str(each['contact_name']))"),
    Mutant('publications without anything are kept', INNER, 'if title is None and url is None:', 'if False:'),
    Mutant('publications are in no order', INNER, 'distinct(_publications(publications))',
           'list(_publications(publications))'),
    Mutant('no cells are an unknown number of cells', PROPERTIES, '0 <= number < LONG', '0 < number < LONG'),
    Mutant('a number that cannot be read fails the bundle', PROPERTIES, 'int(value) if value.is_integer() else None',
           'int(str(value))'),
    Mutant('targets of one assay count once', INNER,
           'Counter(label for each in objects for label in each.labels(name))',
           'Counter({label for each in objects for label in each.labels(name)})'),

    # Aggregation
    Mutant('the copy from the smallest version counts', AGGREGATE,
           'return bundle.version > other.version', 'return bundle.version < other.version'),
    Mutant('of equal versions the greatest uuid counts', AGGREGATE,
           'return bundle.uuid < other.uuid', 'return bundle.uuid > other.uuid'),
    Mutant('of equal versions the first to come counts', AGGREGATE, 'return bundle.uuid < other.uuid', 'return False'),
    Mutant('bundles are in no order', AGGREGATE, 'sorted(bundles)', 'bundles'),
    Mutant('the last copy counts', AGGREGATE,
           'if key not in latest or _precedes(contribution.bundle, latest[key][0])', 'if True'),
    Mutant('each copy counts', AGGREGATE, 'key = entity[inner.key]',
           "key = f'{entity[inner.key]}{contribution.bundle.uuid}'"),
    Mutant('the entity itself is accumulated', AGGREGATE, 'if inner.name in verbatim', "if inner.name == 'metadata'"),
    Mutant('files of bundles are accumulated', DECLARED, "EntityType('bundles', verbatim=(FILES.name,)",
           "EntityType('bundles', verbatim=()"),
    Mutant('groups are in no order', AGGREGATE, 'for key in sorted(positions)', 'for key in positions'),
    Mutant('suspensions are not grouped', DECLARED, "hit='cellSuspensions', group_by='organ'", "hit='cellSuspensions'"),
    Mutant('bundles count once for each version', AGGREGATE,
           'sorted(bundles)', 'sorted({bundle.version: bundle for bundle in bundles}.values())'),
    Mutant('None is no value', ACCUMULATE, 'return distinct(flat(entities, field))',
           'return [value for value in distinct(flat(entities, field)) if value is not None]'),
    Mutant('a hundred values are enough', ACCUMULATE, 'return distinct(flat(entities, field))',
           'return distinct(flat(entities, field))[:100]'),
    Mutant('None comes first', ACCUMULATE, 'return (9,)', 'return (-1,)'),
    Mutant('an unknown number is zero', ACCUMULATE, 'return total if known and -LONG <= total < LONG else None',
           'return total'),
    Mutant('the size of a file counts as often as it is described', ACCUMULATE,
           'flat(one_per(self.key, entities), field)', 'flat(entities, field)'),
    Mutant('a file counts as often as it is described', ACCUMULATE,
           'sum(1 for _ in one_per(self.key, entities))', 'len(entities)'),
    Mutant('what sums depend on is not stored', FIELDS, "*getattr(declared.accumulate, 'key', ())", ''),
    Mutant('the rarest assay comes first', ACCUMULATE, '(-weights[value], value)', '(weights[value], value)'),
    Mutant('equally frequent assays are in no order', ACCUMULATE, '(-weights[value], value)', '-weights[value]'),
    Mutant('assays count once for each protocol', ACCUMULATE, 'weights.update(entity.get(field) or {})',
           'weights.update((entity.get(field) or {}).keys())'),
    Mutant('descriptions of projects are accumulated', DECLARED,
           "hit='projectDescription', accumulate=None, detail=True", "hit='projectDescription', detail=True"),

    # Rows
    Mutant('a property without a column has one', TABLE, "'file_format', 'file_name',", "'file_format',"),
    Mutant('PDFs have rows', TABLE, "('csv', 'txt', 'pdf')", "('csv', 'txt')"),
    Mutant('texts have rows', TABLE, "('csv', 'txt', 'pdf')", "('csv', 'pdf')"),
    Mutant('the case of an extension matters', TABLE, ".lower().lstrip('.')", ".lstrip('.')"),
    Mutant('the extension counts for more than the format', TABLE, '(format_ or ', '('),
    Mutant('a store goes by the name of its member', TABLE,
           'entry.name if store is None else', 'entry.name if True else'),
    Mutant('null is a text', TABLE, "elif value is not None and value != '':", "elif value != '':"),
    Mutant('an entity without a schema has no columns of its own', TABLE, 'entity.schema or entity.kind',
           'entity.schema'),
    Mutant('all files are in all rows', TABLE, "if entity.kind != 'file':", 'if True:'),
    Mutant('of several values of a cell the last counts', ROWS, 'row[column] = {known, value}', 'row[column] = value'),
    Mutant('what two rows share all have', ROWS, 'all(row.get(column) == cell for row in others)',
           'any(row.get(column) == cell for row in others)'),
    Mutant('bundles of the first layout have rows', TABLE, 'if metadata.legacy:', 'if False:'),
)
