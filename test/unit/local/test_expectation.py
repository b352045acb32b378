from pathlib import Path

import pytest

from azul.errors import ConfigurationError
from azul.index.bundle import BundleFQID
from azul.local.expectation import Expectation, read_expectation

ONE = BundleFQID('11111111-1111-4111-8111-111111111111', '2019-01-01T000000.000000Z')
TWO = BundleFQID('22222222-2222-4222-8222-222222222222', '2019-01-01T000000.000000Z')


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text(''.join(f'{line}\n' for line in lines))


def test_a_folder_may_expect_nothing(tmp_path: Path):
    assert read_expectation(tmp_path) == {}


def test_columns_are_found_by_name_and_quotes_mean_nothing(tmp_path: Path):
    write(tmp_path, 'INDEX.tsv',
          'notes\tbundle_fqid\texpect\tmore',
          f'an "odd one\t{ONE}\tindexed\t',
          '',
          f'"\t{TWO}\trejected: has "no" project\tx')
    assert read_expectation(tmp_path) == {ONE: Expectation('indexed'), TWO: Expectation('rejected: has "no" project')}


def test_only_what_is_to_be_rejected_is_not_to_be_indexed():
    assert Expectation('indexed').indexed
    assert Expectation('indexed, with a warning').indexed
    assert not Expectation('rejected').indexed
    assert not Expectation('rejected: no project').indexed


def test_the_expectations_proper_win_over_the_index(tmp_path: Path):
    write(tmp_path, 'INDEX.tsv', 'bundle_fqid\texpect', f'{ONE}\tindexed', f'{TWO}\tindexed')
    write(tmp_path, 'expect.tsv', 'bundle_fqid\texpect', f'{ONE}\trejected')
    assert read_expectation(tmp_path) == {ONE: Expectation('rejected')}


@pytest.mark.parametrize(('lines', 'fault'), [
    ([], 'line 1: there must be a column bundle_fqid and one expect'),
    (['bundle_fqid\tfeatures'], 'line 1: there must be a column bundle_fqid and one expect'),
    (['bundle_fqid\texpect', 'x\tindexed'], "line 2: not a bundle FQID: 'x'"),
    (['bundle_fqid\texpect', str(ONE)], 'line 2: 1 columns only'),
    (['bundle_fqid\texpect', f'{ONE}\t'], f'line 2: expects nothing of {ONE}'),
    (['bundle_fqid\texpect', f'{ONE}\tindexed', f'{ONE}\trejected'], f'line 3: {ONE} for the second time'),
])
def test_a_fault_is_named_with_its_place(tmp_path: Path, lines: list[str], fault: str):
    write(tmp_path, 'expect.tsv', *lines)
    with pytest.raises(ConfigurationError) as raised:
        read_expectation(tmp_path)
    assert raised.value.subject == str(tmp_path / 'expect.tsv')
    assert raised.value.faults == (fault,)


def test_all_faults_are_named_at_once(tmp_path: Path):
    write(tmp_path, 'expect.tsv', 'bundle_fqid\texpect', 'x\tindexed', f'{ONE}\t', f'{TWO}\tindexed', 'y\tindexed')
    with pytest.raises(ConfigurationError) as raised:
        read_expectation(tmp_path)
    assert [fault.partition(':')[0] for fault in raised.value.faults] == ['line 2', 'line 3', 'line 5']


def test_what_is_not_text_is_a_fault(tmp_path: Path):
    (tmp_path / 'expect.tsv').write_bytes(b'bundle_fqid\texpect\n\xff')
    with pytest.raises(ConfigurationError, match=r'expect\.tsv'):
        read_expectation(tmp_path)
