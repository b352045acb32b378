import pytest

from azul.indexer.ledger import LedgerEntry, State, VersionEntry


def entry(**states: State) -> LedgerEntry:
    return LedgerEntry({version: VersionEntry(state) for version, state in states.items()})


def test_the_greatest_added_version_is_live():
    assert entry(v1='added', v2='added', v3='failed', v4='deleted').live == 'v2'
    assert entry(v3='failed').live is None


@pytest.mark.parametrize(('known', 'offered', 'successor'), [
    (entry(v2='failed'), ['v1', 'v2'], 'v1'),
    (entry(v2='deleted'), ['v1', 'v2'], 'v1'),
    (entry(v2='failed', v1='failed'), ['v1', 'v2'], None),
    (entry(v2='failed', v1='added'), ['v1', 'v2'], None),
    (entry(v2='failed', v1='added'), ['v1', 'v2', 'v3'], 'v3'),
    (entry(v1='deleted'), [], None),
])
def test_the_successor_is_the_greatest_version_on_offer_that_may_still_be_added(known, offered, successor):
    assert known.successor(offered) == successor


def test_an_entry_survives_its_json():
    known = LedgerEntry({'v1': VersionEntry('added', 3), 'v2': VersionEntry('failed', cause='no box')})
    assert LedgerEntry.from_json(known.to_json('uuid')) == known
    assert LedgerEntry.from_json(None) == entry()
