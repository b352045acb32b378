"""The golden files are what the code makes of the samples, and nothing that it makes can hide in them."""
import csv
import difflib
import itertools
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from azul.index.bundle import BundleFQID
from azul.projects.hca import plugin
from azul.projects.hca.fields import SCHEMA
from hca import counts, rendering
from hca.golden import (
    FINGERPRINTS,
    GOLDEN,
    SAMPLES,
    Line,
    Refusal,
    committed_in,
    files_of,
    line_of,
    main,
    parsed,
    renewed,
    write,
)
from hca.outcome import Outcome
from hca.rendering import Document, text

T = TypeVar('T')

COUNTS = counts.by_hand(counts.SAMPLES)
RENEW = 'Review them, run `make golden`, and say in the commit why they have changed.'


@pytest.fixture(scope='module')
def outcome() -> Outcome:
    return Outcome.of(SAMPLES)


@pytest.fixture(scope='module')
def files(outcome: Outcome) -> dict[str, str]:
    return files_of(outcome.documents, outcome.aggregates, outcome.rejected)


def test_golden_files_are_what_becomes_of_the_samples(files: dict[str, str]) -> None:
    golden = {path.name: path.read_text() for path in GOLDEN.glob('*.txt')}
    differing = sorted(name for name in files if files[name] != golden.get(name))
    if differing:
        name = differing[0]
        difference = difflib.unified_diff(golden.get(name, '').splitlines(), files[name].splitlines(),
                                          f'golden/{name}', 'what it is now', lineterm='', n=2)
        head = '\n'.join(line[:500] for line in itertools.islice(difference, 60))
        pytest.fail(f'{len(differing)} golden files differ. {RENEW}\n{head}', pytrace=False)


def test_there_is_no_golden_file_too_many(files: dict[str, str]) -> None:
    assert {path.name for path in GOLDEN.iterdir()} - files.keys() == {FINGERPRINTS}, RENEW


def test_golden_files_are_few_and_small(files: dict[str, str]) -> None:
    assert len(files) < 50
    assert sum(len(content.encode()) for content in files.values()) < 900_000
    assert max(len(line) for content in files.values() for line in content.splitlines()) < 5_000


def test_the_last_fingerprint_is_that_of_the_plug_in_and_of_the_documents(outcome: Outcome) -> None:
    table = parsed((GOLDEN / FINGERPRINTS).read_text())
    assert table[-1] == line_of(outcome), RENEW
    assert table[-1].fingerprint == plugin.fingerprint
    assert len({(line.fingerprint, line.samples) for line in table}) == len(table)


def test_the_samples_that_are_rejected_are_those_that_should_be(outcome: Outcome) -> None:
    with (SAMPLES / 'expect.tsv').open(newline='') as lines:
        expected = {row['bundle_fqid']: row['expect'] for row in csv.DictReader(lines, delimiter='\t')}
    indexed = {str(fqid) for fqid in outcome.contributions}
    assert indexed == {fqid for fqid, expect in expected.items() if expect == 'indexed'}
    for fqid in expected.keys() - indexed:
        assert sum(f'bundle {fqid}, ' in error for error in outcome.rejected) == 1


def test_what_is_indexed_was_counted_by_hand(outcome: Outcome) -> None:
    assert COUNTS.keys() == {str(fqid) for fqid in outcome.contributions}


@pytest.mark.parametrize('fqid', COUNTS, ids=lambda fqid: fqid[:19])
def test_counts_are_those_made_by_hand(outcome: Outcome, fqid: str) -> None:
    assert counts.of(outcome.contributions[BundleFQID.parse(fqid)]) == COUNTS[fqid]


# Documents that share much with each other, some that lack most, several with rows, and two versions of one bundle
FEW = ('ac9b5bf9', '0f42d82f', '4f9ac786', '023c0ee3')


@pytest.fixture(scope='module')
def few(outcome: Outcome) -> Outcome:
    return replace(outcome, contributions={fqid: contributions for fqid, contributions in outcome.contributions.items()
                                           if fqid.uuid.startswith(FEW)})


SCALARS = (st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
           | st.text(max_size=5))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """JSON that differs from this in one place: a value that is another, less, more, or elsewhere."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        place = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        copy: Any = value.copy()
        copy[place] = draw(changed(value[place]))
        return copy
    others: list[st.SearchStrategy[Any]] = [SCALARS]
    if isinstance(value, str):
        others.append(st.builds(lambda at, new: value[:at] + new + value[at + 1:],
                                st.integers(0, len(value)), st.sampled_from(['', 'x', '0'])))
    if isinstance(value, dict):
        others.append(st.builds(lambda name, new: {**value, name: new}, st.text(max_size=3), SCALARS))
    if isinstance(value, dict) and value:
        others.append(st.sampled_from(sorted(value)).map(lambda lost: {k: v for k, v in value.items() if k != lost}))
    if isinstance(value, list):
        others.append(st.permutations(value).map(list))
        others.append(st.builds(lambda at, new: [*value[:at], new, *value[at:]], st.integers(0, len(value)), SCALARS))
    if isinstance(value, list) and value:
        others.append(st.integers(0, len(value) - 1).map(lambda lost: [*value[:lost], *value[lost + 1:]]))
        others.append(st.sampled_from(value).map(lambda twice: [*value, twice]))
    other = draw(st.one_of(others))
    assume(text(other) != text(value))
    return other


def other(document: Document) -> st.SearchStrategy[Document]:
    """This document, but in another index or with something else in it."""
    types = [entity_type for entity_type in plugin.schema.entity_type if entity_type != document.entity_type]
    sources = changed(document.source).filter(lambda source: isinstance(source, dict))
    return (st.builds(Document, st.just(document.entity_type), sources)
            | st.builds(Document, st.sampled_from(types), st.just(document.source)))


@pytest.fixture(scope='module')
def usual(few: Outcome) -> str:
    """The aggregates of `few`."""
    return aggregates(few, few.aggregates)


def contributions(documents: Sequence[tuple[str, Document]]) -> dict[str, str]:
    return files_of(documents, [], [])


def aggregates(few: Outcome, documents: Sequence[Document]) -> str:
    return rendering.aggregates(documents, few.documents, SCHEMA)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_contribution_that_is_another_is_rendered_otherwise(few: Outcome, data: st.DataObject) -> None:
    bundle = data.draw(st.sampled_from([str(fqid) for fqid in few.contributions]))
    documents = [(fqid, document) for fqid, document in few.documents if fqid == bundle]
    number = data.draw(st.integers(0, len(documents) - 1))
    another = data.draw(other(documents[number][1]))
    others = [*documents[:number], (bundle, another), *documents[number + 1:]]
    assert contributions(others) != contributions(documents)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_an_aggregate_that_is_another_is_rendered_otherwise(few: Outcome, usual: str, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(few.aggregates) - 1))
    another = data.draw(other(few.aggregates[number]))
    others = [*few.aggregates[:number], another, *few.aggregates[number + 1:]]
    assert aggregates(few, others) != usual


def test_a_document_that_is_missing_or_there_twice_is_noticed(few: Outcome, usual: str) -> None:
    for number in range(0, len(few.documents), 7):
        for documents in without_and_with_two_of(few.documents, number):
            assert contributions(documents) != contributions(few.documents)
    for number in range(0, len(few.aggregates), 7):
        for merged in without_and_with_two_of(few.aggregates, number):
            assert aggregates(few, merged) != usual


def without_and_with_two_of(documents: Sequence[T], number: int) -> tuple[list[T], list[T]]:
    return [*documents[:number], *documents[number + 1:]], [*documents, documents[number]]


def test_errors_are_golden_too() -> None:
    assert files_of([], [], ['one', 'two'])['rejected.txt'] == 'one\ntwo\n'


OLD, NOW = Line('fingerprint', 'samples', 'old'), Line('fingerprint', 'samples', 'new')
ELDER = Line('another', 'samples', 'elder')


def test_documents_that_were_committed_must_not_change_while_the_fingerprint_does_not() -> None:
    with pytest.raises(Refusal, match=r'plugin\.version'):
        renewed([ELDER, OLD], [ELDER, OLD], NOW)
    assert renewed([ELDER, OLD], [ELDER, OLD], OLD) == [ELDER, OLD]
    assert renewed([ELDER, OLD], [ELDER, OLD], NOW._replace(fingerprint='newer')) == [
        ELDER, OLD, NOW._replace(fingerprint='newer')]


def test_what_is_not_committed_is_replaced() -> None:
    assert renewed([ELDER, OLD], [ELDER], NOW) == [ELDER, NOW]
    assert renewed([], [ELDER, OLD], NOW) == [NOW]


def test_a_table_that_was_damaged_is_refused() -> None:
    with pytest.raises(Refusal, match='<<<<<<< HEAD'):
        parsed('fingerprint\tsamples\tdocuments\n<<<<<<< HEAD\n')


def test_samples_may_change_while_the_fingerprint_does_not() -> None:
    more = NOW._replace(samples='more')
    assert renewed([OLD], [OLD], more) == [OLD, more]


def test_a_fingerprint_that_is_back_is_the_last_one() -> None:
    assert renewed([OLD, ELDER], [OLD, ELDER], OLD) == [ELDER, OLD]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Commits all that is in `tmp_path`."""
    # Hooks of git run with these, and tests may run in a hook.
    for name in [name for name in os.environ if name.startswith('GIT_')]:
        monkeypatch.delenv(name)

    def git(*arguments: str) -> None:
        subprocess.run(['git', '-C', str(tmp_path), *arguments], check=True, capture_output=True)

    def commit() -> None:
        git('add', '.')
        git('-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '-m', 'Renew')

    git('init')
    return commit


def test_a_refusal_leaves_the_files_as_they_are(tmp_path: Path, repository: Callable[[], None]) -> None:
    folder = tmp_path / 'golden'
    write(folder, {'a.txt': 'old', 'b.txt': 'old'}, OLD)
    assert committed_in(folder) == []
    repository()
    assert committed_in(folder) == [OLD]
    with pytest.raises(Refusal):
        write(folder, {'a.txt': 'new'}, NOW)
    assert {path.name: path.read_text() for path in folder.glob('*.txt')} == {'a.txt': 'old', 'b.txt': 'old'}
    newer = NOW._replace(fingerprint='newer')
    write(folder, {'a.txt': 'new'}, newer)
    assert {path.name: path.read_text() for path in folder.glob('*.txt')} == {'a.txt': 'new'}
    assert parsed((folder / FINGERPRINTS).read_text()) == [OLD, newer]


def test_the_command_refuses_with_a_hint(tmp_path: Path, repository: Callable[[], None], outcome: Outcome,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {}, line_of(outcome)._replace(documents='others'))
    repository()
    assert main(tmp_path) == 1
    assert 'plugin.version' in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob('*.txt')] == []


def test_the_command_writes_what_the_tests_expect(tmp_path: Path, repository: Callable[[], None], outcome: Outcome,
                                                  files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 0
    assert {path.name: path.read_text() for path in tmp_path.glob('*.txt')} == files
    assert parsed((tmp_path / FINGERPRINTS).read_text()) == [line_of(outcome)]
