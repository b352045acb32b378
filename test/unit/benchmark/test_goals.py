import math

import pytest

from benchmark.goals import Goal, report


@pytest.mark.parametrize(('goal', 'line'), [
    (Goal('bundles-per-second', 240.1234, '>=', 87), 'goal bundles-per-second 240.1 >=87 met'),
    (Goal('bundles-per-second', 86.9, '>=', 87), 'goal bundles-per-second 86.9 >=87 missed'),
    (Goal('seconds', 1, '<', 1), 'goal seconds 1 <1 missed'),
    (Goal('growth', 1.1, '<=', 1.1), 'goal growth 1.1 <=1.1 met'),
    (Goal('bytes', 123_456_789, '<=', 2 * 10 ** 9), 'goal bytes 123500000 <=2000000000 met'),
    (Goal('seconds', .000012345, '<', .5), 'goal seconds 1.234e-05 <0.5 met'),
])
def test_a_goal_is_a_line_of_five_words(goal: Goal, line: str) -> None:
    assert str(goal) == line


def test_a_line_does_not_contradict_itself() -> None:
    assert str(Goal('growth', 1.10004, '<=', 1.1)) == 'goal growth 1.1 <=1.1 met'


@pytest.mark.parametrize('relation', ['<', '<=', '>='])
def test_what_could_not_be_measured_misses_its_goal(relation) -> None:
    assert str(Goal('growth', math.nan, relation, 1)) == f'goal growth nan {relation}1 missed'


def test_a_missed_goal_is_an_exit_status(capsys) -> None:
    met, missed = Goal('a', 1, '<=', 1), Goal('b', 2, '<=', 1)
    assert report([met, met]) == 0
    capsys.readouterr()
    assert report(goal for goal in (missed, met)) == 1
    assert capsys.readouterr().out == 'goal b 2 <=1 missed\ngoal a 1 <=1 met\n'
