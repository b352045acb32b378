"""Faults in what answers questions; see `fixtures.mutation`."""
from fixtures.mutation import Mutant

FILTERS, FACETS, PAGE = 'service/filters.py', 'service/facets.py', 'service/page.py'
QUERY, SEARCH, SUMMARY = 'service/query.py', 'service/search.py', 'service/summary.py'
TERMS, FIGURES = 'index/terms.py', 'index/figure_queries.py'

MUTANTS = (
    # Which entities
    Mutant('entities that are gone are found', QUERY, ".filter('term', live=True)", ''),
    Mutant('null is not found', FILTERS, 'return NULL_TERM', "return ''"),
    Mutant('of several values the first one counts', FILTERS, 'list(self.terms)}', 'list(self.terms)[:1]}'),
    Mutant('only the first filter holds', FILTERS, 'for each in filters:', 'for each in list(filters)[:1]:'),
    Mutant('of several ranges one suffices', FILTERS, "return Q('bool', filter=[", "return Q('bool', should=["),
    Mutant('ranges that meet are within each other', FILTERS, "'relation': self.relation", "'relation': 'intersects'"),
    Mutant('the ends of ranges do not count', FILTERS, "zip(('gte', 'lte')", "zip(('gt', 'lt')"),
    Mutant('what has no range is what has one', FILTERS, "must_not=[Q('exists'", "filter=[Q('exists'"),
    Mutant('false is true', FILTERS, "return 'false'", "return 'true'"),
    Mutant('no filter holds for hits', SEARCH, 'narrowed(wanted.filters.values()), wanted.page', 'wanted.page'),

    # Facets
    Mutant('a facet is counted under its own filter', FACETS, 'filters.items() if name != facet.field.name]',
           'filters.items()]'),
    Mutant('facets with a filter are counted without all others', FACETS, 'yield Counting([facet], others)',
           'yield Counting([facet], [])'),
    Mutant('facets without a filter are counted among all entities', FACETS, 'list(filters.values()))', '[])'),
    Mutant('the total of a facet is the number of its terms', FACETS, "total = answer['hits']['total']['value']",
           "total = len(next(iter(answer['aggregations'].values()))['buckets'])"),
    Mutant('the sentinel for null leaves the service', TERMS, 'None if key == NULL_TERM else key', 'key'),
    Mutant('the rarest terms come first', TERMS, '(-term.count,', '(term.count,'),
    Mutant('null comes first among equals', TERMS, 'term.term is None, term', 'term.term is not None, term'),

    # Pages
    Mutant('hits with equal values come in descending order of their ids', PAGE, "(self.order, '_last', 'asc')",
           "(self.order, '_last', 'desc')"),
    Mutant('null comes first', PAGE, "(self.order, '_last', 'asc')", "(self.order, '_first', 'asc')"),
    Mutant('null comes first on the way back', PAGE, "'_first', 'desc')", "'_last', 'desc')"),
    Mutant('hits are sorted by their greatest value', PAGE, "'mode': 'min'", "'mode': 'max'"),
    Mutant('the next page is forgotten', PAGE, 'size=self.size + 1', 'size=self.size'),
    Mutant('the way back is in reverse', PAGE, 'found.reverse()', 'pass'),
    Mutant('there always is a next page', PAGE, 'more or self.before is not None', 'True'),
    Mutant('there never is a page before the last two', PAGE, 'or (more and self.before is not None)', ''),
    Mutant('pages begin with the hit that the one before ended with', PAGE,
           "hits['hits'][:self.size]", "hits['hits']"),
    Mutant('a number that is missing is the least', PAGE, "if (order == 'asc') == (missing == '_last')",
           "if (order == 'asc') != (missing == '_last')"),
    Mutant('a missing number is a position with a value', PAGE, 'None if value in (_LEAST, _GREATEST) else value',
           'value'),
    Mutant('the last page is not counted', PAGE, '-(-total // self.size)', 'total // self.size'),

    # The summary
    Mutant('filters do not hold for figures', SUMMARY, 'narrowed(wanted.values())', 'narrowed(())'),
    Mutant('null is a distinct value', FIGURES, 'path = self.field.value_path', 'path = self.field.path'),
    Mutant('null has a row', FIGURES, 'if item.nulls or term.term is not None', 'if True'),
    Mutant('sums are maxima', FIGURES, "return {'sum': {'field'", "return {'max': {'field'"),
)
