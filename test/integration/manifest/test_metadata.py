"""The table with all metadata."""
import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from azul.aws.objects import MIN_PART
from azul.index.bundle import BundleFQID
from azul.index.mapping import NULL_TERM
from azul.service.manifest.metadata import BUNDLES
from azul.service.query import Restriction
from fixtures import rows
from fixtures.exports import ROUTE, URL, Exports, exporting, filtering, token
from integration.manifest.test_formats import A, B, picture

WIDTH = 100_000
"""Characters of a row."""


@pytest.fixture
def exports(engine: str, queues: str, aws: str) -> Iterator[Exports]:
    with exporting(engine, queues, aws, rows.plugin) as exports:
        yield exports


def lines(made: bytes) -> list[list[str]]:
    *lines, end = made.decode().split('\r\n')
    assert not end
    return [line.split('\t') for line in lines]


def test_it_has_the_columns_of_all_rows(exports: Exports):
    exports.shelf.put(picture('a.png', A), picture('b.png', B),
                      *rows.parts(A, {'box': 'red'}, [{'picture': 'a.png', 'size': '1'}, {'picture': 'c.png'}]),
                      *rows.parts(B, {'toy': {'car', 'bear'}}, [{'picture': 'b.png'}]))
    assert lines(exports.made(format='full')) == [
        ['box', 'bundle_uuid', 'picture', 'size', 'toy'],
        ['red', A.uuid, 'a.png', '1', ''],
        ['red', A.uuid, 'c.png', '', ''],
        ['', B.uuid, 'b.png', '', 'bear||car'],
    ]


def test_nothing_is_a_table_with_the_columns_that_are_always_there(exports: Exports):
    assert lines(exports.made(format='full')) == [['bundle_uuid', 'picture']]
    exports.shelf.put(picture('a.png', A))  # of which there are no rows
    assert lines(exports.made(format='full')) == [['bundle_uuid', 'picture']]
    exports.shelf.put(*rows.parts(A, {'box': 'red'}, [{'picture': 'a.png'}]))
    of_others = filtering(pictureName={'is': ['nothing']})
    assert lines(exports.made(format='full', filters=of_others)) == [['bundle_uuid', 'picture']]
    assert len(lines(exports.made(format='full'))) == 2


def test_it_is_called_after_what_is_the_same_in_all_rows(exports: Exports):
    exports.shelf.put(picture('a.png', A), picture('b.png', B),
                      *rows.parts(A, {'box': 'Grün "1"/2'}, [{'picture': 'a.png'}]),
                      *rows.parts(B, {'box': 'other'}, [{'picture': 'b.png'}]))
    for filters, name in ({'pictureName': {'is': ['a.png']}}, 'Gru_n _1__2 2'), ({}, 'toy-manifest-'):
        answer = exports.ask(format='full', filters=json.dumps(filters))
        exports.work()
        disposition = exports.download(exports.again(answer)).headers['Content-Disposition']
        assert disposition.startswith(f'attachment;filename="{name}')
        assert disposition.endswith('.tsv"')


@pytest.mark.parametrize(('others', 'digit'), [(0, ''), (BUNDLES + 2, 'f'), (3, '0')])
def test_a_bundle_that_is_too_large_for_a_part_is_cut(exports: Exports, others: int, digit: str):
    """By workers who have time for one part each."""
    number = (MIN_PART // WIDTH + 1) * 2 + 1
    exports.shelf.put(picture('a.png', A),
                      *rows.parts(A, {}, [{'picture': f'{each:04}', 'text': 'x' * WIDTH} for each in range(number)]))
    bundles = [BundleFQID(f'{digit}{each:07}-0000-4000-8000-000000000000', '1') for each in range(others)]
    exports.shelf.put(*(picture(bundle.uuid, bundle) for bundle in bundles),
                      *(part for bundle in bundles for part in rows.parts(bundle, {}, [{'picture': 'other'}])))
    answer = exports.ask(format='full')
    key = exports.manifests.tokens.parse(token(answer)['token']).job
    skipped = []

    def nothing_left() -> float:
        state, _ = exports.manifests.jobs.states.read(key)
        assert state is not None
        skipped.append((state.memo or {}).get('skipped', 0))
        return 0

    exports.work(nothing_left)
    answer = exports.again(answer)
    assert sorted(set(skipped)) == [0, number // 2, number // 2 * 2]
    assert answer.progress == {'rows': number + others, 'total': number + others}
    header, *found = lines(exports.download(answer).content)
    assert header == ['bundle_uuid', 'picture', 'text']
    assert [row[:2] for row in found] == sorted([
        *([A.uuid, f'{each:04}'] for each in range(number)), *([bundle.uuid, 'other'] for bundle in bundles)
    ])
    assert {len(row[2]) for row in found if row[0] == A.uuid} == {WIDTH}


@pytest.mark.parametrize('format', ['tsv', 'full', 'bdbag', 'curl', 'jsonl'])
def test_no_manifest_tells_of_what_must_not_be_seen(exports: Exports, format: str):
    """The metadata of a bundle tell of all that is in it."""
    hidden, seen = picture('secret.png', A), picture('seen.png', B)
    hidden.contents['boxes'][0]['maker'] = ['Steiff']
    exports.shelf.put(hidden, picture('beside.png', A), seen,
                      *rows.parts(A, {'box': 'secret box'}, [{'picture': 'secret.png'}, {'picture': 'beside.png'}]),
                      *rows.parts(B, {'box': 'open'}, [{'picture': 'seen.png'}]))
    restriction = Restriction({'fields.maker': ['Lego', NULL_TERM]})
    answer = exports.manifests.ask(restriction, {'format': format}, URL, ROUTE)
    exports.work()
    content = exports.download(exports.manifests.ask(restriction, token(answer), URL, ROUTE)).content
    if format == 'bdbag':
        with zipfile.ZipFile(io.BytesIO(content)) as bag:
            content = b''.join(bag.read(name) for name in bag.namelist())
    assert b'secret' not in content
    assert b'seen.png' in content
    assert (b'beside.png' in content) == (format != 'full')
    assert b'secret' in exports.made(format='full')
