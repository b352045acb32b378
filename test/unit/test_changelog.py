import json
from pathlib import Path

import yaml

from azul.changelog import changes, version

UPGRADES = {'requirements', 'environment', 'terraform', 'deploy', 'reindex', 'clients'}


def entries() -> list[dict[str, object]]:
    file = Path(__file__).resolve().parents[2] / 'CHANGELOG.yml'
    loaded: list[dict[str, object]] = yaml.safe_load(file.read_text())['changes']
    return loaded


def test_every_change_says_what_it_is_and_what_is_to_be_done():
    for entry in entries():
        assert {'title', 'issues', 'upgrade'} <= entry.keys() <= {'title', 'issues', 'upgrade', 'notes'}, entry
        assert isinstance(entry['issues'], list)
        assert all(isinstance(issue, int) for issue in entry['issues'])
        assert isinstance(entry['upgrade'], list)
        assert set(entry['upgrade']) <= UPGRADES


def test_the_version_has_the_latest_changes():
    answer = version('0123abc', dirty=True)
    assert answer['git'] == {'commit': '0123abc', 'dirty': True}
    assert answer['changes'] == entries()[:10]
    assert json.dumps(answer)


def test_changes_are_answered_in_the_order_in_which_they_are_read():
    for entry in changes(100):
        assert [key for key in entry if key in ('title', 'issues', 'upgrade')] == ['title', 'issues', 'upgrade']
        assert list(entry)[3:] == sorted(list(entry)[3:])
    assert len(changes(1)) == 1
