import pytest
from hypothesis import given
from hypothesis import strategies as st

from azul.naming import PREFIX, STAGE, IndexName, Naming

names = st.builds(Naming,
                  resource_prefix=st.from_regex(PREFIX, fullmatch=True),
                  index_prefix=st.from_regex(PREFIX, fullmatch=True),
                  stage=st.from_regex(STAGE, fullmatch=True))
kinds = st.from_regex(r'[a-z]+(_[a-z]+)*', fullmatch=True).filter(lambda kind: not kind.endswith('_aggregate'))


@given(names, kinds, st.booleans(), st.integers(1, 10**6))
def test_the_name_of_an_index_tells_what_it_holds(naming: Naming, kind: str, aggregate: bool, generation: int):
    name = IndexName(kind, aggregate)
    assert naming.parse_index(naming.index(name, generation)) == (name, generation)


def test_an_alias_has_no_generation():
    naming = Naming('azul', 'azul', 'dev')
    assert naming.index(IndexName('files', aggregate=True)) == 'azul_files_aggregate_dev'
    with pytest.raises(ValueError):
        naming.parse_index('azul_files_aggregate_dev')


@pytest.mark.parametrize('index', ['other_files_dev_1', 'azul_files_prod_1', 'azul_files_dev_0', 'azul_files_dev_x'])
def test_other_deployments_indices_are_told_apart(index: str):
    with pytest.raises(ValueError):
        Naming('azul', 'azul', 'dev').parse_index(index)


def test_there_are_six_queues():
    assert Naming('azul', 'azul', 'dev').queues == (
        'azul-notifications-dev', 'azul-notifications-failed-dev',
        'azul-tallies-dev', 'azul-tallies-failed-dev',
        'azul-jobs-dev', 'azul-jobs-failed-dev',
    )
