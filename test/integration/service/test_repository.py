"""Pages, facets and details on the real engine, by example."""
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from azul.engine import Engine
from azul.errors import BadRequest, EngineError, EngineRejection, NotFound, TooManyBuckets
from azul.index.documents import MAX_INDEXED_LENGTH
from azul.index.mapping import NULL_TERM
from azul.index.terms import MAX_TERMS
from azul.local.ports import HOST, free_port
from azul.service.facets import MAX_PREFIX
from azul.service.filters import MAX_RANGES, MAX_VALUES
from azul.service.restriction import UNRESTRICTED
from azul.service.search import MAX_URL, Repository
from fixtures.shelf import Shelf, aggregate
from fixtures.toys import new_uuid

BEAR, CAR, DOLL = (f'{digit * 8}-0000-4000-8000-000000000000' for digit in '123')
POSITIONS = ('search_after', 'search_after_uid', 'search_before', 'search_before_uid')


def toy(name: str | None, **fields: Any) -> Any:
    return {'name': name, 'colours': [], 'pieces': None, 'wooden': None, 'ages': None, **fields}


@pytest.fixture(scope='module')
def toys(engine: str) -> Iterator[Shelf]:
    """With three toys, to be read only."""
    shelf = Shelf(engine)
    shelf.create('toys')
    put_toys(shelf)
    yield shelf
    shelf.close()


def put_toys(shelf: Shelf) -> None:
    boxes = [{'label': ['big', 'small'], 'maker': [None]}]
    shelf.put(
        aggregate('toys', BEAR, boxes=boxes, toys=[toy('bear', colours=['red', 'blue'], pieces=3)],
                  pictures=[{'format': 'png', 'size': 5, 'count': 1, 'largest': 5}]),
        aggregate('toys', CAR, boxes=boxes, toys=[toy('car', colours=['red', None], wooden=True)], pictures=[]),
        aggregate('toys', DOLL, boxes=boxes, toys=[toy(None, ages={'gte': 3, 'lte': None})], pictures=[]),
        aggregate('toys', live=False)
    )


def ids(page: Any) -> list[str]:
    return [hit['entryId'] for hit in page['hits']]


def terms(page: Any, facet: str) -> dict[str | None, int]:
    return {term['term']: term['count'] for term in page['termFacets'][facet]['terms']}


def filtering(**described: Any) -> str:
    return json.dumps(described)


def test_an_empty_index_gives_an_empty_page(shelf):
    for entity_type in shelf.plugin.schema.entity_type:
        page = shelf.page(entity_type, filters=filtering(maker={'is': ['x']}), sort='pieces', order='desc')
        assert page['hits'] == []
        assert (page['pagination']['total'], page['pagination']['pages'], page['pagination']['count']) == (0, 0, 0)
        assert all(page['pagination'][name] is None for name in (*POSITIONS, 'next', 'previous'))
        assert list(page['termFacets']) == list(shelf.plugin.facets)
        assert all(facet == {'terms': [], 'total': 0, 'type': 'terms'} for facet in page['termFacets'].values())


def test_without_indices_the_caller_has_to_come_again(empty_shelf):
    with pytest.raises(EngineError, match='there are no indices of toys yet'):
        empty_shelf.page('toys')


def test_an_alias_of_several_indices_is_nobody_to_read_from(shelf):
    shelf.create_generation('toys', 2)
    shelf.engine.update_aliases([shelf.serve('toys', 2)])
    with pytest.raises(EngineRejection, match='several indices'):
        shelf.page('toys')


def test_without_an_engine_the_caller_has_to_come_again(toys):
    nowhere = Engine.connect(f'{HOST}:{free_port()}', 2)
    with pytest.raises(EngineError):
        Repository(nowhere, toys.naming, toys.plugin).page(UNRESTRICTED, 'toys', {}, '')
    nowhere.close()


def test_a_page_has_its_members_in_the_order_that_clients_count_on(toys):
    page = toys.page('toys')
    assert list(page) == ['hits', 'pagination', 'termFacets']
    assert list(page['pagination']) == ['count', 'total', 'size', 'pages', 'sort', 'order', *POSITIONS,
                                        'next', 'previous']
    assert page['pagination']['sort'] == 'toyName'
    assert page['hits'][0] == {
        'entryId': BEAR,
        'boxes': [{'label': ['big', 'small'], 'maker': [None]}],
        'toys': [{'name': 'bear', 'colours': ['red', 'blue'], 'pieces': 3, 'wooden': None, 'ages': None}],
        'formats': [{'format': 'png', 'count': 1, 'totalSize': 5, 'largest': 5}]
    }


def test_null_is_a_term_like_any_other_and_nothing_else(toys):
    page = toys.page('toys')
    assert terms(page, 'colour') == {'red': 2, None: 2, 'blue': 1}
    assert [term['term'] for term in page['termFacets']['colour']['terms']] == ['red', None, 'blue']
    assert terms(page, 'wooden') == {None: 2, 'true': 1}
    assert terms(page, 'maker') == {None: 3}
    assert page['termFacets']['maker']['total'] == 3
    assert NULL_TERM not in json.dumps(page, ensure_ascii=False)


def test_a_facet_is_counted_without_its_own_filter(toys):
    page = toys.page('toys', filters=filtering(colour={'is': ['blue']}))
    assert ids(page) == [BEAR]
    assert page['termFacets']['colour']['total'] == 3
    assert terms(page, 'colour') == {'red': 2, None: 2, 'blue': 1}
    assert terms(page, 'wooden') == {None: 1}
    assert page['termFacets']['wooden']['total'] == 1


@pytest.mark.parametrize(('described', 'found'), [
    ({'colour': {'is': [None]}}, [CAR, DOLL]),
    ({'colour': {'is': [None, 'blue']}}, [BEAR, CAR, DOLL]),
    ({'colour': {'is': []}}, []),
    ({'wooden': {'is': ['true']}}, [CAR]),
    ({'pieces': {'is': ['3']}}, [BEAR]),
    ({'ages': {'is': [None]}}, [BEAR, CAR]),
    ({'ages': {'within': [[1, None]]}}, [DOLL]),
    ({'ages': {'within': [[1, 100]]}}, []),
    ({'ages': {'contains': [[4, 1000]]}}, [DOLL]),
    ({'ages': {'intersects': [[0, 3]]}}, [DOLL]),
    ({'ages': {'intersects': [[0, 3], [0, 2]]}}, []),
    ({'entryId': {'is': [CAR]}}, [CAR]),
    ({'boxLabel': {'is': ['big']}, 'wooden': {'is': [None]}}, [BEAR, DOLL]),
])
def test_filters_leave_what_passes_all_of_them(toys, described, found):
    page = toys.page('toys', filters=filtering(**described))
    assert ids(page) == found
    assert page['pagination']['total'] == len(found)


def test_the_engine_takes_as_many_values_and_ranges_as_a_filter_may_have(toys):
    values = {'is': [None, *(str(number) for number in range(MAX_VALUES - 1))]}
    page = toys.page('toys', filters=filtering(maker=values, colour=values, ages={'contains': [[5, 6]] * MAX_RANGES}))
    assert ids(page) == [DOLL]


def test_terms_list_the_values_of_other_fields_that_occur_with_them(shelf):
    first, second, third = sorted(new_uuid() for _ in range(3))
    shelf.put(*(aggregate('boxes', box, boxes=[{'document_id': box, 'label': label, 'maker': None}])
                for box, label in [(second, 'x'), (first, 'x'), (third, None)]))
    assert shelf.page('boxes')['termFacets']['label']['terms'] == [
        {'term': 'x', 'count': 2, 'boxId': [first, second]},
        {'term': None, 'count': 1, 'boxId': [third]},
    ]


def test_each_entity_type_has_an_order_of_its_own(shelf):
    shelf.put(*(aggregate('boxes', boxes=[{'label': label}]) for label in 'bca'))
    page = shelf.page('boxes')
    assert [hit['boxes'][0]['label'] for hit in page['hits']] == ['c', 'b', 'a']
    assert (page['pagination']['sort'], page['pagination']['order']) == ('label', 'desc')


def test_the_neighbouring_pages_have_urls(toys):

    def follow(link: str) -> Any:
        url = urlsplit(link)
        assert (url.scheme, url.netloc, url.path) == ('http', 'service', '/repository/toys')
        return toys.page('toys', **dict(parse_qsl(url.query, strict_parsing=True)))

    first = toys.page('toys', size='1', filters=filtering(colour={'is': ['red', None]}))
    second = follow(first['pagination']['next'])
    third = follow(second['pagination']['next'])
    assert [*ids(first), *ids(second), *ids(third)] == [BEAR, CAR, DOLL]
    assert third['pagination']['next'] is None
    assert follow(third['pagination']['previous']) == second
    back = follow(second['pagination']['previous'])
    assert ids(back) == ids(first)
    assert back['pagination'] == first['pagination']


def test_long_strings_are_terms_and_positions_by_their_beginning(shelf):
    long = 'ä' * MAX_INDEXED_LENGTH
    shelf.put(*(aggregate('toys', toys=[toy(name, colours=[name])]) for name in (long + '1', long + '2', 'z')))
    page = shelf.page('toys', size='1')
    assert terms(page, 'colour') == {long: 2, 'z': 1}
    assert shelf.page('toys', filters=filtering(colour={'is': [long]}))['pagination']['total'] == 2
    assert page['hits'][0]['toys'][0]['name'] == 'z'
    after = {name: page['pagination'][name] for name in POSITIONS[:2]}
    following = shelf.page('toys', size='1', **after)
    after = {name: following['pagination'][name] for name in POSITIONS[:2]}
    last = shelf.page('toys', size='1', **after)
    assert {hit['toys'][0]['name'] for each in (following, last) for hit in each['hits']} == {long + '1', long + '2'}


def test_a_facet_with_too_many_terms_says_how_many_entities_it_leaves_out(shelf):
    fitting = [[f'{i * 500 + j:05}' for j in range(500)] for i in range(MAX_TERMS // 500)]
    others = [['x1', 'x2', 'x3'], ['x2', 'Y1'], ['y1']]
    colours = [*fitting, *others, ['00000', 'x1'], None]
    shelf.put(*(aggregate('toys', toys=[toy('a', colours=each, wooden=each == others[0])]) for each in colours))
    # Three terms occur twice; of the others those are listed that come first, and null would come last.
    facet = shelf.page('toys')['termFacets']['colour']
    assert len(facet['terms']) == MAX_TERMS
    assert facet['terms'][:3] == [{'term': '00000', 'count': 2}, {'term': 'x1', 'count': 2}, {'term': 'x2', 'count': 2}]
    assert facet['total'] == len(colours)
    assert facet['otherDocCount'] == 2, 'the third of the others and the one without a colour'

    def left_out(**parameters: str) -> Any:
        return shelf.page('toys', **parameters)['termFacets']['colour'].get('otherDocCount')

    assert left_out(filters=filtering(wooden={'is': [True]})) is None, 'of those that are counted no term is missing'
    assert left_out(filters=filtering(colour={'is': ['x1']})) == 2, 'its own filter plays no part'
    assert left_out(facetPrefix='y') is None


class EngineWithJournal(Engine):
    """One that writes down how many searches were sent at a time."""
    journal: list[int]

    def msearch(self, searches: Iterable[tuple[str, Any]], **options: Any) -> Any:
        together = list(searches)
        self.journal.append(len(together))
        return super().msearch(together, **options)


@contextmanager
def allowing(endpoint: str, buckets: int | None) -> Iterator[None]:
    """Have the engine allow so many buckets in a search."""
    def allow(number: int | None) -> None:
        requests.put(f'http://{endpoint}/_cluster/settings', timeout=30,
                     json={'transient': {'search.max_buckets': number}}).raise_for_status()

    allow(buckets)
    try:
        yield
    finally:
        allow(None)


def test_facets_never_have_more_terms_than_the_engine_allows(engine, shelf):
    many = [[f'{i * 500 + j:05}' for j in range(500)] for i in range(MAX_TERMS // 500 + 1)]
    shelf.put(*(aggregate('toys', toys=[toy('x', colours=each)], boxes=[{'label': each, 'maker': each}],
                          pictures=[{'format': each}]) for each in many))
    described = filtering(colour={'is': [each[0] for each in many]})
    generous = shelf.page('toys', filters=described)['termFacets']
    assert len(generous['colour']['terms']) == MAX_TERMS
    assert generous['label']['terms'][0] == {'term': '00000', 'count': 1, 'boxId': []}
    during = EngineWithJournal.connect(engine, 30)
    # The last search is for what four facets leave out.
    for allowed, searches, details in ((40_000, [4, 4], {'boxId': []}), (20_000, [5, 4, 4], {'incomplete': ['boxId']})):
        during.journal = []
        with allowing(engine, allowed):
            repository = Repository(during, shelf.naming, shelf.plugin, allowed)
            page = repository.page(UNRESTRICTED, 'toys', {'filters': described}, '')
        assert page['pagination']['total'] == len(many)
        assert page['termFacets'] == {**generous, 'label': {**generous['label'], 'terms': [
            {'term': term['term'], 'count': term['count'], **details} for term in generous['label']['terms']
        ]}}
        assert during.journal == searches
    with allowing(engine, MAX_TERMS // 2), pytest.raises(TooManyBuckets):
        shelf.page('toys')
    during.close()


def test_only_the_facets_that_are_asked_for_are_counted(toys):
    described = filtering(colour={'is': ['blue']}, wooden={'is': [None]})
    everything = toys.page('toys', filters=described)
    for chosen in ('', 'maker', 'colour,format', 'format,wooden,colour'):
        page = toys.page('toys', filters=described, facets=chosen)
        assert page['hits'] == everything['hits']
        assert page['termFacets'] == {
            name: facet for name, facet in everything['termFacets'].items() if name in chosen.split(',')
        }


SPECIAL = '.?+*|{}[]()"\\#@&<>~^$-_/ \n\t\x00äß☃😀'


def test_terms_are_found_by_their_beginning(shelf):
    texts = ['Éclair', 'éCLAT', 'eclair', 'é', 'null', *(f'{character}x' for character in SPECIAL)]
    shelf.put(*(aggregate('toys', toys=[toy('x', colours=[text, None])]) for text in texts))

    def found(prefix: str) -> set[str | None]:
        facets = shelf.page('toys', facets='colour,wooden', facetPrefix=prefix)['termFacets']
        assert 'otherDocCount' not in facets['colour'], 'nothing is left out of what was asked for'
        assert facets['colour']['total'] == len(texts)
        return set(terms({'termFacets': facets}, 'colour'))

    assert found('éclA') == {'Éclair', 'éCLAT'}
    assert found('e') == {'eclair'}
    assert found('n') == {'null'}
    assert found('x') == set()
    assert found('') == {*texts, None}
    for character in SPECIAL:
        assert found(character) == {f'{character}x'}
        assert found(f'{character}X{character}') == set()
    assert found('ß' * MAX_PREFIX) == found('é😀' * (MAX_PREFIX // 2)) == set()


def test_the_links_ask_for_the_same_facets(toys):
    page = toys.page('toys', size='1', facets='colour,maker', facetPrefix='b')
    query = dict(parse_qsl(urlsplit(page['pagination']['next']).query))
    assert list(toys.page('toys', **query)['termFacets']) == ['maker', 'colour']
    assert list(terms(toys.page('toys', **query), 'colour')) == ['blue']
    page = toys.page('toys', size='1', facets='')
    query = dict(parse_qsl(urlsplit(page['pagination']['next']).query, keep_blank_values=True))
    assert toys.page('toys', **query)['termFacets'] == {}


def test_a_link_that_nobody_could_follow_is_not_given(toys):
    described = filtering(maker={'is': [None, 'x' * MAX_URL]})
    pagination = toys.page('toys', size='1', filters=described)['pagination']
    assert pagination['search_after'] is not None
    assert 'next' not in pagination
    assert pagination['previous'] is None, 'there is none'


def test_details_show_more_than_pages(shelf):
    shelf.put(aggregate('boxes', BEAR, boxes=[{'document_id': BEAR, 'label': 'x', 'maker': None,
                                               'notes': [{'the_author': 'y'}]}]))
    assert shelf.page('boxes')['hits'] == [
        {'entryId': BEAR, 'boxes': [{'label': 'x', 'maker': None}], 'toys': [], 'formats': []}
    ]
    assert shelf.repository.detail(UNRESTRICTED, 'boxes', BEAR, {}, 'http://service') == {
        'entryId': BEAR, 'toys': [], 'formats': [],
        'boxes': [{'label': 'x', 'maker': None, 'notes': [{'theAuthor': 'y', 'text': None}]}],
    }


def test_an_entity_that_does_not_exist_any_more_was_never_there(shelf):
    shelf.put(aggregate('toys', BEAR, live=False))
    errors = []
    for entity_id in (BEAR, CAR):
        with pytest.raises(NotFound) as caught:
            shelf.repository.detail(UNRESTRICTED, 'toys', entity_id, {}, '')
        errors.append(caught.value.text.replace(entity_id, 'ID'))
    assert errors == ["Can't find an entity in toys with an uuid, ID."] * 2
    page = shelf.page('toys')
    assert (page['hits'], page['pagination']['total'], terms(page, 'maker')) == ([], 0, {})


def test_details_pass_the_filters(toys):
    for colour, found in ('red', True), ('blue', False):
        parameters = {'filters': filtering(colour={'is': [colour]}), 'size': '1'}
        if found:
            assert toys.repository.detail(UNRESTRICTED, 'toys', CAR, parameters, '')['entryId'] == CAR
        else:
            with pytest.raises(NotFound):
                toys.repository.detail(UNRESTRICTED, 'toys', CAR, parameters, '')


@pytest.mark.parametrize('text', ['bear', BEAR.replace('-', ''), f'{{{BEAR}}}', 'ABCDEF00-0000-4000-8000-000000000000',
                                  '', f'{BEAR} '])
def test_an_id_is_a_uuid_in_its_canonical_form(toys, text):
    with pytest.raises(BadRequest) as caught:
        toys.repository.detail(UNRESTRICTED, 'toys', text, {}, '')
    assert caught.value.text == f'{text} is not a valid uuid.'


def test_an_unknown_entity_type_is_refused_with_the_known_ones(toys):
    for call in (lambda: toys.page('toy'), lambda: toys.repository.detail(UNRESTRICTED, 'toy', BEAR, {}, ''),
                 lambda: toys.repository.order('toy')):
        with pytest.raises(NotFound) as caught:
            call()
        assert caught.value.allowed == ('pictures', 'toys', 'boxes')


def test_the_order_of_facets_is_the_plug_ins(toys):
    assert toys.repository.order('pictures') == {'order': ['label', 'maker', 'colour', 'wooden', 'format']}


class EngineDuringSwap(Engine):
    """An engine at which the aliases move as soon as somebody has looked where they point to."""
    shelf: Shelf

    def resolve(self, aliases: Iterable[str]) -> dict[str, str]:
        indices = super().resolve(aliases)
        old = self.shelf.serve('toys', 1)['add']
        self.update_aliases([{'remove': old}, self.shelf.serve('toys', 2)])
        return indices


def test_a_request_reads_one_generation_though_another_begins_to_serve_meanwhile(engine, shelf):
    shelf.create_generation('toys', 2)
    put_toys(shelf)
    shelf.put(aggregate('toys', toys=[toy('new')]), generation=2)
    during = EngineDuringSwap.connect(engine, 30)
    during.shelf = shelf
    page = Repository(during, shelf.naming, shelf.plugin).page(UNRESTRICTED, 'toys', {}, '')
    during.close()
    assert ids(page) == [BEAR, CAR, DOLL]
    assert page['termFacets']['maker']['total'] == 3
    assert [hit['toys'][0]['name'] for hit in shelf.page('toys')['hits']] == ['new']
